/* SPDX-License-Identifier: MIT */
/*
 * The detail view: what is told is shown in words and numbers, what is not is "-"
 * or left out, whatever the length of tcp_info.
 */
#include "../testing.h"
#include <math.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/detail.h>
#include <sktop/owners.h>

/** One socket and the rows of its detail view. */
struct view {
	struct sk_sample sample;
	struct sk_socket socket;
	struct sk_attrs attrs;
	struct sk_detail detail;
	struct sk_detail_rows rows;
};

static void put(struct view *v, size_t offset, uint64_t value, size_t size)
{
	memcpy(v->detail.tcp_info + offset, &value, size); /* little endian */
}

/* An established connection that the peer's window holds back. */
static void make(struct view *v)
{
	memset(v, 0, sizeof(*v));
	v->sample.time_ns = 90000000000; /* 90 s */
	v->socket = (struct sk_socket){
		.cookie = 0xabc,
		.state = SK_STATE_ESTABLISHED,
		.lport = 443,
		.rport = 50000,
		.first_seen = 3000,
		.flags = SK_F_INFO | SK_F_OWNER | SK_F_RATE | SK_F_AGE_MIN,
		.inode = 42,
		.tx_total = 1234567,
		.timer = SK_TIMER_ON,
		.timer_ms = 250,
		.timer_retrans = 2,
	};
	v->attrs.uid = 1000;
	v->attrs.local = sk_addr_from_v4("\x0a\x00\x00\x01");
	v->socket.remote = sk_addr_from_v4("\x0a\x00\x00\x02");
	v->detail.tcp_info_len = 280;
	put(v, 1, 3, 1);
	put(v, 5, 0x87, 1);
	put(v, 6, 0x97, 1);
	put(v, 16, 1448, 4);
	put(v, 68, 25000, 4);
	put(v, 76, INT32_MAX, 4);
	put(v, 80, 20, 4);
	put(v, 104, UINT64_MAX, 8);
	put(v, 148, UINT32_MAX, 4);
	put(v, 168, 2000000, 8);
	put(v, 176, 1500000, 8);
	put(v, 200, 1300000, 8);
	put(v, 240, 4, 2);
	put(v, 248, 7, 4);
	v->detail.tcp_ext.flags = SK_TCP_EXT_INFO | SK_TCP_EXT_SKMEM | SK_TCP_EXT_TOS |
			       SK_TCP_EXT_SHUTDOWN;
	v->detail.tcp_ext.info_len = 280;
	v->detail.tcp_ext.busy_time = 2000000;
	v->detail.tcp_ext.rwnd_limited = 1500000;
	v->detail.tcp_ext.n_skmem = 9;
	v->detail.tcp_ext.skmem[8] = 5;
	v->detail.tcp_ext.tos = 0xb8;
	v->detail.tcp_ext.shutdown = 2;
	memcpy(v->detail.tcp_ext.congestion, "cubic", 6);
}

static void fill(struct view *v, bool with_detail)
{
	struct sk_context context = { .sample = &v->sample };
	struct sk_detail_input input = { .context = &context,
					 .socket = &v->socket,
					 .attrs = &v->attrs,
					 .detail = with_detail ? &v->detail : NULL };

	assert_int_equal(sk_detail_rows_build(&input, &v->rows), 0);
	assert_true(v->rows.n > 0);
}

static const struct sk_detail_row *find(const struct view *v, const char *section,
					const char *label)
{
	for (size_t i = 0; i < v->rows.n; i++) {
		if (strcmp(v->rows.row[i].section, section) == 0 &&
		    strcmp(v->rows.row[i].label, label) == 0)
			return &v->rows.row[i];
	}
	return NULL;
}

/* The value of a row, or NULL. */
static const char *row(const struct view *v, const char *section, const char *label)
{
	const struct sk_detail_row *found = find(v, section, label);

	return found ? found->value : NULL;
}

static void assert_number(const struct view *v, const char *section, const char *label,
			  double number)
{
	assert_non_null(find(v, section, label));
	assert_null(find(v, section, label)->unknown);
	assert_true(fabs(find(v, section, label)->number - number) < 1e-9 * (1 + number));
}

static void assert_row(const struct view *v, const char *section, const char *label,
		       const char *value)
{
	const char *got = row(v, section, label);

	if (!got)
		print_error("no row %s / %s\n", section, label);
	assert_non_null(got);
	assert_string_equal(got, value);
}

/* In the first sample of sktop, "at least 0 s" would say nothing. */
TEST(age_of_a_first_sample)
{
	struct view v;

	make(&v);
	v.socket.first_seen = 9000;
	fill(&v, true);
	assert_row(&v, "Identity", "age", "older than sktop");
	assert_string_equal(find(&v, "Identity", "age")->unknown, "older than sktop");
	v.socket.flags &= ~(uint32_t)SK_F_AGE_MIN;
	fill(&v, true);
	assert_null(find(&v, "Identity", "age")->unknown);
	sk_detail_rows_free(&v.rows);
}

/* The kernel's clocks of data start with the connection. */
TEST(no_data_was_moved_yet)
{
	struct view v;

	make(&v);
	put(&v, 44, 2200, 4);
	put(&v, 52, 2200, 4);
	fill(&v, true);
	assert_row(&v, "Traffic", "last data sent", "-");
	assert_row(&v, "Traffic", "last data received", "-");
	assert_string_equal(find(&v, "Traffic", "last data sent")->unknown,
			    "no data was sent yet");
	assert_string_equal(find(&v, "Traffic", "last data received")->unknown,
			    "no data was received yet");
	v.detail.tcp_ext.data_segs_out = v.detail.tcp_ext.data_segs_in = 1;
	fill(&v, true);
	assert_row(&v, "Traffic", "last data sent", "2.2s ago");
	assert_row(&v, "Traffic", "last data received", "2.2s ago");
	/* as before Linux 4.6 */
	v.detail.tcp_ext.data_segs_out = v.detail.tcp_ext.data_segs_in = 0;
	v.detail.tcp_ext.info_len = 152;
	fill(&v, true);
	assert_row(&v, "Traffic", "last data sent", "2.2s ago");
	sk_detail_rows_free(&v.rows);
}

TEST(established)
{
	struct view v;

	make(&v);
	fill(&v, true);
	assert_row(&v, "Identity", "state", "ESTABLISHED");
	assert_row(&v, "Identity", "local", "10.0.0.1:443");
	assert_row(&v, "Identity", "cookie", "0xabc");
	assert_row(&v, "Identity", "user id", "1000");
	assert_non_null(strstr(row(&v, "Identity", "age"), "at least 1m"));
	assert_non_null(strstr(row(&v, "Traffic", "sent"), "(1234567)"));
	assert_non_null(strstr(row(&v, "Traffic", "bytes sent"), "(1300000)"));
	assert_non_null(strstr(row(&v, "Round trip", "round trip"), "25.0ms"));
	assert_row(&v, "Congestion", "loss recovery", "recovery");
	assert_row(&v, "Congestion", "algorithm", "cubic");
	assert_row(&v, "Congestion", "received marked", "7");
	assert_non_null(row(&v, "Congestion", "window allows"));
	assert_row(&v, "Queues and memory", "drops", "5");
	assert_row(&v, "Loss and timers", "timeouts", "4");
	assert_non_null(strstr(row(&v, "Loss and timers", "timer"), "2 tries"));
	assert_non_null(strstr(row(&v, "Limits", "peer's window full"), "75.0%"));
	assert_row(&v, "Limits", "limited by", "rwnd");
	assert_row(&v, "Options", "TCP options",
		   "ts sack wscale tfo_child");
	assert_row(&v, "Options", "window scale", "7 send, 9 receive");
	assert_row(&v, "Options", "TOS", "0xb8 (DSCP 46, ECN 0)");
	assert_row(&v, "Options", "shut down", "sending");
	/* the kernel's "none" and "not yet" */
	assert_null(row(&v, "Round trip", "minimum"));
	assert_null(row(&v, "Congestion", "pacing rate"));
	assert_null(row(&v, "Congestion", "slow start threshold"));
	sk_detail_rows_free(&v.rows);
}

TEST(without_lookup)
{
	struct view v;

	make(&v);
	fill(&v, false);
	assert_non_null(row(&v, "Traffic", "sent"));
	assert_non_null(row(&v, "Round trip", "round trip"));
	assert_null(row(&v, "Congestion", "loss recovery"));
	sk_detail_rows_free(&v.rows);
}

TEST(unknown_is_a_dash)
{
	struct view v;

	make(&v);
	v.socket.proto = SK_PROTO_UDP;
	v.socket.state = SK_STATE_CLOSE;
	v.socket.flags = SK_F_NO_COOKIE | SK_F_V6;
	v.socket.rport = 0;
	fill(&v, false);
	assert_row(&v, "Identity", "inode", "-");
	assert_row(&v, "Identity", "user id", "-");
	assert_row(&v, "Identity", "cookie", "-");
	assert_row(&v, "Identity", "remote", "[::ffff:10.0.0.2]:*");
	assert_row(&v, "Traffic", "sent", "-");
	for (size_t i = 0; i < v.rows.n; i++)
		assert_int_equal(v.rows.row[i].value[0] == '-', v.rows.row[i].unknown != NULL);
	assert_null(row(&v, "Loss and timers", "timer"));
	sk_detail_rows_free(&v.rows);
}

/* What JSON has: SI units, whatever the text says. */
TEST(numbers)
{
	struct view v;
	uint32_t bbr[5] = { 1000000, 0, 20000, 739, 512 };

	make(&v);
	v.detail.cc_info_type = 16;
	v.detail.cc_info_len = sizeof(bbr);
	memcpy(v.detail.cc_info, bbr, sizeof(bbr));
	v.detail.has_route = true;
	v.detail.route.metrics.set = 1U << SK_METRIC_MTU | 1U << SK_METRIC_RTO_MIN;
	v.detail.route.metrics.value[SK_METRIC_MTU] = 1400;
	v.detail.route.metrics.value[SK_METRIC_RTO_MIN] = 40;
	fill(&v, true);
	assert_number(&v, "Identity", "user id", 1000);
	assert_number(&v, "Identity", "inode", 42);
	assert_number(&v, "Identity", "age", 60);
	assert_number(&v, "Traffic", "sent", 1234567);
	assert_number(&v, "Round trip", "round trip", 0.025);
	assert_number(&v, "Congestion", "BBR bandwidth", 1000000);
	assert_number(&v, "Congestion", "BBR minimum rtt", 0.02);
	assert_number(&v, "Congestion", "window allows", 20 * 1448 / 0.025);
	assert_number(&v, "Limits", "peer's window full", 1.5);
	assert_number(&v, "Route", "route mtu", 1400);
	assert_number(&v, "Route", "route rto min", 0.04);
	assert_true(isnan(find(&v, "Identity", "state")->number));
	assert_true(isnan(find(&v, "Options", "window scale")->number));
	sk_detail_rows_free(&v.rows);
}

/* A name that looks like nothing is one all the same. */
TEST(named_dash)
{
	struct view v;
	struct sk_sample *sample;
	struct sk_context context = { 0 };
	struct sk_detail_input input = { .context = &context, .socket = &v.socket,
					 .attrs = &v.attrs };

	make(&v);
	assert_int_equal(sk_sample_new(&sample), 0);
	context.sample = sample;
	v.socket = (struct sk_socket){ .proto = SK_PROTO_UNIX, .flags = SK_F_OWNER };
	assert_int_equal(sk_sample_add_text(sample, "-", 1, &v.attrs.local_name.text), 0);
	assert_int_equal(sk_detail_rows_build(&input, &v.rows), 0);
	assert_row(&v, "Identity", "local", "-");
	assert_null(find(&v, "Identity", "local")->unknown);
	sk_detail_rows_free(&v.rows);
	sk_sample_unref(sample);
}

/* More holders than lines: that is no sentence on why it is slow. */
TEST(many_holders)
{
	struct view v;
	static struct sk_holder holders[70];

	make(&v);
	assert_int_equal(sk_owners_new(&v.sample.owners), 0);
	for (uint32_t i = 0; i < 70; i++) {
		struct sk_process p = { .pid = 100 + i, .name = "p", .command = "",
					.cgroup = "", .unit = "", .tids = "" };

		assert_int_equal(sk_owners_add_process(v.sample.owners, &p,
						       &holders[i].process), 0);
	}
	assert_int_equal(sk_owners_add_set(v.sample.owners, holders, 70, &v.socket.owner), 0);
	fill(&v, true);
	assert_number(&v, "Owners", "more holders", 6);
	for (size_t i = 0; i < v.rows.n; i++)
		assert_int_equal(!*v.rows.row[i].label,
				 !strcmp(v.rows.row[i].section, "Why is it slow"));
	sk_detail_rows_free(&v.rows);
	sk_owners_unref(v.sample.owners);
}

TEST(listener)
{
	struct view v;

	make(&v);
	v.socket.state = SK_STATE_LISTEN;
	v.socket.flags = SK_F_OWNER;
	v.socket.recv_q = 3;
	v.socket.send_q = 128;
	fill(&v, true);
	assert_row(&v, "Queues and memory", "waiting", "3");
	assert_row(&v, "Queues and memory", "backlog", "128");
	assert_null(row(&v, "Congestion", "in flight"));
	assert_null(row(&v, "Limits", "busy"));
	sk_detail_rows_free(&v.rows);
}

TEST(private_data)
{
	struct view v;
	uint32_t bbr[5] = { 1000000, 0, 20000, 739, 512 };
	uint32_t dctcp[4] = { 1 | 1U << 16, 512, 10, 100 };

	make(&v);
	v.detail.cc_info_type = 16;
	v.detail.cc_info_len = sizeof(bbr);
	memcpy(v.detail.cc_info, bbr, sizeof(bbr));
	fill(&v, true);
	assert_row(&v, "Congestion", "BBR gains", "pacing 2.89, window 2.00");
	memcpy(v.detail.cc_info, (const uint32_t[5]){ 0, 0, UINT32_MAX, 0, 0 }, sizeof(bbr));
	fill(&v, true);
	assert_row(&v, "Congestion", "BBR bandwidth", "-");
	assert_row(&v, "Congestion", "BBR minimum rtt", "-");
	assert_row(&v, "Congestion", "BBR gains", "-");
	assert_non_null(find(&v, "Congestion", "BBR bandwidth")->unknown);
	v.detail.cc_info_type = 3;
	v.detail.cc_info_len = 16;
	memcpy(v.detail.cc_info, (const uint32_t[4]){ 1, 0, INT32_MAX, INT32_MAX }, 16);
	fill(&v, true);
	assert_row(&v, "Congestion", "delay", "on, rtt -, minimum -, 0 measured");
	v.detail.cc_info_type = 9;
	v.detail.cc_info_len = sizeof(dctcp);
	memcpy(v.detail.cc_info, dctcp, sizeof(dctcp));
	fill(&v, true);
	assert_row(&v, "Congestion", "DCTCP alpha", "50.0%");
	assert_row(&v, "Congestion", "DCTCP marks", "10 of 100, ce state 1");
	v.detail.cc_info_len = 3;
	fill(&v, true);
	assert_null(row(&v, "Congestion", "DCTCP alpha"));
	sk_detail_rows_free(&v.rows);
}

/* Every length of tcp_info, and every room for rows. */
TEST(every_length)
{
	struct view v;
	size_t before = 0;

	make(&v);
	for (size_t i = 0; i < SK_TCP_INFO_MAX; i++)
		v.detail.tcp_info[i] = 1;
	for (uint16_t len = 0; len <= SK_TCP_INFO_MAX; len++) {
		v.detail.tcp_info_len = len;
		fill(&v, true);
		assert_true(len < 2 || v.rows.n >= before);
		before = v.rows.n;
		for (size_t i = 0; i < v.rows.n; i++) {
			assert_non_null(v.rows.row[i].help);
			assert_true(v.rows.row[i].value[0] != '\0');
		}
	}
	sk_detail_rows_free(&v.rows);
}
