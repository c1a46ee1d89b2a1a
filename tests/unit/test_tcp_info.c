/* SPDX-License-Identifier: MIT */
/*
 * Every field of struct tcp_info, at every length that a kernel may send: as a column
 * and in the detail view. Where it ends before a field the field is missing, never 0;
 * what is behind the last one that is known does no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/detail.h>
#include "fixtures.h"
#include "kernel/sockets/inet_diag.h"

/* bytes_received is what a connection needs to be shown with totals (Linux 4.1) */
#define LEAST 136
#define LONGEST 360

/** What include/uapi/linux/tcp.h says. */
static const struct {
	size_t offset, size;
	double scale;	   /* of the column; 0 = an integer */
	const char *id;	   /* column, or NULL */
	const char *label; /* row of the detail view, or NULL */
} fields[] = {
	{ 2, 1, 0, "timeouts", "timeouts in a row" },
	{ 3, 1, 0, "probes", "probes" },
	{ 4, 1, 0, "backoff", "backoff" },
	{ 8, 4, 1e-6, "rto", "retransmission timeout" },
	{ 12, 4, 1e-6, "ato", "delayed ack timeout" },
	{ 16, 4, 0, "mss", "segment size" },
	{ 20, 4, 0, "rcvmss", "segment size received" },
	{ 24, 4, 0, "unacked", "in flight" },
	{ 28, 4, 0, "sacked", "sacked" },
	{ 32, 4, 0, "lost", "lost" },
	{ 36, 4, 0, "retrans-now", "retransmitted now" },
	{ 40, 4, 0, NULL, "forward acked" },
	{ 44, 4, 1e-3, "last-send", "last data sent" },
	{ 48, 4, 1e-3, NULL, "last ack sent" },
	{ 52, 4, 1e-3, "last-recv", "last data received" },
	{ 56, 4, 1e-3, "last-ack", "last ack received" },
	{ 60, 4, 0, "pmtu", "path MTU" },
	{ 64, 4, 0, "rcv-ssthresh", "receive threshold" },
	{ 72, 4, 1e-6, "rttvar", "variation" },
	{ 76, 4, 0, "ssthresh", "slow start threshold" },
	{ 80, 4, 0, "cwnd", "window" },
	{ 84, 4, 0, "advmss", "segment size advertised" },
	{ 88, 4, 0, "reordering", "reordering" },
	{ 92, 4, 1e-6, "rcv-rtt", "receiver's estimate" },
	{ 96, 4, 0, "rcv-space", "receive space" },
	{ 100, 4, 0, "retrans", "retransmitted" },
	{ 104, 8, 0, "pacing-rate", "pacing rate" },
	{ 112, 8, 0, "max-pacing-rate", "pacing limit" },
	{ 120, 8, 0, "bytes-acked", "bytes acknowledged" },
	{ 128, 8, 0, "bytes-received", "bytes received" },
	{ 136, 4, 0, "segs-out", "segments out" },
	{ 140, 4, 0, "segs-in", "segments in" },
	{ 144, 4, 0, "notsent", "not yet sent" },
	{ 148, 4, 1e-6, "minrtt", "minimum" },
	{ 152, 4, 0, "data-segs-in", "data segments in" },
	{ 156, 4, 0, "data-segs-out", "data segments out" },
	{ 160, 8, 0, "delivery-rate", "delivery rate" },
	{ 168, 8, 1e-6, "busy", "busy" },
	{ 176, 8, 1e-6, "rwnd-limited", "peer's window full" },
	{ 184, 8, 1e-6, "sndbuf-limited", "send buffer full" },
	{ 192, 4, 0, "delivered", "delivered" },
	{ 196, 4, 0, "delivered-ce", "delivered marked" },
	{ 200, 8, 0, "bytes-sent", "bytes sent" },
	{ 208, 8, 0, "bytes-retrans", "bytes retransmitted" },
	{ 216, 4, 0, "dsack-dups", "duplicates reported" },
	{ 220, 4, 0, "reord-seen", "reordering seen" },
	{ 224, 4, 0, "rcv-ooopack", "received out of order" },
	{ 228, 4, 0, "snd-wnd", "peer's window" },
	{ 232, 4, 0, "rcv-wnd", "own window" },
	{ 236, 4, 0, "rehash", "path changes" },
	{ 240, 2, 0, "total-rto", "timeouts" },
	{ 242, 2, 0, "rto-recoveries", "timeout recoveries" },
	{ 244, 4, 1e-3, "total-rto-time", "time in timeouts" },
	{ 248, 4, 0, "received-ce", "received marked" },
	{ 252, 4, 0, NULL, "delivered ECT(1)" },
	{ 256, 4, 0, NULL, "delivered ECT(0)" },
	{ 260, 4, 0, NULL, "delivered CE" },
	{ 264, 4, 0, NULL, "received ECT(1)" },
	{ 268, 4, 0, NULL, "received ECT(0)" },
	{ 272, 4, 0, NULL, "received CE" },
	{ 276, 4, 0, NULL, "accurate ECN bits" },
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/** A connection whose tcp_info has the length that is asked for. */
struct fixture {
	struct sk_sample *sample;
	struct sk_context context;
	struct sk_detail detail;
	struct sk_detail_rows rows;
	uint8_t info[LONGEST];
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	for (size_t i = 0; i < LONGEST; i++)
		f.info[i] = (uint8_t)(i % 7 + 1);
	*state = &f;
	return sk_sample_new(&f.sample);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_detail_rows_free(&f->rows);
	sk_sample_unref(f->sample);
	return 0;
}

static uint64_t number(const struct fixture *f, size_t field)
{
	uint64_t value = 0;

	memcpy(&value, f->info + fields[field].offset, fields[field].size);
	return value; /* little endian */
}

/* A reply with that much of tcp_info, decoded into the sample and the detail. */
static void decode(struct fixture *f, const uint8_t *info, size_t len)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg diag;
		struct nlattr attr;
		uint8_t info[LONGEST];
	} m = { .head.nlmsg_len = (uint32_t)(offsetof(__typeof__(m), info) + len),
		.diag.idiag_family = 2,
		.diag.idiag_state = SK_STATE_ESTABLISHED,
		.attr = { (uint16_t)(sizeof(m.attr) + len), INET_DIAG_INFO } };
	struct sk_home home = { 0 };
	struct sk_socket *socket;
	struct sk_more *more;

	memcpy(m.info, info, len);
	sk_sample_reset(f->sample);
	f->sample->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_MORE;
	assert_int_equal(sk_sample_add_socket(f->sample, &socket, &more), 0);
	assert_int_equal(inet_diag_decode(&m.head, m.head.nlmsg_len, SK_PROTO_TCP, socket,
					  &home, more, NULL), 0);
	memset(&f->detail, 0, sizeof(f->detail));
	assert_int_equal(inet_diag_decode(&m.head, m.head.nlmsg_len, SK_PROTO_TCP,
					  &f->detail.pin.socket, &f->detail.pin.home,
					  &f->detail.more, &f->detail),
			 0);
	f->context.sample = f->sample;
}

static void make_rows(struct fixture *f)
{
	struct sk_detail_input input = { .context = &f->context,
					 .socket = f->sample->sockets,
					 .detail = &f->detail };

	assert_int_equal(sk_detail_rows_make(&input, &f->rows), 0);
}

static void read_column(struct fixture *f, const char *id, struct sk_value *value)
{
	const struct sk_column *column =
		sk_column_find(sk_table(SK_TABLE_CONNECTIONS), id, strlen(id));

	if (!column)
		fail_msg("no column %s", id);
	assert_non_null(column);
	sk_column_get(column, &f->context, f->sample->sockets, value);
}

static void check_column(struct fixture *f, size_t i, size_t len)
{
	size_t end = fields[i].offset + fields[i].size;
	struct sk_value value;

	read_column(f, fields[i].id, &value);
	if (len < end || len < LEAST) {
		if (value.kind != SK_VALUE_NONE)
			fail_msg("%s is there at %zu bytes", fields[i].id, len);
		assert_non_null(value.text);
		return;
	}
	if (value.kind == SK_VALUE_NONE)
		fail_msg("%s is missing at %zu bytes: %s", fields[i].id, len, value.text);
	if (fields[i].scale > 0)
		assert_true(fabs(value.real - (double)number(f, i) * fields[i].scale) <
			    1e-9 * fabs(value.real));
	else
		assert_int_equal(value.uint, number(f, i));
}

static const char *find_value(const struct fixture *f, const char *label)
{
	for (size_t i = 0; i < f->rows.n; i++) {
		if (strcmp(f->rows.row[i].label, label) == 0)
			return f->rows.row[i].value;
	}
	return NULL;
}

static void check_row(struct fixture *f, size_t i, size_t len)
{
	bool told = len >= fields[i].offset + fields[i].size;
	const char *value = find_value(f, fields[i].label);
	char exact[32];

	/* the list knows this one without the detail's tcp_info */
	if (!told && strcmp(fields[i].label, "retransmitted") == 0)
		return;
	if (told != (value != NULL))
		fail_msg("row '%s' at %zu bytes: %s", fields[i].label, len,
			 value ? value : "missing");
	if (!told || fields[i].scale > 0 || strstr(fields[i].label, "rate") ||
	    strstr(fields[i].label, "limit"))
		return;
	snprintf(exact, sizeof(exact), strstr(fields[i].label, "bits") ? "%" PRIx64 :
									 "%" PRIu64,
		 number(f, i));
	if (!strstr(value, exact))
		fail_msg("row '%s' says %s, not %s", fields[i].label, value, exact);
}

static void every_field_at_every_length(void **state)
{
	struct fixture *f = *state;

	for (size_t len = 0; len <= LONGEST; len++) {
		decode(f, f->info, len);
		make_rows(f);
		for (size_t i = 0; i < N_FIELDS; i++) {
			if (fields[i].id)
				check_column(f, i, len);
			check_row(f, i, len);
		}
	}
}

static void assert_text(struct fixture *f, const char *id, const char *text)
{
	struct sk_value value;

	read_column(f, id, &value);
	if (!text) {
		assert_int_equal(value.kind, SK_VALUE_NONE);
		return;
	}
	assert_true(value.kind == SK_VALUE_TEXT || value.kind == SK_VALUE_ENUM);
	assert_string_equal(value.text, text);
}

/* The first eight bytes are states and bits. */
static void words(void **state)
{
	static const char *const ca[] = { "open", "disorder", "cwr", "recovery", "loss",
					  "unknown" };
	static const char *const tfo[] = { NULL, "no-cookie", "data-not-acked",
					   "syn-resent" };
	struct fixture *f = *state;

	for (uint8_t i = 0; i < 6; i++) {
		f->info[1] = i;
		decode(f, f->info, 280);
		assert_text(f, "ca-state", ca[i]);
	}
	f->info[5] = 0xff;
	f->info[6] = 0x97;
	decode(f, f->info, 280);
	assert_text(f, "options", "ts sack wscale ecn ecnseen fastopen usec_ts tfo_child");
	assert_text(f, "wscale", "7,9");
	assert_text(f, "fastopen", "used");
	f->info[5] = 0x80;
	decode(f, f->info, 280);
	assert_text(f, "options", "tfo_child");
	assert_text(f, "wscale", NULL);
	assert_text(f, "fastopen", "accepted");
	f->info[5] = 0;
	for (uint8_t i = 0; i < 8; i++) {
		f->info[7] = i;
		decode(f, f->info, 280);
		assert_text(f, "options", NULL);
		assert_text(f, "fastopen", tfo[i >> 1]);
		assert_text(f, "app-limited", i & 1 ? "yes" : "no");
	}
}

/* Where tcp_info lies in a captured reply. */
static const uint8_t *captured_info(const uint8_t *message, size_t size, size_t *len)
{
	size_t at = NLMSG_LENGTH(sizeof(struct inet_diag_msg));

	while (at + 4 < size) {
		struct nlattr head;

		memcpy(&head, message + at, sizeof(head));
		if (head.nla_type == INET_DIAG_INFO) {
			*len = head.nla_len - sizeof(head);
			return message + at + sizeof(head);
		}
		at += NLMSG_ALIGN(head.nla_len);
	}
	return NULL;
}

/* What kernels of before would have said of the same connection. */
static void captured_and_cut(void **state)
{
	static const struct {
		size_t len; /* of tcp_info */
		const char *last, *missing;
	} kernels[] = {
		{ 168, "delivery-rate", "busy" },	/* 4.9 */
		{ 192, "sndbuf-limited", "delivered" }, /* 4.14 */
		{ 224, "reord-seen", "rcv-ooopack" },	/* 4.19 */
		{ 232, "snd-wnd", "rcv-wnd" },		/* 5.4 */
		{ 240, "rehash", "total-rto" },		/* 6.2 */
		{ 248, "total-rto-time", "received-ce" }, /* 6.7 */
	};
	struct fixture *f = *state;
	struct sk_value value;
	size_t len;
	const uint8_t *info = captured_info(tcp_established, sizeof(tcp_established), &len);

	assert_non_null(info);
	assert_int_equal(len, 280);
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		decode(f, info, kernels[i].len);
		read_column(f, kernels[i].last, &value);
		assert_int_not_equal(value.kind, SK_VALUE_NONE);
		read_column(f, kernels[i].missing, &value);
		assert_int_equal(value.kind, SK_VALUE_NONE);
		assert_string_equal(value.text, "this kernel is too old to tell");
		make_rows(f);
		assert_non_null(find_value(f, "limited by"));
	}
	decode(f, info, 224);
	read_column(f, "bytes-sent", &value);
	assert_int_equal(value.uint, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_at_every_length),
		TEST(words),
		TEST(captured_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
