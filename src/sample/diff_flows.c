/* SPDX-License-Identifier: MIT */
/*
 * This part of the diff finds what each socket moved, also when it came or ended between
 * two samples.
 *
 * The bytes of a socket that were counted so far stand in its record of the previous sample,
 * even where the kernel no longer tells them: tx_total and rx_total of TIME_WAIT, and of a
 * socket in the limbo, are those of its last tcp_info. So whatever tells more of a socket, the
 * next dump or the event of its end, adds the difference, and no byte counts twice.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include "sample/diff.h"

/* A mean below this, in bytes/s, is over. */
#define MEAN_OVER 0.01F

int diff_flows_begin(struct pairing *p)
{
	const struct sk_sample *prev = p->prev;
	struct cookie_index *limbo = &p->differ->limbo;
	uint32_t n = prev ? prev->n_limbo : 0;
	int err;

	p->keep10 = (float)exp(-p->cur->span / 10);
	p->keep60 = (float)exp(-p->cur->span / 60);
	p->cur->observed = prev ? prev->observed + p->cur->span : 0;
	p->anew = p->cur->sums_anew;
	p->uncounted = sk_sample_uncounted(p->cur);
	if (!n)
		return 0;
	limbo->by_cookie = true;
	err = cookie_index_reset(limbo, prev->limbo, sizeof(*prev->limbo), &prev->attrs_table, n);
	if (!err)
		err = bitmap_reset(&p->differ->back, n);
	for (uint32_t i = 0; i < n && !err; i++) {
		if (cookie_index_find(limbo, &prev->limbo[i], &prev->attrs_table) == COOKIE_NONE)
			err = cookie_index_put(limbo, i);
	}
	return err;
}

const struct sk_socket *diff_limbo_find(const struct pairing *p, const struct sk_socket *s)
{
	uint32_t place;

	if (!p->prev || !p->prev->n_limbo || s->proto != SK_PROTO_TCP)
		return NULL;
	place = cookie_index_find(&p->differ->limbo, s, &p->cur->attrs_table);
	return place == COOKIE_NONE ? NULL : &p->prev->limbo[place];
}

/* The means after a span in which so many bytes moved; before may be NULL. */
static void decay(const struct pairing *p, const struct sk_flow *before,
		  const uint64_t moved[2], struct sk_flow *flow)
{
	for (int d = 0; d < 2; d++) {
		float rate = p->cur->span > 0 ? (float)((double)moved[d] / p->cur->span) : 0;

		flow->mean10[d] = (before ? before->mean10[d] * p->keep10 : 0) +
				  rate * (1 - p->keep10);
		flow->mean60[d] = (before ? before->mean60[d] * p->keep60 : 0) +
				  rate * (1 - p->keep60);
		if (flow->mean10[d] < MEAN_OVER)
			flow->mean10[d] = 0;
		if (flow->mean60[d] < MEAN_OVER)
			flow->mean60[d] = 0;
	}
}

/* True for what passes the interfaces that the header counts. */
static bool is_on_wire(const struct sk_sample *sample, const struct sk_socket *s)
{
	static const struct sk_addr v6_loopback = { { [15] = 1 } };
	const struct sk_addr *local = sk_local(sample, s);

	if (s->netns && sample->n_netns && sample->netns[0].state == SK_NETNS_SEEN)
		return false;
	if (sk_addr_is_v4(&s->remote) && s->remote.b[12] == 127)
		return false;
	return memcmp(&s->remote, &v6_loopback, sizeof(v6_loopback)) != 0 &&
	       memcmp(&s->remote, local, sizeof(*local)) != 0;
}

/* Adds to what all moved, of the sockets that have counters of their own. */
static void add_moved(struct pairing *p, const struct sk_socket *s, const uint64_t moved[2])
{
	bool wire = (moved[SK_RX] || moved[SK_TX]) && is_on_wire(p->cur, s);

	if ((SK_PROTO_BIT(s->proto) & p->uncounted) || (s->flags & SK_F_TRACED))
		return;
	for (int d = 0; d < 2; d++) {
		p->moved[d] += moved[d];
		p->wire[d] += wire ? moved[d] : 0;
	}
}

/* Gives a record of cur its flow: what was before, and what moved since. */
static int add_flow(struct pairing *p, struct sk_socket *s, const struct sk_flow *before,
		    const uint64_t moved[2])
{
	struct sk_flow *flow;
	int err;

	s->flow = 0;
	if (!before && !moved[SK_RX] && !moved[SK_TX])
		return 0;
	err = sk_sample_add_flow(p->cur, &flow);
	if (err)
		return err;
	s->flow = p->cur->n_flows;
	decay(p, before, moved, flow);
	for (int d = 0; d < 2; d++) {
		flow->sum[d] = (before && !p->anew ? before->sum[d] : 0) +
			       (p->anew ? 0 : moved[d]);
	}
	add_moved(p, s, moved);
	return 0;
}

int diff_flow_keep(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	static const uint64_t nothing[2];

	return add_flow(p, s, sk_flow_of(p->prev, old), nothing);
}

/* True if all that the socket had moved by then is known. */
static bool is_counted(const struct sk_socket *old)
{
	/* before the handshake is over nothing has moved, and there is no tcp_info */
	return sk_socket_is_counted(old) || old->tx_total || old->rx_total ||
	       old->state == SK_STATE_SYN_RECV;
}

/* Its rate in the sample before; 0 where it was in no list then. */
static double rate_before(const struct sk_socket *old, int direction)
{
	if (!old || !(old->flags & SK_F_RATE))
		return 0;
	return (double)(direction == SK_TX ? old->tx_rate : old->rx_rate);
}

/* What tracepoints count begins anew when they are attached anew. */
static void carry_totals(struct sk_socket *s, const struct sk_socket *old)
{
	if (old->flags & SK_F_TRACED)
		return;
	s->tx_total = old->tx_total;
	s->rx_total = old->rx_total;
}

/* Carries what is known of the counts of tracepoints. */
static void carry_traced(const struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	s->flags |= p->anew ? 0 : old->flags & SK_F_SUM_MIN;
	if (!(s->flags & SK_F_TRACED))
		return;
	if (old->flags & SK_F_TRACED)
		s->flags |= old->flags & SK_F_TRACED_WHOLE;
	else if (!p->anew)
		s->flags |= SK_F_SUM_MIN;
}

int diff_flow(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	uint64_t moved[2] = { 0, 0 };

	carry_traced(p, s, old);
	if (!sk_socket_is_counted(s)) {
		carry_totals(s, old);
	} else if (!is_counted(old) || p->cur->span <= 0) {
		;
	} else if (s->tx_total < old->tx_total || s->rx_total < old->rx_total) {
		s->flags |= SK_F_RESET;
		s->flags &= ~(uint32_t)SK_F_TRACED_WHOLE;
	} else {
		moved[SK_RX] = s->rx_total - old->rx_total;
		moved[SK_TX] = s->tx_total - old->tx_total;
		s->rx_rate = (float)diff_rate(p, (double)moved[SK_RX], rate_before(old, SK_RX));
		s->tx_rate = (float)diff_rate(p, (double)moved[SK_TX], rate_before(old, SK_TX));
		s->flags |= SK_F_RATE;
	}
	return add_flow(p, s, sk_flow_of(p->prev, old), moved);
}

int diff_flow_of_new(struct pairing *p, struct sk_socket *s)
{
	const uint64_t moved[2] = { s->rx_total, s->tx_total };

	if (s->flags & SK_F_TRACED) {
		bool whole = p->prev->traced & SK_TRACED_BYTES;

		s->flags |= whole ? SK_F_TRACED_WHOLE : p->anew ? 0U : SK_F_SUM_MIN;
		if (!whole)
			return 0;
	}
	if (!sk_socket_is_counted(s) || !p->cur->all_begin || p->cur->span <= 0)
		return 0;
	s->rx_rate = (float)diff_rate(p, (double)moved[SK_RX], 0);
	s->tx_rate = (float)diff_rate(p, (double)moved[SK_TX], 0);
	s->flags |= SK_F_RATE;
	return add_flow(p, s, NULL, moved);
}

/*
 * True for a connection that no sample had, although it is older: it left the kernel's lists
 * before sktop began, for example by a reset, and its owner closes it only now.
 */
static bool is_stale(const struct pairing *p, const struct sk_event *event)
{
	return event->quiet_ms / 1e3 > p->cur->span + 1;
}

/* What had been counted of the socket of an event; false: that is not known. */
static bool counted_before(const struct pairing *p, const struct sk_event *event,
			   const struct sk_socket *seen, uint64_t base[2])
{
	base[SK_RX] = base[SK_TX] = 0;
	if (seen) {
		base[SK_RX] = seen->rx_total;
		base[SK_TX] = seen->tx_total;
		return is_counted(seen) ||
		       (seen->proto == SK_PROTO_TCP && !(seen->flags & SK_F_AGE_MIN) &&
			p->cur->all_begin);
	}
	if (p->prev && (event->socket.flags & SK_F_TRACED) && !(p->prev->traced & SK_TRACED_BYTES))
		return false;
	return p->prev && p->cur->all_begin && p->cur->span > 0 && !is_stale(p, event);
}

/*
 * What is left in TIME_WAIT of a connection that no sample had. Its cookie may be another one than
 * that of the event, since the kernel gives a cookie when somebody asks for it: so the event
 * counts as the beginning of such a connection, and what is left does not.
 */
static bool is_new_rest(const struct sk_socket *s)
{
	return (s->flags & SK_F_NEW) && s->timer == SK_TIMER_TIMEWAIT;
}

/*
 * True for a socket that was never connected. The kernel clears the counters and ends of one that
 * its owner aborts, too, but not the time when it was connected, or sent last.
 */
static bool was_never_connected(const struct pairing *p, const struct sk_event *event,
				const struct sk_socket *seen)
{
	return event->emptied && !seen && is_stale(p, event);
}

static void count_end(struct pairing *p, const struct sk_event *event,
		      const struct sk_socket *seen)
{
	if (event->socket.proto != SK_PROTO_TCP || was_never_connected(p, event, seen) ||
	    (seen && seen->state == SK_STATE_LISTEN))
		return;
	/* nobody knows with whom it spoke, nor how much */
	if (event->emptied && !seen)
		p->cur->doubt |= SK_DOUBT_ABORTED;
	p->closed++;
	p->ends[event->end]++;
	if (!p->prev || (seen && !is_new_rest(seen)))
		return;
	p->opened++;
	p->unseen++;
	p->unseen_established += event->credit[SK_RX] || event->credit[SK_TX];
}

void diff_credit(struct pairing *p, struct sk_event *event, struct reported reported)
{
	struct sk_socket *s = &event->socket;
	struct sk_socket *now = reported.now ? &p->cur->sockets[reported.now - 1] : NULL;
	const struct sk_socket *seen = now ? now : reported.old;
	const uint64_t total[2] = { s->rx_total, s->tx_total };
	uint64_t base[2];
	bool known = counted_before(p, event, seen, base);

	/* TIME_WAIT has no tcp_info: a total of 0 is then known from the record before */
	if (now && !(now->flags & SK_F_INFO) && reported.old)
		known |= is_counted(reported.old);
	event->uncounted = s->proto == SK_PROTO_TCP ? event->emptied :
						       !known || !(s->flags & SK_F_TRACED);
	for (int d = 0; d < 2; d++) {
		event->credit[d] = 0;
		if (known && !event->uncounted && sk_socket_is_counted(s) && total[d] > base[d])
			event->credit[d] = total[d] - base[d];
	}
	add_moved(p, s, event->credit);
	count_end(p, event, seen);
	s->flow = 0;
	s->tx_rate = (float)rate_before(reported.old, SK_TX);
	s->rx_rate = (float)rate_before(reported.old, SK_RX);
	if (now) {
		s->flow = now->flow;
		now->flow = 0;
		now->flags |= SK_F_REPORTED;
	}
}

/* A connection: a listener is none, nor what is only bound. */
static bool is_connection(const struct sk_socket *s)
{
	return s->proto == SK_PROTO_TCP && s->state != SK_STATE_LISTEN &&
	       s->state != SK_STATE_CLOSE;
}

void diff_totals(struct pairing *p)
{
	const struct sk_sample *prev = p->prev;
	struct sk_sample *cur = p->cur;
	struct sk_flow_totals *totals = &cur->totals;

	*totals = (struct sk_flow_totals){ .rate = { NAN, NAN }, .wire = { NAN, NAN },
					   .opened = NAN, .closed = NAN };
	if (cur->span <= 0)
		return;
	for (uint32_t i = 0; i < cur->n_sockets; i++)
		p->opened += (cur->sockets[i].flags & SK_F_NEW) &&
			     is_connection(&cur->sockets[i]) && !is_new_rest(&cur->sockets[i]);
	totals->n_opened = p->opened;
	totals->n_closed = p->closed;
	for (unsigned end = 0; end < SK_END_COUNT; end++)
		totals->n_end[end] = p->ends[end];
	totals->opened = diff_rate(p, p->opened, prev->totals.opened);
	totals->closed = diff_rate(p, p->closed, prev->totals.closed);
	for (int d = 0; d < 2; d++) {
		totals->sum[d] = p->moved[d];
		totals->rate[d] = diff_rate(p, (double)p->moved[d], prev->totals.rate[d]);
		totals->wire[d] = diff_rate(p, (double)p->wire[d], prev->totals.wire[d]);
	}
}

static bool has_event(const struct pairing *p, const struct sk_socket *s,
		      const struct sk_attrs_table *attrs_table)
{
	return p->cur->n_events &&
	       cookie_index_find(&p->differ->events, s, attrs_table) != COOKIE_NONE;
}

/* One that has left the kernel's lists, and whose end is still to be told. */
static bool belongs_in_limbo(const struct pairing *p, const struct sk_socket *s)
{
	return s->proto == SK_PROTO_TCP && !(s->flags & (SK_F_REPORTED | SK_F_NO_COOKIE)) &&
	       ((s->flags & SK_F_INFO) || s->tx_total || s->rx_total) &&
	       s->state != SK_STATE_LISTEN && !has_event(p, s, &p->cur->attrs_table);
}

static int add_limbo(struct pairing *p, const struct sk_socket *s, bool carried)
{
	struct sk_socket *limbo;
	int err = sk_sample_add_limbo(p->cur, &limbo);

	if (err)
		return err;
	*limbo = *s;
	limbo->flow = 0;
	return carried ? diff_carry_attrs(p, limbo, s) : 0;
}

int diff_limbo(struct pairing *p)
{
	const struct sk_sample *prev = p->prev;
	struct sk_sample *cur = p->cur;
	uint32_t n = prev ? prev->n_limbo : 0, first = 0;
	int err = 0;

	if (n + cur->n_gone > SK_LIMBO_MAX)
		first = cur->n_gone < SK_LIMBO_MAX ? n + cur->n_gone - SK_LIMBO_MAX : n;
	for (uint32_t i = first; i < n && !err; i++) {
		if (!bitmap_has(&p->differ->back, i) &&
		    !has_event(p, &prev->limbo[i], &prev->attrs_table))
			err = add_limbo(p, &prev->limbo[i], true);
	}
	for (uint32_t i = 0; i < cur->n_gone && !err; i++) {
		const struct sk_socket *s = &cur->sockets[cur->n_sockets + i];

		if (cur->n_limbo < SK_LIMBO_MAX && belongs_in_limbo(p, s))
			err = add_limbo(p, s, false);
	}
	return err;
}
