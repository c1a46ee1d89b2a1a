/* SPDX-License-Identifier: MIT */
/*
 * This section explains in plain sentences why a connection is slow. The first sentence
 * names the bottleneck, which follows from how the sender spent its time. Further ones
 * name losses, queues on the path, or a slow reader at this end. The sentences say
 * which time they are about and where they guess.
 */
#include <stdio.h>
#include "detail/detail.h"
#include "sample/bottleneck.h"

static const char help[] = "Read from the kernel's own account of where sending spent "
			   "its time, from losses, windows and queues";

#define SAY(w, ...) detail_add(w, "", help, __VA_ARGS__)

/* tcp_info of kernels that tell busy times, bytes sent, the own window. */
#define HAS_BUSY 192
#define HAS_BYTES 216
#define HAS_RCV_WND 236

/** The facts that several sentences need, in words. */
struct why {
	struct detail_writer *w;
	const struct sk_socket *s;
	const struct sk_tcp_ext *m;
	struct bottleneck_time time;
	enum bottleneck bottleneck;
	char peer[SK_ADDR_STRLEN];
	const char *span; /* what time the shares are of */
};

static const char *seconds(double value, char text[24])
{
	detail_format_seconds(value, text, 24);
	return text;
}

/* "now" or "in 12s": when the timer fires. */
static const char *next_try(const struct sk_socket *s, char text[32])
{
	char time[24];

	if (s->timer_ms)
		snprintf(text, 32, "in %s", seconds(s->timer_ms / 1e3, time));
	else
		snprintf(text, 32, "now");
	return text;
}

static const char *bytes(double value, char text[24])
{
	sk_unit_format(SK_UNIT_BYTES, value, 0, text, 24);
	return text;
}

static double share(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static void say_rwnd(const struct why *y)
{
	char next[32], before[40] = "";

	if (bottleneck_is_closed_window(y->s, y->m)) {
		if (y->s->timer_retrans)
			snprintf(before, sizeof(before), ", %u without success",
				 y->s->timer_retrans);
		SAY(y->w, "The peer's window is closed: the reader at %s takes nothing "
			  "now. Next probe %s%s.", y->peer, next_try(y->s, next), before);
		return;
	}
	SAY(y->w, "Sending is held back by the peer's window %.0f %% of the time with "
		  "data to send (%s): the reader at %s is slow, or its receive buffer "
		  "is small for this path.",
	    share(y->time.rwnd, y->time.busy), y->span, y->peer);
}

static void say_sndbuf(const struct why *y)
{
	const struct sk_tcp_ext *m = y->m;
	bool known = (m->flags & SK_TCP_EXT_SKMEM) != 0;
	char size[24];

	if (y->time.sndbuf <= 0) {
		SAY(y->w, "The send buffer is too small: its %s bytes are full with %u of "
			  "%u possible segments in flight (SO_SNDBUF; without it the "
			  "kernel grows the buffer).",
		    bytes(m->skmem[3], size), m->unacked, m->snd_cwnd);
		return;
	}
	SAY(y->w, "The send buffer is too small: it held sending back %.0f %% of the time "
		  "with data to send (%s).%s%s%s",
	    share(y->time.sndbuf, y->time.busy), y->span,
	    known ? " It has " : "", known ? bytes(m->skmem[3], size) : "",
	    known ? " bytes (SO_SNDBUF; without it the kernel grows it)." : "");
}

static void say_app(const struct why *y)
{
	if (y->time.span > 0 && y->time.busy <= 0)
		SAY(y->w, "The application here has nothing more to send: what it sends is "
			  "acknowledged at once.");
	else if (y->time.span > 0 && y->time.busy < 0.995 * y->time.span)
		SAY(y->w, "The application here has nothing more to send: data was on "
			  "its way only %.0f %% of the time %s.",
		    share(y->time.busy, y->time.span), y->span);
	else
		SAY(y->w, "The application here has little to send (app-limited): the "
			  "network would have taken more.");
}

static void say_network(const struct why *y)
{
	const struct sk_tcp_ext *m = y->m;
	char text[32], rtt[24];

	if (m->retransmits) {
		SAY(y->w, "%s acknowledges nothing: %u timeouts in a row, backoff %u, next "
			  "try %s. The path or the peer is gone, or loses everything.",
		    y->peer, m->retransmits, m->backoff, next_try(y->s, text));
		return;
	}
	if (!y->s->rtt_us) {
		SAY(y->w, "Data is on its way and nothing has come back yet.");
		return;
	}
	sk_unit_format(SK_UNIT_BYTES_RATE,
		       (double)m->snd_cwnd * m->snd_mss * 1e6 / y->s->rtt_us, 0, text,
		       sizeof(text));
	SAY(y->w, "The path sets the pace: a congestion window of %u segments each round "
		  "trip of %s makes about %s bytes/s. Neither the peer's window, the "
		  "send buffer nor the application holds it back.",
	    m->snd_cwnd, seconds(y->s->rtt_us / 1e6, rtt), text);
}

static void say_reader(const struct why *y)
{
	bool offer = y->m->info_len >= HAS_RCV_WND;
	char text[24], window[24];

	SAY(y->w, "The application at this end reads slowly: %s bytes wait for it%s%s%s, so "
		  "the peer has to wait.",
	    bytes(y->s->recv_q, text), offer ? " and the window offered is " : "",
	    offer ? bytes(y->m->rcv_wnd, window) : "", offer ? " bytes" : "");
}

static void say_idle(const struct why *y)
{
	bool sent = !sk_tcp_no_data(&sk_tcp_fields[SK_TCP_FIELD_last_data_sent], y->m);
	bool received = !sk_tcp_no_data(&sk_tcp_fields[SK_TCP_FIELD_last_data_recv], y->m);
	char first[48] = "no data sent yet", second[48] = "none received yet", time[24];

	if (sent)
		snprintf(first, sizeof(first), "last data sent %s ago",
			 seconds(y->m->last_data_sent / 1e3, time));
	if (received)
		snprintf(second, sizeof(second), "%sreceived %s ago", sent ? "" : "last ",
			 seconds(y->m->last_data_recv / 1e3, time));
	SAY(y->w, "Idle: nothing waits to be sent; %s, %s.", first, second);
}

/* True when it mostly receives, so that the sender's side is the other one. */
static bool is_receiving(const struct why *y)
{
	return (y->s->flags & SK_F_RATE) && y->s->rx_rate > 1000 &&
	       y->s->rx_rate > 4 * y->s->tx_rate &&
	       (y->bottleneck == BOTTLENECK_NONE || y->bottleneck == BOTTLENECK_APP);
}

static void say_receiving(const struct why *y)
{
	uint32_t rtt = y->s->rtt_us ? y->s->rtt_us : y->m->rcv_rtt;
	double most = rtt && y->m->info_len >= HAS_RCV_WND ?
			      y->m->rcv_wnd * 1e6 / rtt : 0;
	char rate[24], window[24], time[24];

	sk_unit_format(SK_UNIT_BYTES_RATE, (double)y->s->rx_rate, 0, rate, sizeof(rate));
	if (most > 0 && (double)y->s->rx_rate > 0.7 * most)
		SAY(y->w, "It receives %s bytes/s, about what the window offered here (%s "
			  "bytes) allows each round trip of %s: a larger receive buffer "
			  "(SO_RCVBUF, net.ipv4.tcp_rmem) may let more come.",
		    rate, bytes(y->m->rcv_wnd, window), seconds(rtt / 1e6, time));
	else
		SAY(y->w, "It receives %s bytes/s and the application here reads them in "
			  "time: what holds %s back, only the kernel there knows.",
		    rate, y->peer);
}

/* Bytes sent again, in all and since the look before. */
static void say_loss(const struct why *y)
{
	const struct sk_detail *before = y->w->before;
	uint64_t sent = y->m->bytes_sent, again = y->m->bytes_retrans;
	char now[64] = "";

	if (y->m->info_len < HAS_BYTES || !sent || !again)
		return;
	if (before && before->tcp_ext.bytes_sent < sent &&
	    before->tcp_ext.bytes_retrans <= again)
		snprintf(now, sizeof(now), ", %.1f %% since the last sample",
			 share((double)(again - before->tcp_ext.bytes_retrans),
			       (double)(sent - before->tcp_ext.bytes_sent)));
	if (share((double)again, (double)sent) < 0.05)
		return;
	SAY(y->w, "%.1f %% of the bytes were sent again%s: loss on the path%s.",
	    share((double)again, (double)sent), now,
	    y->m->reord_seen ? ", or segments that overtake each other" : "");
	if (y->m->dsack_dups)
		SAY(y->w, "%u of the segments sent again had arrived after all: part of "
			  "the resending was needless.", y->m->dsack_dups);
}

static void say_delay(const struct why *y)
{
	uint32_t rtt = y->s->rtt_us, least = y->m->min_rtt;
	char now[24], best[24];

	/* while nothing moves the last measure is an old one */
	if (y->bottleneck == BOTTLENECK_NONE || y->bottleneck == BOTTLENECK_READER ||
	    bottleneck_is_closed_window(y->s, y->m))
		return;
	if (y->m->info_len < 152 || !least || least == UINT32_MAX || rtt < 2 * least ||
	    rtt - least < 10000)
		return;
	SAY(y->w, "The round trip takes %s where %s was possible: packets wait in queues "
		  "on the path, or the peer acknowledges late.",
	    seconds(rtt / 1e6, now), seconds(least / 1e6, best));
}

static void say_marks(const struct why *y)
{
	if (y->m->delivered_ce && y->m->delivered)
		SAY(y->w, "%.1f %% of the segments were marked for congestion (ECN) on "
			  "the path.",
		    share(y->m->delivered_ce, y->m->delivered));
}

static void say_pacing_limit(const struct why *y)
{
	char text[24];

	if (y->m->info_len < 120 || y->m->max_pacing_rate == UINT64_MAX ||
	    !y->m->max_pacing_rate)
		return;
	sk_unit_format(SK_UNIT_BYTES_RATE, (double)y->m->max_pacing_rate, 0, text,
		       sizeof(text));
	SAY(y->w, "SO_MAX_PACING_RATE lets it send %s bytes/s at most.", text);
}

static void say_doubt(const struct why *y)
{
	if (y->m->info_len < HAS_BUSY)
		SAY(y->w, "This kernel does not tell where sending spent its time (Linux "
			  "4.10 does): a guess from queues and flags.");
	else if (y->time.span <= 0 && y->bottleneck != BOTTLENECK_NONE)
		SAY(y->w, "Taken over its whole life; only a second sample tells about now.");
}

static void why_data(struct detail_writer *w)
{
	static void (*const say[BOTTLENECK_COUNT])(const struct why *) = {
		[BOTTLENECK_NONE] = say_idle,     [BOTTLENECK_APP] = say_app,
		[BOTTLENECK_RWND] = say_rwnd,     [BOTTLENECK_SNDBUF] = say_sndbuf,
		[BOTTLENECK_NETWORK] = say_network, [BOTTLENECK_READER] = say_reader,
	};
	struct why y = { .w = w, .s = w->socket, .m = w->tcp_ext };

	y.time = bottleneck_time_of(y.m, w->interval);
	y.bottleneck = bottleneck_of(y.s, y.m, &y.time);
	y.span = y.time.span > 0 ? "since the last sample" : "since it began";
	sk_addr_format(&y.s->remote, false, y.peer);
	if (!y.s->inode && !(y.s->flags & SK_F_OWNER))
		SAY(w, "No process has accepted it yet: it waits in its listener's queue "
		       "for accept().");
	else if (y.s->state == SK_STATE_CLOSE_WAIT)
		SAY(w, "The peer has closed and the application here has not: it should "
		       "call close().");
	if (is_receiving(&y))
		say_receiving(&y);
	else
		say[y.bottleneck](&y);
	say_loss(&y);
	say_delay(&y);
	say_marks(&y);
	say_pacing_limit(&y);
	if (y.bottleneck != BOTTLENECK_READER && bottleneck_is_reader(y.s, y.m))
		say_reader(&y);
	say_doubt(&y);
}

static void why_listen(struct detail_writer *w)
{
	uint32_t waiting = w->socket->recv_q, limit = w->socket->send_q;

	if (w->socket->flags & SK_F_NO_RECV_Q)
		SAY(w, "/proc/net does not tell how many connections wait for accept().");
	else if (w->socket->flags & SK_F_NO_SEND_Q)
		SAY(w, "%u connections wait for accept(); /proc/net does not tell how "
		       "many may.", waiting);
	else if (waiting && waiting >= limit)
		SAY(w, "The backlog is full (%u wait, the limit is %u): new connections "
		       "are dropped or delayed. The application accepts too slowly, or "
		       "the limit (listen(), net.core.somaxconn) is too low.",
		    waiting, limit);
	else if (waiting)
		SAY(w, "%u of at most %u connections wait for accept(): the application "
		       "is behind by so much.", waiting, limit);
	else
		SAY(w, "No connection waits: the application accepts them as they come.");
}

static void why_opening(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	char peer[SK_ADDR_STRLEN], next[32];

	sk_addr_format(&s->remote, false, peer);
	if (s->state == SK_STATE_SYN_SENT)
		SAY(w, "%s has not answered the SYN, sent again %u times; next try %s. "
		       "A firewall that drops, a dead host, or a full backlog there.",
		    peer, s->timer_retrans, next_try(s, next));
	else
		SAY(w, "%s has not finished the handshake; the SYN-ACK was sent again %u "
		       "times, next %s.",
		    peer, s->timer_retrans, next_try(s, next));
}

static void why_closing(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	char left[24];

	if (s->state == SK_STATE_FIN_WAIT2)
		SAY(w, "This end has closed; the peer has not yet.");
	if (s->timer == SK_TIMER_TIMEWAIT)
		SAY(w, "The kernel keeps %s for another %s; no process holds it.",
		    s->state == SK_STATE_FIN_WAIT2 ? "it" : "the pair of addresses",
		    seconds(s->timer_ms / 1e3, left));
}

/* Datagrams: the only thing that is told is what could not be kept. */
static void why_datagrams(struct detail_writer *w)
{
	const struct sk_tcp_ext *m = w->tcp_ext;
	char text[24];

	if (!m || !(m->flags & SK_TCP_EXT_SKMEM))
		return;
	if (m->n_skmem > 8 && m->skmem[8])
		SAY(w, "%u packets were dropped because the receive buffer was full: the "
		       "application reads too slowly, or the buffer is too small.",
		    m->skmem[8]);
	else if (m->n_skmem > 8)
		SAY(w, "No packet was dropped for want of room.");
	if (m->skmem[1] && m->skmem[0] >= m->skmem[1] / 2)
		SAY(w, "The receive buffer is %.0f %% full (%s).",
		    share(m->skmem[0], m->skmem[1]), bytes(m->skmem[1], text));
}

/* Sockets of which the kernel keeps no account of time: queues and drops. */
static void why_other(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	char text[24];

	if (s->state == SK_STATE_LISTEN) {
		why_listen(w);
		return;
	}
	if (s->proto == SK_PROTO_MPTCP && s->state == SK_STATE_ESTABLISHED)
		SAY(w, "Its subflows are TCP connections: their rows tell what holds each "
		       "of them back.");
	if (s->recv_q)
		SAY(w, "%s bytes wait for the application to read them.",
		    bytes(s->recv_q, text));
	why_datagrams(w);
}

static void why_tcp(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;

	if (s->state == SK_STATE_LISTEN)
		why_listen(w);
	else if (s->state == SK_STATE_SYN_SENT || s->state == SK_STATE_SYN_RECV)
		why_opening(w);
	else if (!bottleneck_can_send(s))
		why_closing(w);
	else if (w->tcp_ext && (w->tcp_ext->flags & SK_TCP_EXT_INFO))
		why_data(w);
	else
		SAY(w, "The kernel told too little to say: no tcp_info for this socket.");
}

void detail_why(struct detail_writer *w)
{
	if (w->socket->proto == SK_PROTO_TCP)
		why_tcp(w);
	else
		why_other(w);
}
