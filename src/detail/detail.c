/* SPDX-License-Identifier: MIT */
/*
 * The detail view shows one socket in full, in the order in which an operator asks: who
 * is it, what does it move, how far away is the peer, and why is it slow.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sktop/array.h>
#include <sktop/column.h>
#include <sktop/identity.h>
#include "detail/detail.h"

/** The order of the view. */
static const struct {
	const char *name;
	void (*add)(struct detail_writer *w);
	enum sk_tcp_section fields; /* numbers of tcp_info that follow */
} sections[] = {
	{ "Why is it slow", detail_why, SK_TCP_NO_SECTION },
	{ "Identity", detail_identity, SK_TCP_NO_SECTION },
	{ "Kind", detail_relatives, SK_TCP_NO_SECTION },
	{ "Owners", detail_owners, SK_TCP_NO_SECTION },
	{ "Traffic", detail_traffic, SK_TCP_TRAFFIC },
	{ "Round trip", detail_rtt, SK_TCP_RTT },
	{ "Congestion", detail_congestion, SK_TCP_CONGESTION },
	{ "Queues and memory", detail_queues, SK_TCP_QUEUES },
	{ "Loss and timers", detail_loss, SK_TCP_LOSS },
	{ "Limits", detail_bottlenecks, SK_TCP_LIMITS },
	{ "Options", detail_options, SK_TCP_AGREED },
	{ "Route", detail_route, SK_TCP_NO_SECTION },
	{ "Above TCP", detail_upper, SK_TCP_NO_SECTION },
	{ "MD5 keys", detail_md5, SK_TCP_NO_SECTION },
};

static int make_room(struct sk_detail_rows *rows, size_t text)
{
	if (SK_ARRAY_ROOM(rows->row, rows->n, rows->capacity, 128))
		return -ENOMEM;
	if (text > rows->text_capacity - rows->text_len) {
		size_t capacity = rows->text_capacity * 2 + text + 4096;
		char *bigger = realloc(rows->text, capacity);

		if (!bigger)
			return -ENOMEM;
		rows->text = bigger;
		rows->text_capacity = capacity;
	}
	return 0;
}

void detail_add(struct detail_writer *w, const char *label, const char *help,
		const char *format, ...)
{
	struct sk_detail_rows *rows = w->rows;
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (!w->err)
		w->err = len < 0 ? -EINVAL : make_room(rows, (size_t)len + 1);
	if (!w->err) {
		rows->row[rows->n++] = (struct sk_detail_row){
			.section = w->section, .label = label, .help = help,
			.offset = (uint32_t)rows->text_len, .number = NAN,
		};
		vsnprintf(rows->text + rows->text_len, (size_t)len + 1, format, again);
		rows->text_len += (size_t)len + 1;
	}
	va_end(again);
	va_end(args);
}

void detail_set_number(struct detail_writer *w, double number)
{
	if (!w->err)
		w->rows->row[w->rows->n - 1].number = number;
}

void detail_set_unknown(struct detail_writer *w, const char *why)
{
	if (!w->err)
		w->rows->row[w->rows->n - 1].unknown = why;
}

void detail_add_unknown(struct detail_writer *w, const char *label, const char *why)
{
	detail_add(w, label, why, "-");
	detail_set_unknown(w, why);
}

/* The list keeps more beside the socket when a column wants it. */
static const struct sk_tcp_ext *tcp_ext_of(const struct sk_sample *sample,
					   const struct sk_socket *socket,
					   const struct sk_detail *detail)
{
	if (detail)
		return &detail->tcp_ext;
	return sk_sample_tcp_ext(sample, (size_t)(socket - sample->sockets));
}

static uint32_t grown(uint64_t now, uint64_t before)
{
	uint64_t more = now > before ? now - before : 0;

	return more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

/* Computes what moved since the earlier lookup, as the diff does for the list. */
static void compare_before(struct detail_writer *w)
{
	const struct sk_tcp_ext *old = w->before ? &w->before->tcp_ext : NULL;
	struct sk_tcp_ext *m = &w->changed;

	if (!w->detail || !old || w->interval <= 0 ||
	    !(w->detail->tcp_ext.flags & old->flags & SK_TCP_EXT_INFO) ||
	    !sk_detached_same(&w->before->detached, &w->detail->detached))
		return;
	*m = w->detail->tcp_ext;
	m->busy_us_now = grown(m->busy_time, old->busy_time);
	m->rwnd_us_now = grown(m->rwnd_limited, old->rwnd_limited);
	m->sndbuf_us_now = grown(m->sndbuf_limited, old->sndbuf_limited);
	m->flags |= SK_TCP_EXT_RATE;
	w->tcp_ext = m;
}

int sk_detail_rows_build(const struct sk_detail_input *input, struct sk_detail_rows *rows)
{
	const struct sk_sample *sample = input->context->sample;
	struct detail_writer w = {
		.context = input->context,
		.sample = sample,
		.socket = input->socket,
		.attrs = input->attrs ? input->attrs : sk_attrs(sample, input->socket),
		.detail = input->detail,
		.before = input->before,
		.interval = input->before ? input->interval : sample->interval,
		.rows = rows
	};

	rows->n = rows->text_len = 0;
	w.tcp_ext = tcp_ext_of(sample, input->socket, input->detail);
	compare_before(&w);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		w.section = sections[i].name;
		sections[i].add(&w);
		detail_tcp_fields(&w, sections[i].fields);
	}
	for (size_t i = 0; i < rows->n; i++)
		rows->row[i].value = rows->text + rows->row[i].offset;
	return w.err;
}

void sk_detail_rows_free(struct sk_detail_rows *rows)
{
	free(rows->row);
	free(rows->text);
	*rows = (struct sk_detail_rows){ 0 };
}

void detail_add_number(struct detail_writer *w, const char *label, const char *help,
		       uint64_t value)
{
	detail_add(w, label, help, "%llu", (unsigned long long)value);
	detail_set_number(w, (double)value);
}

void detail_add_exact(struct detail_writer *w, const char *label, const char *help,
		      enum sk_unit unit, uint64_t value)
{
	char human[24];

	if (value < 1000) {
		detail_add_number(w, label, help, value);
		return;
	}
	sk_unit_format(unit, (double)value, 0, human, sizeof(human));
	detail_add(w, label, help, "%s (%llu)", human, (unsigned long long)value);
	detail_set_number(w, (double)value);
}

void detail_add_rate(struct detail_writer *w, const char *label, const char *help,
		     double bytes)
{
	char rate[24], bits[24];

	sk_unit_format(SK_UNIT_BYTES_RATE, bytes, 0, rate, sizeof(rate));
	sk_unit_format(SK_UNIT_COUNT, bytes * 8, 0, bits, sizeof(bits));
	detail_add(w, label, help, "%s bytes/s (%s bit/s)", rate, bits);
	detail_set_number(w, bytes);
}

void detail_format_seconds(double seconds, char *out, size_t size)
{
	sk_unit_format(SK_UNIT_SECONDS, seconds, 0, out, size);
}

void detail_add_seconds(struct detail_writer *w, const char *label, const char *help,
			double seconds)
{
	char text[24];

	detail_format_seconds(seconds, text, sizeof(text));
	detail_add(w, label, help, "%s", text);
	detail_set_number(w, seconds);
}
