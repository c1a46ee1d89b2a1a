/* SPDX-License-Identifier: MIT */
/*
 * The kernel hands out the lowest free descriptor. So a new socket is nearly always in the place
 * of a closed one, or right behind the last. A look at those few places finds it without a walk
 * over all descriptors.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "kernel/bpf/fd_search.h"
#include "kernel/owners/fd_gather.h"
#include "kernel/owners/fd_known.h"
#include "kernel/owners/fd_scan.h"

#define LATE_EVERY 32 /* descriptors between two looks at the clock */

/* Walks through descriptors one by one, by their numbers. */
static bool walk_numbers(struct fd_scan *scan, uint32_t i, int dir, enum fd_walk how)
{
	struct fd_process *p = &scan->process[i];
	int64_t next, end = fd_end(p, how);
	uint32_t *cursor = fd_cursor(p, how);
	unsigned gap = 0, steps = 0;

	for (int64_t at = cursor ? *cursor : 0; at < end; at = next) {
		uint32_t fd = (uint32_t)at, what;

		next = at + 1;
		if (!fd_is_due(p, fd, how)) {
			gap = 0;
			continue;
		}
		if (fd_is_search(how) && !scan->wanted)
			return false;
		if (++steps % LATE_EVERY == 0 && fd_scan_late(scan)) {
			if (cursor)
				*cursor = fd;
			return false;
		}
		what = fd_look_at_number(&scan->look, dir, fd, &scan->refused);
		scan->probes++;
		if (scan->refused)
			return true;
		scan->found_open |= what != FD_CLOSED;
		fd_note(scan, i, fd, what);
		next = fd_look_next(dir, fd, what, &gap);
		fd_note_closed(scan, i, fd + 1, next < 0 ? FDS_MAX : (uint32_t)next);
		if (next < 0)
			break;
	}
	return true;
}

/*
 * Walks through descriptors as the directory lists them. This is used if links cannot be
 * followed.
 */
static bool walk_names(struct fd_scan *scan, uint32_t i, int fd)
{
	int copy = dup(fd);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!dir) {
		fd_scan_note(scan, -errno);
		if (copy >= 0)
			close(copy);
		return true;
	}
	fd_note_closed(scan, i, 0, FDS_MAX);
	while ((entry = readdir(dir))) {
		int64_t number = fd_look_parse(entry->d_name);

		if (number < 0 || number >= FDS_MAX)
			continue;
		scan->probes++;
		scan->found_open = true;
		fd_note(scan, i, (uint32_t)number,
		     fd_look_at(&scan->look, fd, entry->d_name, &scan->refused));
	}
	closedir(dir);
	return true;
}

static void set_unreadable(struct fd_scan *scan, struct fd_process *p, bool unreadable)
{
	scan->unreadable += (uint32_t)unreadable - (uint32_t)p->unreadable;
	p->unreadable = unreadable;
}

static bool is_denied(int err)
{
	return err == -EACCES || err == -EPERM;
}

/* Notes that the kernel refuses the descriptors of the process, or that it has none. */
static void note_none(struct fd_scan *scan, uint32_t i, int err)
{
	struct fd_process *p = &scan->process[i];
	bool refused = is_denied(err), none = false;
	struct process_stat stat;

	fd_scan_note(scan, err);
	/* Kernel threads and dead processes have no descriptors, so nothing was refused. */
	if (refused && process_read_stat(scan->look.root, p->pid, &stat) == 0)
		none = stat.kernel || stat.state == 'Z';
	set_unreadable(scan, p, refused && !none);
	fd_note_closed(scan, i, 0, FDS_MAX);
	p->fresh = false;
	p->cursor = 0;
}

/* Walks through /proc. Returns 1 at the end, 0 if it stopped before the end, or -errno. */
static int walk_directory(struct fd_scan *scan, uint32_t i, enum fd_walk how)
{
	int dir = fd_look_process(&scan->look, fd_scan_task(&scan->process[i]));
	bool ended;

	if (dir < 0)
		return dir;
	ended = scan->look.follow ? walk_numbers(scan, i, dir, how) :
				    walk_names(scan, i, dir);
	close(dir);
	return ended;
}

/*
 * Walks by BPF while that works, else through /proc. Returns the same values as walk_directory().
 */
static int walk(struct fd_scan *scan, uint32_t i, enum fd_walk how)
{
	int ended = scan->bpf.window ? fd_bpf_walk(scan, i, how) : -EOPNOTSUPP;

	if (ended >= 0 || ended == -ESRCH)
		return ended;
	bpf_fds_close(&scan->bpf);
	return walk_directory(scan, i, how);
}

/*
 * This is called after a walk that met no open descriptor. Returns true if another thread than
 * before can show the descriptors.
 */
static bool finds_thread(struct fd_scan *scan, uint32_t i)
{
	uint32_t before = scan->process[i].through;

	return !scan->process[i].kernel && fd_scan_verify(scan, i) &&
	       scan->process[i].through && scan->process[i].through != before;
}

bool fd_scan_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how)
{
	struct fd_process *p = &scan->process[i];
	int ended;

	scan->refused = scan->found_open = false;
	ended = walk(scan, i, how);
	if (how == FD_WHOLE && !scan->found_open && ended != 0 && !scan->refused &&
	    !is_denied(ended) && finds_thread(scan, i))
		ended = walk(scan, i, how);
	if (!p->pid)
		return true; /* finds_thread() saw that the process is gone */
	if (ended < 0) {
		note_none(scan, i, ended);
		return true;
	}
	/*
	 * With CAP_DAC_OVERRIDE but without CAP_SYS_PTRACE the directory opens, but its links are
	 * refused.
	 */
	set_unreadable(scan, p, scan->refused);
	if (!ended)
		return false;
	if (how == FD_HELD) {
		p->checked = 0;
		return true;
	}
	p->dirty = false;
	if (how == FD_WHOLE) {
		p->cursor = 0;
		p->fresh = false;
	}
	return true;
}

/* Notes the gathered descriptors of a fresh process. */
static void take(struct fd_scan *scan, uint32_t i, const struct fd_list *list)
{
	struct fd_process *p = &scan->process[i];

	scan->probes += list->looks;
	scan->out_of_memory |= list->err == -ENOMEM;
	/* The process stays fresh, and will be walked through that thread. */
	if (!list->n && !list->refused && !is_denied(list->err) && finds_thread(scan, i))
		return;
	if (list->err) {
		note_none(scan, i, list->err);
		return;
	}
	for (uint32_t k = 0; k < list->n; k++)
		fd_note(scan, i, list->fd[k].fd, list->fd[k].what);
	set_unreadable(scan, p, list->refused);
	p->fresh = false;
}

int fd_scan_fresh(struct fd_scan *scan)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct fd_list *lists = calloc(scan->n + 1ULL, sizeof(*lists));
	uint32_t n = 0;

	if (!lists)
		return -ENOMEM;
	for (uint32_t i = 0; i < scan->n; i++) {
		if (scan->process[i].pid && scan->process[i].fresh)
			lists[n++].pid = scan->process[i].pid;
	}
	fd_gather(&scan->look, lists, n, processors > 1 ? (unsigned)processors : 1);
	n = 0;
	for (uint32_t i = 0; i < scan->n; i++) {
		if (!scan->process[i].pid || !scan->process[i].fresh)
			continue;
		take(scan, i, &lists[n]);
		fd_list_free(&lists[n++]);
	}
	free(lists);
	return 0;
}
