/* SPDX-License-Identifier: MIT */
/*
 * This file plans to signal the processes that hold sockets.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include <sktop/listener.h>
#include <sktop/owners.h>
#include "plan/plan.h"

/* SIGTERM is what is meant most of the time; the rest as kill -l has them. */
const struct sk_signal sk_signals[] = {
	{ SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" },	  { SIGINT, "SIGINT" },
	{ SIGQUIT, "SIGQUIT" }, { SIGILL, "SIGILL" },	  { SIGTRAP, "SIGTRAP" },
	{ SIGABRT, "SIGABRT" }, { SIGBUS, "SIGBUS" },	  { SIGFPE, "SIGFPE" },
	{ SIGKILL, "SIGKILL" }, { SIGUSR1, "SIGUSR1" },	  { SIGSEGV, "SIGSEGV" },
	{ SIGUSR2, "SIGUSR2" }, { SIGPIPE, "SIGPIPE" },	  { SIGALRM, "SIGALRM" },
	{ SIGCHLD, "SIGCHLD" }, { SIGCONT, "SIGCONT" },	  { SIGSTOP, "SIGSTOP" },
	{ SIGTSTP, "SIGTSTP" }, { SIGTTIN, "SIGTTIN" },	  { SIGTTOU, "SIGTTOU" },
	{ SIGURG, "SIGURG" },	{ SIGXCPU, "SIGXCPU" },	  { SIGXFSZ, "SIGXFSZ" },
	{ SIGVTALRM, "SIGVTALRM" }, { SIGPROF, "SIGPROF" }, { SIGWINCH, "SIGWINCH" },
	{ SIGIO, "SIGIO" },	{ SIGPWR, "SIGPWR" },	  { SIGSYS, "SIGSYS" },
};
const size_t sk_signal_count = ARRAY_SIZE(sk_signals);

int sk_signal_parse(const char *text, int *number)
{
	char *end;
	long value = strtol(text, &end, 10);

	for (size_t i = 0; i < sk_signal_count; i++) {
		const char *name = sk_signals[i].name;

		if ((end != text && !*end && value == sk_signals[i].number) ||
		    sk_ascii_same(text, name) || sk_ascii_same(text, name + 3)) {
			*number = sk_signals[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

const char *sk_signal_name(int number)
{
	for (size_t i = 0; i < sk_signal_count; i++) {
		if (sk_signals[i].number == number)
			return sk_signals[i].name;
	}
	return "?";
}

/** Claims and targets, while they are gathered. */
struct gathering {
	struct sk_plan *plan;
	const struct sk_sample *sample;
	uint32_t only;		   /* process that is meant; 0 = all */
	uint32_t capacity, claims; /* room for targets, for claims */
	uint32_t *listener;	   /* indexes of all that listen; NULL = not sought yet */
	uint32_t n_listeners;
};

static int add_claim(struct gathering *g, const struct sk_claim *claim)
{
	struct sk_plan *plan = g->plan;

	if (plan->n_claims == g->claims) {
		uint32_t claims = g->claims ? g->claims * 2 : 64;
		struct sk_claim *bigger = realloc(plan->claims, claims * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		plan->claims = bigger;
		g->claims = claims;
	}
	plan->claims[plan->n_claims++] = *claim;
	return 0;
}

static int find_listeners(struct gathering *g)
{
	const struct sk_sample *sample = g->sample;
	uint32_t n = 0;

	if (g->listener)
		return 0;
	g->listener = malloc((sample->n_sockets + 1ULL) * sizeof(*g->listener));
	if (!g->listener)
		return -ENOMEM;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		if (sample->sockets[i].state == SK_STATE_LISTEN && sample->sockets[i].inode)
			g->listener[n++] = i;
	}
	g->n_listeners = n;
	return 0;
}

/* Adds the claims of a set's process on a socket of that set. */
static int claim_all(struct gathering *g, const struct sk_socket *s, uint32_t process)
{
	const struct sk_owners *owners = g->sample->owners;
	const struct sk_holder *holder;
	int err = 0;

	for (uint32_t h = 0; !err && (holder = sk_owners_holder(owners, s->owner, h)); h++) {
		struct sk_claim claim = { holder->process, s->inode, -1 };

		if (s->fd != SK_FD_NONE)
			claim.fd = s->fd + holder->fd;
		if (!process || holder->process == process)
			err = add_claim(g, &claim);
	}
	return err;
}

/* A connection that nobody has accepted is held through its listeners. */
static int claim_queued(struct gathering *g, const struct sk_socket *s)
{
	int err = find_listeners(g);

	for (uint32_t i = 0; !err && i < g->n_listeners; i++) {
		const struct sk_socket *l = &g->sample->sockets[g->listener[i]];

		if (sk_listener_holds(l, sk_attrs(g->sample, l), g->sample, s))
			err = claim_all(g, l, g->only);
	}
	return err;
}

static int gather(struct gathering *g, uint32_t socket)
{
	const struct sk_socket *s = &g->sample->sockets[socket];

	if (!sk_may_be_held(s) || !(s->inode || (s->flags & SK_F_QUEUED)) ||
	    (s->flags & SK_F_PRESUMED) ||
	    sk_owners_count(g->sample->owners, s->owner) == 0) {
		g->plan->ownerless++;
		return 0;
	}
	return s->flags & SK_F_QUEUED ? claim_queued(g, s) : claim_all(g, s, g->only);
}

static int compare_claims(const void *a, const void *b)
{
	const struct sk_claim *x = a, *y = b;

	return x->process != y->process ? (x->process > y->process ? 1 : -1) :
	       x->inode != y->inode	? (x->inode > y->inode ? 1 : -1) :
					  (x->fd > y->fd) - (x->fd < y->fd);
}

/* A process with several descriptors of a socket still holds it once. */
static void sort_claims(struct sk_plan *plan)
{
	uint32_t n = 0;

	if (plan->n_claims)
		qsort(plan->claims, plan->n_claims, sizeof(*plan->claims), compare_claims);
	for (uint32_t i = 0; i < plan->n_claims; i++) {
		if (!n || plan->claims[n - 1].process != plan->claims[i].process ||
		    plan->claims[n - 1].inode != plan->claims[i].inode)
			plan->claims[n++] = plan->claims[i];
	}
	plan->n_claims = n;
}

const struct sk_claim *sk_plan_claims(const struct sk_plan *plan, uint32_t process,
				      uint32_t *n)
{
	uint32_t low = 0, high = plan->n_claims;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (plan->claims[middle].process < process)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < plan->n_claims && plan->claims[low + *n].process == process;)
		(*n)++;
	return plan->claims + low;
}

/* Adds one target for each process that has a claim. */
static int add_targets(struct gathering *g)
{
	struct sk_plan *plan = g->plan;

	for (uint32_t i = 0; i < plan->n_claims; i++) {
		uint32_t process = plan->claims[i].process;

		if (i && plan->claims[i - 1].process == process)
			continue;
		if (SK_ARRAY_ROOM(plan->targets, plan->n, g->capacity, 16))
			return -ENOMEM;
		plan->targets[plan->n++] = (struct sk_target){ .process = process };
	}
	return 0;
}

static enum sk_refusal refusal_of(const struct sk_plan *plan, struct sk_target *target,
				  const struct sk_process *p, const struct sk_powers *powers)
{
	int err = !p || !powers->may_signal ? -ESRCH : powers->may_signal(p->pid, p->start);
	uint32_t n;
	const struct sk_claim *claims = sk_plan_claims(plan, target->process, &n);

	target->sockets = n;
	if (!powers->real)
		return SK_REFUSAL_SOURCE;
	if (powers->elevated)
		return SK_REFUSAL_ELEVATED;
	if (err)
		return err == -EPERM ? SK_REFUSAL_NOT_OURS : SK_REFUSAL_EXITED;
	err = powers->count_held ? powers->count_held(p->pid, claims, n, &target->sockets) :
				   -EBADF;
	return err || !target->sockets ? SK_REFUSAL_NOT_HELD : SK_REFUSAL_NONE;
}

static void judge(const struct sk_plan *plan, struct sk_target *target,
		  const struct sk_powers *powers)
{
	const struct sk_process *p = sk_owners_by_id(plan->sample->owners, target->process);

	target->refusal = (uint8_t)refusal_of(plan, target, p, powers);
	target->own = p && (p->pid == 1 || plan_is_in(powers->session.pids,
						      powers->session.n_pids, p->pid));
}

/* Ours last, as for sockets. */
static int compare(const void *a, const void *b)
{
	const struct sk_target *x = a, *y = b;

	return x->own != y->own ? x->own - y->own :
				  (x->process > y->process) - (x->process < y->process);
}

int sk_plan_signal(struct sk_sample *sample, const uint32_t *sockets, uint32_t n,
		   uint32_t process, int signal, const struct sk_powers *powers,
		   struct sk_plan **out)
{
	struct gathering g = { .sample = sample, .only = process, .capacity = 16 };
	int err = plan_new(sample, n, g.capacity, &g.plan);

	if (err)
		return err;
	for (uint32_t i = 0; i < n && !err; i++)
		err = gather(&g, sockets[i]);
	free(g.listener);
	sort_claims(g.plan);
	if (!err)
		err = add_targets(&g);
	if (err) {
		sk_plan_free(g.plan);
		return err;
	}
	for (uint32_t i = 0; i < g.plan->n; i++)
		judge(g.plan, &g.plan->targets[i], powers);
	if (g.plan->n)
		qsort(g.plan->targets, g.plan->n, sizeof(*g.plan->targets), compare);
	g.plan->act = SK_ACT_SIGNAL;
	g.plan->signal = signal;
	plan_count(g.plan);
	*out = g.plan;
	return 0;
}
