/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/ascii.h>
#include "filter/filter.h"

const char *const filter_socket_words[] = { "state", "exclude",	"src",	  "dst",
					    "sport", "dport",	"port",	  "dev",
					    "mark",  "fwmark",	"cgroup", "autobound",
					    NULL };

static const char *const state_words[] = {
	"all",	       "big",	   "bound-inactive", "bucket", "close", "close-wait", "closing",
	"connected",   "established", "fin-wait-1", "fin-wait-2", "last-ack", "listen",
	"syn-recv",    "syn-sent", "synchronized", "time-wait", NULL,
};

static const char *const host_words[] = { "any",   "inet6:", "inet:", "link:", "localhost",
					  "netlink:", "unix:", "vsock:", NULL };
static const char *const compare_signs[] = { "!=", "!~", "<", "<=", "=", ">", ">=",
					     "in", "not in", "~", NULL };
static const char *const equal_signs[] = { "!=", "=", "in", "not in", NULL };

/* Optimal string alignment distance, cut off above 2. */
static unsigned distance(const char *a, size_t la, const char *b)
{
	size_t lb = strlen(b);
	unsigned row[2][40];

	if (la >= 40 || lb >= 39 || la > lb + 2 || lb > la + 2)
		return 3;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *now = row[i % 2], *before = row[(i - 1) % 2];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned change = before[j - 1] +
					  !sk_ascii_begins(a + i - 1, b + j - 1, 1);
			unsigned skip = (now[j - 1] < before[j] ? now[j - 1] :
								  before[j]) + 1;

			now[j] = change < skip ? change : skip;
		}
	}
	return row[la % 2][lb];
}

static void nearest(const char *candidate, const char *word, size_t len,
		    const char **best, unsigned *least)
{
	unsigned d = distance(word, len, candidate);

	/* of a short word, two changes leave nothing */
	if (d < *least && d * 2 <= len) {
		*least = d;
		*best = candidate;
	}
}

const char *filter_suggest(const struct sk_table *table, const char *word, size_t len)
{
	const char *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < table->n_columns; i++)
		nearest(table->columns[i].id, word, len, &best, &least);
	if (!table->socket_rows)
		return best;
	for (const char *const *w = filter_socket_words; *w; w++)
		nearest(*w, word, len, &best, &least);
	for (const char *const *w = state_words; *w; w++)
		nearest(*w, word, len, &best, &least);
	return best;
}

const char *filter_suggest_state(const char *word, size_t len)
{
	const char *best = NULL;
	unsigned least = 3;

	for (const char *const *w = state_words; *w; w++)
		nearest(*w, word, len, &best, &least);
	return best;
}

/** Words that fit what was typed, sorted. */
struct matches {
	const char **words;
	size_t n, max;
	const char *prefix;
	size_t len;
};

static void offer(struct matches *m, const char *word)
{
	size_t at = 0;

	if (!sk_ascii_begins(word, m->prefix, m->len) || m->n == m->max)
		return;
	while (at < m->n && strcmp(m->words[at], word) < 0)
		at++;
	if (at < m->n && strcmp(m->words[at], word) == 0)
		return;
	memmove(&m->words[at + 1], &m->words[at], (m->n - at) * sizeof(*m->words));
	m->words[at] = word;
	m->n++;
}

static void offer_all(struct matches *m, const char *const *words)
{
	for (; *words; words++)
		offer(m, *words);
}

/* The last two tokens before the word that is being typed. */
static void tokens_before(const char *text, size_t start, struct token last[2])
{
	size_t offset = 0;

	last[0] = last[1] = (struct token){ .kind = TOKEN_END };
	for (;;) {
		struct token token = filter_next_token(text, &offset);

		if (token.kind == TOKEN_END || token.offset >= start)
			return;
		last[0] = last[1];
		last[1] = token;
	}
}

static bool names_states(const struct token *token)
{
	return token->kind == TOKEN_WORD &&
	       (filter_word_is(token, "state") || filter_word_is(token, "exclude") ||
		filter_word_is(token, "excl"));
}

static bool names_host(const struct token *token)
{
	return token->kind == TOKEN_WORD &&
	       (filter_word_is(token, "src") || filter_word_is(token, "dst"));
}

/* Behind src and dst an operator may stand, but need not. */
static void offer_hosts(struct matches *m, bool compared)
{
	offer_all(m, host_words);
	if (!compared)
		offer_all(m, equal_signs);
}

static void offer_protos(struct matches *m)
{
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		offer(m, sk_proto_name(proto, false));
		offer(m, sk_proto_name(proto, true));
	}
}

static void offer_predicates(struct matches *m, const struct sk_table *table,
			     bool after_predicate)
{
	for (size_t i = 0; i < table->n_columns; i++)
		offer(m, table->columns[i].id);
	offer(m, "not");
	if (after_predicate) {
		offer(m, "and");
		offer(m, "or");
	}
	if (table->socket_rows) {
		offer_all(m, filter_socket_words);
		offer_all(m, state_words);
	}
}

size_t sk_filter_complete(const char *text, const struct sk_table *table,
			  const char **words, size_t max, size_t *start)
{
	size_t len = strlen(text), word = len;
	struct matches m = { .words = words, .max = max };
	const struct sk_column *column = NULL;
	struct token last[2];
	enum compare compare;
	bool compared;

	while (word && !strchr(" \t()=!<>~&|,\"", text[word - 1]))
		word--;
	*start = word;
	m.prefix = text + word;
	m.len = len - word;
	tokens_before(text, word, last);
	compared = filter_token_compare(&last[1], &compare);
	if (last[1].kind == TOKEN_WORD)
		column = sk_column_find(table, last[1].text, last[1].len);
	if (names_states(&last[1]) || (compared && names_states(&last[0])))
		offer_all(&m, state_words);
	else if (table == sk_table(SK_TABLE_CONNECTIONS) &&
		 (names_host(&last[1]) || (compared && names_host(&last[0]))))
		offer_hosts(&m, compared);
	else if (compared && filter_word_is(&last[0], "proto"))
		offer_protos(&m);
	else if (column)
		offer_all(&m, column->flags & SK_COL_ADDRESS ? equal_signs :
							       compare_signs);
	else if (!compared)
		offer_predicates(&m, table, last[1].kind == TOKEN_WORD ||
						    last[1].kind == TOKEN_CLOSE);
	return m.n;
}
