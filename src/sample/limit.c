/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include "sample/limit.h"

/* A part of the busy time that is no accident. */
#define SHARE 0.33
/* Less than this part of the time busy: the application paused in between. */
#define PAUSES 0.5
/* tcp_info of kernels that tell busy times (Linux 4.10). */
#define HAS_BUSY 192
#define HAS_SND_WND 232
#define HAS_RCV_WND 236

bool limit_can_send(const struct sk_socket *socket)
{
	const uint32_t states = SK_STATE_BIT(SK_STATE_ESTABLISHED) |
				SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
				SK_STATE_BIT(SK_STATE_FIN_WAIT1) |
				SK_STATE_BIT(SK_STATE_CLOSING) |
				SK_STATE_BIT(SK_STATE_LAST_ACK);

	return socket->proto == SK_PROTO_TCP && (states >> socket->state & 1);
}

struct limit_time limit_time_of(const struct sk_more *more, double interval)
{
	bool now = (more->flags & SK_MORE_RATE) && interval > 0;

	if (more->info_len < HAS_BUSY)
		return (struct limit_time){ 0 };
	return (struct limit_time){
		.span = now ? interval : 0,
		.busy = (double)(now ? more->busy_us_now : more->busy_time) / 1e6,
		.rwnd = (double)(now ? more->rwnd_us_now : more->rwnd_limited) / 1e6,
		.sndbuf = (double)(now ? more->sndbuf_us_now : more->sndbuf_limited) /
			  1e6,
	};
}

bool limit_is_reader(const struct sk_socket *socket, const struct sk_more *more)
{
	bool closed = more->info_len >= HAS_RCV_WND && more->rcv_wnd < more->rcv_mss;
	bool full = (more->flags & SK_MORE_SKMEM) && more->skmem[1] &&
		    more->skmem[0] >= more->skmem[1] / 2;

	return socket->recv_q > 0 && (closed || full);
}

/*
 * The persist timer also runs for a moment when nothing happens to be in flight, so
 * the window itself is asked where the kernel tells it, else the probes.
 */
bool limit_is_closed(const struct sk_socket *socket, const struct sk_more *more)
{
	return socket->timer == SK_TIMER_PERSIST && more->notsent_bytes && !more->unacked &&
	       (more->info_len >= HAS_SND_WND ? more->snd_wnd < more->snd_mss :
						socket->timer_retrans > 0);
}

/*
 * The kernel counts sndbuf_limited only when an acknowledgement finds the writer
 * asleep; a buffer of less than a few segments escapes that, and is seen here.
 */
bool limit_is_full(const struct sk_more *more)
{
	return (more->flags & SK_MORE_SKMEM) && more->skmem[5] >= more->skmem[3] &&
	       more->unacked && more->unacked < more->snd_cwnd && !more->notsent_bytes;
}

/* The clocks of busy time tick in milliseconds: a short reply leaves no trace. */
static bool has_sent(const struct sk_socket *socket, const struct sk_more *more,
		     const struct limit_time *time)
{
	double ms = time->span > 0 ? time->span * 1000 : 1000;

	return socket->tx_total > 0 && more->last_data_sent <= ms;
}

enum limit limit_of(const struct sk_socket *socket, const struct sk_more *more,
		    const struct limit_time *time)
{
	bool waiting = more->unacked || more->notsent_bytes;

	if (!limit_can_send(socket))
		return LIMIT_NONE;
	if (limit_is_closed(socket, more))
		return LIMIT_RWND;
	if (more->retransmits && waiting)
		return LIMIT_NETWORK;
	if (!waiting && limit_is_reader(socket, more))
		return LIMIT_READER;
	if (time->busy <= 0 && !waiting)
		return has_sent(socket, more, time) ? LIMIT_APP : LIMIT_NONE;
	if (time->rwnd > 0 && time->rwnd >= time->sndbuf &&
	    time->rwnd >= SHARE * time->busy)
		return LIMIT_RWND;
	if (time->sndbuf > 0 && time->sndbuf >= SHARE * time->busy)
		return LIMIT_SNDBUF;
	if (limit_is_full(more))
		return LIMIT_SNDBUF;
	if ((more->delivery_rate_app_limited & 1) || (!waiting && time->span <= 0) ||
	    (time->span > 0 && time->busy < PAUSES * time->span))
		return LIMIT_APP;
	return LIMIT_NETWORK;
}

const char *limit_name(enum limit limit)
{
	static const char *const names[LIMIT_COUNT] = {
		[LIMIT_APP] = "app",	     [LIMIT_RWND] = "rwnd",
		[LIMIT_SNDBUF] = "sndbuf",   [LIMIT_NETWORK] = "network",
		[LIMIT_READER] = "reader",
	};

	return names[limit];
}
