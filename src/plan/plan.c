/* SPDX-License-Identifier: MIT */
/*
 * A plan says what may be done, and what may not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include "plan/plan.h"

/** Ends of the connections that carry our session, as some socket here has them. */
struct own_ends {
	struct sk_ends *ends;
	size_t n, capacity;
};

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

bool plan_is_in(const uint32_t *list, uint32_t n, uint32_t value)
{
	return bsearch(&value, list, n, sizeof(value), compare) != NULL;
}

static bool same_end(const struct sk_addr *a, uint16_t port, const struct sk_addr *b,
		     uint16_t other)
{
	return port == other && memcmp(a, b, sizeof(*a)) == 0;
}

/* The same connection, seen from either of its ends. */
static bool is_between(const struct sk_sample *sample, const struct sk_socket *s,
		       const struct sk_ends *ends)
{
	const struct sk_addr *local = sk_local(sample, s);

	return (same_end(local, s->lport, &ends->local, ends->lport) &&
		same_end(&s->remote, s->rport, &ends->remote, ends->rport)) ||
	       (same_end(local, s->lport, &ends->remote, ends->rport) &&
		same_end(&s->remote, s->rport, &ends->local, ends->lport));
}

static int add_ends(struct own_ends *own, const struct sk_ends *ends)
{
	if (SK_ARRAY_ROOM(own->ends, own->n, own->capacity, 16))
		return -ENOMEM;
	own->ends[own->n++] = *ends;
	return 0;
}

/*
 * Finds the ends of our own session. If both are on this machine, closing the far one cuts
 * the session as well.
 */
static int find_own_ends(const struct sk_sample *sample, const struct sk_session *session,
			 struct own_ends *own)
{
	int err = session->has_ssh ? add_ends(own, &session->ssh) : 0;

	for (uint32_t i = 0; i < sample->n_sockets && !err; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		if (sk_proto_has_ip(s->proto) && s->rport && s->inode &&
		    plan_is_in(session->inodes, session->n_inodes, s->inode))
			err = add_ends(own, &(struct sk_ends){ *sk_local(sample, s), s->remote,
							       s->lport, s->rport });
	}
	return err;
}

static bool is_own(const struct sk_sample *sample, const struct sk_socket *s,
		   const struct sk_session *session, const struct own_ends *own)
{
	if (s->inode && plan_is_in(session->inodes, session->n_inodes, s->inode))
		return true;
	for (size_t i = 0; i < own->n && sk_proto_has_ip(s->proto); i++) {
		if (is_between(sample, s, &own->ends[i]))
			return true;
	}
	return false;
}

static bool can_enter(const struct sk_powers *powers, uint16_t netns)
{
	return netns == 0 || (netns < powers->n_netns && !powers->netns[netns]);
}

/* The first that holds; what no privilege could change comes first. */
static enum sk_refusal refusal_of(const struct sk_socket *s, bool gone,
				  const struct sk_powers *powers)
{
	if (!powers->real)
		return SK_REFUSAL_SOURCE;
	if (powers->elevated)
		return SK_REFUSAL_ELEVATED;
	if (gone)
		return SK_REFUSAL_GONE;
	if (!sk_proto_has_ip(s->proto) || s->proto == SK_PROTO_PING)
		return SK_REFUSAL_KIND;
	if (s->proto == SK_PROTO_MPTCP)
		return SK_REFUSAL_MPTCP;
	if (s->flags & SK_F_NO_COOKIE)
		return SK_REFUSAL_NO_COOKIE;
	if (s->proto == SK_PROTO_TCP && s->state == SK_STATE_CLOSE)
		return SK_REFUSAL_BOUND;
	if (!can_enter(powers, s->netns))
		return SK_REFUSAL_NETNS;
	if (s->netns == 0 && !powers->privileged)
		return SK_REFUSAL_PRIVILEGE;
	return powers->destroy[s->proto] ? SK_REFUSAL_PROTO : SK_REFUSAL_NONE;
}

void plan_count(struct sk_plan *plan)
{
	for (uint32_t i = 0; i < plan->n; i++) {
		struct sk_target *target = &plan->targets[i];

		target->outcome = target->refusal ? SK_OUTCOME_REFUSED : SK_OUTCOME_WAITING;
		plan->refused[target->refusal]++;
		plan->outcome[target->outcome]++;
		plan->own += target->own && !target->refusal;
	}
}

int plan_new(struct sk_sample *sample, uint32_t chosen, uint32_t n, struct sk_plan **out)
{
	struct sk_plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return -ENOMEM;
	plan->targets = calloc(n ? n : 1, sizeof(*plan->targets));
	if (!plan->targets) {
		free(plan);
		return -ENOMEM;
	}
	plan->sample = sk_sample_ref(sample);
	plan->chosen = chosen;
	*out = plan;
	return 0;
}

void sk_plan_free(struct sk_plan *plan)
{
	if (!plan)
		return;
	sk_sample_unref(plan->sample);
	free(plan->targets);
	free(plan->claims);
	free(plan);
}

int sk_plan_close(struct sk_sample *sample, const uint32_t *sockets, uint32_t n,
		  const struct sk_powers *powers, struct sk_plan **out)
{
	struct own_ends own = { 0 };
	int err = find_own_ends(sample, &powers->session, &own);

	if (!err)
		err = plan_new(sample, n, n, out);
	/* our own last: who is cut off does nothing more */
	for (uint32_t i = 0, first = 0, last = n; i < n && !err; i++) {
		const struct sk_socket *s = &sample->sockets[sockets[i]];
		bool ours = is_own(sample, s, &powers->session, &own);
		struct sk_target *target = &(*out)->targets[ours ? --last : first++];

		target->socket = sockets[i];
		target->refusal = (uint8_t)refusal_of(s, sockets[i] >= sample->n_sockets,
						      powers);
		target->own = ours;
	}
	free(own.ends);
	if (err)
		return err;
	(*out)->act = SK_ACT_CLOSE;
	(*out)->n = n;
	plan_count(*out);
	(*out)->own_unknown = powers->session.unknown && !powers->session.has_ssh &&
			      (*out)->refused[SK_REFUSAL_NONE];
	return 0;
}
