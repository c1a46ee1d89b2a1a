/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <sktop/array.h>
#include <sktop/event.h>
#include "kernel/owners/makers.h"

#define MAKERS_MAX 256 /* so many are remembered */

/** This is a process that a tracepoint saw when it made a connection. */
struct maker {
	uint64_t start;
	uint32_t pid;
	uint32_t set; /* in the table: it alone */
};

void makers_free(struct makers *makers)
{
	free(makers->at);
	free(makers->users.slot);
	*makers = (struct makers){ 0 };
}

/* Puts a process that may have ended into the table, with what the tracepoint saw of it. */
static int add(const struct fd_scan *scan, struct sk_owners *table, const struct sk_maker *maker,
	       uint32_t *set)
{
	const struct sk_cgroup *group = sk_owners_cgroup(table, maker->cgroup);
	const struct sk_process process = { .pid = maker->pid,
					    .start = maker->start,
					    .uid = SK_UID_UNKNOWN,
					    .name = maker->name,
					    .command = "",
					    .cgroup = group ? group->path : "",
					    .unit = group ? group->unit : "",
					    .tids = "" };
	struct sk_holder holder = { .fd = 0 };
	int err = 0;

	for (uint32_t i = 0; i < scan->n && !holder.process; i++) {
		const struct fd_process *p = &scan->process[i];

		if (p->pid == maker->pid && p->start == maker->start)
			holder.process = p->id ? p->id : p->last_id;
	}
	if (!holder.process)
		err = sk_owners_add_process(table, &process, &holder.process);
	return err ? err : sk_owners_add_set(table, &holder, 1, set);
}

/* The set of the process alone. */
static int find(struct makers *makers, const struct fd_scan *scan, struct sk_owners *table,
		const struct sk_maker *maker, uint32_t *set)
{
	int err;

	for (uint32_t i = makers->n; i-- > 0;) {
		if (makers->at[i].pid == maker->pid && makers->at[i].start == maker->start) {
			*set = makers->at[i].set;
			return 0;
		}
	}
	if (makers->n == MAKERS_MAX)
		makers->n = 0;
	if (SK_ARRAY_ROOM(makers->at, makers->n, makers->capacity, 16))
		return -ENOMEM;
	err = add(scan, table, maker, set);
	if (!err)
		makers->at[makers->n++] = (struct maker){ maker->start, maker->pid, *set };
	return err;
}

static int name(struct makers *makers, const struct fd_scan *scan, struct sk_owners *table,
		struct sk_sample *sample, struct sk_event *event)
{
	struct sk_socket *s = &event->socket;
	struct sk_attrs attrs = *sk_attrs(sample, s);
	int err = find(makers, scan, table, &event->maker, &s->owner);

	s->fd = SK_FD_NONE;
	if (err || (s->flags & SK_F_CGROUP) || !event->maker.cgroup)
		return err;
	attrs.cgroup = event->maker.cgroup;
	s->flags |= SK_F_CGROUP;
	return sk_sample_set_attrs(sample, s, &attrs);
}

/* Sockets whose bytes are traced, and whose owners have not been found. */
static int name_users(struct makers *makers, struct sk_sample *sample)
{
	struct cookie_index *users = &makers->users;
	int err = cookie_index_reset(users, sample->strays, sizeof(*sample->strays),
				     &sample->attrs_table, sample->n_strays);

	users->by_cookie = true;
	for (uint32_t i = 0; i < sample->n_strays && !err; i++) {
		const struct sk_socket *s = &sample->strays[i].socket;

		if (s->owner &&
		    cookie_index_find(users, s, &sample->attrs_table) == COOKIE_NONE)
			err = cookie_index_put(users, i);
	}
	for (uint32_t i = 0; i < sample->n_sockets && !err; i++) {
		struct sk_socket *s = &sample->sockets[i];
		uint32_t at = COOKIE_NONE;

		if ((s->flags & SK_F_TRACED) && !s->owner)
			at = cookie_index_find(users, s, &sample->attrs_table);
		if (at == COOKIE_NONE)
			continue;
		s->owner = sample->strays[at].socket.owner;
		s->fd = SK_FD_NONE;
	}
	return err;
}

int makers_name(struct makers *makers, const struct fd_scan *scan, struct sk_owners *table,
		struct sk_sample *sample)
{
	int err = 0;

	/* another table has other numbers */
	if (makers->table != table)
		makers->n = 0;
	makers->table = table;
	for (uint32_t i = sample->n_past_events; i < sample->n_events && !err; i++) {
		struct sk_event *event = &sample->events[i];

		if (event->maker.pid && !event->socket.owner)
			err = name(makers, scan, table, sample, event);
	}
	for (uint32_t i = 0; i < sample->n_strays && !err; i++) {
		if (sample->strays[i].maker.pid)
			err = name(makers, scan, table, sample, &sample->strays[i]);
	}
	return err || !sample->n_strays ? err : name_users(makers, sample);
}
