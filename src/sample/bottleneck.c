/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include "sample/bottleneck.h"

/* A part of the busy time that is no accident. */
#define SHARE 0.33
/* Less than this part of the time busy: the application paused in between. */
#define PAUSES 0.5
/* tcp_info of kernels that tell busy times (Linux 4.10). */
#define HAS_BUSY 192
#define HAS_SND_WND 232
#define HAS_RCV_WND 236

bool bottleneck_can_send(const struct sk_socket *socket)
{
	const uint32_t states = SK_STATE_BIT(SK_STATE_ESTABLISHED) |
				SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
				SK_STATE_BIT(SK_STATE_FIN_WAIT1) |
				SK_STATE_BIT(SK_STATE_CLOSING) |
				SK_STATE_BIT(SK_STATE_LAST_ACK);

	return socket->proto == SK_PROTO_TCP && (states >> socket->state & 1);
}

struct bottleneck_time bottleneck_time_of(const struct sk_tcp_ext *tcp_ext,
					  double interval)
{
	bool now = (tcp_ext->flags & SK_TCP_EXT_RATE) && interval > 0;

	if (tcp_ext->info_len < HAS_BUSY)
		return (struct bottleneck_time){ 0 };
	return (struct bottleneck_time){
		.span = now ? interval : 0,
		.busy = (double)(now ? tcp_ext->busy_us_now : tcp_ext->busy_time) / 1e6,
		.rwnd = (double)(now ? tcp_ext->rwnd_us_now : tcp_ext->rwnd_limited) /
			1e6,
		.sndbuf = (double)(now ? tcp_ext->sndbuf_us_now :
					 tcp_ext->sndbuf_limited) /
			  1e6,
	};
}

bool bottleneck_is_reader(const struct sk_socket *socket,
			  const struct sk_tcp_ext *tcp_ext)
{
	bool closed =
		tcp_ext->info_len >= HAS_RCV_WND && tcp_ext->rcv_wnd < tcp_ext->rcv_mss;
	bool full = (tcp_ext->flags & SK_TCP_EXT_SKMEM) && tcp_ext->skmem[1] &&
		    tcp_ext->skmem[0] >= tcp_ext->skmem[1] / 2;

	return socket->recv_q > 0 && (closed || full);
}

/*
 * The persist timer also runs for a moment when nothing happens to be in flight, so
 * the window itself is asked where the kernel tells it, else the probes.
 */
bool bottleneck_is_closed_window(const struct sk_socket *socket,
				 const struct sk_tcp_ext *tcp_ext)
{
	return socket->timer == SK_TIMER_PERSIST && tcp_ext->notsent_bytes && !tcp_ext->unacked &&
	       (tcp_ext->info_len >= HAS_SND_WND ? tcp_ext->snd_wnd < tcp_ext->snd_mss :
						socket->timer_retrans > 0);
}

/*
 * The kernel counts sndbuf_limited only when an acknowledgement finds the writer
 * asleep; a buffer of less than a few segments escapes that, and is seen here.
 */
bool bottleneck_is_full_buffer(const struct sk_tcp_ext *tcp_ext)
{
	return (tcp_ext->flags & SK_TCP_EXT_SKMEM) &&
	       tcp_ext->skmem[5] >= tcp_ext->skmem[3] && tcp_ext->unacked &&
	       tcp_ext->unacked < tcp_ext->snd_cwnd && !tcp_ext->notsent_bytes;
}

/* The clocks of busy time tick in milliseconds: a short reply leaves no trace. */
static bool has_sent(const struct sk_socket *socket, const struct sk_tcp_ext *tcp_ext,
		     const struct bottleneck_time *time)
{
	double ms = time->span > 0 ? time->span * 1000 : 1000;

	return socket->tx_total > 0 && tcp_ext->last_data_sent <= ms;
}

enum bottleneck bottleneck_of(const struct sk_socket *socket,
			      const struct sk_tcp_ext *tcp_ext,
			      const struct bottleneck_time *time)
{
	bool waiting = tcp_ext->unacked || tcp_ext->notsent_bytes;

	if (!bottleneck_can_send(socket))
		return BOTTLENECK_NONE;
	if (bottleneck_is_closed_window(socket, tcp_ext))
		return BOTTLENECK_RWND;
	if (tcp_ext->retransmits && waiting)
		return BOTTLENECK_NETWORK;
	if (!waiting && bottleneck_is_reader(socket, tcp_ext))
		return BOTTLENECK_READER;
	if (time->busy <= 0 && !waiting)
		return has_sent(socket, tcp_ext, time) ? BOTTLENECK_APP :
							 BOTTLENECK_NONE;
	if (time->rwnd > 0 && time->rwnd >= time->sndbuf &&
	    time->rwnd >= SHARE * time->busy)
		return BOTTLENECK_RWND;
	if (time->sndbuf > 0 && time->sndbuf >= SHARE * time->busy)
		return BOTTLENECK_SNDBUF;
	if (bottleneck_is_full_buffer(tcp_ext))
		return BOTTLENECK_SNDBUF;
	if ((tcp_ext->delivery_rate_app_limited & 1) || (!waiting && time->span <= 0) ||
	    (time->span > 0 && time->busy < PAUSES * time->span))
		return BOTTLENECK_APP;
	return BOTTLENECK_NETWORK;
}

const char *bottleneck_name(enum bottleneck bottleneck)
{
	static const char *const names[BOTTLENECK_COUNT] = {
		[BOTTLENECK_APP] = "app",	     [BOTTLENECK_RWND] = "rwnd",
		[BOTTLENECK_SNDBUF] = "sndbuf",   [BOTTLENECK_NETWORK] = "network",
		[BOTTLENECK_READER] = "reader",
	};

	return names[bottleneck];
}
