/* SPDX-License-Identifier: MIT */
/*
 * An event has what the kernel said of a socket at its end. This file adds what the two
 * samples know of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include "sample/diff.h"

/*
 * True for a connection whose owner aborted it (SO_LINGER, disconnect): the kernel clears its ends
 * and counters before it tells of the end.
 */
static bool is_emptied(const struct sk_socket *s)
{
	return s->proto == SK_PROTO_TCP && !s->rport;
}

/* As they were when it was last sampled. */
static int fill_in(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	struct sk_attrs attrs = *sk_attrs(p->cur, s);

	if (!old->rport)
		return 0;
	s->lport = old->lport;
	s->rport = old->rport;
	s->remote = old->remote;
	s->flags &= ~(uint32_t)SK_F_INFO;
	s->flags |= old->flags & SK_F_INFO;
	s->tx_total = old->tx_total;
	s->rx_total = old->rx_total;
	s->retrans = old->retrans;
	s->rtt_us = old->rtt_us;
	attrs.local = sk_attrs(p->prev, old)->local;
	attrs.ifindex = sk_attrs(p->prev, old)->ifindex;
	return sk_sample_set_attrs(p->cur, s, &attrs);
}

/*
 * True if the peer's FIN is proven to be among the bytes received; that a connection ended
 * in good order is no proof. The end that closes first leaves only a FIN_WAIT2 or TIME_WAIT
 * record, and its socket ends before the peer's FIN comes, or with it. It ends with the FIN
 * if something stands unread: unread payload is answered by a reset, which leaves no
 * record.
 */
static bool counts_fin(const struct pairing *p, const struct sk_event *event,
		       const struct sk_socket *old, bool waits)
{
	const uint32_t came = SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
			      SK_STATE_BIT(SK_STATE_LAST_ACK) |
			      SK_STATE_BIT(SK_STATE_CLOSING);
	const struct sk_socket *s = &event->socket;

	if (s->proto != SK_PROTO_TCP || !(s->flags & SK_F_INFO) || !s->rx_total)
		return false;
	if (event->traced)
		return event->fin_came;
	if (old && (came & SK_STATE_BIT(old->state)))
		return true;
	if (event->no_payload && s->rx_total == 1)
		return true;
	return (waits && s->recv_q) ||
	       remote_ends_sent_less(&p->differ->remote_ends, event, p->cur);
}

/* How it ended, as far as the samples tell, where no tracepoint has seen it. */
static enum sk_end infer_end(const struct sk_event *event, const struct sk_socket *old, bool waits)
{
	const uint32_t by_peer = SK_STATE_BIT(SK_STATE_CLOSE_WAIT) | SK_STATE_BIT(SK_STATE_LAST_ACK);
	const uint32_t by_us = SK_STATE_BIT(SK_STATE_FIN_WAIT1) | SK_STATE_BIT(SK_STATE_FIN_WAIT2) |
			       SK_STATE_BIT(SK_STATE_CLOSING) | SK_STATE_BIT(SK_STATE_TIME_WAIT);

	if (event->socket.proto != SK_PROTO_TCP || (old && old->state == SK_STATE_LISTEN))
		return SK_END_UNKNOWN;
	if (old && (by_peer & SK_STATE_BIT(old->state)))
		return event->emptied ? SK_END_RESET_SENT : SK_END_BY_PEER;
	if (waits || (old && (by_us & SK_STATE_BIT(old->state))))
		return SK_END_BY_US;
	return old && event->emptied && old->state == SK_STATE_ESTABLISHED ? SK_END_RESET_SENT :
									    SK_END_UNKNOWN;
}

/* Adds what the samples saw and the kernel has forgotten when it tells of the end. */
static int complete_event(struct pairing *p, struct sk_event *event,
			  struct reported reported)
{
	const struct sk_socket *old = reported.old;
	struct sk_socket *s = &event->socket;
	int err = 0;

	s->flags |= SK_F_GONE;
	event->emptied = is_emptied(s);
	if (!event->traced)
		event->end = (uint8_t)infer_end(event, old, reported.waits);
	if (event->emptied) {
		if (old)
			err = fill_in(p, s, old);
		else
			s->flags &= ~(uint32_t)SK_F_INFO;
	} else if (counts_fin(p, event, old, reported.waits)) {
		s->rx_total--;
	}
	if (err)
		return err;
	diff_credit(p, event, reported);
	if (!old) {
		s->first_seen = p->now_cs;
		s->flags |= SK_F_NEW;
		return 0;
	}
	s->state = old->state;
	s->first_seen = old->first_seen;
	s->flags |= old->flags & (SK_F_AGE_MIN | SK_F_SUM_MIN);
	return diff_remember(p, s, old);
}

static bool in_time_wait(const struct sk_socket *s)
{
	return s->timer == SK_TIMER_TIMEWAIT && s->state == SK_STATE_TIME_WAIT;
}

static int reset_reported(struct sk_differ *differ, uint32_t n)
{
	struct reported *reported = differ->reported;

	if (n > differ->reported_capacity) {
		reported = realloc(reported, n * 2ULL * sizeof(*reported));
		if (!reported)
			return -ENOMEM;
		differ->reported = reported;
		differ->reported_capacity = n * 2;
	}
	memset(reported, 0, n * sizeof(*reported));
	return 0;
}

/* Those that this sample has, live or gone, and those that left the lists before. */
static void find_reported_now(struct pairing *p)
{
	const struct sk_sample *prev = p->prev, *cur = p->cur;
	struct reported *reported = p->differ->reported;

	for (uint32_t i = 0; i < cur->n_sockets + cur->n_gone; i++) {
		const struct sk_socket *s = &cur->sockets[i];
		uint32_t at = cookie_index_find(&p->differ->events, s, &cur->attrs_table);

		if (at == COOKIE_NONE)
			continue;
		if (!reported[at].now)
			reported[at].now = i + 1;
		reported[at].waits |= i < cur->n_sockets && in_time_wait(s);
	}
	for (uint32_t i = 0; prev && i < prev->n_limbo; i++) {
		uint32_t at = cookie_index_find(&p->differ->events, &prev->limbo[i],
						&prev->attrs_table);

		if (at != COOKIE_NONE && !reported[at].old)
			reported[at].old = &prev->limbo[i];
	}
}

/* Finds the sockets of the events in both samples: one pass each over an index of the events. */
static int find_reported(struct pairing *p)
{
	struct sk_differ *differ = p->differ;
	struct cookie_index *index = &differ->events;
	struct sk_event *events = p->cur->events;
	uint32_t n = p->cur->n_events;
	int err = remote_ends_note(&differ->remote_ends, p->cur, p->prev);

	/* the kernel may have forgotten the ends; of MPTCP it tells no events */
	index->by_cookie = true;
	if (!err)
		err = cookie_index_reset(index, events, sizeof(*events), &p->cur->attrs_table, n);
	if (!err)
		err = reset_reported(differ, n);
	for (uint32_t i = 0; i < n && !err; i++) {
		if (cookie_index_find(index, &events[i].socket, &p->cur->attrs_table) ==
		    COOKIE_NONE)
			err = cookie_index_put(index, i);
	}
	/* who was reset left the kernel's tables before its owner closed it */
	for (uint32_t i = 0; !err && p->prev && i < p->prev->n_sockets + p->prev->n_gone; i++) {
		uint32_t at = cookie_index_find(index, &p->prev->sockets[i],
						&p->prev->attrs_table);

		if (at == COOKIE_NONE)
			continue;
		if (!differ->reported[at].old)
			differ->reported[at].old = &p->prev->sockets[i];
		differ->reported[at].waits |= in_time_wait(&p->prev->sockets[i]);
	}
	if (!err)
		find_reported_now(p);
	return err;
}

static int complete_events(struct pairing *p)
{
	const struct sk_differ *differ = p->differ;
	int err = p->cur->n_events ? find_reported(p) : 0;

	for (uint32_t i = 0; i < p->cur->n_events && !err; i++) {
		struct sk_event *event = &p->cur->events[i];
		uint32_t at = cookie_index_find(&differ->events, &event->socket,
						&p->cur->attrs_table);

		err = complete_event(p, event, differ->reported[at]);
	}
	return err;
}

/* The previous sample's events, as many as there is room for, before the new ones. */
static int carry_events(struct pairing *p)
{
	struct sk_sample *cur = p->cur;
	uint32_t unpaired = cur->n_events, kept = p->prev ? p->prev->n_events : 0;
	struct sk_event *unused;

	if (unpaired + kept > SK_EVENTS_MAX)
		kept = unpaired < SK_EVENTS_MAX ? SK_EVENTS_MAX - unpaired : 0;
	for (uint32_t i = 0; i < kept; i++) {
		int err = sk_sample_add_event(cur, &unused);

		if (err)
			return err;
	}
	if (!kept)
		return 0;
	memmove(cur->events + kept, cur->events, unpaired * sizeof(*cur->events));
	memcpy(cur->events, p->prev->events + p->prev->n_events - kept,
	       kept * sizeof(*cur->events));
	cur->n_past_events = kept;
	for (uint32_t i = 0; i < kept; i++) {
		struct sk_socket *s = &cur->events[i].socket;
		int err = diff_carry_attrs(p, s, s);

		if (err)
			return err;
	}
	return 0;
}

int diff_events(struct pairing *p)
{
	int err;

	err = complete_events(p);
	if (!err)
		err = diff_limbo(p); /* while the index of the events holds */
	if (err || !(p->cur->needs & SK_NEED_EVENTS))
		return err;
	return carry_events(p);
}
