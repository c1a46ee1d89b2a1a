/* SPDX-License-Identifier: MIT */
/*
 * Every field of struct tcp_info, at every length that a kernel may send: as a column
 * and in the detail view. Where it ends before a field the field is missing, never 0;
 * what is behind the last one that is known does no harm.
 */
#include "../testing.h"
#include <stdlib.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
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

/** What the kernel's own header says, of the fields that it has had since Linux 5.4. */
#define AT(name) { "tcpi_" #name, offsetof(struct tcp_info, tcpi_##name), \
		   sizeof(((struct tcp_info *)NULL)->tcpi_##name) }
static const struct {
	const char *name;
	size_t offset, size;
} header[] = {
	AT(ca_state), AT(retransmits), AT(probes), AT(backoff), AT(options), AT(rto), AT(ato),
	AT(snd_mss), AT(rcv_mss), AT(unacked), AT(sacked), AT(lost), AT(retrans), AT(fackets),
	AT(last_data_sent), AT(last_ack_sent), AT(last_data_recv), AT(last_ack_recv), AT(pmtu),
	AT(rcv_ssthresh), AT(rtt), AT(rttvar), AT(snd_ssthresh), AT(snd_cwnd), AT(advmss),
	AT(reordering), AT(rcv_rtt), AT(rcv_space), AT(total_retrans), AT(pacing_rate),
	AT(max_pacing_rate), AT(bytes_acked), AT(bytes_received), AT(segs_out), AT(segs_in),
	AT(notsent_bytes), AT(min_rtt), AT(data_segs_in), AT(data_segs_out), AT(delivery_rate),
	AT(busy_time), AT(rwnd_limited), AT(sndbuf_limited), AT(delivered), AT(delivered_ce),
	AT(bytes_sent), AT(bytes_retrans), AT(dsack_dups), AT(reord_seen), AT(rcv_ooopack),
	AT(snd_wnd),
};

/** Words and bits, which words() reads. */
#define IS_WORDS(kind)                                                                        \
	((kind) == SK_TCP_CA_STATE || (kind) == SK_TCP_OPTIONS || (kind) == SK_TCP_WSCALE ||  \
	 (kind) == SK_TCP_APP_LIMITED)

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
	struct sk_attrs attrs = { 0 };
	struct sk_socket *socket;
	struct sk_tcp_ext *tcp_ext;

	memcpy(m.info, info, len);
	sk_sample_reset(f->sample);
	f->sample->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_TCP_EXT;
	assert_int_equal(sk_sample_add_socket(f->sample, &socket, &tcp_ext), 0);
	assert_int_equal(inet_diag_decode(&m.head, m.head.nlmsg_len, SK_PROTO_TCP, socket,
					  &attrs, tcp_ext, NULL), 0);
	memset(&f->detail, 0, sizeof(f->detail));
	assert_int_equal(inet_diag_decode(&m.head, m.head.nlmsg_len, SK_PROTO_TCP,
					  &f->detail.detached.socket,
					  &f->detail.detached.attrs, &f->detail.tcp_ext,
					  &f->detail),
			 0);
	f->context.sample = f->sample;
}

static void build_rows(struct fixture *f)
{
	struct sk_detail_input input = { .context = &f->context,
					 .socket = f->sample->sockets,
					 .detail = &f->detail };

	assert_int_equal(sk_detail_rows_build(&input, &f->rows), 0);
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

static double scale_of(const struct sk_tcp_field *field)
{
	switch ((enum sk_tcp_kind)field->kind) {
	case SK_TCP_US:
	case SK_TCP_BUSY_SHARE:
		return 1e-6;
	case SK_TCP_MS:
	case SK_TCP_MS_AGO:
		return 1e-3;
	default:
		return 0;
	}
}

static void check_column(struct fixture *f, const struct sk_tcp_field *field, size_t len)
{
	size_t end = (size_t)field->offset + field->size;
	uint64_t number = sk_tcp_number(field, f->info + field->offset);
	struct sk_value value;

	read_column(f, field->column, &value);
	if (len < end || len < LEAST) {
		if (value.kind != SK_VALUE_NONE)
			fail_msg("column %s is there at %zu bytes", field->column, len);
		assert_non_null(value.text);
		return;
	}
	if (value.kind == SK_VALUE_NONE)
		fail_msg("column %s is missing at %zu bytes: %s", field->column, len,
			 value.text);
	if (scale_of(field) > 0)
		assert_true(fabs(value.real - (double)number * scale_of(field)) <
			    1e-9 * fabs(value.real));
	else if (!IS_WORDS(field->kind))
		assert_int_equal(value.uint, number);
}

static const char *find_value(const struct fixture *f, const char *label)
{
	for (size_t i = 0; i < f->rows.n; i++) {
		if (strcmp(f->rows.row[i].label, label) == 0)
			return f->rows.row[i].value;
	}
	return NULL;
}

static void check_row(struct fixture *f, const struct sk_tcp_field *field, size_t len)
{
	bool sent = len >= (size_t)field->offset + field->size;
	const char *value = find_value(f, field->label);
	char exact[32];

	/* the list knows this one without the detail's tcp_info */
	if (!sent && strcmp(field->label, "retransmitted") == 0)
		return;
	if (sent != (value != NULL))
		fail_msg("row '%s' of the detail view at %zu bytes: %s", field->label, len,
			 value ? value : "missing");
	if (!sent || scale_of(field) > 0 || IS_WORDS(field->kind) ||
	    field->kind == SK_TCP_BYTES_RATE)
		return;
	snprintf(exact, sizeof(exact), field->kind == SK_TCP_HEX ? "%" PRIx64 : "%" PRIu64,
		 sk_tcp_number(field, f->info + field->offset));
	if (!strstr(value, exact))
		fail_msg("row '%s' says %s, not %s", field->label, value, exact);
}

FRESH(every_field_at_every_length)
{
	struct fixture *f = *state;

	for (size_t len = 0; len <= LONGEST; len++) {
		decode(f, f->info, len);
		build_rows(f);
		for (size_t i = 0; i < SK_TCP_FIELD_COUNT; i++) {
			if (sk_tcp_fields[i].column)
				check_column(f, &sk_tcp_fields[i], len);
			check_row(f, &sk_tcp_fields[i], len);
		}
	}
}

/* Whoever adds a row finds here what is wrong with it. */
FRESH(the_table_is_whole)
{
	uint8_t used[LONGEST] = { 0 };
	size_t known = 0;

	for (size_t i = 0; i < SK_TCP_FIELD_COUNT; i++) {
		const struct sk_tcp_field *field = &sk_tcp_fields[i];

		if (field->section == SK_TCP_NO_SECTION || !field->label[0])
			fail_msg("%s has no row in the detail view", field->name);
		for (size_t b = field->offset; b < (size_t)field->offset + field->size; b++) {
			if (used[b]++)
				fail_msg("%s lies on another field at %zu", field->name, b);
		}
		for (size_t h = 0; h < sizeof(header) / sizeof(header[0]); h++) {
			if (strcmp(header[h].name, field->name) != 0)
				continue;
			known++;
			if (header[h].offset != field->offset || header[h].size != field->size)
				fail_msg("%s is not where linux/tcp.h has it", field->name);
		}
	}
	assert_int_equal(known, sizeof(header) / sizeof(header[0]));
}

/* A number that says "none" is missing in its column and in the detail view. */
FRESH(none_is_missing)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < SK_TCP_FIELD_COUNT; i++) {
		const struct sk_tcp_field *field = &sk_tcp_fields[i];
		int byte = field->none == SK_TCP_ONES ? 0xff : 0;
		uint8_t info[LONGEST];
		struct sk_value value;

		if (field->none == SK_TCP_ALWAYS || field->none == SK_TCP_QUIET)
			continue;
		memcpy(info, f->info, sizeof(info));
		memset(info + field->offset, byte, field->size);
		if (field->none == SK_TCP_UNSET)
			memcpy(info + field->offset, &(uint32_t){ INT32_MAX }, 4);
		decode(f, info, 280);
		build_rows(f);
		if (find_value(f, field->label))
			fail_msg("row '%s' shows what is none", field->label);
		if (!field->column)
			continue;
		read_column(f, field->column, &value);
		if (value.kind != SK_VALUE_NONE)
			fail_msg("column %s shows what is none", field->column);
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
FRESH(words)
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
FRESH(captured_and_cut)
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
		build_rows(f);
		assert_non_null(find_value(f, "limited by"));
	}
	decode(f, info, 224);
	read_column(f, "bytes-sent", &value);
	assert_int_equal(value.uint, 100);
}
