/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include "columns/flags.h"
#include "columns/tcp_ext.h"
#include "base/bits.h"
#include "sample/bottleneck.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_socket *s, const struct sk_tcp_ext *tcp_ext, \
			       const struct sk_context *context, struct sk_value *value)

GETTER(fastopen)
{
	const char *text = bits_fastopen(tcp_ext->options, tcp_ext->delivery_rate_app_limited);

	(void)s;
	(void)context;
	if (text)
		value_text(value, text);
	else
		value_none(value, "no Fast Open");
}

GETTER(shutdown)
{
	static const char *const names[] = { "none", "receive", "send", "both" };

	(void)s;
	(void)context;
	value_enum(value, tcp_ext->shutdown & 3U, names[tcp_ext->shutdown & 3U]);
}

GETTER(sockopt)
{
	(void)s;
	(void)context;
	bits_sockopt(tcp_ext->sockopt, value->buffer, sizeof(value->buffer));
	if (value->buffer[0])
		value_text(value, value->buffer);
	else
		value_none(value, "none is set");
}

GETTER(v6only)
{
	(void)tcp_ext;
	(void)context;
	if (s->flags & SK_F_V6ONLY_KNOWN)
		value_enum(value, (s->flags & SK_F_V6ONLY) != 0,
			   s->flags & SK_F_V6ONLY ? "yes" : "no");
	else
		value_none(value, "told of IPv6 listeners and unconnected sockets only");
}

GETTER(tries)
{
	(void)tcp_ext;
	(void)context;
	if (s->timer == SK_TIMER_OFF)
		value_none(value, "no timer runs");
	else
		value_uint(value, s->timer_retrans);
}

GETTER(limited_by)
{
	struct bottleneck_time time =
		bottleneck_time_of(tcp_ext, context->sample->interval);
	enum bottleneck bottleneck = bottleneck_of(s, tcp_ext, &time);

	if (bottleneck_name(bottleneck))
		value_enum(value, bottleneck, bottleneck_name(bottleneck));
	else
		value_none(value, "nothing moves and nothing waits");
}

/* Before Linux 4.19 there are no bytes, but segments. */
GETTER(retrans_share)
{
	bool bytes = tcp_ext->info_len >=
		     SK_TCP_OFFSET_bytes_retrans + sizeof(tcp_ext->bytes_retrans);
	uint64_t again = bytes ? tcp_ext->bytes_retrans : s->retrans;
	uint64_t all = bytes ? tcp_ext->bytes_sent : tcp_ext->data_segs_out;

	(void)context;
	if (all)
		value_real(value, 100 * (double)again / (double)all);
	else
		value_none(value, "nothing was sent, or the kernel is too old to tell");
}

GETTER(send_rate)
{
	(void)context;
	if (s->rtt_us && tcp_ext->snd_cwnd && tcp_ext->snd_mss)
		value_real(value, (double)tcp_ext->snd_cwnd * tcp_ext->snd_mss * 1e6 / s->rtt_us);
	else
		value_none(value, "the round trip is not measured yet");
}

/** For each column: the part of the record that it needs, and the function that reads it. */
static const struct {
	unsigned needs; /* enum sk_tcp_ext_flag; 0 = struct sk_socket has it all */
	void (*get)(const struct sk_socket *s, const struct sk_tcp_ext *tcp_ext,
		    const struct sk_context *context, struct sk_value *value);
} getters[FLAG_COLUMN_COUNT] = {
	[FLAG_FASTOPEN] = { SK_TCP_EXT_INFO, get_fastopen },
	[FLAG_SHUTDOWN] = { SK_TCP_EXT_SHUTDOWN, get_shutdown },
	[FLAG_SOCKOPT] = { SK_TCP_EXT_SOCKOPT, get_sockopt },
	[FLAG_V6ONLY] = { 0, get_v6only },
	[FLAG_TRIES] = { 0, get_tries },
	[FLAG_LIMITED_BY] = { SK_TCP_EXT_INFO, get_limited_by },
	[FLAG_RETRANS_SHARE] = { SK_TCP_EXT_INFO, get_retrans_share },
	[FLAG_SEND_RATE] = { SK_TCP_EXT_INFO, get_send_rate },
};

void columns_flags_get(const struct sk_context *context, const void *row, int arg,
		       struct sk_value *value)
{
	unsigned needs = getters[arg].needs;
	const struct sk_tcp_ext *tcp_ext = NULL;

	if (needs)
		tcp_ext = columns_tcp_ext_of(context, row, needs, 0, value);
	if (tcp_ext || !needs)
		getters[arg].get(row, tcp_ext, context, value);
}
