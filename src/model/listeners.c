/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/listener.h>

#define END UINT32_MAX
#define PORTS 65536

struct sk_listening_private {
	uint32_t capacity;
	uint32_t *next;	     /* [listener]: the next one on the same port, or END */
	uint32_t first[PORTS]; /* [port]: its first listener, or END */
};

int sk_listening_new(struct sk_listening **out)
{
	struct sk_listening *listening = calloc(1, sizeof(*listening));

	if (listening)
		listening->private = calloc(1, sizeof(*listening->private));
	if (!listening || !listening->private) {
		free(listening);
		return -ENOMEM;
	}
	*out = listening;
	return 0;
}

void sk_listening_free(struct sk_listening *listening)
{
	if (!listening)
		return;
	free(listening->private->next);
	free(listening->private);
	free(listening->listeners);
	free(listening);
}

bool sk_socket_listens(const struct sk_socket *s)
{
	return s->state == SK_STATE_LISTEN ||
	       (s->proto != SK_PROTO_TCP && s->state == SK_STATE_CLOSE);
}

static enum sk_stack stack_of(const struct sk_sample *sample, const struct sk_socket *s)
{
	const struct sk_addr *local = sk_local(sample, s);

	if (!sk_proto_has_ip(s->proto))
		return SK_STACK_NONE;
	if (!(s->flags & SK_F_V6) || sk_addr_is_v4(local))
		return SK_STACK_V4;
	if (!sk_addr_is_any(local) || (s->flags & SK_F_V6ONLY))
		return SK_STACK_V6;
	return s->flags & SK_F_V6ONLY_KNOWN ? SK_STACK_DUAL : SK_STACK_V6_MAYBE;
}

bool sk_listener_holds(const struct sk_socket *l, const struct sk_home *home,
		       const struct sk_sample *sample, const struct sk_socket *s)
{
	const struct sk_home *its = sk_home(sample, s);

	if (l->lport != s->lport || l->netns != s->netns || l->proto != s->proto ||
	    l->state != SK_STATE_LISTEN || s->state == SK_STATE_LISTEN ||
	    (home->ifindex && home->ifindex != its->ifindex))
		return false;
	if (!sk_addr_is_any(&home->local))
		return memcmp(&home->local, &its->local, sizeof(its->local)) == 0;
	if (!(l->flags & SK_F_V6))
		return !(s->flags & SK_F_V6);
	/* what comes in over IPv4 has a v4-mapped address */
	return (s->flags & SK_F_V6) &&
	       !((l->flags & SK_F_V6ONLY) && sk_addr_is_v4(&its->local));
}

/* How full the queue is that overflows first. */
static double fill_of(const struct sk_socket *s, const struct sk_more *more)
{
	if (s->state == SK_STATE_LISTEN) {
		if (s->flags & (SK_F_NO_RECV_Q | SK_F_NO_SEND_Q))
			return (double)NAN;
		/* one may wait even where the limit is 0: that is beyond it */
		return s->send_q ? 100.0 * s->recv_q / s->send_q :
		       s->recv_q ? 100.0 * (s->recv_q + 1.0) : 0;
	}
	if (more && (more->flags & SK_MORE_SKMEM) && more->skmem[1])
		return 100.0 * more->skmem[0] / more->skmem[1];
	return (double)NAN;
}

static int reserve(struct sk_listening *listening)
{
	struct sk_listening_private *private = listening->private;
	uint32_t capacity = private->capacity ? private->capacity * 2 : 64;
	struct sk_listener *bigger;
	uint32_t *next;

	if (listening->n < private->capacity)
		return 0;
	bigger = realloc(listening->listeners, capacity * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	listening->listeners = bigger;
	next = realloc(private->next, capacity * sizeof(*next));
	if (!next)
		return -ENOMEM;
	private->next = next;
	private->capacity = capacity;
	return 0;
}

void sk_listener_renew(struct sk_listener *l, const struct sk_socket *s,
		       const struct sk_more *more)
{
	l->socket = *s;
	l->fill = fill_of(s, more);
	if (!more || !(more->flags & SK_MORE_SKMEM))
		return;
	l->has_drops = true;
	l->drops = more->skmem[8];
	l->has_drop_rate = (more->flags & SK_MORE_DROP_RATE) != 0;
	l->drop_rate = more->drop_rate;
}

static int add_listener(struct sk_listening *listening, const struct sk_sample *sample,
			uint32_t row)
{
	struct sk_listening_private *private = listening->private;
	const struct sk_socket *s = &sample->sockets[row];
	struct sk_listener *l;
	int err = reserve(listening);

	if (err)
		return err;
	l = &listening->listeners[listening->n];
	*l = (struct sk_listener){ .row = row, .stack = stack_of(sample, s) };
	sk_listener_renew(l, s, sk_sample_more(sample, row));
	private->next[listening->n] = END;
	if (s->state == SK_STATE_LISTEN && sk_proto_has_ports(s->proto)) {
		private->next[listening->n] = private->first[s->lport];
		private->first[s->lport] = listening->n;
	}
	listening->n++;
	return 0;
}

/* A listener on the very address goes before one on all of them. */
static bool is_nearer(const struct sk_sample *sample, const struct sk_socket *l,
		      const struct sk_socket *best)
{
	return sk_addr_is_any(sk_local(sample, best)) && !sk_addr_is_any(sk_local(sample, l));
}

static void count_incoming(struct sk_listener *l, const struct sk_socket *s)
{
	if (s->state == SK_STATE_SYN_RECV)
		l->syn_recv++;
	if (s->state != SK_STATE_ESTABLISHED)
		return;
	l->established++;
	l->not_accepted += !s->inode || (s->flags & SK_F_QUEUED);
}

static bool holds(const struct sk_socket *l, const struct sk_sample *sample,
		  const struct sk_socket *s)
{
	return sk_listener_holds(l, sk_home(sample, l), sample, s);
}

static void attribute(struct sk_listening *listening, const struct sk_sample *sample,
		      const struct sk_socket *s)
{
	const struct sk_listening_private *private = listening->private;
	const struct sk_socket *best = NULL;

	for (uint32_t i = private->first[s->lport]; i != END; i = private->next[i]) {
		const struct sk_socket *l = &listening->listeners[i].socket;

		if (holds(l, sample, s) && (!best || is_nearer(sample, l, best)))
			best = l;
	}
	for (uint32_t i = best ? private->first[s->lport] : END; i != END;
	     i = private->next[i]) {
		struct sk_listener *l = &listening->listeners[i];

		if (holds(&l->socket, sample, s) &&
		    sk_addr_is_any(sk_local(sample, &l->socket)) ==
			    sk_addr_is_any(sk_local(sample, best)))
			count_incoming(l, s);
	}
}

/* Beyond IP many sockets are never connected, and nobody finds them without a name. */
static bool waits_for_peers(const struct sk_sample *sample, const struct sk_socket *s)
{
	if (!sk_socket_listens(s))
		return false;
	return sk_proto_has_ip(s->proto) || s->state == SK_STATE_LISTEN ||
	       (s->proto == SK_PROTO_UNIX && *sk_sample_text(sample, sk_home(sample, s)->local_name.text));
}

/* Which handshakes and connections came in through whom. */
static int count_all_incoming(struct sk_listening *listening,
			      const struct sk_context *context)
{
	const struct sk_sample *sample = context->sample;

	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		if (sk_context_interrupted(context, i))
			return -EINTR;
		if ((s->state == SK_STATE_ESTABLISHED || s->state == SK_STATE_SYN_RECV) &&
		    sk_proto_has_ports(s->proto))
			attribute(listening, sample, s);
	}
	return 0;
}

int sk_listening_compute(struct sk_listening *listening, const struct sk_context *context,
			 const uint32_t *rows, uint32_t n_rows)
{
	struct sk_listening_private *private = listening->private;
	const struct sk_sample *sample = context->sample;
	uint32_t n = rows ? n_rows : sample->n_sockets;

	listening->n = 0;
	memset(private->first, 0xff, sizeof(private->first));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = rows ? rows[i] : i;
		int err = sk_context_interrupted(context, i) ? -EINTR : 0;

		if (!err && waits_for_peers(sample, &sample->sockets[row]))
			err = add_listener(listening, sample, row);
		if (err)
			return err;
	}
	return count_all_incoming(listening, context);
}
