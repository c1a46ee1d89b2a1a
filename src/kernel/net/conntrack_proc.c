/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>
#include <sktop/array.h>
#include "kernel/net/conntrack.h"
#include "kernel/field.h"
#include "kernel/text.h"

/** This is one line, cut into words at its blanks. */
struct words {
	char line[768];
	char *word[48];
	unsigned n;
};

/* Returns false for a line that is too long, because half of a number would be another number. */
static bool split(const char *text, size_t len, struct words *words)
{
	const unsigned most = ARRAY_SIZE(words->word);
	char *save = NULL;

	if (len >= sizeof(words->line))
		return false;
	memcpy(words->line, text, len);
	words->line[len] = '\0';
	words->n = 0;
	for (char *word = strtok_r(words->line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (words->n == most)
			return false;
		words->word[words->n++] = word;
	}
	return true;
}

static bool number(const char *text, uint64_t most, uint64_t *out)
{
	return field_number(&text, 10, ' ', most, out) && !*text;
}

static bool address(const char *text, struct sk_addr *out)
{
	uint8_t four[4];

	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, out->b) == 1;
	if (inet_pton(AF_INET, text, four) != 1)
		return false;
	*out = sk_addr_from_v4(four);
	return true;
}

/** This is a line under way. Words like src= and dst= come twice, once for each direction. */
struct reading {
	struct sk_nat_entry *entry;
	unsigned sources; /* src= words that have been met */
};

/* Sets a number. Other words are not needed, and count as read. */
static bool set_number(struct reading *r, unsigned direction, const char *key, const char *value)
{
	static const struct {
		const char *key;
		uint64_t most;
	} keys[] = { { "id", UINT16_MAX },     { "packets", UINT64_MAX },
		     { "bytes", UINT64_MAX },  { "mark", UINT32_MAX },
		     { "zone", UINT16_MAX },   { "use", UINT32_MAX } };
	struct sk_nat_entry *e = r->entry;
	uint64_t n;
	size_t i = 0;

	while (i < ARRAY_SIZE(keys) && strcmp(key, keys[i].key) != 0)
		i++;
	if (i == ARRAY_SIZE(keys))
		return true;
	if (!number(value, keys[i].most, &n))
		return false;
	if (strcmp(key, "id") == 0) {
		(direction ? &e->reply : &e->original)->sport = (uint16_t)n;
	} else if (strcmp(key, "packets") == 0) {
		e->packets[direction] = n;
		e->flags |= SK_NAT_COUNTERS;
	} else if (strcmp(key, "bytes") == 0) {
		e->bytes[direction] = n;
	} else if (strcmp(key, "mark") == 0) {
		e->mark = (uint32_t)n;
		e->flags |= SK_NAT_MARK;
	} else if (strcmp(key, "zone") == 0) {
		e->zone = (uint16_t)n;
	} else {
		e->use = (uint32_t)n;
	}
	return true;
}

static bool set_value(struct reading *r, const char *key, const char *value)
{
	struct sk_nat_entry *e = r->entry;
	unsigned direction;
	struct sk_tuple *t;
	uint64_t n;

	r->sources += strcmp(key, "src") == 0;
	if (r->sources < 1 || r->sources > 2)
		return false;
	direction = r->sources - 1;
	t = direction ? &e->reply : &e->original;
	if (strcmp(key, "src") == 0)
		return address(value, &t->source);
	if (strcmp(key, "dst") == 0)
		return address(value, &t->destination);
	if (strcmp(key, "sport") == 0 || strcmp(key, "dport") == 0) {
		if (!number(value, UINT16_MAX, &n))
			return false;
		*(*key == 's' ? &t->sport : &t->dport) = (uint16_t)n;
		e->flags |= SK_NAT_PORTS;
		return true;
	}
	return set_number(r, direction, key, value);
}

/* Reads a word without "=": the state of TCP, or a mark in brackets. */
static void set_word(const char *word, struct sk_nat_entry *e)
{
	static const char *const states[] = { "NONE",	   "SYN_SENT",	 "SYN_RECV",
					      "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT",
					      "LAST_ACK",  "TIME_WAIT",	 "CLOSE",
					      "SYN_SENT2" };

	for (uint8_t i = 0; i < 10; i++) {
		if (e->protocol == 6 && strcmp(word, states[i]) == 0) {
			e->state = i;
			e->flags |= SK_NAT_STATE;
		}
	}
	if (strcmp(word, "[ASSURED]") == 0)
		e->flags |= SK_NAT_ASSURED;
	if (strcmp(word, "[UNREPLIED]") == 0)
		e->flags &= (uint16_t)~SK_NAT_REPLIED;
	if (strcmp(word, "[OFFLOAD]") == 0 || strcmp(word, "[HW_OFFLOAD]") == 0)
		e->flags |= SK_NAT_OFFLOAD;
}

/*
 * Parses a line like
 * "ipv4 2 tcp 6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=B dst=C sport=2 dport=1
 * [ASSURED] mark=0 zone=0 use=2"
 */
static int parse_words(struct words *words, struct sk_nat_entry *e)
{
	struct reading r = { .entry = e };
	uint64_t protocol, timeout;

	if (words->n < 8 || !number(words->word[3], 255, &protocol) || !protocol)
		return -EINVAL;
	e->protocol = (uint8_t)protocol;
	e->flags = SK_NAT_REPLIED;
	if (strcmp(words->word[0], "ipv6") == 0)
		e->flags |= SK_NAT_V6;
	if (number(words->word[4], UINT32_MAX, &timeout)) {
		e->timeout_s = (uint32_t)timeout;
		e->flags |= SK_NAT_TIMEOUT;
	}
	for (unsigned i = 4; i < words->n; i++) {
		char *equals = strchr(words->word[i], '=');

		if (!equals) {
			set_word(words->word[i], e);
			continue;
		}
		*equals = '\0';
		if (!set_value(&r, words->word[i], equals + 1))
			return -EINVAL;
	}
	if (r.sources != 2)
		return -EINVAL;
	e->flags |= conntrack_translation(e);
	return 0;
}

int conntrack_parse_proc(const char *text, uint32_t families, struct sk_sample *sample)
{
	for (const char *line = text; line && *line; line = text_next_line(line)) {
		struct sk_nat_entry entry = { 0 };
		struct words words;
		int err = 0;

		if (!split(line, strcspn(line, "\n"), &words) || parse_words(&words, &entry))
			sample->losses.malformed++;
		else if (families & (entry.flags & SK_NAT_V6 ? 2U : 1U))
			err = conntrack_add(&entry, sample);
		if (err)
			return err == -EFBIG ? 0 : err;
	}
	return 0;
}
