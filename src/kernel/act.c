/* SPDX-License-Identifier: MIT */
/*
 * What acting needs of the kernel: what may be done here, and the doing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <sktop/act.h>
#include "kernel/kill.h"
#include "kernel/privilege.h"
#include "kernel/session.h"

struct sk_actor {
	struct sk_plan *plan;
	struct kill_door *door;
};

/*
 * A capability counts over what our user namespace, or one below it, owns. The kernel
 * does not show the owner of a network namespace to those outside (EPERM): a user's
 * "unshare -r" gives every capability and none over the machine's sockets.
 */
static bool owns_namespace(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	/* where that cannot be asked (no /proc, before 4.9) the kill itself will tell */
	bool owns = owner >= 0 || fd < 0 || errno != EPERM;

	if (owner >= 0)
		close(owner);
	if (fd >= 0)
		close(fd);
	return owns;
}

static void probe(const struct sk_sample *sample, struct kill_door *door,
		  struct sk_powers *powers)
{
	uint32_t protos = 0;

	for (uint32_t i = 0; i < sample->n_sockets; i++)
		protos |= SK_PROTO_BIT(sample->sockets[i].proto);
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++)
		powers->destroy[proto] = protos & SK_PROTO_BIT(proto) ?
						 kill_probe(door, proto) : -EOPNOTSUPP;
}

int sk_powers_new(const struct sk_sample *sample, struct sk_powers **out)
{
	struct sk_powers *powers = calloc(1, sizeof(*powers));
	struct kill_door *door = NULL;
	int err;

	if (!powers)
		return -ENOMEM;
	powers->real = strcmp(sample->source, "live") == 0 ||
		       strcmp(sample->source, "proc") == 0;
	powers->privileged = privilege_has(CAP_NET_ADMIN) && owns_namespace();
	session_read(&powers->session);
	err = kill_open(&door);
	if (err) {
		/* no netlink at all: nothing can be destroyed, and the plan says so */
		for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++)
			powers->destroy[proto] = err;
	} else {
		probe(sample, door, powers);
	}
	kill_close(door);
	*out = powers;
	return 0;
}

int sk_actor_new(struct sk_plan *plan, struct sk_actor **out)
{
	struct sk_actor *actor = calloc(1, sizeof(*actor));
	int err = actor ? kill_open(&actor->door) : -ENOMEM;

	if (err) {
		free(actor);
		return err;
	}
	actor->plan = plan;
	*out = actor;
	return 0;
}

void sk_actor_free(struct sk_actor *actor)
{
	if (!actor)
		return;
	kill_close(actor->door);
	free(actor);
}

static void set_outcome(struct sk_plan *plan, struct sk_target *target,
			enum sk_outcome outcome)
{
	plan->outcome[target->outcome]--;
	target->outcome = (uint8_t)outcome;
	plan->outcome[outcome]++;
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
	err = kill_socket(actor->door, &plan->sample->sockets[target->socket]);
	target->error = err;
	set_outcome(plan, target, err == -ENOENT     ? SK_OUTCOME_GONE :
				  err == -EADDRINUSE ? SK_OUTCOME_KEPT :
				  err		     ? SK_OUTCOME_FAILED :
						       SK_OUTCOME_DONE);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

bool sk_actor_step(struct sk_actor *actor, uint64_t budget_ns)
{
	struct sk_plan *plan = actor->plan;
	uint64_t begin = now_ns();

	while (plan->next < plan->n && now_ns() - begin < budget_ns)
		act_on(actor, &plan->targets[plan->next++]);
	return plan->next < plan->n;
}
