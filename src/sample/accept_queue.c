/* SPDX-License-Identifier: MIT */
/*
 * A connection that nobody has accepted yet has no inode. It belongs to the process
 * that listens on its port. If nobody is known to have an accepted connection, or it has
 * ended before anybody looked, the listener's process is presumed to have it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/event.h>
#include <sktop/listener.h>
#include <sktop/owners.h>
#include <sktop/sample.h>

#define HOLDERS_MAX 4096 /* of a group of listeners that share a port */

/** Why a connection is its listener's. */
enum claim {
	CLAIM_NONE,
	CLAIM_ARRIVES,  /* the handshake is not over */
	CLAIM_QUEUED,   /* waits for accept() */
	CLAIM_PRESUMED, /* nobody else is known */
};

struct takeover {
	struct sk_sample *sample;
	struct sk_owners *owners;
	uint32_t *listener; /* indexes of listening sockets, sorted by port */
	uint32_t n;
	struct sk_holder *holders;
	uint32_t n_holders;
	uint32_t last;	   /* first listener of the last answer that was a union */
	enum claim last_claim; /* and what it was asked for */
	uint32_t last_set; /* and the answer */
};

/* Orphans are not in the states of the queue: who closes a socket moves it on. */
static enum claim claim_of(const struct sk_socket *s)
{
	const uint32_t queue = SK_STATE_BIT(SK_STATE_SYN_RECV) |
			       SK_STATE_BIT(SK_STATE_ESTABLISHED) |
			       SK_STATE_BIT(SK_STATE_CLOSE_WAIT);

	if (s->proto != SK_PROTO_TCP || s->state == SK_STATE_LISTEN)
		return CLAIM_NONE;
	if (!(s->flags & (SK_F_OWNER | SK_F_GONE)) && !s->inode &&
	    (queue & SK_STATE_BIT(s->state)))
		return s->state == SK_STATE_SYN_RECV ? CLAIM_ARRIVES : CLAIM_QUEUED;
	return s->owner || !s->rport ? CLAIM_NONE : CLAIM_PRESUMED;
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
		any |= claim_of(s) != CLAIM_NONE;
	}
	any |= a->sample->n_events > a->sample->n_past_events || a->sample->n_gone;
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
		 const struct sk_socket *s, enum claim claim)
{
	const struct sk_attrs *attrs = sk_attrs(a->sample, l);

	if (!sk_listener_holds(l, attrs, a->sample, s) ||
	    (l->flags & SK_F_V6) != (s->flags & SK_F_V6))
		return 0;
	/* what has arrived is counted: an empty queue holds no connection */
	if (claim == CLAIM_QUEUED && !l->recv_q)
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

static int unite(struct takeover *a, const struct sk_socket *s, enum claim claim,
		 uint32_t best, int top, uint32_t *set)
{
	int err;

	if (a->last == best && a->last_claim == claim && a->last_set) {
		*set = a->last_set;
		return 0;
	}
	a->n_holders = 0;
	for (uint32_t i = best; i < a->n; i++) {
		const struct sk_socket *l = &a->sample->sockets[a->listener[i]];

		if (place(l) != place(s))
			break;
		if (score(a, l, s, claim) == top)
			add_holders(a, l->owner);
	}
	err = sk_owners_add_set(a->owners, a->holders, a->n_holders, set);
	a->last = best;
	a->last_claim = claim;
	a->last_set = *set;
	return err;
}

/* *listener is one of those that hold it; of several, their cgroups are mostly the same. */
static int find_set(struct takeover *a, const struct sk_socket *s, enum claim claim,
		    uint32_t *set, const struct sk_socket **listener)
{
	uint32_t best = 0, same = 0;
	int top = 0;

	*set = 0;
	for (uint32_t i = first_on_port(a, s); i < a->n; i++) {
		const struct sk_socket *l = &a->sample->sockets[a->listener[i]];
		int points = score(a, l, s, claim);

		if (place(l) != place(s))
			break;
		if (points > top) {
			top = points;
			best = i;
			same = 0;
		}
		same += points == top && top;
	}
	*listener = same ? &a->sample->sockets[a->listener[best]] : NULL;
	if (same > 1)
		return unite(a, s, claim, best, top, set);
	if (same)
		*set = a->sample->sockets[a->listener[best]].owner;
	return 0;
}

/* The kernel gives a connection that is accepted the cgroup of its listener. */
static int inherit_cgroup(struct sk_sample *sample, struct sk_socket *s,
			  const struct sk_socket *listener)
{
	struct sk_attrs attrs = *sk_attrs(sample, s);

	if ((s->flags & SK_F_CGROUP) || !(listener->flags & SK_F_CGROUP))
		return 0;
	attrs.cgroup = sk_attrs(sample, listener)->cgroup;
	s->flags |= SK_F_CGROUP;
	return sk_sample_set_attrs(sample, s, &attrs);
}

static int take_over(struct takeover *a, struct sk_socket *s)
{
	enum claim claim = claim_of(s);
	uint32_t set = 0;
	const struct sk_socket *listener;
	int err = claim ? find_set(a, s, claim, &set, &listener) : 0;

	if (err || !set)
		return err;
	s->owner = set;
	s->fd = SK_FD_NONE;
	s->flags |= claim == CLAIM_PRESUMED ? SK_F_PRESUMED : SK_F_QUEUED;
	return claim == CLAIM_PRESUMED ? inherit_cgroup(a->sample, s, listener) : 0;
}

int sk_owners_take_over(struct sk_sample *sample, struct sk_owners *owners)
{
	struct takeover a = { .sample = sample, .owners = owners };
	int err = count(&a) ? list_listeners(&a) : 0;

	for (uint32_t i = 0; !err && a.listener && i < sample->n_sockets + sample->n_gone; i++)
		err = take_over(&a, &sample->sockets[i]);
	for (uint32_t i = sample->n_past_events; !err && a.listener && i < sample->n_events; i++)
		err = take_over(&a, &sample->events[i].socket);
	free(a.listener);
	free(a.holders);
	return err;
}
