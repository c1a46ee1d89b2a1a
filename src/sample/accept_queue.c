/* SPDX-License-Identifier: MIT */
/*
 * A connection that nobody has accepted yet has no inode. It belongs to the process
 * that listens on its port.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/listener.h>
#include <sktop/owners.h>
#include <sktop/sample.h>

#define HOLDERS_MAX 4096 /* of a group of listeners that share a port */

struct takeover {
	struct sk_sample *sample;
	struct sk_owners *owners;
	uint32_t *listener; /* indexes of listening sockets, sorted by port */
	uint32_t n;
	struct sk_holder *holders;
	uint32_t n_holders;
	uint32_t last;	   /* first listener of the last answer that was a union */
	bool last_arrives; /* and whether that was asked for a handshake under way */
	uint32_t last_set; /* and the answer */
};

/* Orphans are not in these states: who closes a socket moves it on. */
static bool is_queued(const struct sk_socket *s)
{
	return s->proto == SK_PROTO_TCP && !(s->flags & SK_F_OWNER) && !s->inode &&
	       (s->state == SK_STATE_SYN_RECV || s->state == SK_STATE_ESTABLISHED ||
		s->state == SK_STATE_CLOSE_WAIT);
}

static uint64_t place(const struct sk_socket *s)
{
	return (uint64_t)s->netns << 16 | s->lport;
}

static int by_place(const void *a, const void *b, void *sample)
{
	const struct sk_socket *sockets = ((const struct sk_sample *)sample)->sockets;
	uint64_t x = place(&sockets[*(const uint32_t *)a]);
	uint64_t y = place(&sockets[*(const uint32_t *)b]);

	return x < y ? -1 : x > y;
}

/* Counts the listeners that may have a queue; false when nobody waits. */
static bool count(struct takeover *a)
{
	bool any = false;

	for (uint32_t i = 0; i < a->sample->n_sockets; i++) {
		const struct sk_socket *s = &a->sample->sockets[i];

		a->n += s->proto == SK_PROTO_TCP && s->state == SK_STATE_LISTEN;
		any |= is_queued(s);
	}
	return any && a->n;
}

static int list_listeners(struct takeover *a)
{
	uint32_t n = 0;

	a->listener = malloc(a->n * sizeof(*a->listener));
	a->holders = malloc(HOLDERS_MAX * sizeof(*a->holders));
	if (!a->listener || !a->holders)
		return -ENOMEM;
	for (uint32_t i = 0; i < a->sample->n_sockets; i++) {
		const struct sk_socket *s = &a->sample->sockets[i];

		if (s->proto == SK_PROTO_TCP && s->state == SK_STATE_LISTEN)
			a->listener[n++] = i;
	}
	qsort_r(a->listener, n, sizeof(*a->listener), by_place, a->sample);
	return 0;
}

/* The first listener on this port or behind it. */
static uint32_t first_on_port(const struct takeover *a, const struct sk_socket *s)
{
	uint32_t low = 0, high = a->n;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (place(&a->sample->sockets[a->listener[middle]]) < place(s))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* As the kernel looks it up: the device and the very address go before the rest. */
static int score(const struct takeover *a, const struct sk_socket *l,
		 const struct sk_socket *s)
{
	const struct sk_attrs *attrs = sk_attrs(a->sample, l);

	if (!sk_listener_holds(l, attrs, a->sample, s) ||
	    (l->flags & SK_F_V6) != (s->flags & SK_F_V6))
		return 0;
	/* what has arrived is counted: an empty queue holds no connection */
	if (s->state != SK_STATE_SYN_RECV && !l->recv_q)
		return 0;
	return 1 + 2 * (attrs->ifindex != 0) + !sk_addr_is_any(&attrs->local);
}

/* Finds who holds any of the listeners with the best score: with SO_REUSEPORT, several. */
static void add_holders(struct takeover *a, uint32_t set)
{
	for (uint32_t i = 0; i < sk_owners_count(a->owners, set); i++) {
		uint32_t process = sk_owners_holder(a->owners, set, i)->process, k = 0;

		while (k < a->n_holders && a->holders[k].process != process)
			k++;
		if (k < a->n_holders || a->n_holders == HOLDERS_MAX)
			continue;
		a->holders[a->n_holders++] = (struct sk_holder){ process, 0 };
	}
}

static int unite(struct takeover *a, const struct sk_socket *s, uint32_t best, int top,
		 uint32_t *set)
{
	/* of what has arrived, an empty queue holds nothing: see score() */
	bool arrives = s->state == SK_STATE_SYN_RECV;
	int err;

	if (a->last == best && a->last_arrives == arrives && a->last_set) {
		*set = a->last_set;
		return 0;
	}
	a->n_holders = 0;
	for (uint32_t i = best; i < a->n; i++) {
		const struct sk_socket *l = &a->sample->sockets[a->listener[i]];

		if (place(l) != place(s))
			break;
		if (score(a, l, s) == top)
			add_holders(a, l->owner);
	}
	err = sk_owners_add_set(a->owners, a->holders, a->n_holders, set);
	a->last = best;
	a->last_arrives = arrives;
	a->last_set = *set;
	return err;
}

static int find_set(struct takeover *a, const struct sk_socket *s, uint32_t *set)
{
	uint32_t best = 0, same = 0;
	int top = 0;

	*set = 0;
	for (uint32_t i = first_on_port(a, s); i < a->n; i++) {
		const struct sk_socket *l = &a->sample->sockets[a->listener[i]];
		int points = score(a, l, s);

		if (place(l) != place(s))
			break;
		if (points > top) {
			top = points;
			best = i;
			same = 0;
		}
		same += points == top && top;
	}
	if (same > 1)
		return unite(a, s, best, top, set);
	if (same)
		*set = a->sample->sockets[a->listener[best]].owner;
	return 0;
}

int sk_owners_take_over(struct sk_sample *sample, struct sk_owners *owners)
{
	struct takeover a = { .sample = sample, .owners = owners };
	int err = count(&a) ? list_listeners(&a) : 0;

	for (uint32_t i = 0; !err && a.listener && i < sample->n_sockets; i++) {
		struct sk_socket *s = &sample->sockets[i];
		uint32_t set;

		if (!is_queued(s))
			continue;
		err = find_set(&a, s, &set);
		if (err || !set)
			continue;
		s->owner = set;
		s->fd = SK_FD_NONE;
		s->flags |= SK_F_QUEUED;
	}
	free(a.listener);
	free(a.holders);
	return err;
}
