/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/owners.h>
#include "columns/owners.h"

const char *columns_no_process(const struct sk_context *context,
			       const struct sk_socket *s)
{
	const struct sk_sample *sample = context->sample;
	const char *why;

	if (!(sample->needs & SK_NEED_OWNERS) || !sample->owners)
		return "not asked for";
	if (sample->losses.part[SK_PART_OWNERS].kind == SK_LOSS_ALL)
		return "no process could be read from /proc";
	if (s->timer == SK_TIMER_TIMEWAIT)
		return "closed before sktop saw its process";
	if (!(s->flags & SK_F_OWNER))
		return "no process has it: closed, or not accepted and no listener seen";
	if (sample->losses.missing & SK_MISSING_HIDDEN)
		return "no process that shows has it (/proc hides others': hidepid)";
	why = sk_losses_why_unreadable(&sample->losses);
	return why ? why : "no process has it (kernel, or in flight between two)";
}

/*
 * "nginx", "nginx+3" when three more hold it, "(nginx+3)" while it is queued there, and where
 * nobody else is known to have accepted it.
 */
static void get_process(const struct sk_owners *owners, const struct sk_socket *s,
			const struct sk_process *p, struct sk_value *value)
{
	value_text(value, p->name);
	value->others = sk_owners_processes(owners, s->owner) - 1;
	value->bracketed = (s->flags & (SK_F_QUEUED | SK_F_PRESUMED)) != 0;
	value->presumed = (s->flags & SK_F_PRESUMED) != 0;
}

/* "nginx/123:7 nginx/124:7" */
static void get_owners(const struct sk_context *context, const struct sk_socket *s,
		       struct sk_value *value)
{
	const struct sk_owners *owners = context->sample->owners;
	uint32_t n = sk_owners_count(owners, s->owner);
	size_t len = 0;

	for (uint32_t i = 0; i < n && (!context->enough || len < context->enough); i++) {
		const struct sk_process *p = sk_owners_process(owners, s->owner, i);
		const struct sk_holder *holder = sk_owners_holder(owners, s->owner, i);
		char fd[16] = "";

		/* without descriptors, once for each process */
		if (!p || (s->fd == SK_FD_NONE && i &&
			   p == sk_owners_process(owners, s->owner, i - 1)))
			continue;
		if (s->fd != SK_FD_NONE)
			snprintf(fd, sizeof(fd), ":%d", s->fd + holder->fd);
		if (!value_append(value, &len, "%s%s/%u%s", len ? " " : "", p->name, p->pid,
				  fd))
			return;
	}
}

static void get_of_process(const struct sk_context *context, const struct sk_socket *s,
			   enum owner_field field, uint32_t i, struct sk_value *value)
{
	const struct sk_owners *owners = context->sample->owners;
	const struct sk_process *p = sk_owners_process(owners, s->owner, i);

	if (!p) {
		value_none(value, columns_no_process(context, s));
		return;
	}
	switch (field) {
	case OWNER_PROCESS:
		get_process(owners, s, p, value);
		return;
	case OWNER_PID:
		value_uint(value, p->pid);
		return;
	case OWNER_FD:
		if (s->fd != SK_FD_NONE)
			value_uint(value, (uint64_t)(s->fd +
				   sk_owners_holder(owners, s->owner, i)->fd));
		else
			value_none(value, s->flags & SK_F_PRESUMED ?
					  "only presumed to have it: no descriptor was seen" :
					  "not accepted yet: no descriptor");
		return;
	case OWNER_COMMAND:
		if (p->command[0])
			value_text(value, p->command);
		else
			value_none(value, "the process has no command line");
		return;
	case OWNER_OWNERS:
		get_owners(context, s, value);
		return;
	default:
		if (p->flags & SK_PROCESS_TIDS)
			value_text(value, p->tids);
		else
			value_none(value, "its threads were not read");
	}
}

bool columns_owner_value(const struct sk_context *context, const struct sk_socket *s,
			 int field, uint32_t i, struct sk_value *value)
{
	if (i >= sk_owners_count(context->sample->owners, s->owner))
		return false;
	memset(value, 0, offsetof(struct sk_value, buffer));
	get_of_process(context, s, (enum owner_field)field, i, value);
	return true;
}

static const char *no_cgroup(const struct sk_socket *s)
{
	if (!(s->flags & SK_F_CGROUP))
		return "the kernel tells no cgroup in this state";
	return "no cgroup of this id is mounted here, or it is gone";
}

static void get_cgroup(const struct sk_context *context, const struct sk_socket *s,
		       struct sk_value *value)
{
	const struct sk_cgroup *group = NULL;

	if (s->flags & SK_F_CGROUP)
		group = sk_owners_cgroup(context->sample->owners,
					 sk_attrs(context->sample, s)->cgroup);
	if (group)
		value_text(value, group->path);
	else
		value_none(value, no_cgroup(s));
}

/* On a machine with cgroup v1 only the process knows its unit or container. */
static void get_unit(const struct sk_context *context, const struct sk_socket *s,
		     struct sk_value *value)
{
	const struct sk_owners *owners = context->sample->owners;
	const struct sk_process *first = sk_owners_process(owners, s->owner, 0);
	const struct sk_cgroup *group = NULL;

	if (s->flags & SK_F_CGROUP)
		group = sk_owners_cgroup(owners, sk_attrs(context->sample, s)->cgroup);
	if (group && group->unit[0])
		value_text(value, group->unit);
	else if (first && first->unit[0])
		value_text(value, first->unit);
	else
		value_none(value, group || first ? "in no unit and no container" :
						   no_cgroup(s));
}

void columns_owners_get(const struct sk_context *context, const void *row, int field,
			struct sk_value *value)
{
	const struct sk_socket *s = row;

	if (field == OWNER_UNIT)
		get_unit(context, s, value);
	else if (field == OWNER_CGROUP)
		get_cgroup(context, s, value);
	else
		get_of_process(context, s, (enum owner_field)field, 0, value);
}
