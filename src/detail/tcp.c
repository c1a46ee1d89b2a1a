/* SPDX-License-Identifier: MIT */
/*
 * These sections show the fields of tcp_info, the private data of congestion controls,
 * and the limits on sending.
 */
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include "base/bits.h"
#include "detail/detail.h"
#include "sample/bottleneck.h"

/* inet_diag attribute numbers; the model includes no netlink header. */
enum {
	CC_VEGAS = 3,
	CC_DCTCP = 9,
	CC_BBR = 16,
};

bool detail_number(const struct sk_detail *detail, enum sk_tcp_field_id id, uint64_t *value)
{
	const struct sk_tcp_field *field = &sk_tcp_fields[id];
	size_t end = (size_t)field->offset + field->size;

	if (end > detail->tcp_info_len || end > SK_TCP_INFO_MAX)
		return false;
	*value = sk_tcp_number(field, detail->tcp_info + field->offset);
	return true;
}

uint64_t detail_number_or_zero(const struct sk_detail *detail, enum sk_tcp_field_id id)
{
	uint64_t value = 0;

	return detail_number(detail, id, &value) ? value : 0;
}

static void add_share(struct detail_writer *w, const struct sk_tcp_field *field, uint64_t us)
{
	uint64_t busy = detail_number_or_zero(w->detail, SK_TCP_FIELD_busy_time);
	double seconds = (double)us / 1e6;
	char time[24];

	if (!busy) {
		detail_add_seconds(w, field->label, field->help, seconds);
		return;
	}
	detail_format_seconds(seconds, time, sizeof(time));
	detail_add(w, field->label, field->help, "%s (%.1f%% of busy)", time,
		   100 * (double)us / (double)busy);
	detail_set_number(w, seconds);
}

static void add_ago(struct detail_writer *w, const struct sk_tcp_field *field, uint64_t ms)
{
	const char *no_data = sk_tcp_no_data(field, &w->detail->tcp_ext);
	double seconds = (double)ms / 1e3;
	char text[24];

	if (no_data) {
		detail_add_unknown(w, field->label, no_data);
		return;
	}
	detail_format_seconds(seconds, text, sizeof(text));
	detail_add(w, field->label, field->help, "%s%s", ms ? text : "just now",
		   ms ? " ago" : "");
	detail_set_number(w, seconds);
}

static void add_options(struct detail_writer *w, const struct sk_tcp_field *field,
			uint64_t value)
{
	char text[160];

	bits_tcp_options((unsigned)value, text, sizeof(text));
	detail_add(w, field->label, field->help, "%s", text[0] ? text : "none");
}

static void add_field(struct detail_writer *w, const struct sk_tcp_field *field,
		      uint64_t value)
{
	const char *const label = field->label, *const help = field->help;

	switch ((enum sk_tcp_kind)field->kind) {
	case SK_TCP_COUNT:
		detail_add_exact(w, label, help, SK_UNIT_COUNT, value);
		return;
	case SK_TCP_BYTES:
	case SK_TCP_SIZE:
		detail_add_exact(w, label, help, SK_UNIT_BYTES, value);
		return;
	case SK_TCP_BYTES_RATE:
		detail_add_rate(w, label, help, (double)value);
		return;
	case SK_TCP_US:
		detail_add_seconds(w, label, help, (double)value / 1e6);
		return;
	case SK_TCP_MS:
		detail_add_seconds(w, label, help, (double)value / 1e3);
		return;
	case SK_TCP_MS_AGO:
		add_ago(w, field, value);
		return;
	case SK_TCP_HEX:
		detail_add(w, label, help, "0x%llx", (unsigned long long)value);
		return;
	case SK_TCP_CA_STATE:
		detail_add(w, label, help, "%s", bits_ca_state((unsigned)value));
		return;
	case SK_TCP_BUSY_SHARE:
		add_share(w, field, value);
		return;
	case SK_TCP_OPTIONS:
		add_options(w, field, value);
		return;
	case SK_TCP_WSCALE:
		detail_add(w, label, help, "%u send, %u receive", (unsigned)value & 15U,
			   (unsigned)value >> 4);
		return;
	case SK_TCP_APP_LIMITED:
		detail_add(w, label, help, "%s", value & 1 ? "yes" : "no");
		return;
	}
}

static bool is_skipped(const struct sk_tcp_field *field, uint64_t value)
{
	bool zero_counts = field->none == SK_TCP_ALWAYS || field->none == SK_TCP_UNSET;

	return sk_tcp_is_none(field, value) || (!value && !zero_counts);
}

/* The rows of a section that are plain numbers of tcp_info. */
void detail_tcp_fields(struct detail_writer *w, enum sk_tcp_section section)
{
	/* a listener's tcp_info holds its queue in fields of other names */
	if (!w->detail || w->socket->state == SK_STATE_LISTEN ||
	    w->socket->proto != SK_PROTO_TCP)
		return;
	for (enum sk_tcp_field_id i = 0; i < SK_TCP_FIELD_COUNT; i++) {
		const struct sk_tcp_field *field = &sk_tcp_fields[i];
		uint64_t value;

		if (field->section == section && detail_number(w->detail, i, &value) &&
		    !is_skipped(field, value))
			add_field(w, field, value);
	}
}

/* If the lookup told nothing, this adds what the list knows of round trips and windows. */
void detail_rtt(struct detail_writer *w)
{
	static const char label[] = "round trip", help[] = "Smoothed round trip time (tcpi_rtt)";

	if ((w->detail && w->detail->tcp_info_len) || !(w->socket->flags & SK_F_INFO))
		return;
	if (w->socket->rtt_us) {
		detail_add_seconds(w, label, help, (double)w->socket->rtt_us / 1e6);
		return;
	}
	detail_add(w, label, help, "-");
	detail_set_unknown(w, "not measured yet");
}

/* BBR begins with zeros, and with all ones for the round trip time. */
static void add_bbr(struct detail_writer *w, const uint32_t *word)
{
	static const char nothing[] = "BBR has measured nothing yet";
	const uint64_t bandwidth = (uint64_t)word[1] << 32 | word[0];

	if (bandwidth)
		detail_add_rate(w, "BBR bandwidth", "Bottleneck bandwidth as BBR estimates it",
				(double)bandwidth);
	else
		detail_add_unknown(w, "BBR bandwidth", nothing);
	if (word[2] && word[2] != UINT32_MAX)
		detail_add_seconds(w, "BBR minimum rtt", "Smallest round trip time BBR has seen",
				   (double)word[2] / 1e6);
	else
		detail_add_unknown(w, "BBR minimum rtt", nothing);
	if (word[3] && word[4])
		detail_add(w, "BBR gains", "Factors on pacing rate and window",
			   "pacing %.2f, window %.2f", (double)word[3] / 256,
			   (double)word[4] / 256);
	else
		detail_add_unknown(w, "BBR gains", nothing);
}

static void add_dctcp(struct detail_writer *w, const uint32_t *word)
{
	uint16_t half[2];

	memcpy(half, word, sizeof(half));
	if (!half[0]) {
		detail_add(w, "DCTCP", "Data center TCP without ECN works like Reno",
		    "fallback");
		return;
	}
	detail_add(w, "DCTCP alpha", "Share of marked bytes, smoothed", "%.1f%%",
	    100 * (double)word[1] / 1024);
	detail_set_number(w, 100 * (double)word[1] / 1024);
	detail_add(w, "DCTCP marks", "Marked and all bytes of the current window",
	    "%u of %u, ce state %u", word[2], word[3], half[1]);
}

/* A round trip time that was not measured is 0 or INT32_MAX. */
static const char *measured(uint32_t us, char text[24])
{
	if (!us || us >= INT32_MAX)
		return "-";
	detail_format_seconds((double)us / 1e6, text, 24);
	return text;
}

static void add_vegas(struct detail_writer *w, const uint32_t *word)
{
	char rtt[24], least[24];

	detail_add(w, "delay", "Round trip times the delay-based algorithm goes by",
		   "%s, rtt %s, minimum %s, %u measured", word[0] ? "on" : "off",
		   measured(word[2], rtt), measured(word[3], least), word[1]);
}

void detail_congestion(struct detail_writer *w)
{
	uint32_t word[8] = { 0 };
	uint64_t cwnd, mss, rtt;

	if (w->tcp_ext && w->tcp_ext->congestion[0])
		detail_add(w, "algorithm", "Congestion control in use", "%s",
		    w->tcp_ext->congestion);
	if (!w->detail)
		return;
	memcpy(word, w->detail->cc_info, sizeof(word));
	if (w->detail->cc_info_type == CC_BBR && w->detail->cc_info_len >= 20)
		add_bbr(w, word);
	else if (w->detail->cc_info_type == CC_DCTCP && w->detail->cc_info_len >= 16)
		add_dctcp(w, word);
	else if (w->detail->cc_info_type == CC_VEGAS && w->detail->cc_info_len >= 16)
		add_vegas(w, word);
	cwnd = detail_number_or_zero(w->detail, SK_TCP_FIELD_snd_cwnd);
	mss = detail_number_or_zero(w->detail, SK_TCP_FIELD_snd_mss);
	rtt = detail_number_or_zero(w->detail, SK_TCP_FIELD_rtt);
	if (w->socket->state == SK_STATE_LISTEN || !cwnd || !mss || !rtt)
		return;
	detail_add_rate(w, "window allows", "Rate of a full window each round trip",
			(double)cwnd * (double)mss * 1e6 / (double)rtt);
}

void detail_loss(struct detail_writer *w)
{
	static const char timer_help[] = "What happens next if the peer stays silent; named "
					 "as ss -o and netstat -o do";
	static const char *const what[SK_TIMER_COUNT] = {
		[SK_TIMER_ON] = "sends again",	     [SK_TIMER_KEEPALIVE] = "asks the peer",
		[SK_TIMER_TIMEWAIT] = "is forgotten", [SK_TIMER_PERSIST] = "probes the window",
		[SK_TIMER_DELACK] = "acknowledges",
	};
	const struct sk_socket *s = w->socket;
	char text[32];

	if (s->proto != SK_PROTO_TCP)
		return;
	detail_format_seconds((double)s->timer_ms / 1e3, text, sizeof(text));
	if (s->timer == SK_TIMER_OFF)
		detail_add(w, "timer", timer_help, "off");
	else
		detail_add(w, "timer", timer_help, "%s: %s in %s, %u %s so far",
			   sk_timer_name(s->timer), what[s->timer], text,
			   s->timer_retrans, s->timer_retrans == 1 ? "try" : "tries");
	if (!(w->detail && w->detail->tcp_info_len) && (s->flags & SK_F_INFO))
		detail_add_number(w, "retransmitted", "Segments sent again since the start",
				  s->retrans);
}

/* The one word that can be sorted and filtered by, as the column has it. */
void detail_bottlenecks(struct detail_writer *w)
{
	const struct sk_tcp_ext *m = w->tcp_ext;
	struct bottleneck_time time;
	const char *name;

	if (!m || !(m->flags & SK_TCP_EXT_INFO))
		return;
	time = bottleneck_time_of(m, w->interval);
	name = bottleneck_name(bottleneck_of(w->socket, m, &time));
	detail_add(w, "limited by",
		   "What holds it back: app, rwnd, sndbuf, network, reader; the column "
		   "limited-by", "%s", name ? name : "-");
	if (!name)
		detail_set_unknown(w, "nothing moves and nothing waits");
}
