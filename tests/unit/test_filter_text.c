/* SPDX-License-Identifier: MIT */
/* A filter's text: what is refused, and where; printed again; completed; its help. */
#include "../testing.h"
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "filter_rows.h"

TEST(test_errors)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *message;
	} cases[] = {
		{ "foo = 3", 0, "no column" },
		{ "remot = 10/8", 0, "did you mean 'remote'" },
		{ "state tim", 6, "no state" },
		{ "(tx > 1M", 0, "')' is missing" },
		{ "tx > ", 5, "value is missing" },
		{ "tx >", 4, "value is missing" },
		{ "listen)", 6, "without its '('" },
		{ "dst 10.0.0.300", 4, "no address" },
		{ "dst 10/33", 4, "prefix length" },
		{ "dst a.invalid/8", 4, "a prefix needs an address" },
		{ "dst [a.invalid]:80", 4, "in brackets is no address" },
		{ "dst inet:::1", 4, "no IPv4 address" },
		{ "fwmark = 1/x", 9, "no mark" },
		{ "mark = 0x100000000", 7, "no mark" },
		{ "mark > 1/2", 7, "a mask needs" },
		{ "dev < lo", 6, "is text" },
		{ "cgroup = /no/such/cgroup", 9, "no cgroup" },
		{ "uid = 20-10", 6, "upside down" },
		{ "uid > 10-20", 6, "range needs" },
		{ "state new-syn-recv", 6, "no state" },
		{ "state establishd", 6, "did you mean 'established'" },
		{ "state in (lisen)", 10, "did you mean 'listen'" },
		{ "state listen,", 13, "no state" },
		{ "sport ~ 8", 6, "only be compared" },
		{ "local < 10/8", 6, "only be compared" },
		{ "user not 5", 5, "comparison" },
		{ "sport = 70000", 8, "no port" },
		{ "sport = 90-80", 8, "no port" },
		{ "tx ~ 3", 5, "is a number" },
		{ "rtt > 3kg", 6, "no value of rtt" },
		{ "rtt > nan", 6, "no value of rtt" },
		{ "rtt", 3, "comparison" },
		{ "user < root", 7, "is text" },
		{ "user = \"x", 7, "closing" },
		{ "user ~ \"(\"", 7, "bad pattern" },
		{ "user ~ \"a+++++++b\"", 7, "more than six" },
		{ "user ~ \"(a)\\\\1\"", 7, "back references" },
		{ "sport in 80", 9, "set in parentheses" },
		{ "sport in (80", 12, "')' is missing" },
		{ "and listen", 0, "predicate is missing" },
		{ "listen or", 9, "ends too early" },
		{ "dst < 10/8", 4, "only be compared" },
		{ "rtt > 40,5ms", 8, "a list needs" },
		{ "rtt <= (40ms, 5ms)", 12, "a list needs" },
		{ "user = \"a\"\"", 7, "closing" },
		{ "src fe80::1%", 4, "no device" },
		{ "src [fe80::1]%:22", 4, "no device" },
		{ "local = fe80::1%eth7:22", 8, "without a port" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sk_filter_error error = { 0 };
		struct sk_filter *filter;

		if (sk_filter_parse(cases[i].text, sockets(), &filter, &error) != -EINVAL)
			fail_msg("'%s' was taken", cases[i].text);
		if (error.offset != cases[i].offset ||
		    !strstr(error.message, cases[i].message))
			fail_msg("'%s': at %zu: %s", cases[i].text, error.offset,
				 error.message);
	}
}

TEST(test_bounds)
{
	struct sk_filter_error error;
	struct sk_filter *filter;
	char text[6000];

	memset(text, '(', 1000);
	text[1000] = '\0';
	assert_int_equal(sk_filter_parse(text, sockets(), &filter, &error), -EINVAL);
	assert_non_null(strstr(error.message, "levels"));
	memset(text, 'a', 5000);
	text[5000] = '\0';
	assert_int_equal(sk_filter_parse(text, sockets(), &filter, &error), -EINVAL);
	assert_int_equal(sk_filter_parse("sport = 80", sk_table(SK_TABLE_INTERFACES),
					 &filter, &error), -EINVAL);
	assert_non_null(strstr(error.message, "for connections"));
	/* sockets, but without marks */
	assert_int_equal(sk_filter_parse("fwmark = 3", sk_table(SK_TABLE_EVENTS), &filter,
					 &error), -EINVAL);
	assert_non_null(strstr(error.message, "no column"));
	assert_int_equal(sk_filter_parse("dport = 80 and exclude listen",
					 sk_table(SK_TABLE_EVENTS), &filter, &error), 0);
	sk_filter_free(filter);
	assert_int_equal(sk_filter_parse("rx > 1M", sk_table(SK_TABLE_INTERFACES),
					 &filter, &error), 0);
	sk_filter_free(filter);
}

/* Random filters: printed and parsed again they are the same, and De Morgan holds. */
static void make_random(unsigned *seed, int depth, char *out, size_t size)
{
	static const char *const leaves[] = {
		"src 10.0.0.1%eth7:22", "local != [fe80::1]%7", "state unknown,listen", "state bound-inactive", "src unix:/run/*",
		"dst != netlink:*:kernel", "dev = eth7", "mark = 0x15/0xff", "cgroup = 42",
		"autobound",
		"recv-q = 5-7", "rtt = 1ms-0.2s", "exclude listen", "dst inet:10/8",
		"state time-wait", "dst 10/8", "sport = 22", "rtt > 100ms", "listen",
		"recv-q > 0", "uid = 0", "connected", "state != big", "proto = tcp6", "dport in (80, 50312)",
	};
	char a[1024], b[1024];

	if (depth == 0 || rand_r(seed) % 4 == 0) {
		snprintf(out, size, "%s", leaves[(size_t)rand_r(seed) %
						 (sizeof(leaves) / sizeof(leaves[0]))]);
		return;
	}
	make_random(seed, depth - 1, a, sizeof(a));
	make_random(seed, depth - 1, b, sizeof(b));
	if (rand_r(seed) % 3 == 0)
		snprintf(out, size, "not (%.1000s)", a);
	else
		snprintf(out, size, "(%.450s) %s (%.450s)", a,
			 rand_r(seed) % 2 ? "and" : "or", b);
}

TEST(test_random)
{
	unsigned seed = 4711;

	for (int i = 0; i < 2000; i++) {
		char text[1024], once[8192], twice[8192], law[2200];
		struct sk_filter_error error;
		struct sk_filter *filter;
		unsigned bits;

		make_random(&seed, 3, text, sizeof(text));
		assert_int_equal(sk_filter_parse(text, sockets(), &filter, &error), 0);
		sk_filter_print(filter, once, sizeof(once));
		sk_filter_free(filter);
		assert_int_equal(sk_filter_parse(once, sockets(), &filter, &error), 0);
		sk_filter_print(filter, twice, sizeof(twice));
		sk_filter_free(filter);
		assert_string_equal(once, twice);
		bits = matches(text);
		assert_int_equal(matches(once), bits);
		snprintf(law, sizeof(law), "not (not (%s) or listen)", text);
		assert_int_equal(matches(law), bits & ~2U);
	}
}

/* It is taken, and what it prints is taken as the same. */
static void reparse(const char *text, const struct sk_table *table)
{
	char once[1000], twice[1000];
	struct sk_filter_error error;
	struct sk_filter *filter;

	if (sk_filter_parse(text, table, &filter, &error))
		fail_msg("%s: %s: %s", table->name, text, error.message);
	sk_filter_print(filter, once, sizeof(once));
	sk_filter_free(filter);
	if (sk_filter_parse(once, table, &filter, &error))
		fail_msg("%s: printed %s: %s", table->name, once, error.message);
	sk_filter_print(filter, twice, sizeof(twice));
	sk_filter_free(filter);
	assert_string_equal(once, twice);
}

/* Every column of every table, with each kind of comparison that its unit has. */
static void try_column(const struct sk_table *table, const struct sk_column *column)
{
	static const char *const numbers[] = { "= 5", "!= 5", "< 5", "> 5", "<= 5", ">= 5",
					       "= 5-7", "in (1, 5-7)", "not in (5)", NULL };
	static const char *const texts[] = { "= x*", "!= x", "~ ^x", "!~ x$", "in (a, b)",
					     "not in (\"a b\", c)", NULL };
	static const char *const addresses[] = { "= 10/8", "!= ::1", "~ ^10", "!~ :",
						 "in (::1, 10/8)", NULL };
	static const char *const states[] = { "= listen", "!= connected", "~ ^T",
					      "in (time-wait, listen)", NULL };
	static const char *const own[][2] = { { "mark", "= 1/3" }, { "cgroup", "= 7" },
					      { "cgroup", "~ ^/a" }, { "dev", "!= 3" } };
	bool text = column->unit == SK_UNIT_TEXT;
	const char *const *tails = column->flags & SK_COL_ADDRESS ? addresses :
				   strcmp(column->id, "state") == 0 ? states :
				   text				     ? texts :
								       numbers;
	char line[100];

	for (size_t i = 0; i < 4; i++) {
		if (!table->socket_rows || strcmp(column->id, own[i][0]) != 0)
			continue;
		snprintf(line, sizeof(line), "%s %s", column->id, own[i][1]);
		reparse(line, table);
		tails = NULL;
	}
	for (; tails && *tails; tails++) {
		snprintf(line, sizeof(line), "%s %s", column->id, *tails);
		reparse(line, table);
	}
}

TEST(test_every_column)
{
	for (unsigned t = 0; t < SK_TABLE_COUNT; t++) {
		const struct sk_table *table = sk_table(t);

		for (size_t i = 0; i < table->n_columns; i++)
			try_column(table, &table->columns[i]);
	}
}

/* What --help=filter tells people to type is right. */
TEST(test_help)
{
	const char *line = sk_filter_help;
	int examples = 0, lines = 0;

	for (; *line; line += strcspn(line, "\n") + 1) {
		struct sk_filter_error error;
		struct sk_filter *filter;
		char text[100];
		size_t len = strcspn(line, "\n");

		lines++;
		assert_true(len <= 80);
		if (strncmp(line, "  sktop ", 8) != 0)
			continue;
		line += strspn(line + 7, " -1") + 7;
		line += *line == '\'';
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "'\n"), line);
		if (sk_filter_parse(text, sockets(), &filter, &error))
			fail_msg("%s: %s", text, error.message);
		sk_filter_free(filter);
		examples++;
	}
	assert_true(examples >= 6);
	assert_true(lines <= 60);
}

TEST(test_completion)
{
	const char *words[40];
	size_t start, n;

	n = sk_filter_complete("state time", sockets(), words, 40, &start);
	assert_int_equal(n, 1);
	assert_string_equal(words[0], "time-wait");
	assert_int_equal(start, 6);
	n = sk_filter_complete("listen and rtt", sockets(), words, 40, &start);
	assert_int_equal(n, 2);
	assert_string_equal(words[0], "rtt");
	assert_string_equal(words[1], "rttvar");
	n = sk_filter_complete("dst ", sockets(), words, 40, &start);
	assert_int_equal(n, 12); /* hosts, families and operators */
	n = sk_filter_complete("dst = uni", sockets(), words, 40, &start);
	assert_int_equal(n, 1);
	assert_string_equal(words[0], "unix:");
	n = sk_filter_complete("auto", sockets(), words, 40, &start);
	assert_int_equal(n, 1);
	assert_string_equal(words[0], "autobound");
	n = sk_filter_complete("proto = netl", sockets(), words, 40, &start);
	assert_int_equal(n, 1);
	assert_string_equal(words[0], "netlink");
}

/* In Turkish, I and i are different letters: a user's language changes no filter. */
TEST_WITH(test_turkish, set_up, NULL)
{
	static const struct {
		const char *text;
		unsigned rows;
	} cases[] = {
		{ "LPORT IN (443)", 2 },     { "STATE LISTEN or LISTENING", 2 },
		{ "state = TIME-WAIT", 4 },  { "DEV = eth7 and PROTO = TCP6", 4 },
		{ "UID = 0 AND RECV-Q IN (7)", 1 }, { "state ~ listen", 2 },
		{ "src INET6:10.0.0.1", 4 },
	};
	char dir[] = "/tmp/sktop-locale-XXXXXX", command[200];

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
		 "localedef -i tr_TR -f UTF-8 %s/tr_TR.UTF-8 >/dev/null 2>&1", dir);
	if (system(command) == 0) {
		setenv("LOCPATH", dir, 1);
		assert_non_null(setlocale(LC_CTYPE, "tr_TR.UTF-8"));
		unsetenv("LOCPATH"); /* newlocale() of the C library leaks it */
	} else {
		print_message("no localedef: compared in the C locale alone\n");
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (matches(cases[i].text) != cases[i].rows)
			fail_msg("%s: %x", cases[i].text, matches(cases[i].text));
	}
	setlocale(LC_CTYPE, "C");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	return testing_run(set_up, NULL);
}
