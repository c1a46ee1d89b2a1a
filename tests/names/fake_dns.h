/* SPDX-License-Identifier: MIT */
/*
 * A name server that lies. Forward it knows web.fwd.example; what it says of PTR depends on the last byte
 * of the address that is asked for, in 10.66.0.0/24 and 198.18.0.0/24, where the
 * synthetic hosts live (elsewhere it is honest):
 * hostile names, errors, silence.
 */
#ifndef TESTS_FAKE_DNS_H
#define TESTS_FAKE_DNS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fake_kind { FAKE_NAME, FAKE_RCODE, FAKE_SILENCE, FAKE_LOOP, FAKE_CUT };

/** One answer: labels as they stand on the wire, without the lengths. */
struct fake_answer {
	enum fake_kind kind;
	unsigned rcode;
	const char *label[5];
};

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum { FAKE_HONEST, FAKE_ESCAPE, FAKE_NEWLINE, FAKE_DOTS, FAKE_LONG, FAKE_UTF8,
       FAKE_PUNYCODE, FAKE_ADDRESS, FAKE_NXDOMAIN, FAKE_SERVFAIL, FAKE_SILENT, FAKE_ROOT,
       FAKE_LOOPING, FAKE_TRUNCATED, FAKE_QUOTES, FAKE_UNDERSCORE, FAKE_REFUSED };

static const struct fake_answer fake_answers[] = {
	[FAKE_ESCAPE] = { FAKE_NAME, 0, { "\033[31mred\033]0;owned\a", "example" } },
	[FAKE_NEWLINE] = { FAKE_NAME, 0, { "two\nlines\r", "example" } },
	[FAKE_DOTS] = { FAKE_NAME, 0, { "dots.in.a.label", "..", "example" } },
	[FAKE_LONG] = { FAKE_NAME, 0, { L63, L63, L63, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
					"bbbbbbbbbbbbbbbbbbbbbbbbbbbbb" } },
	[FAKE_UTF8] = { FAKE_NAME, 0, { "b\xff\xc3(d", "\xe2\x80\xaegnp", "example" } },
	[FAKE_PUNYCODE] = { FAKE_NAME, 0, { "xn--mnchen-3ya", "example" } },
	[FAKE_ADDRESS] = { FAKE_NAME, 0, { "8", "8", "8", "8" } },
	[FAKE_NXDOMAIN] = { FAKE_RCODE, 3, { 0 } },
	[FAKE_SERVFAIL] = { FAKE_RCODE, 2, { 0 } },
	[FAKE_REFUSED] = { FAKE_RCODE, 5, { 0 } },
	[FAKE_SILENT] = { FAKE_SILENCE, 0, { 0 } },
	[FAKE_ROOT] = { FAKE_NAME, 0, { 0 } },
	[FAKE_LOOPING] = { FAKE_LOOP, 0, { 0 } },
	[FAKE_TRUNCATED] = { FAKE_CUT, 0, { 0 } },
	[FAKE_QUOTES] = { FAKE_NAME, 0, { "a\",\"b", "'; rm", "example" } },
	[FAKE_UNDERSCORE] = { FAKE_NAME, 0, { "_under_score", "example" } },
};
#define FAKE_ANSWERS (sizeof(fake_answers) / sizeof(fake_answers[0]))

/* Reads the question's name as text; returns its length on the wire, 0 = nonsense. */
static inline size_t fake_question(const uint8_t *query, size_t len, char *name,
				   size_t size)
{
	size_t at = 12, n = 0;

	while (at < len && query[at]) {
		size_t label = query[at++];

		if (label > 63 || at + label > len || n + label + 2 > size)
			return 0;
		memcpy(name + n, query + at, label);
		n += label;
		name[n++] = '.';
		at += label;
	}
	name[n] = '\0';
	return at + 5 <= len ? at + 5 - 12 : 0;
}

/* "host-10-66-0-1.example" for its address, whatever the family. */
static inline void fake_honest(const char *question, char *label, size_t size,
			       unsigned *choice)
{
	unsigned d, c, b, a;

	*choice = FAKE_HONEST;
	if (!strstr(question, ".in-addr.arpa.") ||
	    sscanf(question, "%u.%u.%u.%u.in-addr.arpa.", &d, &c, &b, &a) != 4) {
		snprintf(label, size, "six-%.1s%.1s%.1s", question + 4, question + 2,
			 question);
		return;
	}
	snprintf(label, size, "host-%u-%u-%u-%u", a, b, c, d);
	if (((a == 10 && b == 66) || (a == 198 && b == 18)) && c == 0 && d < FAKE_ANSWERS)
		*choice = d;
}

static inline size_t fake_put_name(uint8_t *out, const struct fake_answer *answer)
{
	size_t n = 0;

	for (int i = 0; i < 5 && answer->label[i]; i++) {
		size_t len = strlen(answer->label[i]);

		out[n++] = (uint8_t)len;
		memcpy(out + n, answer->label[i], len);
		n += len;
	}
	out[n++] = 0;
	return n;
}

/* Forward: web.fwd.example has two IPv4 addresses and one IPv6, all else has none. */
static inline size_t fake_forward(const uint8_t *query, size_t asked, bool known, bool v6,
				  uint8_t *out)
{
	static const uint8_t v4[2][4] = { { 10, 66, 0, 1 }, { 198, 18, 0, 17 } };
	const uint8_t record[] = { 0xc0, 12, 0, v6 ? 28 : 1, 0, 1, 0, 0, 0, 60, 0,
				   v6 ? 16 : 4 };
	unsigned answers = !known ? 0 : v6 ? 1 : 2;
	size_t n = 12 + asked;

	memcpy(out, query, n);
	memset(out + 6, 0, 6);
	out[2] = 0x85;
	out[3] = (uint8_t)(0x80 | (known ? 0 : 3));
	out[7] = (uint8_t)answers;
	for (unsigned i = 0; i < answers; i++) {
		memcpy(out + n, record, sizeof(record));
		n += sizeof(record);
		if (v6)
			memcpy(out + n, (uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = 7 }, 16);
		else
			memcpy(out + n, v4[i], 4);
		n += v6 ? 16 : 4;
	}
	return n;
}

/** Makes the answer to a query. Returns its length; 0 = say nothing. */
static inline size_t fake_reply(const uint8_t *query, size_t len, uint8_t out[1024])
{
	static const uint8_t record[] = { 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, 0 };
	char question[512], label[64];
	struct fake_answer answer;
	unsigned choice;
	size_t asked = fake_question(query, len, question, sizeof(question)), n, data;

	if (!asked || asked > 400)
		return 0;
	if (query[12 + asked - 3] == 1 || query[12 + asked - 3] == 28)
		return fake_forward(query, asked, strcmp(question, "web.fwd.example.") == 0,
				    query[12 + asked - 3] == 28, out);
	fake_honest(question, label, sizeof(label), &choice);
	answer = fake_answers[choice];
	if (choice == FAKE_HONEST) {
		answer.label[0] = label;
		answer.label[1] = "example";
	}
	if (answer.kind == FAKE_SILENCE)
		return 0;
	memcpy(out, query, 12 + asked);
	memset(out + 6, 0, 6);
	out[2] = 0x85;
	out[3] = (uint8_t)(0x80 | answer.rcode);
	out[7] = answer.kind != FAKE_RCODE;
	n = 12 + asked;
	if (answer.kind == FAKE_RCODE)
		return n;
	memcpy(out + n, record, sizeof(record));
	n += sizeof(record);
	if (answer.kind == FAKE_LOOP) { /* a pointer to itself */
		out[n] = 0xc0;
		out[n + 1] = (uint8_t)n;
		data = 2;
	} else {
		data = fake_put_name(out + n, &answer);
	}
	out[n - 1] = (uint8_t)data;
	return answer.kind == FAKE_CUT ? n - 3 : n + data;
}

#endif
