/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include "sample/diff_counters.h"

void diff_drops(const struct pairing *p, struct sk_tcp_ext *tcp_ext,
		const struct sk_tcp_ext *old)
{
	uint32_t drops = tcp_ext->skmem[8] - old->skmem[8]; /* wraps */

	if (!(tcp_ext->flags & old->flags & SK_TCP_EXT_SKMEM) || drops > INT32_MAX)
		return;
	tcp_ext->drop_rate = (float)diff_rate(p, drops, (double)old->drop_rate);
	tcp_ext->flags |= SK_TCP_EXT_DROP_RATE;
}

/* Microseconds more than before; the kernel's clocks may round backwards. */
static uint32_t grown(uint64_t now, uint64_t before)
{
	uint64_t more = now > before ? now - before : 0;

	return more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

/* What the interval before had, where rates are of that too. */
static uint32_t carried(const struct pairing *p, uint32_t before)
{
	return p->carried > 0 ? before : 0;
}

void diff_tcp_ext(const struct pairing *p, struct sk_tcp_ext *tcp_ext,
		  const struct sk_tcp_ext *old, const struct sk_socket *s,
		  const struct sk_socket *old_socket)
{
	uint32_t out = tcp_ext->segs_out - old->segs_out; /* u32 counters wrap */
	uint32_t in = tcp_ext->segs_in - old->segs_in;

	if (!(tcp_ext->flags & old->flags & SK_TCP_EXT_INFO) || out > INT32_MAX ||
	    in > INT32_MAX || s->retrans < old_socket->retrans)
		return;
	tcp_ext->tx_packets = (float)diff_rate(p, out, (double)old->tx_packets);
	tcp_ext->rx_packets = (float)diff_rate(p, in, (double)old->rx_packets);
	tcp_ext->retrans_rate = (float)diff_rate(p, s->retrans - old_socket->retrans,
						 (double)old->retrans_rate);
	tcp_ext->busy_us_now = grown(tcp_ext->busy_time, old->busy_time) + carried(p, old->busy_us_now);
	tcp_ext->rwnd_us_now =
		grown(tcp_ext->rwnd_limited, old->rwnd_limited) + carried(p, old->rwnd_us_now);
	tcp_ext->sndbuf_us_now =
		grown(tcp_ext->sndbuf_limited, old->sndbuf_limited) + carried(p, old->sndbuf_us_now);
	tcp_ext->flags |= SK_TCP_EXT_RATE;
}

static const struct sk_link *find_link(const struct sk_sample *prev,
				       const struct sk_link *link, uint32_t guess)
{
	for (uint32_t k = 0; k < prev->n_links; k++) {
		const struct sk_link *old =
			&prev->links[(guess + k) % prev->n_links];

		if (old->ifindex == link->ifindex && old->netns == link->netns &&
		    strcmp(old->name, link->name) == 0)
			return old;
	}
	return NULL;
}

/* Counters that went back mean another interface under the same name. */
static bool link_continues(const struct sk_link *old, const struct sk_link *link)
{
	for (unsigned i = 0; i < SK_LINK_STAT_COUNT; i++) {
		if (link->stat[i] < old->stat[i])
			return false;
	}
	return true;
}

/* The means of both directions, as sk_flow has them. */
static void mean_link(const struct pairing *p, struct sk_link *link, const struct sk_link *old)
{
	static const enum sk_link_stat stat[2] = { SK_LINK_RX_BYTES, SK_LINK_TX_BYTES };

	for (int tx = 0; tx < 2; tx++) {
		float rate = (float)((double)(link->stat[stat[tx]] - old->stat[stat[tx]]) /
				     p->cur->span);

		link->mean10[tx] = old->mean10[tx] * p->keep10 + rate * (1 - p->keep10);
		link->mean60[tx] = old->mean60[tx] * p->keep60 + rate * (1 - p->keep60);
	}
}

void diff_links(const struct pairing *p)
{
	const struct sk_sample *prev = p->prev;
	struct sk_sample *cur = p->cur;

	for (uint32_t i = 0; i < cur->n_links; i++) {
		struct sk_link *link = &cur->links[i];
		const struct sk_link *old = prev ? find_link(prev, link, i) : NULL;

		if (!old || !link_continues(old, link) || cur->interval <= 0) {
			link->flags |= SK_LINK_NEW;
			continue;
		}
		link->flags |= SK_LINK_RATE;
		for (unsigned k = 0; k < SK_LINK_STAT_COUNT; k++)
			link->rate[k] = (float)diff_rate(p, (double)(link->stat[k] - old->stat[k]),
							 (double)old->rate[k]);
		mean_link(p, link, old);
	}
}

static const struct sk_counter *find_counter(const struct sk_sample *prev,
					     const struct sk_counter *counter,
					     uint32_t guess)
{
	for (uint32_t k = 0; k < prev->n_counters; k++) {
		const struct sk_counter *old =
			&prev->counters[(guess + k) % prev->n_counters];

		if (strcmp(old->name, counter->name) == 0 &&
		    strcmp(old->section, counter->section) == 0)
			return old;
	}
	return NULL;
}

void diff_counters(const struct pairing *p)
{
	const struct sk_sample *prev = p->prev;
	struct sk_sample *cur = p->cur;

	for (uint32_t i = 0; i < cur->n_counters; i++) {
		struct sk_counter *counter = &cur->counters[i];
		const struct sk_counter *old =
			prev ? find_counter(prev, counter, i) : NULL;

		counter->rate = NAN;
		if (!old || cur->interval <= 0)
			continue;
		if (counter->gauge || counter->value >= old->value)
			counter->rate = diff_rate(p, (double)(int64_t)(counter->value - old->value),
						  isnan(old->rate) ? 0 : old->rate);
	}
}
