/* SPDX-License-Identifier: MIT */
/*
 * A search has several steps. The first ones are cheap and likely to find something, the last one
 * is certain.
 *
 * 1. Gone sockets leave free descriptors: look at these first.
 * 2. Look at new processes.
 * 3. Look at free descriptors of all other processes, then at descriptors that were no sockets.
 * 4. Look at every descriptor of every process, round by round.
 * 5. Look at threads that have descriptors of their own.
 *
 * Descriptors are looked at through /proc. If owners of many sockets are to be found and the
 * kernel permits it, a program in the kernel (fd_search.c) looks at them instead, in the same
 * order.
 *
 * Each step ends as soon as no inode is wanted any more. If a whole round has not found a socket,
 * it has no owner that we may see, and the search for it ends. A slow patrol through all
 * processes corrects changes that no new or gone socket reveals. In each sample, each process
 * that is named as an owner is checked: it must live, and have the same name.
 *
 * A search that finds nothing is followed by a rest. Its length depends on the CPU time that the
 * search took, because on a busy machine most of the elapsed time belongs to others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/event.h>
#include "kernel/retry.h"
#include "kernel/owners/cgroups.h"
#include "base/clock.h"
#include "kernel/bpf/fd_search.h"
#include "kernel/owners/fd_scan.h"
#include "kernel/owners/owners.h"
#include "kernel/owners/compact.h"
#include "kernel/owners/makers.h"
#include "kernel/act/privilege.h"
#include "kernel/owners/shared_inodes.h"
#include "kernel/uid_map.h"

#define PATROL 4	     /* processes that a patrol checks in one tick */
#define PATROL_NS 1000000U   /* time that a patrol may take */
#define CHECK_NS 1000000U    /* time of a tick for checking named holders */
#define REST 8U		     /* rest after a search in vain: REST times its CPU time */
#define REST_MAX_NS 10000000000U /* no rest is longer */
#define FRUITLESS 3	     /* each search in vain doubles the rest, at most so often */
#define LIST_REST 50U	     /* rest after listing the processes: as REST */
#define LIST_REST_MAX_NS 2000000000U
#define AHEAD 8		     /* sockets whose entries are fetched early */
#define FORGET_AFTER 60	     /* an inode that no sample has is kept for so many ticks */

/** This is a search through all processes. It may take many calls. */
struct pass {
	uint32_t next;	/* index of the process where it goes on */
	uint64_t cpu;	/* ns of CPU time so far */
	uint64_t rest;	/* ns: it may begin again then */
	uint64_t hits;	/* scan.hits when it began */
	unsigned fruitless; /* searches in a row that found nothing */
};

struct owners {
	struct fd_scan scan;
	const char *root; /* /proc */
	bool proc; /* scan is open */
	struct retry proc_retry, bpf_retry;
	int no_proc; /* -errno of opening scan */
	uint32_t bpf_from; /* load BPF if so many sockets are wanted; UINT32_MAX = never */
	struct cgroups *cgroups;
	uint32_t overflow_uid; /* uid_map_overflow() */
	struct sk_owners *table;
	uint32_t tick;
	bool threads;		/* the caller wants thread ids */
	struct pass free, files; /* step 3: each goes through all processes, once a sample */
	struct pass round;	/* step 4 */
	bool round_runs;	/* a round is under way */
	bool compared;		/* step 5: the threads have been compared in this round */
	uint32_t check;		/* process where check_held() goes on */
	uint32_t patrol;	/* process where the patrol goes on */
	uint32_t sampled;	/* new sockets of this sample may have missed this round */
	uint64_t list_rest;	/* ns: the processes may be listed again then */
	uint64_t resolved;	/* scan.changes at the last complete resolve() */
	struct sort_holder *sorted; /* memory for make_set() */
	struct sk_holder *holders;
	uint32_t n_sorted;
	struct shared_inodes
		shared_inodes; /* of the last sample where they were looked for */
	uint32_t shared_inodes_tick; /* the tick of that sample */
	struct compaction compaction;
	struct process_texts texts; /* memory for publish() */
	struct makers makers; /* of connections that have ended */
};

/** This is a holder with the values that decide its place in the set. */
struct sort_holder {
	uint64_t start;
	uint32_t pid, id, fd, at; /* at: its slot in the map */
};

/* Returns the CPU time of this thread. Another thread may have taken the last sample. */
static uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Returns the time when work that took so much CPU time may begin again. */
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

/* Ends a search that left wanted inodes: it rests now. */
static void end_pass(struct owners *o, struct pass *pass)
{
	pass->fruitless = o->scan.hits != pass->hits ?
				  0 :
				  pass->fruitless + (pass->fruitless < FRUITLESS);
	pass->rest = rest_after(pass->cpu, REST << pass->fruitless, REST_MAX_NS);
}

/* options are those of sk_live_source_new(). */
static uint32_t bpf_from(unsigned options)
{
	if ((options & SK_LIVE_NO_BPF) || !sk_live_has_bpf() || !privilege_has_bpf())
		return UINT32_MAX;
	return options & SK_LIVE_BPF ? 1 : FD_BPF_MANY;
}

/* Opens /proc. Without it no owner is found. Returns 0 or -ENOMEM. */
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
	makers_free(&o->makers);
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

/* Puts a process into the table. Returns 0, -EAGAIN if the time is up, or another -errno. */
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
 * Returns the process, not the thread, that holds the inode of a slot, or NULL if it is gone. The
 * inode must have a holder.
 */
static struct fd_process *process_at(struct owners *o, uint32_t at)
{
	uint32_t i = fd_scan_leader(&o->scan, holdings_at(&o->scan.map, at).process);

	return i == UINT32_MAX ? NULL : &o->scan.process[i];
}

/* Reads the owners of the socket in the detail view anew, with their threads. */
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

/*
 * Returns true if several sockets have the inode of the slot, and this holder has another one
 * than s.
 */
static bool is_others(const struct owners *o, uint32_t at, const struct sk_socket *s)
{
	struct holder holder = holdings_at(&o->scan.map, at);

	return shared_inodes_is_other(o->scan.process[holder.process].pid, holder.fd,
				      s);
}

/* Puts the oldest process first: it opened the socket, and younger ones inherited it. */
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
 * Collects all holders of an inode in order, or, if several sockets have the inode, all holders
 * of this socket. Returns how many there are, or -errno.
 */
static int64_t gather(struct owners *o, uint32_t first, const struct sk_socket *sharing)
{
	const struct holdings *map = &o->scan.map;
	uint32_t n = 0;

	for (uint32_t at = first; at != HOLDINGS_NONE; at = holdings_next(map, at)) {
		const struct fd_process *p = process_at(o, at);
		int err = p ? publish(o, (uint32_t)(p - o->scan.process)) : -ESRCH;

		if (err == -ESRCH || (!err && sharing && is_others(o, at, sharing)))
			continue; /* the process died meanwhile, or holds another socket */
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

/* Drops a thread that copied the descriptors of its process, because it holds the same ones. */
static uint32_t drop_copies(struct sort_holder *sorted, uint32_t n)
{
	uint32_t kept = 1;

	for (uint32_t i = 1; i < n; i++) {
		if (sorted[i].id != sorted[kept - 1].id || sorted[i].fd != sorted[kept - 1].fd)
			sorted[kept++] = sorted[i];
	}
	return kept;
}

/* Makes the set of a socket's holders. Afterwards the first slot belongs to the first holder. */
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

/*
 * Finds the set of a socket. One process alone holds nearly every socket, and it has one set for
 * all of them.
 */
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

/* Notes an inode of the sample that has no known holder. */
static int want(struct owners *o, struct unheld *unheld, uint32_t inode)
{
	if (!unheld) {
		unheld = holdings_want(&o->scan.map, inode);
		if (!unheld)
			return -ENOMEM;
		unheld->round = o->sampled;
	}
	unheld->tick = o->tick;
	/*
	 * If a round that began after the inode was first seen has ended, the inode cannot be
	 * found, and is not wanted any more.
	 */
	o->scan.wanted += o->scan.round < unheld->round + 2;
	return 0;
}

/*
 * Returns true if the holder is the one that the socket had, although there was no time to
 * describe it anew.
 */
static bool is_same_holder(struct owners *o, const struct sk_socket *s, uint32_t first)
{
	const struct fd_process *p = process_at(o, first);
	const struct sk_holder *holder = sk_owners_holder(o->table, s->owner, 0);

	return p && holder && holder->process == p->last_id &&
	       !holdings_shared(&o->scan.map, first);
}

/*
 * Sets *is to true if other sockets of the sample have the same inode. The sample is only
 * searched for such inodes if a new socket has an inode that a socket was given before.
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

/*
 * Sets the owner of one socket. It never keeps the owner from before, because that may be the
 * listener's, or a process that has ended.
 */
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

/*
 * Returns false for a remembered inode, because it is of the past. Such a socket has got its
 * owner with it.
 */
static bool has_inode(const struct sk_socket *s)
{
	return s->inode && (s->flags & SK_F_OWNER) && !(s->flags & SK_F_REMEMBERED);
}

/* Gives sets to all sockets, or to those that have none. Counts the wanted inodes anew. */
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
		/*
		 * An owner without a descriptor was its listener's. Now the socket has one of its
		 * own.
		 */
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
 * Resolves sockets, and does so once more for all of them if several share an inode: sockets
 * before them in the list were resolved when it was not known that others have their inode, too.
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
 * Drops the notes of sockets that died since the last sample, or that live on without their
 * process.
 */
static void drop_vanished(struct owners *o, const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		/*
		 * A socket that was half closed before stays in FIN_WAIT2, so it has no change of
		 * state.
		 */
		bool left = (s->flags & SK_F_REMEMBERED) &&
			    ((s->flags & SK_F_CHANGED) || s->state == SK_STATE_FIN_WAIT2);

		if (s->inode && (left || (s->flags & SK_F_GONE)))
			fd_scan_vanished(&o->scan, s->inode);
	}
}

/* Does step 2. */
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

/* Does steps 1 and 2, where a change is known. Returns true if nothing is left of them. */
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
	/* A caller without a deadline may use all processors. */
	if (!scan->deadline && !scan->bpf.window && scan->look.follow &&
	    fd_scan_fresh(scan))
		scan->out_of_memory = true;
	return search_fresh(o);
}

/* Searches processes that have sockets first, then the others. Returns false if the time is up. */
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

/* Does half of step 3, once a sample. Returns true if nothing is left of it. */
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

/*
 * Does step 5. It has to look at each thread, so it is done only for sockets that no process has.
 */
static bool search_threads(struct owners *o)
{
	if (!o->scan.wanted || o->compared)
		return true;
	o->compared = true;
	if (fd_scan_threads(&o->scan))
		o->scan.out_of_memory = true;
	return search_fresh(o);
}

/* Goes on with a round where the last call stopped. Returns false if the time is up. */
static bool go_round(struct owners *o)
{
	struct fd_scan *scan = &o->scan;

	for (; o->round.next < scan->n && scan->wanted; o->round.next++) {
		uint32_t i = o->round.next;

		/*
		 * A process that was refused once, for example during exec(), may be readable by
		 * now.
		 */
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

/* Does step 4: one round over all processes, and step 5 at its end. */
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
		return true; /* all were found: the round stays where it is */
	o->round_runs = false;
	o->scan.round++;
	end_pass(o, &o->round);
	return true;
}

/*
 * Lists the processes. The cost grows with their number, so it takes at most a fiftieth of the
 * time.
 */
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

/* Checks that each process that is named as an owner lives under that name, in 2 us each. */
static void verify_named(struct owners *o)
{
	for (uint32_t i = 0; i < o->scan.n; i++) {
		if (o->scan.process[i].pid && o->scan.process[i].id)
			fd_scan_verify(&o->scan, i);
	}
}

/*
 * Checks if the named processes still hold their sockets. A process may have handed a socket to
 * another one and closed its own descriptor, and no new or gone socket shows that. So each
 * descriptor that stands in a sample is looked at: all of them in one tick if there are some
 * hundred sockets, and round by round if there are more.
 */
static void check_held(struct owners *o)
{
	struct fd_scan *scan = &o->scan;
	uint64_t deadline = scan->deadline, mine = now_ns() + CHECK_NS;

	if (!scan->look.follow)
		return; /* one look would need a walk through all descriptors there, so only
			 * the patrol checks */
	scan->deadline = deadline && deadline < mine ? deadline : mine;
	for (uint32_t n = 0; n < scan->n && !fd_scan_late(scan); n++) {
		uint32_t i = o->check % scan->n;
		const struct fd_process *p = &scan->process[i];

		if (p->pid && p->sockets && !p->unreadable && !fd_scan_walk(scan, i, FD_HELD))
			break; /* the check goes on here at the next tick */
		o->check = i + 1;
	}
	scan->deadline = deadline;
}

/*
 * Does the steps that are cheap and likely to find something. Returns true if nothing is left of
 * them.
 */
static bool search_first(struct owners *o)
{
	return search_changed(o) && (!o->scan.wanted || !o->scan.round ||
				     search_likely(o, &o->free, FD_FREE));
}

/* Runs all steps. Returns true if nothing is left to do. */
static bool search(struct owners *o)
{
	if (!search_first(o))
		return false;
	if (!o->scan.round) {
		if (!search_threads(o))
			return false;
		/*
		 * All processes were new, so this was a whole round for all sockets from before
		 * it.
		 */
		o->scan.round = 2;
		return true;
	}
	return !o->scan.wanted ||
	       (search_likely(o, &o->files, FD_FILES) &&
		(!o->scan.wanted || search_all(o)));
}

/* Checks a few more processes: they must be the same, and their descriptors are looked at again. */
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
				break; /* the patrol goes on here at the next tick */
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

/* Returns true if the set of a socket may have changed since the last time when all got theirs. */
static bool is_changed(const struct owners *o)
{
	return o->resolved != o->scan.changes;
}

/* Decides which inodes are wanted: all of them, while nothing is known. */
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
 * Searches, and gives the sockets their owners. Owners that are found quickly are given at once,
 * because short connections may be gone when a long search ends. A process that had a socket when
 * the sample was taken keeps it there, even if such a search shows that it has closed it since.
 */
static int find(struct owners *o, struct sk_sample *sample)
{
	bool ended;
	int err = count_wanted(o, sample);

	if (err)
		return err;
	/* BPF is faster if many inodes are wanted. Without it, /proc is used. */
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

/*
 * Returns how many sockets may have an inode. Mini sockets that wait for their time to pass have
 * none.
 */
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
	/* It is cheaper to reserve memory once than step by step. */
	if (holdings_reserve(&o->scan.map, count_held(sample)))
		return -ENOMEM;
	drop_vanished(o, sample);
	verify_named(o);
	check_held(o);
	if (request->wants_detail)
		look_closely(o, request->detached.socket.inode);
	/* Sockets that came while the first round ran may have come too late for it. */
	o->sampled = o->scan.round || !o->scan.map.n ? o->scan.round : 1;
	err = find(o, sample);
	if (o->tick % FORGET_AFTER == 0)
		holdings_forget(&o->scan.map, o->tick - FORGET_AFTER);
	if (!err)
		err = makers_name(&o->makers, &o->scan, o->table, sample);
	if (!err)
		err = sk_owners_take_over(sample, o->table);
	if (!err)
		tell_losses(o, sample);
	return o->scan.out_of_memory ? -ENOMEM : err;
}

/* Processes that were described without their thread ids are described anew if these are wanted. */
static void want_threads(struct owners *o, bool threads)
{
	for (uint32_t i = 0; threads && !o->threads && i < o->scan.n; i++)
		fd_scan_renew(&o->scan, i);
	o->threads = threads;
}

static void forget_owners(struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone; i++)
		sample->sockets[i].owner = 0;
	for (uint32_t i = 0; i < sample->n_events; i++)
		sample->events[i].socket.owner = 0;
	for (uint32_t i = 0; i < sample->n_ended; i++)
		sample->ended[i].socket.owner = 0;
	for (uint32_t i = 0; i < sample->n_limbo; i++)
		sample->limbo[i].owner = 0;
}

int owners_attribute(struct owners *o, const struct sk_request *request,
		     struct sk_sample *sample, uint64_t budget_ns)
{
	uint32_t needs = request->needs;
	int err = open_proc(o);

	if (sample->owners != o->table) {
		/* The diff took these numbers over from a sample with another table. */
		forget_owners(sample);
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
