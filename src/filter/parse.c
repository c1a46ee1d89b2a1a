/* SPDX-License-Identifier: MIT */
/*
 * Recursive descent over at most FILTER_DEPTH_MAX levels:
 *   or := and { "or" and } ; and := not { ["and"] not } ; not := "not" not | primary
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/text.h>
#include "filter/parser.h"

static int parse_or(struct parser *p, uint16_t *out);

int parser_fail(struct parser *p, size_t offset, const char *format, ...)
{
	char message[sizeof(p->error->message)], *clean;
	va_list args;

	p->error->offset = offset;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	clean = sk_text_typed(message, strlen(message));
	snprintf(p->error->message, sizeof(message), "%s", clean ? clean : message);
	free(clean);
	return -EINVAL;
}

void parser_advance(struct parser *p)
{
	p->token = filter_next_token(p->text, &p->offset);
}

/* Writes a token for a message, cut to a sane length. */
const char *parser_shown(const struct token *token, char buffer[48])
{
	size_t len = token->len;

	if (token->kind == TOKEN_END)
		return "the end";
	/* no half characters of UTF-8 */
	while (len > 40 || (len && len < token->len && (token->text[len] & 0xc0) == 0x80))
		len--;
	snprintf(buffer, 48, "'%.*s'", (int)len, token->text);
	return buffer;
}

int parser_add(struct parser *p, const struct node *node, uint16_t *out)
{
	struct sk_filter *filter = p->filter;

	if (filter->n == FILTER_NODES_MAX)
		return parser_fail(p, p->token.offset, "the filter is too long");
	if (SK_ARRAY_ROOM(filter->nodes, filter->n, filter->capacity, 16))
		return -ENOMEM;
	filter->nodes[filter->n] = *node;
	*out = filter->n++;
	/*
	 * A cgroup is compared by its id, which needs no path; a device has names; the
	 * range of local ports is read with the counters.
	 */
	if (node->kind == NODE_DEV || node->host.device[0] ||
	    (node->column && node->column->flags & SK_COL_INTERFACE))
		filter->needs |= SK_NEED_LINKS;
	if (node->kind == NODE_AUTOBOUND)
		filter->needs |= SK_NEED_COUNTERS;
	else if (node->kind != NODE_DEV && node->column && node->kind != NODE_CGROUP)
		filter->needs |= node->column->needs;
	return 0;
}

int parser_join(struct parser *p, enum node_kind kind, uint16_t left, uint16_t right,
		uint16_t *out)
{
	struct node node = { .kind = kind, .left = left, .right = right };

	return parser_add(p, &node, out);
}

/* "a, b, c" up to what is no comma; any of them (none of them after !=). */
static int parse_set(struct parser *p, const struct node *pattern, bool close,
		     uint16_t *out)
{
	bool none = pattern->compare == COMPARE_NE || pattern->compare == COMPARE_NOMATCH;
	bool ordered = pattern->compare >= COMPARE_LT && pattern->compare <= COMPARE_GE;
	int err = parser_operand(p, *pattern, out);

	while (!err && p->token.kind == TOKEN_COMMA) {
		uint16_t next;

		/* "rtt > 40,5ms" would be more than 40 s or more than 5 ms */
		if (ordered)
			return parser_fail(p, p->token.offset, "a list needs = or !=; a "
					   "fraction has a point, as 0.5");
		parser_advance(p);
		err = parser_operand(p, *pattern, &next);
		if (!err)
			err = parser_join(p, none ? NODE_AND : NODE_OR, *out, next, out);
	}
	if (err || !close)
		return err;
	if (p->token.kind != TOKEN_CLOSE)
		return parser_fail(p, p->token.offset, "')' is missing at the end of the set");
	parser_advance(p);
	return 0;
}

/* The token behind the one to look at. */
static struct token peek(const struct parser *p)
{
	size_t offset = p->offset;

	return filter_next_token(p->text, &offset);
}

/* Takes `in` or `not in`. */
static bool accept_in(struct parser *p, struct node *node)
{
	const struct token next = peek(p);
	bool no = p->token.kind == TOKEN_NOT && next.kind == TOKEN_WORD &&
		  filter_word_is(&next, "in");

	if (!no && (p->token.kind != TOKEN_WORD || !filter_word_is(&p->token, "in")))
		return false;
	if (no) {
		node->compare = COMPARE_NE;
		parser_advance(p);
	}
	parser_advance(p);
	return true;
}

/* [OP] VALUE{,VALUE} or [not] in (VALUE, ...). */
static int parse_comparison(struct parser *p, struct node *node, bool op_optional,
			    uint16_t *out)
{
	char buffer[48];
	bool set;

	node->compare = COMPARE_EQ;
	set = accept_in(p, node);
	if (!set && filter_token_compare(&p->token, &node->compare))
		parser_advance(p);
	else if (!set && !op_optional)
		return parser_fail(p, p->token.offset,
				   "a comparison (= != < > <= >= ~ in) is missing before %s",
				   parser_shown(&p->token, buffer));
	if (p->token.kind == TOKEN_OPEN) {
		parser_advance(p);
		return parse_set(p, node, true, out);
	}
	if (set)
		return parser_fail(p, p->token.offset, "'in' needs a set in parentheses");
	return parse_set(p, node, false, out);
}

/* Not every table with rows of sockets has all columns of sockets. */
static bool has_column(const struct parser *p, const char *id)
{
	return !id || sk_column_find(p->table, id, strlen(id));
}

/** A predicate that only sockets have. */
static const struct socket_word {
	const char *word;
	enum node_kind kind;
	enum side side;
	const char *column; /* it is a name for this one; NULL = none */
} socket_words[] = {
	{ "src", NODE_ADDR, SIDE_LOCAL, NULL },
	{ "dst", NODE_ADDR, SIDE_REMOTE, NULL },
	{ "sport", NODE_PORT, SIDE_LOCAL, NULL },
	{ "dport", NODE_PORT, SIDE_REMOTE, NULL },
	{ "port", NODE_PORT, SIDE_EITHER, NULL },
	{ "fwmark", NODE_MARK, 0, "mark" },
	{ "mark", NODE_MARK, 0, "mark" },
	{ "dev", NODE_DEV, 0, "dev" },
	{ "cgroup", NODE_CGROUP, 0, "cgroup" },
};

/* Ports and addresses must not be compared as text, nor by order. */
static int check_compare(struct parser *p, const struct node *node, size_t offset,
			 const char *word)
{
	enum compare worst = node->kind == NODE_PORT ? COMPARE_GE : COMPARE_NE;

	if (node->compare <= worst ||
	    (node->compare >= COMPARE_MATCH && node->kind == NODE_PREFIX))
		return 0;
	return parser_fail(p, offset, "%s can only be compared by %s", word,
			   node->kind == NODE_PORT   ? "= != < > <= >=" :
			   node->kind == NODE_PREFIX ? "= != ~ and !~" :
						       "= and !=");
}

static int parse_socket_word(struct parser *p, const struct socket_word *word,
			     uint16_t *out)
{
	struct node node = { .kind = word->kind, .side = word->side };
	size_t offset;
	int err;

	if (word->column)
		node.column = sk_column_find(p->table, word->column,
					     strlen(word->column));
	parser_advance(p);
	offset = p->token.offset;
	err = parse_comparison(p, &node, true, out);
	if (!err && !word->column)
		err = check_compare(p, &node, offset, word->word);
	return err;
}

static bool is_state_word(const struct token *token)
{
	return token->kind == TOKEN_WORD &&
	       (filter_word_is(token, "state") || filter_word_is(token, "exclude") ||
		filter_word_is(token, "excl"));
}

/* No comparison, no `in`: what a plain `state` stands before. */
static bool is_plain_word(struct token token)
{
	enum compare compare;

	return (token.kind == TOKEN_WORD || token.kind == TOKEN_STRING) &&
	       !filter_token_compare(&token, &compare) && !filter_word_is(&token, "in");
}

/* X{,X} behind `state` or `exclude`. */
static int parse_state_list(struct parser *p, uint32_t *mask)
{
	*mask = 0;
	for (;;) {
		uint32_t states;
		int err = parser_states(p, &p->token, &states);

		if (err)
			return err;
		*mask |= states;
		parser_advance(p);
		if (p->token.kind != TOKEN_COMMA)
			return 0;
		parser_advance(p);
	}
}

static int add_states(struct parser *p, uint32_t mask, bool excluded, uint16_t *out)
{
	struct node node = { .kind = NODE_STATE,
			     .column = sk_column_find(p->table, "state", 5) };
	bool invert = excluded || !mask;
	int err;

	/* what is left of `exclude all` is written as "not all" */
	node.states = invert ? FILTER_STATES_ALL & ~mask : mask;
	if (!node.states) {
		node.states = FILTER_STATES_ALL;
		invert = false;
	}
	err = parser_add(p, &node, out);
	return err || !invert ? err : parser_join(p, NODE_NOT, *out, 0, out);
}

/*
 * "state X state Y" is either of them and "exclude X exclude Y" none, as in ss,
 * where these words only fill a mask.
 */
static int parse_state_words(struct parser *p, uint16_t *out)
{
	uint32_t mask = FILTER_STATES_ALL, states;
	bool first = true, excluded = false;

	do {
		bool exclude = !filter_word_is(&p->token, "state");
		int err;

		parser_advance(p);
		err = parse_state_list(p, &states);
		if (err)
			return err;
		if (exclude)
			mask &= ~states;
		else
			mask = first ? states : mask | states;
		excluded = exclude && (first || excluded);
		first = false;
	} while (is_state_word(&p->token) && is_plain_word(peek(p)));
	return add_states(p, mask, excluded, out);
}

/* "state = X", "exclude in (X, Y)": a comparison as for any column. */
static int parse_state_comparison(struct parser *p, uint16_t *out)
{
	struct node node = { .kind = NODE_STATE,
			     .column = sk_column_find(p->table, "state", 5) };
	bool exclude = !filter_word_is(&p->token, "state");
	int err;

	parser_advance(p);
	err = parse_comparison(p, &node, true, out);
	return err || !exclude ? err : parser_join(p, NODE_NOT, *out, 0, out);
}

static int parse_state(struct parser *p, uint16_t *out)
{
	return is_plain_word(peek(p)) ? parse_state_words(p, out) :
					parse_state_comparison(p, out);
}

static int parse_column(struct parser *p, const struct sk_column *column, uint16_t *out)
{
	struct node node = { .kind = column->flags & SK_COL_ADDRESS ? NODE_PREFIX :
								      NODE_NUMBER,
			     .column = column };
	size_t offset;
	int err;

	parser_advance(p);
	offset = p->token.offset;
	err = parse_comparison(p, &node, false, out);
	if (!err && node.kind == NODE_PREFIX)
		err = check_compare(p, &node, offset, column->id);
	return err;
}

/* Suggests what a bare port or address may have meant. */
static const char *bare_hint(const struct parser *p)
{
	const char *text = p->token.text;
	size_t len = p->token.len, digits = strspn(text, "0123456789");

	if (!p->sockets || !len)
		return "";
	if (digits == len || (*text == ':' && len > 1))
		return "; a port is written port = :NUMBER";
	return digits && memchr(text, '.', len) ? "; an address is written dst or src ADDRESS" :
						  "";
}

static int fail_word(struct parser *p)
{
	const char *near = filter_suggest(p->table, p->token.text, p->token.len);
	char buffer[48];

	if (!p->sockets) {
		for (const char *const *w = filter_socket_words; *w; w++) {
			if (filter_word_is(&p->token, *w))
				return parser_fail(p, p->token.offset, "%s is for connections; "
					    "rows of %s have no such thing", *w,
					    p->table->name);
		}
	}
	if (near)
		return parser_fail(p, p->token.offset, "%s is no column and no keyword; did you "
			    "mean '%s'?", parser_shown(&p->token, buffer), near);
	return parser_fail(p, p->token.offset, "%s is no column of %s and no keyword%s",
		    parser_shown(&p->token, buffer), p->table->name, bare_hint(p));
}

static int parse_socket_predicate(struct parser *p, bool *found, uint16_t *out)
{
	struct node node = { .kind = NODE_AUTOBOUND };

	*found = true;
	if (is_state_word(&p->token) && has_column(p, "state"))
		return parse_state(p, out);
	for (size_t i = 0; i < ARRAY_SIZE(socket_words); i++) {
		if (filter_word_is(&p->token, socket_words[i].word) &&
		    has_column(p, socket_words[i].column))
			return parse_socket_word(p, &socket_words[i], out);
	}
	if (filter_word_is(&p->token, "autobound")) {
		parser_advance(p);
		return parser_add(p, &node, out);
	}
	*found = false;
	return 0;
}

static int parse_predicate(struct parser *p, uint16_t *out)
{
	const struct sk_column *column = sk_column_find(p->table, p->token.text,
							p->token.len);
	struct node node = { .kind = NODE_STATE };
	bool found = false;
	int err = p->sockets ? parse_socket_predicate(p, &found, out) : 0;

	if (found || err)
		return err;
	if (column)
		return parse_column(p, column, out);
	if (!p->sockets || !has_column(p, "state") ||
	    sk_state_parse(p->token.text, p->token.len, &node.states))
		return fail_word(p);
	parser_advance(p);
	node.column = sk_column_find(p->table, "state", 5);
	return parser_add(p, &node, out);
}

static int parse_primary(struct parser *p, uint16_t *out)
{
	size_t open = p->token.offset;
	char buffer[48];
	int err;

	switch (p->token.kind) {
	case TOKEN_WORD:
		return parse_predicate(p, out);
	case TOKEN_OPEN:
		parser_advance(p);
		err = parse_or(p, out);
		if (!err && p->token.kind != TOKEN_CLOSE)
			err = parser_fail(p, p->token.kind == TOKEN_END ? open : p->token.offset,
				   "')' is missing");
		if (!err)
			parser_advance(p);
		return err;
	case TOKEN_END:
		return parser_fail(p, p->token.offset, "the filter ends too early: a predicate "
			    "is missing");
	default:
		return parser_fail(p, p->token.offset, "a predicate is missing before %s",
			    parser_shown(&p->token, buffer));
	}
}

static int parse_not(struct parser *p, uint16_t *out)
{
	int err;

	if (++p->depth > FILTER_DEPTH_MAX)
		return parser_fail(p, p->token.offset, "more than %d levels of parentheses",
			    FILTER_DEPTH_MAX);
	if (p->token.kind == TOKEN_NOT) {
		parser_advance(p);
		err = parse_not(p, out);
		if (!err)
			err = parser_join(p, NODE_NOT, *out, 0, out);
	} else {
		err = parse_primary(p, out);
	}
	p->depth--;
	return err;
}

/* Parses what follows the first of several conditions that all have to hold. */
static int parse_and_rest(struct parser *p, uint16_t *out)
{
	int err = 0;

	while (!err && p->token.kind != TOKEN_END && p->token.kind != TOKEN_OR &&
	       p->token.kind != TOKEN_CLOSE) {
		uint16_t right;

		if (p->token.kind == TOKEN_AND)
			parser_advance(p);
		err = parse_not(p, &right);
		if (!err)
			err = parser_join(p, NODE_AND, *out, right, out);
	}
	return err;
}

static int parse_or_rest(struct parser *p, uint16_t *out)
{
	int err = parse_and_rest(p, out);

	while (!err && p->token.kind == TOKEN_OR) {
		uint16_t right;

		parser_advance(p);
		err = parse_not(p, &right);
		if (!err)
			err = parse_and_rest(p, &right);
		if (!err)
			err = parser_join(p, NODE_OR, *out, right, out);
	}
	return err;
}

static int parse_or(struct parser *p, uint16_t *out)
{
	int err = parse_not(p, out);

	return err ? err : parse_or_rest(p, out);
}

/*
 * State words in front hold for all that follows them, as in ss, where they stand
 * before the expression: "state time-wait dst 10/8 or dst 11/8".
 */
static int parse_all(struct parser *p, uint16_t *out)
{
	uint16_t rest;
	int err;

	if (!p->sockets || !has_column(p, "state") || !is_state_word(&p->token) ||
	    !is_plain_word(peek(p)))
		return parse_or(p, out);
	err = parse_state_words(p, out);
	if (err || p->token.kind == TOKEN_AND || p->token.kind == TOKEN_OR ||
	    p->token.kind == TOKEN_END || p->token.kind == TOKEN_CLOSE)
		return err ? err : parse_or_rest(p, out);
	err = parse_or(p, &rest);
	return err ? err : parser_join(p, NODE_AND, *out, rest, out);
}

int sk_filter_parse_names(const char *text, const struct sk_table *table,
			  enum sk_lookup lookup, const struct sk_filter *earlier,
			  struct sk_filter **out, struct sk_filter_error *error)
{
	struct parser p = { .text = text,
			    .table = table,
			    .error = error,
			    .sockets = table->socket_rows,
			    .lookup = lookup,
			    .earlier = earlier };
	int err;

	*out = NULL;
	parser_advance(&p);
	if (p.token.kind == TOKEN_END)
		return 0;
	if (strlen(text) > FILTER_TEXT_MAX)
		return parser_fail(&p, FILTER_TEXT_MAX,
				   "the filter is longer than %d bytes",
				   FILTER_TEXT_MAX);
	p.filter = calloc(1, sizeof(*p.filter));
	if (p.filter)
		atomic_init(&p.filter->refs, 1);
	if (!p.filter)
		return -ENOMEM;
	p.filter->locale = filter_locale_new();
	err = parse_all(&p, &p.filter->root);
	if (!err && p.token.kind != TOKEN_END)
		err = parser_fail(&p, p.token.offset, "')' without its '('");
	if (err) {
		sk_filter_free(p.filter);
		return err;
	}
	*out = p.filter;
	return 0;
}

int sk_filter_parse(const char *text, const struct sk_table *table,
		    struct sk_filter **out, struct sk_filter_error *error)
{
	return sk_filter_parse_names(text, table, SK_LOOKUP_HOSTS, NULL, out, error);
}

struct sk_filter *sk_filter_ref(struct sk_filter *filter)
{
	if (filter)
		atomic_fetch_add(&filter->refs, 1);
	return filter;
}

void sk_filter_free(struct sk_filter *filter)
{
	if (!filter || atomic_fetch_sub(&filter->refs, 1) != 1)
		return;
	for (uint16_t i = 0; i < filter->n; i++) {
		free(filter->nodes[i].text);
		if (filter->nodes[i].regex)
			regfree(filter->nodes[i].regex);
		free(filter->nodes[i].regex);
	}
	for (size_t i = 0; i < filter->n_names; i++) {
		free(filter->names[i].name);
		free(filter->names[i].addr);
	}
	free(filter->names);
	free(filter->nodes);
	if (filter->locale)
		freelocale(filter->locale);
	free(filter);
}
