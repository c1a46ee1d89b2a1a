/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/column.h>
#include <sktop/listener.h>

#define END UINT32_MAX
#define CHAINS 65536

/** Where connections come in: all listening sockets with one address and port. */
struct place {
	uint32_t row; /* of the first: its cookie is the lowest, so it stays the first */
	uint32_t sharing;
	uint32_t next; /* of the same chain, or END */
	uint32_t syn_recv, established, not_accepted;
};

struct sk_listening_private {
	uint32_t capacity; /* of listeners[] */
	struct place *places;
	uint32_t n_places, places_capacity;
	uint32_t first[CHAINS]; /* by namespace, port and address: a place, or END */
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
	free(listening->private->places);
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

bool sk_listener_holds(const struct sk_socket *l, const struct sk_attrs *attrs,
		       const struct sk_sample *sample, const struct sk_socket *s)
{
	const struct sk_attrs *its = sk_attrs(sample, s);

	if (l->lport != s->lport || l->netns != s->netns || l->proto != s->proto ||
	    l->state != SK_STATE_LISTEN || s->state == SK_STATE_LISTEN ||
	    (attrs->ifindex && attrs->ifindex != its->ifindex))
		return false;
	if (!sk_addr_is_any(&attrs->local))
		return memcmp(&attrs->local, &its->local, sizeof(its->local)) == 0;
	if (!(l->flags & SK_F_V6))
		return !(s->flags & SK_F_V6);
	/* what comes in over IPv4 has a v4-mapped address */
	return (s->flags & SK_F_V6) &&
	       !((l->flags & SK_F_V6ONLY) && sk_addr_is_v4(&its->local));
}

/* Returns how full the queue is that overflows first. */
static double fill_of(const struct sk_socket *s, const struct sk_tcp_ext *tcp_ext)
{
	if (s->state == SK_STATE_LISTEN) {
		if (s->flags & (SK_F_NO_RECV_Q | SK_F_NO_SEND_Q))
			return (double)NAN;
		/* one may wait even where the limit is 0: that is beyond it */
		return s->send_q ? 100.0 * s->recv_q / s->send_q :
		       s->recv_q ? 100.0 * (s->recv_q + 1.0) : 0;
	}
	if (tcp_ext && (tcp_ext->flags & SK_TCP_EXT_SKMEM) && tcp_ext->skmem[1])
		return 100.0 * tcp_ext->skmem[0] / tcp_ext->skmem[1];
	return (double)NAN;
}

static int reserve(struct sk_listening *listening)
{
	return SK_ARRAY_ROOM(listening->listeners, listening->n, listening->private->capacity,
			     64);
}

static void set_numbers(struct sk_listener *l, const struct sk_socket *s,
			const struct sk_tcp_ext *tcp_ext)
{
	l->socket = *s;
	l->fill = fill_of(s, tcp_ext);
	if (!tcp_ext || !(tcp_ext->flags & SK_TCP_EXT_SKMEM))
		return;
	l->has_drops = true;
	l->drops = tcp_ext->skmem[8];
	l->has_drop_rate = (tcp_ext->flags & SK_TCP_EXT_DROP_RATE) != 0;
	l->drop_rate = tcp_ext->drop_rate;
}

static int add_listener(struct sk_listening *listening, const struct sk_sample *sample,
			uint32_t row)
{
	const struct sk_socket *s = &sample->sockets[row];
	struct sk_listener *l;
	int err = reserve(listening);

	if (err)
		return err;
	l = &listening->listeners[listening->n++];
	*l = (struct sk_listener){ .row = row, .stack = stack_of(sample, s) };
	set_numbers(l, s, sk_sample_tcp_ext(sample, row));
	return 0;
}

/* Returns the chain for a socket's namespace and port and an address: its own, or "any". */
static uint32_t chain_of(const struct sk_socket *s, const struct sk_addr *local)
{
	uint64_t words[2], place = (uint64_t)s->netns << 16 | s->lport;

	memcpy(words, local, sizeof(words));
	words[0] = (words[0] ^ words[1] * 0x9e3779b97f4a7c15ULL ^ place) * 0xff51afd7ed558ccdULL;
	return (uint32_t)(words[0] >> 48) % CHAINS;
}

/* True if connections for one of them may go to the other. */
static bool is_shared(const struct sk_sample *sample, const struct sk_socket *a,
		      const struct sk_socket *b)
{
	const struct sk_attrs *x = sk_attrs(sample, a), *y = sk_attrs(sample, b);

	return a->lport == b->lport && a->netns == b->netns && a->proto == b->proto &&
	       !((a->flags ^ b->flags) & (SK_F_V6 | SK_F_V6ONLY)) &&
	       x->ifindex == y->ifindex && memcmp(&x->local, &y->local, sizeof(x->local)) == 0;
}

static bool takes_connections(const struct sk_socket *s)
{
	return s->state == SK_STATE_LISTEN && sk_proto_has_ports(s->proto);
}

/* The place of a listening socket, or NULL. */
static struct place *find_place(const struct sk_listening_private *private,
				const struct sk_sample *sample, const struct sk_socket *s)
{
	for (uint32_t i = private->first[chain_of(s, sk_local(sample, s))]; i != END;
	     i = private->places[i].next) {
		if (is_shared(sample, &sample->sockets[private->places[i].row], s))
			return &private->places[i];
	}
	return NULL;
}

static int add_place(struct sk_listening_private *private, const struct sk_sample *sample,
		     uint32_t row)
{
	const struct sk_socket *s = &sample->sockets[row];
	uint32_t *first = &private->first[chain_of(s, sk_local(sample, s))];

	if (private->n_places == private->places_capacity) {
		uint32_t capacity = private->n_places ? private->n_places * 2 : 64;
		struct place *bigger = realloc(private->places, capacity * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		private->places = bigger;
		private->places_capacity = capacity;
	}
	private->places[private->n_places] =
		(struct place){ .row = row, .sharing = 1, .next = *first };
	*first = private->n_places++;
	return 0;
}

/* Finds the places of all listening sockets of the sample, whichever were chosen. */
static int find_places(struct sk_listening_private *private, const struct sk_context *context)
{
	const struct sk_sample *sample = context->sample;
	int err = 0;

	private->n_places = 0;
	memset(private->first, 0xff, sizeof(private->first));
	for (uint32_t i = 0; i < sample->n_sockets && !err; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		struct place *place;

		if (sk_context_cancelled(context, i))
			return -EINTR;
		if (!takes_connections(s))
			continue;
		place = find_place(private, sample, s);
		if (!place) {
			err = add_place(private, sample, i);
			continue;
		}
		place->sharing++;
		if (s->cookie < sample->sockets[place->row].cookie)
			place->row = i;
	}
	return err;
}

static void count_incoming(struct place *place, const struct sk_socket *s)
{
	if (s->state == SK_STATE_SYN_RECV)
		place->syn_recv++;
	if (s->state != SK_STATE_ESTABLISHED)
		return;
	place->established++;
	place->not_accepted += !s->inode || (s->flags & SK_F_QUEUED);
}

/* The places of one chain where the connection may have come in: the best so far. */
static uint32_t find_best(const struct sk_listening_private *private,
			  const struct sk_sample *sample, const struct sk_socket *s,
			  uint32_t chain, uint32_t best)
{
	for (uint32_t i = private->first[chain]; i != END; i = private->places[i].next) {
		const struct sk_socket *l = &sample->sockets[private->places[i].row];
		const struct sk_attrs *attrs = sk_attrs(sample, l);

		/* one that is bound to a device goes before the others */
		if (!sk_listener_holds(l, attrs, sample, s) ||
		    ((l->flags ^ s->flags) & SK_F_V6))
			continue;
		if (best == END || attrs->ifindex)
			best = i;
	}
	return best;
}

/* As the kernel looks it up: first who listens on the very address, then on all. */
static void attribute(struct sk_listening_private *private, const struct sk_sample *sample,
		      const struct sk_socket *s)
{
	const struct sk_addr any6 = { { 0 } }, any4 = sk_addr_from_v4("\0\0\0\0");
	uint32_t best = find_best(private, sample, s, chain_of(s, sk_local(sample, s)),
				  END);

	if (best == END)
		best = find_best(private, sample, s, chain_of(s, &any6), END);
	if (best == END)
		best = find_best(private, sample, s, chain_of(s, &any4), END);
	if (best != END)
		count_incoming(&private->places[best], s);
}

/* Beyond IP many sockets are never connected, and nobody finds them without a name. */
static bool waits_for_peers(const struct sk_sample *sample, const struct sk_socket *s)
{
	if (!sk_socket_listens(s))
		return false;
	return sk_proto_has_ip(s->proto) || s->state == SK_STATE_LISTEN ||
	       (s->proto == SK_PROTO_UNIX &&
		*sk_sample_text(sample, sk_attrs(sample, s)->local_name.text));
}

/* Counts through which listener handshakes and connections came in. */
static int count_all_incoming(struct sk_listening *listening,
			      const struct sk_context *context)
{
	const struct sk_sample *sample = context->sample;

	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		if (sk_context_cancelled(context, i))
			return -EINTR;
		if ((s->state == SK_STATE_ESTABLISHED || s->state == SK_STATE_SYN_RECV) &&
		    sk_proto_has_ports(s->proto))
			attribute(listening->private, sample, s);
	}
	return 0;
}

static void tell_counts(struct sk_listening *listening, const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < listening->n; i++) {
		struct sk_listener *l = &listening->listeners[i];
		const struct place *place;

		if (!takes_connections(&l->socket))
			continue;
		place = find_place(listening->private, sample, &l->socket);
		if (!place)
			continue;
		l->sharing = place->sharing;
		l->counts = place->row == l->row;
		l->syn_recv = place->syn_recv;
		l->established = place->established;
		l->not_accepted = place->sharing == 1 ? place->not_accepted : l->socket.recv_q;
	}
}

int sk_listening_compute(struct sk_listening *listening, const struct sk_context *context,
			 const uint32_t *rows, uint32_t n_rows)
{
	const struct sk_sample *sample = context->sample;
	uint32_t n = rows ? n_rows : sample->n_sockets;
	int err = find_places(listening->private, context);

	listening->n = 0;
	for (uint32_t i = 0; i < n && !err; i++) {
		uint32_t row = rows ? rows[i] : i;

		if (sk_context_cancelled(context, i))
			err = -EINTR;
		else if (waits_for_peers(sample, &sample->sockets[row]))
			err = add_listener(listening, sample, row);
	}
	if (!err)
		err = count_all_incoming(listening, context);
	if (!err)
		tell_counts(listening, sample);
	return err;
}
