/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <sktop/filter.h>

static struct sk_addr v4(const char *text)
{
	uint8_t b[4];

	inet_pton(AF_INET, text, b);
	return sk_addr_from_v4(b);
}

static const struct sk_table *sockets(void)
{
	return sk_table(SK_TABLE_CONNECTIONS);
}

/* 10.0.0.1:22 to 10.0.0.2:50312, ESTABLISHED, 150 ms, user 0; and a listener. */
static struct sk_socket rows[3];

static int set_up(void **state)
{
	(void)state;
	rows[0] = (struct sk_socket){ .proto = SK_PROTO_TCP,
				      .state = SK_STATE_ESTABLISHED,
				      .remote = v4("10.0.0.2"),
				      .lport = 22,
				      .rport = 50312,
				      .rtt_us = 150000,
				      .tx_total = 12345678901234567ULL,
				      .recv_q = 7,
				      .cookie = 0x1a2b,
				      .flags = SK_F_INFO | SK_F_OWNER };
	rows[1] = (struct sk_socket){ .proto = SK_PROTO_TCP,
				      .state = SK_STATE_LISTEN,
				      .remote = v4("0.0.0.0"),
				      .lport = 443 };
	rows[2] = rows[0];
	rows[2].state = SK_STATE_TIME_WAIT;
	rows[2].flags = SK_F_V6; /* v4-mapped, without owner and counters */
	rows[2].flags |= SK_F_CGROUP;
	rows[0].home = 2;
	rows[1].home = 3;
	rows[2].home = 1;
	return 0;
}

/* Which of the three rows match, as bits. */
static unsigned matches(const char *text)
{
	struct sk_more more[3] = { { .mark = 0x15, .flags = SK_MORE_MARK } };
	struct sk_link link = { .ifindex = 7, .name = "eth7" };
	struct sk_home homes[] = { { .uid = 0 },
				   { .local = v4("10.0.0.1"), .cgroup = 42, .ifindex = 7 },
				   { .local = v4("10.0.0.1") },
				   { .local = v4("0.0.0.0") } };
	struct sk_sample sample = { .needs = SK_NEED_INFO,
				    .sockets = rows,
				    .more = more,
				    .n_more = 3,
				    .n_sockets = 3,
				    .links = &link,
				    .n_links = 1,
				    .homes = { .at = homes, .n = 4 },
				    .limits = { .port_first = 443, .port_last = 999 } };
	struct sk_context context = { .sample = &sample };
	struct sk_filter_error error;
	struct sk_filter *filter;
	unsigned bits = 0;

	if (sk_filter_parse(text, sockets(), &filter, &error))
		fail_msg("%s: %s", text, error.message);
	for (unsigned i = 0; i < 3; i++)
		bits |= (unsigned)sk_filter_match(filter, &context, &rows[i]) << i;
	sk_filter_free(filter);
	return bits;
}

static void test_meaning(void **state)
{
	static const struct {
		const char *text;
		unsigned rows;
	} cases[] = {
		{ "", 7 },
		{ "state established", 1 },
		{ "TIME_WAIT", 4 },
		{ "listen or time-wait", 6 },
		{ "exclude listening", 5 },
		{ "state != time-wait", 3 },
		{ "connected", 5 },
		{ "dst 10/8", 5 },
		{ "dst != 10/8", 2 },
		{ "dst 10.0/255.255.0.0:50312", 5 },
		{ "dst 0xa.0.0.2", 5 },
		{ "dst any", 7 },
		{ "src *:443", 2 },
		{ "dst inet6:10.0.0.2", 4 },
		{ "sport = :22", 5 },
		{ "sport = :ssh", 5 },
		{ "sport >= :22 sport <= :1024", 7 },
		{ "dport ne 50312", 2 },
		{ "dport gt 40000 and dst 10/8", 5 },
		{ "port in (443, 50000-51000)", 7 },
		{ "sport 22-80", 5 },
		{ "src 0.0.0.0 or sport = 22 and state time-wait", 6 },
		{ "(src 0.0.0.0 or sport = 22) and state time-wait", 4 },
		{ "not dst 10.0.0.2", 2 },
		{ "! ( listen or time-wait )", 1 },
		{ "rtt > 100ms", 1 },
		{ "rtt > 0.2", 0 },
		{ "rtt != 1s", 1 }, /* missing values match nothing */
		{ "not rtt = 1s", 7 },
		{ "tx-total = 12345678901234567", 1 }, /* beyond a double */
		{ "tx-total = 12345678901234568", 0 },
		{ "recv-q > 5 and recv-q < 1k", 5 },
		{ "cookie = 1a2b", 5 },
		{ "uid = 0", 1 },
		{ "user = 0", 1 },
		/* state words fill a mask, as in ss */
		{ "state established state time-wait", 5 },
		{ "state established,listen dst 10/8", 1 },
		{ "state all exclude listen", 5 },
		{ "state established sport = 22 or sport = 443", 1 },
		{ "state established and sport = 22 or sport = 443", 3 },
		{ "(state established sport = 22) or sport = 443", 3 },
		{ "state listen or sport = 22 state time-wait", 6 },
		{ "exclude listen exclude time-wait", 1 },
		{ "excl listen state listen", 7 },
		{ "exclude all", 0 },
		{ "state listen exclude listen", 0 },
		{ "sport = 22 state time-wait", 4 },
		{ "(state time-wait or sport = 443) and not state listen", 4 },
		{ "state in (listen, time-wait)", 6 },
		{ "state bound-inactive", 0 },
		{ "state UNKNOWN", 0 },
		{ "exclude unknown", 7 },
		{ "state listen,unknown", 2 },
		{ "state closed or state unconnected or state syn-rcv", 0 },
		{ "src = 10.0.0.1 && dst == 10.0.0.2", 5 },
		{ "sport eq 22 | sport gt 400", 7 },
		{ "sport lt 23 & dport geq 50312 dport leq 50312", 5 },
		{ "sport neq 22", 2 },
		{ "port not in (22, 80)", 2 },
		{ "port != (22, 80)", 2 },
		{ "!(sport=22)", 2 },
		{ "dst inet:10/8", 1 }, /* only AF_INET, as ss */
		{ "src ::ffff:10.0.0.1", 4 }, /* only mapped, as ss */
		{ "src [10.0.0.1]:22", 5 },
		{ "dev = eth7", 4 },
		{ "dev = 7", 4 },
		{ "dev != 7", 3 }, /* bound to none is known */
		{ "dev eth*", 4 },
		{ "cgroup = 42", 4 },
		{ "cgroup != 42", 0 },
		{ "autobound", 2 },
		{ "fwmark = 0x15/0xf", 0 },
		{ "fwmark = 5/0xf", 1 },
		{ "mark = 0x15", 1 },
		{ "mark != 21", 0 },
		{ "mark > 20", 1 },
		{ "uid = 0-10", 1 },
		{ "recv-q = 5-7", 5 },
		{ "recv-q != 5-6", 7 },
		{ "rtt = 100ms-200ms", 1 },
		{ "rtt = 200ms-300ms", 0 },
		{ "recv-q in (1, 6-9)", 5 },
		{ "lport = ssh", 5 },
		{ "rport = 50000-51000", 5 },
		{ "uid = 0 and user = 0", 1 },
		{ "local ~ ^10[.]", 1 },
		{ "local !~ ^10[.]", 6 },
		{ "proto = tcp", 7 },
		{ "proto = tcp6", 4 },
		{ "proto ~ ^tcp$", 3 },
		{ "remote = 10.0.0.0/30", 5 },
		{ "local != 0.0.0.0", 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (matches(cases[i].text) != cases[i].rows)
			fail_msg("'%s' matches %x, not %x", cases[i].text,
				 matches(cases[i].text), cases[i].rows);
	}
}

/* Sockets without IP addresses, with the names that their decoders write. */
static void test_families(void **state)
{
	static const char text[] = "\0/run/App.sock\0@abstract/x\0@0a1b2\0rtnl:1234\0"
				   "rtnl:kernel\0ip:eth0\0" "2:1024";
	enum { PATH = 1, ABSTRACT = 15, AUTO = 27, ROUTE = 34, KERNEL = 44, LINK = 56,
	       VSOCK = 64 };
	struct sk_home homes[] = {
		{ .uid = 0 },
		{ .local_name = { .text = PATH } },
		{ .local_name = { .text = AUTO } },
		{ .local_name = { .text = ROUTE, .id = 1234 } },
		{ .local_name = { .text = KERNEL } },
		{ .local_name = { .text = LINK, .id = 3, .extra = 0x800 } },
		{ .local_name = { .text = VSOCK, .id = 2, .extra = 1024 } },
	};
	struct sk_socket sockets_[] = {
		{ .proto = SK_PROTO_UNIX, .home = 1 },
		{ .proto = SK_PROTO_UNIX, .remote_name = { .text = ABSTRACT } },
		{ .proto = SK_PROTO_UNIX, .home = 2 },
		{ .proto = SK_PROTO_NETLINK, .home = 3 },
		{ .proto = SK_PROTO_NETLINK, .home = 4 },
		{ .proto = SK_PROTO_PACKET, .home = 5 },
		{ .proto = SK_PROTO_VSOCK, .home = 6 },
		{ .proto = SK_PROTO_TCP, .state = SK_STATE_LISTEN, .lport = 80 },
	};
	static const struct {
		const char *text;
		unsigned rows;
	} cases[] = {
		{ "src unix:/run/*", 1 },	 { "src /run/*", 1 },
		{ "src /run/app.sock", 1 },	 { "src unix:/RUN/app.sock", 1 },
		{ "src unix:*", 7 },		 { "dst unix:@abs*", 2 },
		{ "src != unix:/run/*", 6 },	 { "not src unix:/run/*", 0xfe },
		{ "src netlink:*", 0x18 },	 { "src netlink:rtnl", 0x18 },
		{ "src netlink:0", 0x18 },	 { "src netlink:rtnl:kernel", 0x10 },
		{ "src netlink:*:1234", 8 },	 { "src link:ip", 0x20 },
		{ "src link:0x800:eth*", 0x20 }, { "src link:*:3", 0x20 },
		{ "src link:arp", 0 },		 { "src vsock:2", 0x40 },
		{ "src vsock:*:1024", 0x40 },	 { "src vsock:2:99", 0 },
		{ "src unix:/run/* or sport = 80", 0x81 },
		{ "autobound", 4 | 2 | 0x40 },	 { "sport != 80", 0 },
		{ "dst != 10/8", 0x80 },	 { "src any", 0x80 },
	};
	struct sk_sample sample = { .sockets = sockets_, .n_sockets = 8,
				    .homes = { .at = homes, .n = 7 },
				    .text = (char *)(uintptr_t)text,
				    .text_len = sizeof(text) };
	struct sk_context context = { .sample = &sample };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sk_filter_error error;
		struct sk_filter *filter;
		unsigned bits = 0;

		if (sk_filter_parse(cases[i].text, sockets(), &filter, &error))
			fail_msg("%s: %s", cases[i].text, error.message);
		for (unsigned k = 0; k < 8; k++)
			bits |= (unsigned)sk_filter_match(filter, &context, &sockets_[k])
				<< k;
		sk_filter_free(filter);
		if (bits != cases[i].rows)
			fail_msg("'%s' matches %x, not %x", cases[i].text, bits,
				 cases[i].rows);
	}
}

static bool is_bound(const char *text)
{
	struct sk_filter_error error;
	struct sk_filter *filter;
	bool bound;

	assert_int_equal(sk_filter_parse(text, sockets(), &filter, &error), 0);
	bound = sk_filter_bound(filter);
	sk_filter_free(filter);
	return bound;
}

/* TCP in CLOSE; UDP in CLOSE is something else. */
static void test_bound(void **state)
{
	struct sk_socket saved[2] = { rows[0], rows[1] };

	(void)state;
	rows[0] = (struct sk_socket){ .proto = SK_PROTO_TCP, .state = SK_STATE_CLOSE };
	rows[1] = (struct sk_socket){ .proto = SK_PROTO_UDP, .state = SK_STATE_CLOSE };
	assert_int_equal(matches("state bound-inactive"), 1);
	assert_int_equal(matches("exclude bound-inactive"), 6);
	assert_int_equal(matches("state != BOUND_INACTIVE"), 6);
	assert_int_equal(matches("state close"), 3);
	assert_int_equal(matches("state bound-inactive state time-wait"), 5);
	rows[0] = saved[0];
	rows[1] = saved[1];
	assert_true(is_bound("state bound-inactive sport = 80"));
	assert_false(is_bound("state bound-inactive state listen"));
	assert_false(is_bound("exclude bound-inactive"));
	assert_false(is_bound("state close"));
	assert_false(sk_filter_bound(NULL));
}

static void test_protos(void **state)
{
	static const struct {
		const char *text;
		uint32_t protos;
	} cases[] = {
		{ "tx > 1", 0 },
		{ "src unix:* or dst netlink:rtnl",
		  SK_PROTO_BIT(SK_PROTO_UNIX) | SK_PROTO_BIT(SK_PROTO_NETLINK) },
		{ "proto = raw", SK_PROTO_BIT(SK_PROTO_RAW) },
		{ "proto = udp6", SK_PROTO_BIT(SK_PROTO_UDP) },
		{ "proto != unix", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sk_filter_error error;
		struct sk_filter *filter;

		assert_int_equal(sk_filter_parse(cases[i].text, sockets(), &filter, &error),
				 0);
		assert_int_equal(sk_filter_protos(filter), cases[i].protos);
		sk_filter_free(filter);
	}
	assert_int_equal(sk_filter_protos(NULL), 0);
}

static void test_errors(void **state)
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
	};

	(void)state;
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

static void test_names(void **state)
{
	struct sk_filter_error error;
	struct sk_filter *filter, *again;
	char text[4096];

	(void)state;
	/* every Linux knows this name; both of its addresses if it has two */
	assert_int_equal(sk_filter_parse_names("dst localhost:443", sockets(),
					       SK_LOOKUP_DNS, NULL, &filter, &error), 0);
	sk_filter_print(filter, text, sizeof(text));
	assert_non_null(strstr(text, "127.0.0.1/32]:443"));
	/* what was looked up is remembered */
	assert_int_equal(sk_filter_parse_names("dst != LOCALHOST", sockets(),
					       SK_LOOKUP_HOSTS, filter, &again, &error), 0);
	sk_filter_free(filter);
	sk_filter_print(again, text, sizeof(text));
	assert_null(strstr(text, " or "));
	sk_filter_free(again);
	assert_int_equal(sk_filter_parse_names("dst no.such.invalid", sockets(),
					       SK_LOOKUP_DNS, NULL, &filter, &error),
			 -EINVAL);
	assert_non_null(strstr(error.message, "host 'no.such.invalid'"));
	/* where nobody may wait, DNS is left to somebody else */
	assert_int_equal(sk_filter_parse("tx > 1 dst no.such.invalid", sockets(), &filter,
					 &error), -EAGAIN);
	assert_int_equal(error.offset, 11);
	assert_non_null(strstr(error.message, "not in /etc/hosts"));
}

static void test_job(void **state)
{
	struct sk_filter_error error;
	struct sk_filter_job *job;
	struct sk_filter *filter;
	struct pollfd p = { .events = POLLIN };

	(void)state;
	assert_int_equal(sk_filter_job_new("dst localhost", sockets(), &job), 0);
	p.fd = sk_filter_job_fd(job);
	assert_int_equal(poll(&p, 1, 30000), 1);
	assert_int_equal(sk_filter_job_take(job, &filter, &error), 0);
	sk_filter_job_free(job);
	assert_non_null(filter);
	sk_filter_free(filter);
	assert_int_equal(sk_filter_job_new("dst <", sockets(), &job), 0);
	p.fd = sk_filter_job_fd(job);
	assert_int_equal(poll(&p, 1, 30000), 1);
	assert_int_equal(sk_filter_job_take(job, &filter, &error), -EINVAL);
	assert_null(filter);
	sk_filter_job_free(job);
	/* given up before it is done */
	assert_int_equal(sk_filter_job_new("dst localhost", sockets(), &job), 0);
	sk_filter_job_free(job);
}

static int compose(const char *words, const char *content, char **out, char *error)
{
	char path[] = "/tmp/sktop-filter-XXXXXX";
	int fd = mkstemp(path), err;
	size_t offset;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	err = sk_filter_compose(words, path, out, &offset, error);
	unlink(path);
	return err;
}

static void test_files(void **state)
{
	char error[SK_ERROR_LEN], *text, *longer = calloc(1, 5000);

	(void)state;
	assert_int_equal(compose("listen or time-wait", "# web\n  # and ssh\nport 22\n or "
				 "port 443\n", &text, error), 0);
	assert_int_equal(matches(text), 6);
	free(text);
	assert_int_equal(compose("", "\\( listen or \\\n time-wait \\) and \\! user ~ "
				     "\"a\\(b\"", &text, error), 0);
	assert_int_equal(matches(text), 6);
	assert_non_null(strstr(text, "\"a\\(b\"")); /* a pattern keeps its own */
	free(text);
	assert_int_equal(compose("", "# nothing\nlisten", &text, error), 0);
	assert_int_equal(matches(text), 2);
	free(text);
	assert_int_equal(compose("listen", "", &text, error), 0);
	assert_int_equal(matches(text), 2);
	free(text);
	memset(longer, 'a', 4999);
	assert_int_equal(compose("", longer, &text, error), -EINVAL);
	assert_non_null(strstr(error, "longer"));
	free(longer);
	assert_int_equal(sk_filter_compose("", "/no/such/file", &text, &(size_t){ 0 }, error),
			 -EINVAL);
	assert_non_null(strstr(error, "'/no/such/file'"));
}

static void test_bounds(void **state)
{
	struct sk_filter_error error;
	struct sk_filter *filter;
	char text[6000];

	(void)state;
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
		"state unknown,listen", "state bound-inactive", "src unix:/run/*", "dst != netlink:*:kernel", "dev = eth7", "mark = 0x15/0xff", "cgroup = 42", "autobound",
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

static void test_random(void **state)
{
	unsigned seed = 4711;

	(void)state;
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

static void test_every_column(void **state)
{
	(void)state;
	for (unsigned t = 0; t < SK_TABLE_COUNT; t++) {
		const struct sk_table *table = sk_table(t);

		for (size_t i = 0; i < table->n_columns; i++)
			try_column(table, &table->columns[i]);
	}
}

/* What --help=filter tells people to type is right. */
static void test_help(void **state)
{
	const char *line = sk_filter_help;
	int examples = 0, lines = 0;

	(void)state;
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

static void test_completion(void **state)
{
	const char *words[40];
	size_t start, n;

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning),	  cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bounds),	  cmocka_unit_test(test_random),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_bound), cmocka_unit_test(test_job), cmocka_unit_test(test_help), cmocka_unit_test(test_every_column), cmocka_unit_test(test_families), cmocka_unit_test(test_protos), cmocka_unit_test(test_names),	  cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
