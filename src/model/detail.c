/* SPDX-License-Identifier: MIT */
/*
 * One socket in full, in the order an operator asks: who is it, what does it move,
 * how far away is the peer, and why is it slow.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/detail.h>
#include "model/detail_fields.h"

/* inet_diag attribute numbers; the model includes no netlink header. */
enum {
	CC_VEGAS = 3,
	CC_DCTCP = 9,
	CC_BBR = 16,
};

static const char *const section_names[DETAIL_SECTIONS] = {
	[DETAIL_IDENTITY] = "Identity",
	[DETAIL_TRAFFIC] = "Traffic",
	[DETAIL_RTT] = "Round trip",
	[DETAIL_CONGESTION] = "Congestion",
	[DETAIL_QUEUES] = "Queues and memory",
	[DETAIL_LOSS] = "Loss and timers",
	[DETAIL_LIMITS] = "Limits",
	[DETAIL_OPTIONS] = "Options",
};

/** Everything that rows are made from, and the rows so far. */
struct writer {
	const struct sk_sample *sample;
	const struct sk_socket *socket;
	const struct sk_more *more;	/* NULL = not known */
	const struct sk_detail *detail; /* NULL = not known */
	const char *section;
	struct sk_detail_row *rows;
	size_t n, max;
};

__attribute__((format(printf, 4, 5))) static void
add(struct writer *w, const char *label, const char *help, const char *format, ...)
{
	struct sk_detail_row *row = &w->rows[w->n];
	va_list args;

	if (w->n >= w->max)
		return;
	w->n++;
	row->section = w->section;
	row->label = label;
	row->help = help;
	va_start(args, format);
	vsnprintf(row->value, sizeof(row->value), format, args);
	va_end(args);
}

/* "12.3M (12345678)": short to read, exact to compare. */
static void format_exact(enum sk_unit unit, uint64_t value, char *out, size_t size)
{
	char human[24];

	sk_unit_format(unit, (double)value, 0, human, sizeof(human));
	if (value < 1000)
		snprintf(out, size, "%llu", (unsigned long long)value);
	else
		snprintf(out, size, "%s (%llu)", human, (unsigned long long)value);
}

static void format_rate(double bytes, char *out, size_t size)
{
	char rate[24], bits[24];

	sk_unit_format(SK_UNIT_BYTES_RATE, bytes, 0, rate, sizeof(rate));
	sk_unit_format(SK_UNIT_COUNT, bytes * 8, 0, bits, sizeof(bits));
	snprintf(out, size, "%s bytes/s (%s bit/s)", rate, bits);
}

static void format_seconds(double seconds, char *out, size_t size)
{
	sk_unit_format(SK_UNIT_SECONDS, seconds, 0, out, size);
}

/* Names of the bits that are set, "none" when there are none. */
static void format_bits(unsigned value, const char *const *names, size_t n, char *out,
			size_t size)
{
	size_t len = 0;

	snprintf(out, size, "none");
	for (size_t i = 0; i < n; i++) {
		size_t need = strlen(names[i]) + (len > 0);

		if (!(value & (1U << i)) || len + need >= size)
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "",
					names[i]);
	}
}

/* A number of tcp_info of any size. False when the kernel did not send it. */
static bool info_number(const struct sk_detail *detail, size_t offset, size_t size,
			uint64_t *value)
{
	const uint8_t *at = detail->tcp_info + offset;
	uint16_t u16;
	uint32_t u32;

	if (offset + size > detail->tcp_info_len || offset + size > SK_TCP_INFO_MAX)
		return false;
	switch (size) {
	case 1:
		*value = *at;
		return true;
	case 2:
		memcpy(&u16, at, sizeof(u16));
		*value = u16;
		return true;
	case 4:
		memcpy(&u32, at, sizeof(u32));
		*value = u32;
		return true;
	default:
		memcpy(value, at, sizeof(*value));
		return true;
	}
}

static uint64_t info_or_zero(const struct sk_detail *detail, size_t offset, size_t size)
{
	uint64_t value = 0;

	return info_number(detail, offset, size, &value) ? value : 0;
}

static void format_share(const struct sk_detail *detail, uint64_t us, char *out,
			 size_t size)
{
	uint64_t busy = info_or_zero(detail, TCP_INFO_BUSY_TIME, 8);
	char time[24];

	format_seconds((double)us / 1e6, time, sizeof(time));
	if (busy)
		snprintf(out, size, "%s (%.1f%% of busy)", time,
			 100 * (double)us / (double)busy);
	else
		snprintf(out, size, "%s", time);
}

static void format_field(const struct detail_field *field,
			 const struct sk_detail *detail, uint64_t value, char *out,
			 size_t size)
{
	static const char *const ca_states[] = { "open", "disorder", "CWR", "recovery",
						 "loss" };
	static const char *const options[] = { "timestamps", "SACK",	 "window-scale",
					       "ECN",	     "ECN-seen", "SYN-data",
					       "usec-ts",    "TFO-child" };
	char text[48];

	switch ((enum detail_unit)field->unit) {
	case DETAIL_COUNT:
		format_exact(SK_UNIT_COUNT, value, out, size);
		return;
	case DETAIL_BYTES:
		format_exact(SK_UNIT_BYTES, value, out, size);
		return;
	case DETAIL_BYTES_RATE:
		format_rate((double)value, out, size);
		return;
	case DETAIL_US:
		format_seconds((double)value / 1e6, out, size);
		return;
	case DETAIL_MS:
		format_seconds((double)value / 1e3, out, size);
		return;
	case DETAIL_MS_AGO:
		format_seconds((double)value / 1e3, text, sizeof(text));
		snprintf(out, size, "%s ago", text);
		return;
	case DETAIL_HEX:
		snprintf(out, size, "0x%llx", (unsigned long long)value);
		return;
	case DETAIL_CA_STATE:
		snprintf(out, size, "%s", value < 5 ? ca_states[value] : "unknown");
		return;
	case DETAIL_BUSY_SHARE:
		format_share(detail, value, out, size);
		return;
	case DETAIL_TCP_OPTIONS:
		format_bits((unsigned)value, options, 8, out, size);
		return;
	case DETAIL_WSCALE:
		snprintf(out, size, "%u send, %u receive", (unsigned)value & 15U,
			 (unsigned)value >> 4);
		return;
	case DETAIL_APP_LIMITED:
		snprintf(out, size, "%s", value & 1 ? "yes" : "no");
		return;
	}
}

static bool is_skipped(const struct detail_field *field, uint64_t value)
{
	uint64_t ones = field->size == 8 ? UINT64_MAX : (1ULL << (8 * field->size)) - 1;

	return ((field->flags & DETAIL_SKIP_ZERO) && value == 0) ||
	       ((field->flags & DETAIL_SKIP_ONES) && value == ones) ||
	       ((field->flags & DETAIL_SKIP_HUGE) && value >= INT32_MAX);
}

/* The rows of a section that are plain numbers of tcp_info. */
static void add_fields(struct writer *w, enum detail_section section)
{
	/* a listener's tcp_info holds its queue in fields of other names */
	if (!w->detail || w->socket->state == SK_STATE_LISTEN)
		return;
	for (size_t i = 0; i < detail_fields_count; i++) {
		const struct detail_field *field = &detail_fields[i];
		char text[64];
		uint64_t value;

		if (field->section != section ||
		    !info_number(w->detail, field->offset, field->size, &value) ||
		    is_skipped(field, value))
			continue;
		format_field(field, w->detail, value, text, sizeof(text));
		add(w, field->label, field->help, "%s", text);
	}
}

static void add_end(struct writer *w, const char *label, const char *help,
		    const struct sk_addr *addr, uint16_t port)
{
	bool v6 = (w->socket->flags & SK_F_V6) != 0;
	char text[SK_ADDR_STRLEN];

	sk_addr_format(addr, v6, text);
	if (port)
		add(w, label, help, v6 ? "[%s]:%u" : "%s:%u", text, port);
	else
		add(w, label, help, v6 ? "[%s]:*" : "%s:*", text);
}

static void add_age(struct writer *w)
{
	const struct sk_socket *s = w->socket;
	uint32_t now = (uint32_t)(w->sample->time_ns / 10000000U);
	char text[32];

	format_seconds((double)(now - s->first_seen) / 100, text, sizeof(text));
	add(w, "age", "Time since this socket was first seen by sktop", "%s%s",
	    s->flags & SK_F_AGE_MIN ? "at least " : "", text);
}

static void add_owner(struct writer *w)
{
	static const char inode_help[] =
		"Number of the socket file; processes hold it open under this number";
	static const char uid_help[] = "User who made the socket";
	const struct sk_socket *s = w->socket;
	const char *note = s->flags & SK_F_REMEMBERED ? " (from an earlier state)" : "";

	if (s->flags & SK_F_OWNER) {
		add(w, "inode", inode_help, "%u%s", s->inode, note);
		add(w, "user id", uid_help, "%u%s", s->uid, note);
	} else {
		add(w, "inode", inode_help, "-");
		add(w, "user id", uid_help, "-");
	}
	if (s->flags & SK_F_CGROUP)
		add(w, "cgroup id", "Identifier of the owner's control group", "%llu",
		    (unsigned long long)s->cgroup);
	if (w->detail && (w->detail->more.flags & SK_MORE_MARK))
		add(w, "mark", "Firewall mark (SO_MARK)", "0x%x", w->detail->more.mark);
}

static void add_identity(struct writer *w)
{
	const struct sk_socket *s = w->socket;
	bool changed = (s->flags & SK_F_CHANGED) && s->prev_state;

	add(w, "protocol", "Transport protocol; 6 marks an IPv6 socket", "%s",
	    sk_proto_name(s->proto, s->flags & SK_F_V6));
	add(w, "state", "State of the connection (RFC 9293)", "%s%s%s%s%s",
	    sk_state_name(s->proto, s->state), changed ? " (was " : "",
	    changed ? sk_state_name(s->proto, s->prev_state) : "", changed ? ")" : "",
	    s->flags & SK_F_GONE ? ", gone" : "");
	add_end(w, "local", "Address and port of this end", &s->local, s->lport);
	add_end(w, "remote", "Address and port of the peer", &s->remote, s->rport);
	if (s->ifindex)
		add(w, "device index", "Interface the socket is bound to", "%u",
		    s->ifindex);
	if (s->netns)
		add(w, "namespace", "Network namespace, by its number in this run",
		    "%u", s->netns);
	if (s->flags & SK_F_NO_COOKIE)
		add(w, "cookie", "/proc/net tells no socket cookie", "-");
	else
		add(w, "cookie", "Identity of the socket over its whole life", "0x%llx",
		    (unsigned long long)s->cookie);
	add_owner(w);
	add_age(w);
}

static void add_traffic(struct writer *w)
{
	static const char tx_help[] = "Payload sent, retransmissions not counted";
	static const char rx_help[] = "Payload received";
	static const char none[] = "The kernel counts no bytes for this socket";
	const struct sk_socket *s = w->socket;
	char text[64];

	if (s->flags & SK_F_RATE) {
		format_rate((double)s->tx_rate, text, sizeof(text));
		add(w, "sending", "Payload sent a second, since the last sample", "%s",
		    text);
		format_rate((double)s->rx_rate, text, sizeof(text));
		add(w, "receiving", "Payload received a second, since the last sample",
		    "%s", text);
	}
	if (!(s->flags & SK_F_INFO)) {
		add(w, "sent", none, "-");
		add(w, "received", none, "-");
		return;
	}
	format_exact(SK_UNIT_BYTES, s->tx_total, text, sizeof(text));
	add(w, "sent", tx_help, "%s", text);
	format_exact(SK_UNIT_BYTES, s->rx_total, text, sizeof(text));
	add(w, "received", rx_help, "%s", text);
}

/* What the list knows of round trips and windows, when the lookup told nothing. */
static void add_rtt(struct writer *w)
{
	char text[32];

	if ((w->detail && w->detail->tcp_info_len) || !(w->socket->flags & SK_F_INFO))
		return;
	format_seconds((double)w->socket->rtt_us / 1e6, text, sizeof(text));
	add(w, "round trip", "Smoothed round trip time (tcpi_rtt)", "%s",
	    w->socket->rtt_us ? text : "-");
}

static void add_bbr(struct writer *w, const uint32_t *word)
{
	double bytes = (double)((uint64_t)word[1] << 32 | word[0]);
	char text[64];

	format_rate(bytes, text, sizeof(text));
	add(w, "BBR bandwidth", "Bottleneck bandwidth as BBR estimates it", "%s", text);
	format_seconds((double)word[2] / 1e6, text, sizeof(text));
	add(w, "BBR minimum rtt", "Smallest round trip time BBR has seen", "%s", text);
	add(w, "BBR gains", "Factors on pacing rate and window",
	    "pacing %.2f, window %.2f", (double)word[3] / 256, (double)word[4] / 256);
}

static void add_dctcp(struct writer *w, const uint32_t *word)
{
	uint16_t half[2];

	memcpy(half, word, sizeof(half));
	if (!half[0]) {
		add(w, "DCTCP", "Data center TCP without ECN works like Reno",
		    "fallback");
		return;
	}
	add(w, "DCTCP alpha", "Share of marked bytes, smoothed", "%.1f%%",
	    100 * (double)word[1] / 1024);
	add(w, "DCTCP marks", "Marked and all bytes of the current window",
	    "%u of %u, ce state %u", word[2], word[3], half[1]);
}

static void add_vegas(struct writer *w, const uint32_t *word)
{
	char rtt[24], least[24];

	format_seconds((double)word[2] / 1e6, rtt, sizeof(rtt));
	format_seconds((double)word[3] / 1e6, least, sizeof(least));
	add(w, "delay", "Round trip times the delay-based algorithm goes by",
	    "%s, rtt %s, minimum %s, %u measured", word[0] ? "on" : "off", rtt,
	    word[3] == INT32_MAX ? "-" : least, word[1]);
}

static void add_congestion(struct writer *w)
{
	uint32_t word[8] = { 0 };
	uint64_t cwnd, mss, rtt;
	char text[64];

	if (w->more && w->more->congestion[0])
		add(w, "algorithm", "Congestion control in use", "%s",
		    w->more->congestion);
	if (!w->detail)
		return;
	memcpy(word, w->detail->cc_info, sizeof(word));
	if (w->detail->cc_info_type == CC_BBR && w->detail->cc_info_len >= 20)
		add_bbr(w, word);
	else if (w->detail->cc_info_type == CC_DCTCP && w->detail->cc_info_len >= 16)
		add_dctcp(w, word);
	else if (w->detail->cc_info_type == CC_VEGAS && w->detail->cc_info_len >= 16)
		add_vegas(w, word);
	cwnd = info_or_zero(w->detail, TCP_INFO_SND_CWND, 4);
	mss = info_or_zero(w->detail, TCP_INFO_SND_MSS, 4);
	rtt = info_or_zero(w->detail, TCP_INFO_RTT, 4);
	if (w->socket->state == SK_STATE_LISTEN || !cwnd || !mss || !rtt)
		return;
	format_rate((double)cwnd * (double)mss * 1e6 / (double)rtt, text, sizeof(text));
	add(w, "window allows", "Rate of a full window each round trip", "%s", text);
}

static void add_skmem(struct writer *w)
{
	static const struct {
		const char *label, *help;
	} names[9] = {
		{ "receive memory", "Memory of received data, with overhead" },
		{ "receive buffer", "Limit of the receive memory (SO_RCVBUF)" },
		{ "send memory", "Memory of packets given to the device" },
		{ "send buffer", "Limit of the send memory (SO_SNDBUF)" },
		{ "forward memory", "Memory reserved and not yet in use" },
		{ "send queue memory", "Memory of queued data to send" },
		{ "option memory", "Memory of socket options and filters" },
		{ "backlog memory", "Packets that wait while the socket is locked" },
		{ "drops", "Packets dropped because the socket was full" },
	};
	char text[64];

	if (!w->more || !(w->more->flags & SK_MORE_SKMEM))
		return;
	for (size_t i = 0; i < 9; i++) {
		format_exact(i == 8 ? SK_UNIT_COUNT : SK_UNIT_BYTES, w->more->skmem[i],
			     text, sizeof(text));
		add(w, names[i].label, names[i].help, "%s", text);
	}
}

static void add_queues(struct writer *w)
{
	const struct sk_socket *s = w->socket;
	char text[64];

	if (s->proto == SK_PROTO_TCP && s->state == SK_STATE_LISTEN) {
		add(w, "waiting", "Connections the application has not yet accepted",
		    "%u", s->recv_q);
		if (s->flags & SK_F_NO_COOKIE)
			add(w, "backlog", "/proc/net does not tell the limit", "-");
		else
			add(w, "backlog", "Limit of connections that wait", "%u",
			    s->send_q);
	} else {
		format_exact(SK_UNIT_BYTES, s->recv_q, text, sizeof(text));
		add(w, "receive queue", "Bytes the application has not read", "%s",
		    text);
		format_exact(SK_UNIT_BYTES, s->send_q, text, sizeof(text));
		add(w, "send queue",
		    s->proto == SK_PROTO_TCP ? "Bytes not acknowledged by the peer"
					     : "Bytes not yet sent, with overhead",
		    "%s", text);
	}
	add_skmem(w);
}

static void add_loss(struct writer *w)
{
	const struct sk_socket *s = w->socket;
	char text[32];

	if (s->proto != SK_PROTO_TCP)
		return;
	format_seconds((double)s->timer_ms / 1e3, text, sizeof(text));
	if (s->timer == SK_TIMER_OFF)
		add(w, "timer", "What happens next if the peer stays silent", "off");
	else
		add(w, "timer", "What happens next if the peer stays silent",
		    "%s in %s, %u tries so far", sk_timer_name(s->timer), text,
		    s->timer_retrans);
	if (!(w->detail && w->detail->tcp_info_len) && (s->flags & SK_F_INFO))
		add(w, "retransmitted", "Segments sent again since the start", "%u",
		    s->retrans);
}

/* The answer to "why is it slow", from where the kernel spent its busy time. */
static void add_limits(struct writer *w)
{
	static const char help[] = "What held the sending back most, so far";
	const struct sk_detail *d = w->detail;
	uint64_t busy, rwnd, sndbuf;
	const char *what;

	if (!d || w->socket->state == SK_STATE_LISTEN ||
	    !info_number(d, TCP_INFO_SNDBUF_LIMITED, 8, &sndbuf))
		return;
	busy = info_or_zero(d, TCP_INFO_BUSY_TIME, 8);
	rwnd = info_or_zero(d, TCP_INFO_RWND_LIMITED, 8);
	if (!busy)
		what = "nothing: it never sent";
	else if (rwnd > busy / 4 && rwnd >= sndbuf)
		what = "the peer: its receive window is full";
	else if (sndbuf > busy / 4)
		what = "the own send buffer";
	else if (info_or_zero(d, TCP_INFO_APP_LIMITED, 1) & 1)
		what = "the application: it has little to send";
	else
		what = "the network: congestion window and round trip";
	add(w, "held back by", help, "%s", what);
}

static void add_more_options(struct writer *w)
{
	static const char *const ends[] = { "receive", "send" };
	const struct sk_more *m = w->more;
	char text[32];

	if (m->flags & SK_MORE_SHUTDOWN) {
		format_bits(m->shutdown, ends, 2, text, sizeof(text));
		add(w, "shut down", "Directions this end has closed", "%s", text);
	}
	if (m->flags & SK_MORE_TOS)
		add(w, "TOS", "Type of service of IPv4 packets sent",
		    "0x%02x (DSCP %u, ECN %u)", m->tos, m->tos >> 2, m->tos & 3U);
	if (m->flags & SK_MORE_TCLASS)
		add(w, "traffic class", "Traffic class of IPv6 packets sent",
		    "0x%02x (DSCP %u, ECN %u)", m->tclass, m->tclass >> 2,
		    m->tclass & 3U);
}

static void add_options(struct writer *w)
{
	static const char *const bits[] = {
		"recverr",	"is-icsk",	   "freebind",	    "hdrincl",
		"mc-loop",	"transparent",	   "mc-all",	    "nodefrag",
		"bind-no-port", "recverr-rfc4884", "defer-connect",
	};
	char text[64];

	if (w->more)
		add_more_options(w);
	if (w->socket->flags & SK_F_V6ONLY)
		add(w, "IPv6 only", "The listener takes no IPv4 (IPV6_V6ONLY)", "yes");
	if (!w->detail)
		return;
	if (w->detail->has_sockopt) {
		format_bits(w->detail->sockopt, bits, 11, text, sizeof(text));
		add(w, "socket options", "Options that are set on the socket", "%s",
		    text);
	}
	if (w->detail->class_id)
		add(w, "class", "Traffic control class or priority", "0x%x",
		    w->detail->class_id);
	if (w->detail->ulp[0])
		add(w, "upper layer", "Protocol the kernel speaks above TCP", "%s",
		    w->detail->ulp);
}

/* The list keeps more beside the socket when a column wants it. */
static const struct sk_more *more_of(const struct sk_sample *sample,
				     const struct sk_socket *socket,
				     const struct sk_detail *detail)
{
	if (detail)
		return &detail->more;
	if (sample->more && socket >= sample->sockets &&
	    socket < sample->sockets + sample->n_sockets)
		return &sample->more[socket - sample->sockets];
	return NULL;
}

size_t sk_detail_rows(const struct sk_sample *sample, const struct sk_socket *socket,
		      const struct sk_detail *detail, struct sk_detail_row *rows,
		      size_t max)
{
	static void (*const sections[DETAIL_SECTIONS])(struct writer *) = {
		[DETAIL_IDENTITY] = add_identity, [DETAIL_TRAFFIC] = add_traffic,
		[DETAIL_RTT] = add_rtt,		  [DETAIL_CONGESTION] = add_congestion,
		[DETAIL_QUEUES] = add_queues,	  [DETAIL_LOSS] = add_loss,
		[DETAIL_LIMITS] = add_limits,	  [DETAIL_OPTIONS] = add_options,
	};
	struct writer w = { .sample = sample,
			    .socket = socket,
			    .detail = detail,
			    .rows = rows,
			    .max = max };

	w.more = more_of(sample, socket, detail);
	for (unsigned i = 0; i < DETAIL_SECTIONS; i++) {
		w.section = section_names[i];
		sections[i](&w);
		add_fields(&w, i);
	}
	return w.n;
}
