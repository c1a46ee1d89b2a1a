/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <sktop/event.h>
#include "kernel/owners/compact.h"

#define FEW_DEAD 8192 /* so many entries of a table may be dead */
#define FEW_BYTES (16U << 20) /* so many bytes may be dead; command lines may be long */

/** This maps the numbers of the old table to numbers of the new one. */
struct remap {
	const struct sk_owners *from;
	struct sk_owners *to;
	uint32_t *process, *set; /* by old number; 0 = not copied yet */
};

static int copy_process(struct remap *r, uint32_t old, uint32_t *id)
{
	const struct sk_process *process = sk_owners_by_id(r->from, old);
	int err = 0;

	if (!r->process[old] && process)
		err = sk_owners_add_process(r->to, process, &r->process[old]);
	*id = r->process[old];
	return err;
}

static int copy_set(struct remap *r, uint32_t old, uint32_t *set)
{
	uint32_t n = sk_owners_count(r->from, old);
	struct sk_holder *holders;
	int err = 0;

	if (!r->set[old] && n) {
		holders = malloc(n * sizeof(*holders));
		if (!holders)
			return -ENOMEM;
		for (uint32_t i = 0; i < n && !err; i++) {
			holders[i] = *sk_owners_holder(r->from, old, i);
			err = copy_process(r, holders[i].process, &holders[i].process);
		}
		if (!err)
			err = sk_owners_add_set(r->to, holders, n, &r->set[old]);
		free(holders);
	}
	*set = r->set[old];
	return err;
}

static int copy_cgroup(struct remap *r, uint64_t id)
{
	const struct sk_cgroup *group = sk_owners_cgroup(r->from, id);

	return group ? sk_owners_add_cgroup(r->to, id, group->path, group->unit) : 0;
}

static int copy_socket(struct remap *r, const struct sk_sample *sample, struct sk_socket *s)
{
	int err = s->owner ? copy_set(r, s->owner, &s->owner) : 0;

	if (!err && (s->flags & SK_F_CGROUP))
		err = copy_cgroup(r, sk_attrs(sample, s)->cgroup);
	return err;
}

/*
 * Copies the entries that the sample and the scanner still use, and replaces old numbers by new
 * ones.
 */
static int copy_live(struct fd_scan *scan, struct remap *r, struct sk_sample *sample)
{
	int err = 0;

	for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone && !err; i++)
		err = copy_socket(r, sample, &sample->sockets[i]);
	for (uint32_t i = 0; i < sample->n_events && !err; i++)
		err = copy_socket(r, sample, &sample->events[i].socket);
	for (uint32_t i = 0; i < sample->n_strays && !err; i++)
		err = copy_socket(r, sample, &sample->strays[i].socket);
	for (uint32_t i = 0; i < sample->n_ended && !err; i++)
		err = copy_socket(r, sample, &sample->ended[i].socket);
	for (uint32_t i = 0; i < sample->n_limbo && !err; i++)
		err = copy_socket(r, sample, &sample->limbo[i]);
	if (err)
		return err;
	for (uint32_t i = 0; i < scan->n; i++) {
		struct fd_process *p = &scan->process[i];

		p->id = r->process[p->id];
		p->last_id = p->id;
		p->alone = r->set[p->alone];
	}
	return 0;
}

static uint32_t table_size(const struct sk_owners *table)
{
	return sk_owners_total(table) + sk_owners_sets(table);
}

int owners_compact(struct compaction *compaction, struct fd_scan *scan,
		   struct sk_owners **table, struct sk_sample *sample)
{
	struct remap r = { .from = *table };
	int err;

	if (table_size(*table) < compaction->size * 2 + FEW_DEAD &&
	    sk_owners_bytes(*table) < compaction->bytes * 2 + FEW_BYTES)
		return 0;
	r.process = calloc(sk_owners_total(*table) + 1ULL, sizeof(*r.process));
	r.set = calloc(sk_owners_sets(*table) + 1ULL, sizeof(*r.set));
	err = r.process && r.set ? sk_owners_new(&r.to) : -ENOMEM;
	if (!err)
		err = copy_live(scan, &r, sample);
	if (!err) {
		sk_owners_unref(sample->owners);
		sk_owners_unref(*table);
		*table = r.to;
		sample->owners = sk_owners_ref(r.to);
		compaction->size = table_size(r.to);
		compaction->bytes = sk_owners_bytes(r.to);
	} else {
		sk_owners_unref(r.to);
	}
	free(r.process);
	free(r.set);
	return err;
}
