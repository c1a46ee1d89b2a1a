/* SPDX-License-Identifier: MIT */
/*
 * Plans to signal the processes that hold sockets.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
#include <sktop/owners.h>
#include "model/plan.h"

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
const size_t sk_signal_count = sizeof(sk_signals) / sizeof(sk_signals[0]);

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

/** Targets by process number, while they are gathered. */
struct gathering {
	struct sk_plan *plan;
	uint32_t capacity;
	uint32_t *place; /* by process number: place in targets plus 1, 0 = none */
	uint32_t n_places;
};

static int add_process(struct gathering *g, uint32_t process, uint32_t socket)
{
	struct sk_plan *plan = g->plan;

	if (process >= g->n_places)
		return 0;
	if (g->place[process]) {
		struct sk_target *known = &plan->targets[g->place[process] - 1];

		/* one with several descriptors of a socket still holds it once */
		known->sockets += known->socket != socket;
		known->socket = socket;
		return 0;
	}
	if (plan->n == g->capacity) {
		uint32_t capacity = g->capacity * 2;
		struct sk_target *bigger = realloc(plan->targets, capacity * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		plan->targets = bigger;
		g->capacity = capacity;
	}
	plan->targets[plan->n++] = (struct sk_target){ .process = process,
						       .socket = socket, .sockets = 1 };
	g->place[process] = plan->n;
	return 0;
}

static int gather(struct gathering *g, const struct sk_sample *sample, uint32_t socket,
		  uint32_t only)
{
	uint32_t set = sample->sockets[socket].owner;
	const struct sk_holder *holder;
	int err = 0;

	g->plan->ownerless += sk_owners_count(sample->owners, set) == 0;
	for (uint32_t h = 0; !err && (holder = sk_owners_holder(sample->owners, set, h)); h++) {
		if (!only || holder->process == only)
			err = add_process(g, holder->process, socket);
	}
	return err;
}

static void judge(struct sk_target *target, const struct sk_owners *owners,
		  const struct sk_powers *powers)
{
	const struct sk_process *p = sk_owners_by_id(owners, target->process);
	int err = !p || !powers->may_signal ? -ESRCH : powers->may_signal(p->pid, p->start);

	target->refusal = !powers->real	 ? SK_REFUSAL_SOURCE :
			  powers->lent	 ? SK_REFUSAL_LENT :
			  err == -EPERM	 ? SK_REFUSAL_NOT_OURS :
			  err		 ? SK_REFUSAL_EXITED :
					   SK_REFUSAL_NONE;
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
	struct gathering g = { .capacity = 16,
			       .n_places = sample->owners ?
						   sk_owners_total(sample->owners) + 1 : 1 };
	int err = plan_new(sample, n, g.capacity, &g.plan);

	if (err)
		return err;
	g.place = calloc(g.n_places, sizeof(*g.place));
	err = g.place ? 0 : -ENOMEM;
	for (uint32_t i = 0; i < n && !err; i++)
		err = gather(&g, sample, sockets[i], process);
	free(g.place);
	if (err) {
		sk_plan_free(g.plan);
		return err;
	}
	for (uint32_t i = 0; i < g.plan->n; i++)
		judge(&g.plan->targets[i], sample->owners, powers);
	qsort(g.plan->targets, g.plan->n, sizeof(*g.plan->targets), compare);
	g.plan->deed = SK_DEED_SIGNAL;
	g.plan->signal = signal;
	plan_count(g.plan);
	*out = g.plan;
	return 0;
}
