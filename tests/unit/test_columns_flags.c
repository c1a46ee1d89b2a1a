/* SPDX-License-Identifier: MIT */
/*
 * Columns that are words made from bits, and those reckoned from several numbers:
 * values, reasons for their absence, and the bundles of the command line.
 */
#include "../testing.h"
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/filter.h>
#include <sktop/setup.h>

struct fixture {
	struct sk_sample *sample;
	struct sk_socket *socket;
	struct sk_tcp_ext *tcp_ext;
	struct sk_context context;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	if (sk_sample_new(&f.sample))
		return -1;
	f.sample->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_TCP_EXT;
	f.context.sample = f.sample;
	*state = &f;
	if (sk_sample_add_socket(f.sample, &f.socket, &f.tcp_ext))
		return -1;
	f.socket->state = SK_STATE_ESTABLISHED;
	f.socket->flags = SK_F_INFO;
	f.socket->rtt_us = 10000;
	f.socket->tx_total = 1000;
	f.tcp_ext->flags = SK_TCP_EXT_INFO | SK_TCP_EXT_SHUTDOWN | SK_TCP_EXT_SOCKOPT;
	f.tcp_ext->info_len = 280;
	f.tcp_ext->snd_cwnd = 10;
	f.tcp_ext->snd_mss = 1000;
	f.tcp_ext->unacked = 3;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_sample_unref(f->sample);
	return 0;
}

static const struct sk_column *find(const char *id)
{
	const struct sk_column *column =
		sk_column_find(sk_table(SK_TABLE_CONNECTIONS), id, strlen(id));

	assert_non_null(column);
	return column;
}

static void assert_cell(struct fixture *f, const char *id, const char *text)
{
	char out[200];

	sk_value_format(&f->context, find(id), f->socket, 0, out, sizeof(out));
	assert_string_equal(out, text);
}

static void assert_missing(struct fixture *f, const char *id, const char *reason)
{
	struct sk_value value;

	sk_column_get(find(id), &f->context, f->socket, &value);
	assert_int_equal(value.kind, SK_VALUE_NONE);
	if (!strstr(value.text, reason))
		fail_msg("%s is missing because '%s'", id, value.text);
}

FRESH(bits)
{
	static const char *const shut[] = { "none", "receive", "send", "both" };
	struct fixture *f = *state;

	for (uint8_t i = 0; i < 4; i++) {
		f->tcp_ext->shutdown = i;
		assert_cell(f, "shutdown", shut[i]);
	}
	assert_missing(f, "sockopt", "none is set");
	f->tcp_ext->sockopt = 1 << 2 | 1 << 8;
	assert_cell(f, "sockopt", "freebind bind_addr_no_port");
	f->tcp_ext->sockopt = 0xffff;
	assert_cell(f, "sockopt",
		    "recverr is_icsk freebind hdrincl mc_loop transparent mc_all nodefrag "
		    "bind_addr_no_port recverr_rfc4884 defer_connect");
	f->tcp_ext->flags = 0;
	assert_missing(f, "sockopt", "in this state");
	assert_missing(f, "shutdown", "in this state");
	assert_missing(f, "ca-state", "in this state");
}

FRESH(of_the_socket)
{
	struct fixture *f = *state;

	assert_missing(f, "v6only", "IPv6 listeners");
	f->socket->flags |= SK_F_V6ONLY_KNOWN;
	assert_cell(f, "v6only", "no");
	f->socket->flags |= SK_F_V6ONLY;
	assert_cell(f, "v6only", "yes");
	assert_missing(f, "tries", "no timer runs");
	f->socket->timer = SK_TIMER_ON;
	assert_cell(f, "tries", "0");
	f->socket->timer_retrans = 6;
	assert_cell(f, "tries", "6");
}

FRESH(reckoned)
{
	struct fixture *f = *state;

	assert_cell(f, "send-rate", "1.00M");
	f->socket->rtt_us = 0;
	assert_missing(f, "send-rate", "not measured");
	assert_missing(f, "retrans-share", "nothing was sent");
	f->tcp_ext->bytes_sent = 1000;
	f->tcp_ext->bytes_retrans = 25;
	assert_cell(f, "retrans-share", "2.5%");
	/* a kernel that counts segments only (before Linux 4.19) */
	f->tcp_ext->info_len = 192;
	f->tcp_ext->data_segs_out = 50;
	f->socket->retrans = 5;
	assert_cell(f, "retrans-share", "10%");
}

FRESH(limited_by)
{
	struct fixture *f = *state;

	assert_cell(f, "limited-by", "network");
	f->tcp_ext->busy_time = 1000000;
	f->tcp_ext->rwnd_limited = 900000;
	assert_cell(f, "limited-by", "rwnd");
	/* since the last sample: another picture than over its life */
	f->sample->interval = 1;
	f->tcp_ext->flags |= SK_TCP_EXT_RATE;
	f->tcp_ext->busy_us_now = 1000000;
	f->tcp_ext->sndbuf_us_now = 800000;
	assert_cell(f, "limited-by", "sndbuf");
	f->socket->state = SK_STATE_LISTEN;
	assert_missing(f, "limited-by", "nothing moves");
	f->tcp_ext->flags = 0;
	assert_missing(f, "limited-by", "in this state");
	f->sample->n_tcp_ext = 0;
	assert_missing(f, "limited-by", "not sampled");
}

FRESH(filtered)
{
	static const struct {
		const char *text;
		bool matches;
	} filters[] = {
		{ "limited-by = network", true },  { "limited-by = rwnd", false },
		{ "shutdown = send", true },	   { "retrans-share > 2", true },
		{ "retrans-share > 3%", false },   { "send-rate >= 1M", true },
		{ "sockopt ~ freebind", true },	   { "sockopt ~ hdrincl", false },
		{ "tries > 2", false },
	};
	struct fixture *f = *state;

	f->tcp_ext->shutdown = 2;
	f->tcp_ext->bytes_sent = 1000;
	f->tcp_ext->bytes_retrans = 25;
	f->tcp_ext->sockopt = 4;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct sk_filter_error where;
		struct sk_filter *filter;

		if (sk_filter_parse(filters[i].text, sk_table(SK_TABLE_CONNECTIONS),
				    &filter, &where))
			fail_msg("'%s' does not parse", filters[i].text);
		if (sk_filter_match(filter, &f->context, f->socket) != filters[i].matches)
			fail_msg("'%s' is wrong", filters[i].text);
		sk_filter_free(filter);
	}
}

static bool has(const struct sk_setup *setup, const char *id)
{
	for (size_t i = 0; i < setup->columns.n; i++) {
		if (strcmp(setup->columns.column[i]->id, id) == 0)
			return true;
	}
	return false;
}

/* Every column that belongs to the details is reached by an option of ss. */
FRESH(bundles)
{
	static const char *const wanted[] = { "mark", "shutdown", "dev", "tries", "drops",
					      "limited-by", "rcv-wnd", "total-rto", "ulp",
					      "fastopen", "class-id", "sockopt", "cgroup" };
	const struct sk_options options = { .extended = true, .timers = true,
					    .memory = true, .info = true, .tos = true,
					    .inet_sockopt = true, .cgroup = true };
	const struct sk_options none = { 0 };
	char error[SK_ERROR_LEN];
	struct sk_setup setup;

	assert_int_equal(sk_setup_pane(&none, SK_PANE_CONNECTIONS, false, &setup, error), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_false(has(&setup, wanted[i]));
	assert_int_equal(sk_setup_pane(&options, SK_PANE_CONNECTIONS, false, &setup, error),
			 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_true(has(&setup, wanted[i]));
}
