/* SPDX-License-Identifier: MIT */
/*
 * The order of a search, from what is likely and cheap to what is certain:
 *
 *   1. sockets that are gone leave descriptors that are free: look at these first
 *   2. new processes
 *   3. free descriptors of all other processes, then those that were no sockets
 *   4. every descriptor of every process, round by round
 *   5. threads that have descriptors of their own
 *
 * Descriptors are looked at through /proc; by a program in the kernel (fd_search.c) as soon
 * as many owners are to be found and it may be loaded. The order is the same.
 *
 * Each step ends as soon as nothing is wanted any more. A socket that a whole round has
 * not found has no owner that we may see, and is not searched for any longer. A slow
 * patrol through all processes corrects what no new or gone socket reveals. Each
 * process that is named as an owner is looked at in each sample: it lives, under that
 * name.
 *
 * A search that finds nothing is followed by a rest. Its length depends on the CPU time
 * that the search took, because on a busy machine most of the elapsed time belongs to
 * others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/retry.h"
#include "kernel/owners/cgroups.h"
#include "base/clock.h"
#include "kernel/bpf/fd_search.h"
#include "kernel/owners/fd_scan.h"
#include "kernel/owners/owners.h"
#include "kernel/owners/compact.h"
#include "kernel/act/privilege.h"
#include "kernel/owners/shared_inodes.h"
#include "kernel/uid_map.h"

#define PATROL 4	     /* processes a tick */
#define PATROL_NS 1000000U   /* and the time it may take */
#define CHECK_NS 1000000U    /* of a tick, for what is named as held */
#define REST 8U		     /* a search in vain is followed by REST times its CPU time, */
#define REST_MAX_NS 10000000000U /* but not by more */
#define FRUITLESS 3	     /* so often the next one doubles that */
#define LIST_REST 50U	     /* the same of listing the processes */
#define LIST_REST_MAX_NS 2000000000U
#define AHEAD 8		     /* sockets whose entries are fetched early */
#define FORGET_AFTER 60	     /* ticks that an inode nobody asks for is kept */

/** A search through all processes, which may take many calls. */
struct pass {
	uint32_t next;	/* process with which it goes on */
	uint64_t cpu;	/* ns of CPU time so far */
	uint64_t rest;	/* ns: when it may begin again */
	uint64_t hits;	/* scan.hits when it began */
	unsigned fruitless; /* of the last ones so many in a row found nothing */
};

struct owners {
	struct fd_scan scan;
	const char *root; /* /proc */
	bool proc; /* scan is open */
	struct retry proc_retry, bpf_retry;
	int no_proc; /* -errno with which it could not be opened */
	uint32_t bpf_from; /* wanted sockets that make it load BPF; UINT32_MAX = never */
	struct cgroups *cgroups;
	uint32_t overflow_uid; /* uid_map_overflow() */
	struct sk_owners *table;
	uint32_t tick;
	bool threads;		/* thread ids are wanted */
	struct pass free, files; /* step 3: twice through all, once in a sample */
	struct pass round;	/* step 4 */
	bool round_runs;	/* it is under way */
	bool compared;		/* step 5: its threads have been looked at */
	uint32_t check;		/* process with which check_held() goes on */
	uint32_t patrol;	/* process with which the patrol goes on */
	uint32_t sampled;	/* round that this sample's new sockets may have missed */
	uint64_t list_rest;	/* ns: when the processes may be listed again */
	uint64_t resolved;	/* scan.changes at the last complete resolve() */
	struct sort_holder *sorted; /* scratch of make_set() */
	struct sk_holder *holders;
	uint32_t n_sorted;
	struct shared_inodes
		shared_inodes; /* of the sample in which some were last looked for */
	uint32_t shared_inodes_tick; /* and its tick */
	struct compaction compaction;
	struct process_texts texts; /* scratch of publish() */
};

/** A holder with what decides its place in the set. */
struct sort_holder {
	uint64_t start;
	uint32_t pid, id, fd, at; /* at: its slot in the map */
};

/*
 * Returns the CPU time of this thread, which need not be the one that took the last sample.
 */
static uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* The time at which work may begin again that took so much CPU time. */
static uint64_t rest_after(uint64_t cpu, unsigned times, uint64_t most)
{
	return now_ns() + (cpu < most / times ? cpu * times : most);
}

static void begin_pass(struct owners *o, struct pass *pass)
{
	pass->next = 0;
	pass->cpu = 0;
	pass->hits = o->scan.hits;
}

/* The search ended although something is still wanted: it rests. */
static void end_pass(struct owners *o, struct pass *pass)
{
	pass->fruitless = o->scan.hits != pass->hits ?
				  0 :
				  pass->fruitless + (pass->fruitless < FRUITLESS);
	pass->rest = rest_after(pass->cpu, REST << pass->fruitless, REST_MAX_NS);
}

/* options as sk_live_source_new(). */
static uint32_t bpf_from(unsigned options)
{
	if ((options & SK_LIVE_NO_BPF) || !sk_live_has_bpf() || !privilege_has_bpf())
		return UINT32_MAX;
	return options & SK_LIVE_BPF ? 1 : FD_BPF_MANY;
}

/* Returns 0, or -ENOMEM; without /proc nobody is found. */
static int open_proc(struct owners *o)
{
	int err;

	if (o->proc || !retry_due(&o->proc_retry))
		return 0;
	err = o->no_proc = fd_scan_open(&o->scan, o->root);
	o->proc = err == 0;
	if (err != -ENOMEM)
		return 0;
	o->proc_retry.due_ns = 0;
	return err;
}

int owners_new(const char *proc, const char *mounts, unsigned options,
	       struct owners **out)
{
	struct owners *o = calloc(1, sizeof(*o));
	int err = o ? sk_owners_new(&o->table) : -ENOMEM;

	if (!err)
		err = cgroups_new(mounts, &o->cgroups);
	if (err) {
		owners_free(o);
		return err;
	}
	o->root = proc;
	err = open_proc(o);
	if (err) {
		owners_free(o);
		return err;
	}
	o->bpf_from = bpf_from(options);
	o->overflow_uid = uid_map_overflow();
	*out = o;
	return 0;
}

void owners_free(struct owners *o)
{
	if (!o)
		return;
	if (o->proc)
		fd_scan_close(&o->scan);
	cgroups_free(o->cgroups);
	sk_owners_unref(o->table);
	free(o->sorted);
	free(o->holders);
	process_texts_free(&o->texts);
	shared_inodes_free(&o->shared_inodes);
	free(o);
}

uint64_t owners_probes(const struct owners *o)
{
	return o->scan.probes;
}

bool owners_by_bpf(const struct owners *o)
{
	return o->scan.bpf.window;
}

static bool same_process(const struct sk_process *a, const struct sk_process *b)
{
	return a && a->pid == b->pid && a->start == b->start && a->uid == b->uid &&
	       a->ppid == b->ppid && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->command, b->command) == 0 && strcmp(a->cgroup, b->cgroup) == 0 &&
	       strcmp(a->tids, b->tids) == 0;
}

/* Puts a process into the table. Returns 0, -EAGAIN when the time is up, -errno. */
static int publish(struct owners *o, uint32_t i)
{
	struct fd_process *p = &o->scan.process[i];
	struct sk_process process;
	int err;

	if (p->id)
		return 0;
	if (fd_scan_late(&o->scan))
		return -EAGAIN;
	err = process_describe(o->scan.look.root, p->pid, o->threads || p->threads, &o->texts,
			       &process);
	if (err == -ENOMEM)
		return err;
	fd_scan_note(&o->scan, err);
	if (err || (p->start && p->start != process.start))
		return -ESRCH;
	if (process.uid == o->overflow_uid)
		process.uid = SK_UID_UNKNOWN;
	p->start = process.start;
	memcpy(p->name, o->texts.name, sizeof(p->name));
	p->id = p->last_id;
	if (!same_process(sk_owners_by_id(o->table, p->id), &process))
		err = sk_owners_add_process(o->table, &process, &p->id);
	if (p->last_id != p->id)
		p->alone = 0;
	p->last_id = p->id;
	return err;
}

/*
 * Returns the process, not the thread, that holds the inode of a slot; NULL if it is gone.
 * Somebody must hold the inode.
 */
static struct fd_process *process_at(struct owners *o, uint32_t at)
{
	uint32_t i = fd_scan_leader(&o->scan, holdings_at(&o->scan.map, at).process);

	return i == UINT32_MAX ? NULL : &o->scan.process[i];
}

/* The socket that is looked at in full: its owners as they are now, with threads. */
static void look_closely(struct owners *o, uint32_t inode)
{
	const struct holdings *map = &o->scan.map;
	uint32_t at = holdings_find(map, inode);

	if (at == HOLDINGS_NONE || holdings_unheld(map, at))
		return;
	for (; at != HOLDINGS_NONE; at = holdings_next(map, at)) {
		struct fd_process *p = process_at(o, at);

		if (!p)
			continue;
		p->threads = true;
		p->id = 0;
	}
	o->scan.changes++;
}

/* The inode of the slot is that of several sockets, and here it is not this one's. */
static bool is_others(const struct owners *o, uint32_t at, const struct sk_socket *s)
{
	struct holder holder = holdings_at(&o->scan.map, at);

	return shared_inodes_is_other(o->scan.process[holder.process].pid, holder.fd,
				      s);
}

/* The oldest process first: the one that opened it, before those that inherited. */
static int by_age(const void *a, const void *b)
{
	const struct sort_holder *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->fd < y->fd ? -1 : x->fd > y->fd;
}

static int reserve_sorted(struct owners *o, uint32_t n)
{
	struct sort_holder *sorted;
	struct sk_holder *holders;

	if (n <= o->n_sorted)
		return 0;
	n = n > o->n_sorted * 2 ? n : o->n_sorted * 2;
	sorted = realloc(o->sorted, n * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	o->sorted = sorted;
	holders = realloc(o->holders, n * sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	o->holders = holders;
	o->n_sorted = n;
	return 0;
}

/*
 * Collects all holders of an inode, or of this socket if several have the inode, in
 * order. Returns how many, or -errno.
 */
static int64_t gather(struct owners *o, uint32_t first, const struct sk_socket *sharing)
{
	const struct holdings *map = &o->scan.map;
	uint32_t n = 0;

	for (uint32_t at = first; at != HOLDINGS_NONE; at = holdings_next(map, at)) {
		const struct fd_process *p = process_at(o, at);
		int err = p ? publish(o, (uint32_t)(p - o->scan.process)) : -ESRCH;

		if (err == -ESRCH || (!err && sharing && is_others(o, at, sharing)))
			continue; /* it died meanwhile, or holds another one */
		if (!err)
			err = reserve_sorted(o, n + 1);
		if (err)
			return err;
		holdings_mark(&o->scan.map, at);
		o->sorted[n++] = (struct sort_holder){ p->start, p->pid, p->id,
						       holdings_at(map, at).fd, at };
	}
	if (n > 1)
		qsort(o->sorted, n, sizeof(*o->sorted), by_age);
	return n;
}

/* A thread that copied the descriptors of its process holds the same ones. */
static uint32_t drop_copies(struct sort_holder *sorted, uint32_t n)
{
	uint32_t kept = 1;

	for (uint32_t i = 1; i < n; i++) {
		if (sorted[i].id != sorted[kept - 1].id || sorted[i].fd != sorted[kept - 1].fd)
			sorted[kept++] = sorted[i];
	}
	return kept;
}

/* Makes the set of a socket's holders; the first slot then is the first holder's. */
static int make_set(struct owners *o, uint32_t first, const struct sk_socket *sharing,
		    uint32_t *set)
{
	int64_t n = gather(o, first, sharing);

	*set = 0;
	if (n <= 0)
		return (int)n;
	n = drop_copies(o->sorted, (uint32_t)n);
	for (int64_t i = 0; i < n; i++) {
		o->holders[i].process = o->sorted[i].id;
		o->holders[i].fd = (int32_t)o->sorted[i].fd - (int32_t)o->sorted[0].fd;
	}
	holdings_prefer(&o->scan.map, first, o->sorted[0].at);
	return sk_owners_add_set(o->table, o->holders, (uint32_t)n, set);
}

/* Nearly all are held by one process, whose set it is then. */
static int find_set(struct owners *o, uint32_t first, const struct sk_socket *sharing,
		    uint32_t *set)
{
	struct fd_process *p = process_at(o, first);
	int err;

	if (!p || sharing || holdings_shared(&o->scan.map, first))
		return make_set(o, first, sharing, set);
	*set = p->id ? p->alone : 0;
	if (*set)
		return 0;
	err = make_set(o, first, NULL, set);
	if (!err)
		p->alone = *set;
	return err;
}

/* An inode of the sample that nobody is known to hold. */
static int want(struct owners *o, struct unheld *unheld, uint32_t inode)
{
	if (!unheld) {
		unheld = holdings_want(&o->scan.map, inode);
		if (!unheld)
			return -ENOMEM;
		unheld->round = o->sampled;
	}
	unheld->tick = o->tick;
	/* a round that began after its first sight has gone by: it is not to be found */
	o->scan.wanted += o->scan.round < unheld->round + 2;
	return 0;
}

/* There was no time to describe it anew, but it is the one that the socket had. */
static bool is_same_holder(struct owners *o, const struct sk_socket *s, uint32_t first)
{
	const struct fd_process *p = process_at(o, first);
	const struct sk_holder *holder = sk_owners_holder(o->table, s->owner, 0);

	return p && holder && holder->process == p->last_id &&
	       !holdings_shared(&o->scan.map, first);
}

/*
 * True if other sockets of the sample have the same inode. That shows when a new one
 * has one that was given to a socket before.
 */
static int find_shared_inodes(struct owners *o, const struct sk_sample *sample,
			      const struct sk_socket *s, uint32_t first, bool *is)
{
	int err = 0;

	if (!s->owner && o->shared_inodes_tick != o->tick && holdings_marked(&o->scan.map, first)) {
		err = shared_inodes_find(&o->shared_inodes, sample);
		o->shared_inodes_tick = o->tick;
	}
	*is = shared_inodes_have(&o->shared_inodes, s->inode);
	return err;
}

/* Never keeps the owner from before: it may be the listener's, or a process that has ended. */
static int resolve_one(struct owners *o, const struct sk_sample *sample, struct sk_socket *s)
{
	const struct holdings *map = &o->scan.map;
	uint32_t first = holdings_find(map, s->inode), set;
	struct unheld *unheld =
		first == HOLDINGS_NONE ? NULL : holdings_unheld(map, first);
	bool sharing;
	int err;

	if (first == HOLDINGS_NONE || unheld) {
		s->owner = 0;
		return want(o, unheld, s->inode);
	}
	err = find_shared_inodes(o, sample, s, first, &sharing);
	if (err)
		return err;
	err = find_set(o, first, sharing ? s : NULL, &set);
	if (err == -EAGAIN && is_same_holder(o, s, first))
		return err;
	holdings_mark(&o->scan.map, first);
	s->owner = err ? 0 : set;
	s->fd = (int32_t)holdings_at(map, first).fd;
	return err;
}

/* A remembered inode is of the past; its owner came along with it. */
static bool has_inode(const struct sk_socket *s)
{
	return s->inode && (s->flags & SK_F_OWNER) && !(s->flags & SK_F_REMEMBERED);
}

/* Gives sockets their sets: all, or those that have none. Counts anew what is wanted. */
static int resolve_all(struct owners *o, struct sk_sample *sample, bool all)
{
	uint64_t changes = o->scan.changes;
	bool late = false;

	o->scan.wanted = 0;
	o->scan.found = false;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		struct sk_socket *s = &sample->sockets[i];
		int err;

		if (i + AHEAD < sample->n_sockets && (all || !s[AHEAD].owner))
			holdings_prefetch(&o->scan.map, s[AHEAD].inode);
		/* without a descriptor it was its listener's: now it has an owner of its own */
		if (!has_inode(s) || (s->owner && s->fd != SK_FD_NONE && !all))
			continue;
		err = resolve_one(o, sample, s);
		if (err && err != -EAGAIN)
			return err;
		late |= err == -EAGAIN;
	}
	if (all || late)
		o->resolved = late ? changes - 1 : changes;
	return 0;
}

/*
 * Does so once more for all sockets if several share an inode: sockets before them in
 * the list were resolved when nobody knew that their inode is not theirs alone.
 */
static int resolve(struct owners *o, struct sk_sample *sample, bool all)
{
	uint32_t before = o->shared_inodes_tick;
	int err = resolve_all(o, sample, all);

	if (!err && o->shared_inodes.n && o->shared_inodes_tick != before)
		err = resolve_all(o, sample, true);
	return err;
}

/*
 * Drops what is known of sockets that died since the last sample, or that live on
 * without their process.
 */
static void drop_vanished(struct owners *o, const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		/* half closed before, FIN_WAIT2 does not change its name */
		bool left = (s->flags & SK_F_REMEMBERED) &&
			    ((s->flags & SK_F_CHANGED) || s->state == SK_STATE_FIN_WAIT2);

		if (s->inode && (left || (s->flags & SK_F_GONE)))
			fd_scan_vanished(&o->scan, s->inode);
	}
}

/* Step 2. */
static bool search_fresh(struct owners *o)
{
	struct fd_scan *scan = &o->scan;

	for (uint32_t i = 0; i < scan->n; i++) {
		if (!scan->process[i].pid || !scan->process[i].fresh)
			continue;
		if (fd_scan_late(scan) || !fd_scan_walk(scan, i, FD_WHOLE))
			return false;
	}
	return true;
}

/* Steps 1 and 2: where change is known. Returns true when there is no more. */
static bool search_changed(struct owners *o)
{
	struct fd_scan *scan = &o->scan;

	for (uint32_t i = 0; i < scan->n; i++) {
		if (!scan->process[i].pid || !scan->process[i].dirty || !scan->wanted)
			continue;
		if (fd_scan_late(scan))
			return false;
		if (fd_scan_verify(scan, i))
			fd_scan_walk(scan, i, FD_FREE);
	}
	/* who waits for all of it has the processors */
	if (!scan->deadline && !scan->bpf.window && scan->look.follow &&
	    fd_scan_fresh(scan))
		scan->out_of_memory = true;
	return search_fresh(o);
}

/* Processes that have sockets come first; false when the time is up. */
static bool search_some(struct owners *o, struct pass *pass, enum fd_walk how)
{
	struct fd_scan *scan = &o->scan;

	for (; pass->next < 2 * scan->n && scan->wanted; pass->next++) {
		uint32_t i = pass->next % scan->n;
		const struct fd_process *p = &scan->process[i];
		bool first = pass->next < scan->n;

		if (!p->pid || p->unreadable || p->fresh || p->kernel ||
		    (p->sockets != 0) != first)
			continue;
		if (fd_scan_late(scan))
			return false;
		fd_scan_walk(scan, i, how);
	}
	return true;
}

/* Half of step 3, once a sample. Returns true when there is no more. */
static bool search_likely(struct owners *o, struct pass *pass, enum fd_walk how)
{
	uint64_t begin = cpu_ns();
	bool ended;

	if (pass->next >= 2 * o->scan.n)
		return true;
	if (!pass->next) {
		if (o->scan.deadline && now_ns() < pass->rest)
			return true;
		begin_pass(o, pass);
	}
	ended = search_some(o, pass, how);
	pass->cpu += cpu_ns() - begin;
	if (ended && o->scan.wanted)
		end_pass(o, pass);
	return ended;
}

/* Step 5: only for what no process has, since it takes a look at each thread. */
static bool search_threads(struct owners *o)
{
	if (!o->scan.wanted || o->compared)
		return true;
	o->compared = true;
	if (fd_scan_threads(&o->scan))
		o->scan.out_of_memory = true;
	return search_fresh(o);
}

/* Goes on with a round where the last call stopped; false when the time is up. */
static bool go_round(struct owners *o)
{
	struct fd_scan *scan = &o->scan;

	for (; o->round.next < scan->n && scan->wanted; o->round.next++) {
		uint32_t i = o->round.next;

		/* who was refused once, as in exec(), may be read by now */
		if (!scan->process[i].pid)
			continue;
		if (fd_scan_late(scan) || !fd_scan_verify(scan, i) ||
		    !fd_scan_walk(scan, i, FD_WHOLE)) {
			if (fd_scan_late(scan))
				return false;
		}
	}
	return search_threads(o);
}

/* Step 4, a round over all, and what belongs to it. */
static bool search_all(struct owners *o)
{
	uint64_t begin = cpu_ns();
	bool ended;

	if (!o->round_runs) {
		if (o->scan.deadline && now_ns() < o->round.rest)
			return true;
		o->round_runs = true;
		o->compared = false;
		begin_pass(o, &o->round);
	}
	ended = go_round(o);
	o->round.cpu += cpu_ns() - begin;
	if (!ended)
		return false;
	if (!o->scan.wanted)
		return true; /* found: the round rests where it is */
	o->round_runs = false;
	o->scan.round++;
	end_pass(o, &o->round);
	return true;
}

/* Listing costs with the number of processes: at most a fiftieth of the time. */
static int list(struct owners *o)
{
	uint64_t begin = cpu_ns();
	int err;

	if (o->scan.deadline && now_ns() < o->list_rest)
		return 0;
	err = fd_scan_list(&o->scan);
	o->list_rest = rest_after(cpu_ns() - begin, LIST_REST, LIST_REST_MAX_NS);
	return err;
}

/* Each process that is named as an owner must live, under that name: 2 us each. */
static void verify_named(struct owners *o)
{
	for (uint32_t i = 0; i < o->scan.n; i++) {
		if (o->scan.process[i].pid && o->scan.process[i].id)
			fd_scan_verify(&o->scan, i);
	}
}

/*
 * Does the named process still hold the socket? It may have handed it to another
 * process and closed its own descriptor, which neither a birth nor a death tells. A
 * look at each descriptor that stands in a sample: in one tick at some hundred sockets,
 * round by round at more.
 */
static void check_held(struct owners *o)
{
	struct fd_scan *scan = &o->scan;
	uint64_t deadline = scan->deadline, mine = now_ns() + CHECK_NS;

	if (!scan->look.follow)
		return; /* a look at one is a walk through all there: the patrol has to do */
	scan->deadline = deadline && deadline < mine ? deadline : mine;
	for (uint32_t n = 0; n < scan->n && !fd_scan_late(scan); n++) {
		uint32_t i = o->check % scan->n;
		const struct fd_process *p = &scan->process[i];

		if (p->pid && p->sockets && !p->unreadable && !fd_scan_walk(scan, i, FD_HELD))
			break; /* it goes on here at the next tick */
		o->check = i + 1;
	}
	scan->deadline = deadline;
}

/*
 * The steps that are likely to find something and cheap. Returns true when there is no
 * more of it.
 */
static bool search_first(struct owners *o)
{
	return search_changed(o) && (!o->scan.wanted || !o->scan.round ||
				     search_likely(o, &o->free, FD_FREE));
}

/* Runs all steps. Returns true when nothing is left to do. */
static bool search(struct owners *o)
{
	if (!search_first(o))
		return false;
	if (!o->scan.round) {
		if (!search_threads(o))
			return false;
		/* all were new: that was a whole round, of what was there before it */
		o->scan.round = 2;
		return true;
	}
	return !o->scan.wanted ||
	       (search_likely(o, &o->files, FD_FILES) &&
		(!o->scan.wanted || search_all(o)));
}

/* A few processes more: are they who they were, and are their sockets? */
static void patrol(struct owners *o)
{
	struct fd_scan *scan = &o->scan;
	uint64_t deadline = scan->deadline, mine = now_ns() + PATROL_NS;

	scan->deadline = deadline && deadline < mine ? deadline : mine;
	for (unsigned n = 0; n < PATROL && scan->n && !fd_scan_late(scan); n++) {
		uint32_t i = o->patrol % scan->n;

		if (scan->process[i].pid && fd_scan_verify(scan, i)) {
			if (o->threads && scan->process[i].id)
				fd_scan_renew(scan, i);
			if (!fd_scan_walk(scan, i, FD_WHOLE))
				break; /* it goes on here at the next tick */
		}
		o->patrol = i + 1;
	}
	scan->deadline = deadline;
}

bool owners_search(struct owners *o, uint64_t budget_ns)
{
	bool done;

	if (!o->proc)
		return false;
	o->scan.deadline = budget_ns ? now_ns() + budget_ns : 0;
	done = search(o);
	return !done;
}

static void tell_losses(struct owners *o, struct sk_sample *sample)
{
	struct sk_losses *losses = &sample->losses;

	losses->unreadable_processes = o->scan.unreadable;
	if (!o->proc || o->scan.error)
		sk_sample_lose(sample, SK_PART_OWNERS,
			       o->scan.n ? SK_LOSS_SOME : SK_LOSS_ALL,
			       o->proc ? o->scan.error : o->no_proc);
	o->scan.error = 0;
	if (o->scan.hidden)
		losses->missing |= SK_MISSING_HIDDEN;
	if (o->scan.unreadable || o->scan.hidden)
		losses->missing |= privilege_lacks_for_owners();
}

/* A set in use may have become another one since all had theirs. */
static bool is_changed(const struct owners *o)
{
	return o->resolved != o->scan.changes;
}

/* Decides what is searched for: all, while nothing is known. */
static int count_wanted(struct owners *o, struct sk_sample *sample)
{
	if (o->scan.map.n)
		return resolve(o, sample, is_changed(o));
	o->scan.wanted = 0;
	for (uint32_t i = 0; i < sample->n_sockets; i++)
		o->scan.wanted += has_inode(&sample->sockets[i]) && !sample->sockets[i].owner;
	return 0;
}

/*
 * Searches, and gives the sockets what was found: what is quickly found at once, since
 * short connections may be gone when a long search ends. Who had a socket when the sample
 * was taken keeps it there, even if such a search shows that he has closed it since.
 */
static int find(struct owners *o, struct sk_sample *sample)
{
	bool ended;
	int err = count_wanted(o, sample);

	if (err)
		return err;
	/* BPF is faster where many are wanted; without it /proc has to do */
	if (o->scan.wanted >= o->bpf_from && retry_due(&o->bpf_retry) &&
	    !errno_is_passing(fd_bpf_open(&o->scan)))
		o->bpf_from = UINT32_MAX;
	o->free.next = o->files.next = 0;
	ended = search_first(o);
	if (o->scan.found || is_changed(o))
		err = resolve(o, sample, is_changed(o));
	if (err)
		return err;
	if (ended)
		search(o);
	patrol(o);
	return o->scan.found ? resolve(o, sample, false) : 0;
}

/* At most so many have an inode: who waits for its time to pass has none. */
static uint32_t count_held(const struct sk_sample *sample)
{
	return sample->n_sockets - sample->summary.mini[0] - sample->summary.mini[1];
}

static int attribute_sockets(struct owners *o, const struct sk_request *request,
			     struct sk_sample *sample)
{
	int err = list(o);

	if (err == -ENOMEM)
		return err;
	if (err)
		o->scan.error = err;
	/* all at once is cheaper than step by step */
	if (holdings_reserve(&o->scan.map, count_held(sample)))
		return -ENOMEM;
	drop_vanished(o, sample);
	verify_named(o);
	check_held(o);
	if (request->wants_detail)
		look_closely(o, request->detached.socket.inode);
	/* what came while the first round ran may have come too late for it */
	o->sampled = o->scan.round || !o->scan.map.n ? o->scan.round : 1;
	err = find(o, sample);
	if (o->tick % FORGET_AFTER == 0)
		holdings_forget(&o->scan.map, o->tick - FORGET_AFTER);
	if (!err)
		err = sk_owners_take_over(sample, o->table);
	if (!err)
		tell_losses(o, sample);
	return o->scan.out_of_memory ? -ENOMEM : err;
}

/* Processes that were described without their thread ids are described anew. */
static void want_threads(struct owners *o, bool threads)
{
	for (uint32_t i = 0; threads && !o->threads && i < o->scan.n; i++)
		fd_scan_renew(&o->scan, i);
	o->threads = threads;
}

int owners_attribute(struct owners *o, const struct sk_request *request,
		     struct sk_sample *sample, uint64_t budget_ns)
{
	uint32_t needs = request->needs;
	int err = open_proc(o);

	if (sample->owners != o->table) {
		/* numbers that the diff took over from a sample of another table */
		for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone; i++)
			sample->sockets[i].owner = 0;
		sk_owners_unref(sample->owners);
		sample->owners = sk_owners_ref(o->table);
		o->resolved--;
	}
	o->tick++;
	o->scan.out_of_memory = false;
	want_threads(o, (needs & SK_NEED_THREADS) != 0);
	o->scan.deadline = budget_ns ? now_ns() + budget_ns : 0;
	if (!err && (needs & SK_NEED_OWNERS) && o->proc)
		err = attribute_sockets(o, request, sample);
	else if (!err && (needs & SK_NEED_OWNERS))
		tell_losses(o, sample);
	if (!err && (needs & SK_NEED_CGROUPS))
		err = cgroups_resolve(o->cgroups, sample, o->table);
	return err ? err : owners_compact(&o->compaction, &o->scan, &o->table, sample);
}
