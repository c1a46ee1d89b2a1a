/* SPDX-License-Identifier: MIT */
/*
 * The meaning of filters: which sockets they find, in which states and of which kinds.
 */
#include "../testing.h"
#include "filter_rows.h"

TEST(test_meaning)
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
		/* as it is shown, and as JSON has it */
		{ "rtt = 150.0ms", 1 },		 { "rtt = 150.1ms", 0 },
		{ "rtt = 0.15", 1 },		 { "rtt != 150.0ms", 0 },
		{ "tx-total = 12.3P", 1 },	 { "tx-total = 12P", 0 },
		{ "tx-total > 12.3P", 1 },	 { "tx-total < 12.35P", 1 },
		{ "state = COOKIE_WAIT", 0 },	 { "state = SHUTDOWN_SENT", 0 },
		{ "local = \"/run/no.sock\"", 0 }, { "local = \"rtnl:1\"", 0 },
		{ "src 10.0.0.1%eth7", 4 },	 { "src [10.0.0.1%eth7]:22", 4 },
		{ "src [10.0.0.1]%eth7:22", 4 }, { "src 10.0.0.1%7:22", 4 },
		{ "src 10.0.0.1%eth7:23", 0 },	 { "src 10.0.0.1%eth8", 0 },
		{ "src != 10.0.0.1%eth7", 3 },	 { "not local = 10.0.0.1%eth7", 3 },
		{ "local = 10.0.0.1%7", 4 },	 { "src ::ffff:10.0.0.1:22", 4 },
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
		{ "rtt = 1e-1-2e-1", 1 },
		{ "rtt > 1e-3", 1 },
		{ "rtt < 1e-3", 0 },
		{ "tx-total = 1E-2E", 0 },
		{ "recv-q in (1e0, 6e0-.9e1)", 5 },
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

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (matches(cases[i].text) != cases[i].rows)
			fail_msg("'%s' matches %x, not %x", cases[i].text,
				 matches(cases[i].text), cases[i].rows);
	}
}

/* Sockets without IP addresses, with the names that their decoders write. */
TEST(test_families)
{
	static const char text[] = "\0/run/App.sock\0@abstract/x\0@0a1b2\0rtnl:1234\0"
				   "rtnl:kernel\0ip:eth0\0" "2:1024";
	enum { PATH = 1, ABSTRACT = 15, AUTO = 27, ROUTE = 34, KERNEL = 44, LINK = 56,
	       VSOCK = 64 };
	struct sk_attrs attrs_table[] = {
		{ .uid = 0 },
		{ .local_name = { .text = PATH } },
		{ .local_name = { .text = AUTO } },
		{ .local_name = { .text = ROUTE, .id = 1234 } },
		{ .local_name = { .text = KERNEL } },
		{ .local_name = { .text = LINK, .id = 3, .extra = 0x800 } },
		{ .local_name = { .text = VSOCK, .id = 2, .extra = 1024 } },
	};
	struct sk_socket sockets_[] = {
		{ .proto = SK_PROTO_UNIX, .attrs = 1 },
		{ .proto = SK_PROTO_UNIX, .remote_name = { .text = ABSTRACT } },
		{ .proto = SK_PROTO_UNIX, .attrs = 2 },
		{ .proto = SK_PROTO_NETLINK, .attrs = 3 },
		{ .proto = SK_PROTO_NETLINK, .attrs = 4 },
		{ .proto = SK_PROTO_PACKET, .attrs = 5 },
		{ .proto = SK_PROTO_VSOCK, .attrs = 6 },
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
				    .attrs_table = { .at = attrs_table, .n = 7 },
				    .text = (char *)(uintptr_t)text,
				    .text_len = sizeof(text) };
	struct sk_context context = { .sample = &sample };

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

static bool ask(const char *text, bool (*question)(const struct sk_filter *))
{
	struct sk_filter_error error;
	struct sk_filter *filter;
	bool answer;

	assert_int_equal(sk_filter_parse(text, sockets(), &filter, &error), 0);
	answer = question(filter);
	sk_filter_free(filter);
	return answer;
}

static bool is_bound(const char *text)
{
	return ask(text, sk_filter_bound);
}

static bool is_bound_too(const char *text)
{
	return ask(text, sk_filter_bound_too);
}

/* TCP in CLOSE; UDP in CLOSE is something else. */
TEST(test_bound)
{
	struct sk_socket saved[2] = { rows[0], rows[1] };

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
	assert_true(is_bound_too("state all"));
	assert_true(is_bound_too("state big dport = 80"));
	assert_true(is_bound_too("state = big"));
	assert_true(is_bound_too("state bound-inactive state listen"));
	assert_false(is_bound_too("exclude bound-inactive"));
	assert_false(is_bound_too("exclude all"));
	assert_false(is_bound_too("exclude listening"));
	assert_false(is_bound_too("state connected"));
	assert_false(is_bound_too("state close"));
	assert_false(is_bound_too("sport = 80"));
	assert_false(sk_filter_bound_too(NULL));
}

TEST(test_protos)
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

int main(void)
{
	return testing_run(set_up, NULL);
}
