/* SPDX-License-Identifier: MIT */
/*
 * This file finds out what actions the user may take here, and carries plans out.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/act.h>
#include <sktop/owners.h>
#include <sktop/privilege.h>
#include "kernel/retry.h"
#include "base/clock.h"
#include "kernel/act/held.h"
#include "kernel/act/kill.h"
#include "kernel/netns/netns.h"
#include "kernel/act/privilege.h"
#include "kernel/act/session.h"
#include "kernel/act/signal.h"

struct sk_actor {
	struct sk_plan *plan;
	struct kill_handle *handle; /* NULL = none is open */
	uint16_t netns;		/* the handle leads into this namespace */
};

static void probe(const struct sk_sample *sample, struct kill_handle *handle,
		  struct sk_powers *powers)
{
	uint32_t protos = 0;

	for (uint32_t i = 0; i < sample->n_sockets; i++)
		protos |= SK_PROTO_BIT(sample->sockets[i].proto);
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++)
		powers->destroy[proto] = protos & SK_PROTO_BIT(proto) ?
						 kill_probe(handle, proto) :
						 -EOPNOTSUPP;
}

static int work_open(void *handle)
{
	return privilege_owns_network() ? kill_open(handle) : -EPERM;
}

/* The sockets of the handle stay in the namespace. The thread that made them there does not. */
static int open_handle(const struct sk_sample *sample, uint16_t netns,
		       struct kill_handle **handle)
{
	if (netns == 0)
		return kill_open(handle);
	return netns < sample->n_netns ? netns_run(&sample->netns[netns], work_open, handle) :
					 -ENOENT;
}

static void try_namespaces(const struct sk_sample *sample, int *netns)
{
	for (uint32_t i = 1; i < sample->n_netns; i++)
		netns[i] = -ENOENT;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		uint16_t at = sample->sockets[i].netns;
		struct kill_handle *handle = NULL;

		if (at == 0 || at >= sample->n_netns || netns[at] != -ENOENT)
			continue;
		netns[at] = open_handle(sample, at, &handle);
		kill_close(handle);
		/* A namespace that has just gone is not tried again for each of its sockets. */
		if (netns[at] == -ENOENT)
			netns[at] = -ESRCH;
	}
}

static int may_signal(uint32_t pid, uint64_t start)
{
	return signal_process(pid, start, 0);
}

int sk_powers_new(const struct sk_sample *sample, struct sk_powers **out)
{
	struct sk_powers *powers = calloc(1, sizeof(*powers) +
						     sample->n_netns * sizeof(int));
	struct kill_handle *handle = NULL;
	int err;

	if (!powers)
		return -ENOMEM;
	powers->real = sample->machine.live;
	powers->elevated = sk_privilege_is_elevated();
	if (powers->elevated) {
		*out = powers;
		return 0;
	}
	powers->privileged = privilege_has(CAP_NET_ADMIN) && privilege_owns_network();
	powers->n_netns = sample->n_netns;
	powers->netns = (int *)(powers + 1);
	if (powers->real)
		try_namespaces(sample, (int *)(powers + 1));
	powers->may_signal = may_signal;
	powers->count_held = held_count;
	session_read(&powers->session);
	err = kill_open(&handle);
	if (errno_is_passing(err)) {
		free(powers);
		return err;
	}
	if (err) {
		/* There is no netlink at all, so nothing can be destroyed, and the plan says so. */
		for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++)
			powers->destroy[proto] = err;
	} else {
		probe(sample, handle, powers);
	}
	kill_close(handle);
	*out = powers;
	return 0;
}

int sk_actor_new(struct sk_plan *plan, struct sk_actor **out)
{
	struct sk_actor *actor;

	if (sk_privilege_is_elevated())
		return -EPERM;
	actor = calloc(1, sizeof(*actor));
	if (!actor)
		return -ENOMEM;
	actor->plan = plan;
	*out = actor;
	return 0;
}

void sk_actor_free(struct sk_actor *actor)
{
	if (!actor)
		return;
	kill_close(actor->handle);
	free(actor);
}

static void set_outcome(struct sk_plan *plan, struct sk_target *target,
			enum sk_outcome outcome)
{
	plan->outcome[target->outcome]--;
	target->outcome = (uint8_t)outcome;
	plan->outcome[outcome]++;
}

/* Keeps one handle open at a time, because sockets of one namespace mostly stand side by side. */
static int close_socket(struct sk_actor *actor, const struct sk_socket *socket)
{
	const struct sk_detached detached = sk_detached_of(actor->plan->sample, socket);
	int err = 0;

	if (actor->handle && (actor->netns != socket->netns || !kill_is_sound(actor->handle))) {
		kill_close(actor->handle);
		actor->handle = NULL;
	}
	if (!actor->handle)
		err = open_handle(actor->plan->sample, socket->netns, &actor->handle);
	actor->netns = socket->netns;
	return err ? err : kill_socket(actor->handle, &detached);
}

static int signal_holder(const struct sk_plan *plan, uint32_t process)
{
	const struct sk_process *p = sk_owners_by_id(plan->sample->owners, process);
	uint32_t n, held = 0;
	const struct sk_claim *claims = sk_plan_claims(plan, process, &n);
	int err = p ? held_count(p->pid, claims, n, &held) : -ESRCH;

	/* The process may have closed the sockets since the user agreed to the plan. */
	if (!err && !held)
		err = -EBADF;
	return err ? err : signal_process(p->pid, p->start, plan->signal);
}

static void act_on(struct sk_actor *actor, struct sk_target *target)
{
	struct sk_plan *plan = actor->plan;
	int err;

	if (target->outcome != SK_OUTCOME_WAITING)
		return;
	if (target->own && !plan->with_own) {
		set_outcome(plan, target, SK_OUTCOME_SPARED);
		return;
	}
	err = target->process ? signal_holder(plan, target->process) :
				close_socket(actor, &plan->sample->sockets[target->socket]);
	target->error = err;
	set_outcome(plan, target, err == -ENOENT || err == -ESRCH || err == -EBADF ?
						      SK_OUTCOME_GONE :
				  err == -EADDRINUSE ? SK_OUTCOME_KEPT :
				  err		     ? SK_OUTCOME_FAILED :
						       SK_OUTCOME_DONE);
}

void sk_actor_stop(struct sk_actor *actor)
{
	struct sk_plan *plan = actor->plan;

	for (; plan->next < plan->n; plan->next++) {
		if (plan->targets[plan->next].outcome == SK_OUTCOME_WAITING)
			set_outcome(plan, &plan->targets[plan->next], SK_OUTCOME_LEFT);
	}
}

bool sk_actor_step(struct sk_actor *actor, uint64_t budget_ns)
{
	struct sk_plan *plan = actor->plan;
	uint64_t begin = now_ns();

	while (plan->next < plan->n && now_ns() - begin < budget_ns)
		act_on(actor, &plan->targets[plan->next++]);
	return plan->next < plan->n;
}
