/* SPDX-License-Identifier: MIT */
/*
 * The kernel hands out the lowest free descriptor: a new socket is nearly always
 * where an old one was closed, or right behind the last. A look at those few places
 * finds it without a walk over all descriptors.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include "kernel/fd_gather.h"
#include "kernel/fd_scan.h"

#define PAGE_FDS 512U
#define LATE_EVERY 32	   /* descriptors between two looks at the clock */

/** What getdents64() fills. */
union listing {
	struct dirent64 first;
	char bytes[16384];
};

struct fd_page {
	uint32_t fd[PAGE_FDS];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

bool fd_scan_late(const struct fd_scan *scan)
{
	return scan->deadline && now_ns() >= scan->deadline;
}

int fd_scan_open(struct fd_scan *scan, const char *root)
{
	int err;

	*scan = (struct fd_scan){ .by_pid_mask = 1023 };
	err = fd_look_open(&scan->look, root);
	if (err)
		return err;
	scan->by_pid = calloc(scan->by_pid_mask + 1, sizeof(*scan->by_pid));
	if (!scan->by_pid) {
		fd_scan_close(scan);
		return -ENOMEM;
	}
	return 0;
}

static void free_pages(struct fd_process *p)
{
	for (uint32_t i = 0; i < p->n_pages; i++)
		free(p->page[i]);
	free(p->page);
	p->page = NULL;
	p->n_pages = 0;
}

void fd_scan_close(struct fd_scan *scan)
{
	for (uint32_t i = 0; i < scan->n; i++)
		free_pages(&scan->process[i]);
	free(scan->process);
	free(scan->by_pid);
	holdings_free(&scan->map);
	fd_look_close(&scan->look);
	*scan = (struct fd_scan){ .look.root = -1 };
}

static uint32_t known(const struct fd_process *p, uint32_t fd)
{
	uint32_t page = fd / PAGE_FDS;

	return page < p->n_pages && p->page[page] ? p->page[page]->fd[fd % PAGE_FDS] :
						    FD_CLOSED;
}

static bool is_socket(uint32_t what)
{
	return what != FD_CLOSED && what != FD_OTHER;
}

/* The place of a descriptor, or NULL without memory. */
static uint32_t *place(struct fd_process *p, uint32_t fd)
{
	uint32_t page = fd / PAGE_FDS;

	if (page >= p->n_pages) {
		uint32_t n = page + 1 > p->n_pages * 2 ? page + 1 : p->n_pages * 2;
		struct fd_page **more = realloc(p->page, n * sizeof(struct fd_page *));

		if (!more)
			return NULL;
		memset(more + p->n_pages, 0, (n - p->n_pages) * sizeof(struct fd_page *));
		p->page = more;
		p->n_pages = n;
	}
	if (!p->page[page])
		p->page[page] = calloc(1, sizeof(struct fd_page));
	return p->page[page] ? &p->page[page]->fd[fd % PAGE_FDS] : NULL;
}

/* Notes what a descriptor is now. */
static void note(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t what)
{
	struct fd_process *p = &scan->process[i];
	uint32_t before = known(p, fd), *at;
	bool wanted = false;

	if (before == what || fd >= FDS_MAX)
		return;
	at = place(p, fd);
	if (!at) {
		scan->out_of_memory = true;
		return;
	}
	if (is_socket(before)) {
		holdings_remove(&scan->map, before, i, fd);
		p->sockets--;
		scan->changes++;
	}
	*at = what;
	if (!is_socket(what))
		return;
	if (holdings_add(&scan->map, what, i, fd, &wanted)) {
		scan->out_of_memory = true;
		*at = FD_CLOSED;
		return;
	}
	p->sockets++;
	scan->wanted -= wanted && scan->wanted;
	scan->changes++;
}

/* All from fd to before end are closed. */
static void note_closed(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t end)
{
	struct fd_process *p = &scan->process[i];

	if (end > p->n_pages * PAGE_FDS)
		end = p->n_pages * PAGE_FDS;
	while (fd < end) {
		if (!p->page[fd / PAGE_FDS]) {
			fd = (fd / PAGE_FDS + 1) * PAGE_FDS;
			continue;
		}
		note(scan, i, fd++, FD_CLOSED);
	}
}

/* Descriptors one by one. */
static bool walk_numbers(struct fd_scan *scan, uint32_t i, int dir, enum fd_walk how)
{
	struct fd_process *p = &scan->process[i];
	unsigned gap = 0, steps = 0;
	int64_t next;

	for (int64_t at = how == FD_WHOLE ? p->cursor : 0; at < FDS_MAX; at = next) {
		uint32_t fd = (uint32_t)at, what;

		next = at + 1;
		if (how == FD_QUICK && is_socket(known(p, fd))) {
			gap = 0;
			continue;
		}
		if (how == FD_QUICK && !scan->wanted)
			return false;
		if (++steps % LATE_EVERY == 0 && fd_scan_late(scan)) {
			if (how == FD_WHOLE)
				p->cursor = fd;
			return false;
		}
		what = fd_look_at_number(&scan->look, dir, fd, &scan->refused);
		scan->probes++;
		if (scan->refused)
			return true;
		note(scan, i, fd, what);
		next = fd_look_next(dir, fd, what, &gap);
		note_closed(scan, i, fd + 1, next < 0 ? FDS_MAX : (uint32_t)next);
		if (next < 0)
			break;
	}
	return true;
}

/* As the directory lists them: where descriptors cannot be followed. */
static bool walk_names(struct fd_scan *scan, uint32_t i, int fd)
{
	DIR *dir = fdopendir(dup(fd));
	struct dirent *entry;

	if (!dir)
		return true;
	note_closed(scan, i, 0, FDS_MAX);
	while ((entry = readdir(dir))) {
		int64_t number = fd_look_parse(entry->d_name);

		if (number < 0 || number >= FDS_MAX)
			continue;
		scan->probes++;
		note(scan, i, (uint32_t)number,
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

/* Its descriptors are refused, or it has none. */
static void note_none(struct fd_scan *scan, uint32_t i, int err)
{
	struct fd_process *p = &scan->process[i];
	bool refused = err == -EACCES || err == -EPERM, none = false;
	struct process_stat stat;

	/* kernel threads and the dead have no descriptors to refuse */
	if (refused && process_read_stat(scan->look.root, p->pid, &stat) == 0)
		none = stat.kernel || stat.state == 'Z';
	set_unreadable(scan, p, refused && !none);
	note_closed(scan, i, 0, FDS_MAX);
	p->fresh = false;
	p->cursor = 0;
}

bool fd_scan_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how)
{
	struct fd_process *p = &scan->process[i];
	int dir = fd_look_process(&scan->look, p->pid);
	bool ended;

	if (dir < 0) {
		note_none(scan, i, dir);
		return true;
	}
	scan->refused = false;
	ended = scan->look.follow ? walk_numbers(scan, i, dir, how) :
				    walk_names(scan, i, dir);
	close(dir);
	/* with CAP_DAC_OVERRIDE and no CAP_SYS_PTRACE the directory opens all the same */
	set_unreadable(scan, p, scan->refused);
	if (!ended)
		return false;
	p->dirty = false;
	if (how == FD_WHOLE) {
		p->cursor = 0;
		p->fresh = false;
	}
	return true;
}

static uint32_t pid_home(const struct fd_scan *scan, uint32_t pid)
{
	return (uint32_t)((pid * 0x9e3779b97f4a7c15ULL) >> 32) & scan->by_pid_mask;
}

static uint32_t *pid_place(struct fd_scan *scan, uint32_t pid)
{
	uint32_t at = pid_home(scan, pid);

	while (scan->by_pid[at] && scan->process[scan->by_pid[at] - 1].pid != pid)
		at = (at + 1) & scan->by_pid_mask;
	return &scan->by_pid[at];
}

/* Notes what was gathered of a fresh process. */
static void take(struct fd_scan *scan, uint32_t i, const struct fd_list *list)
{
	struct fd_process *p = &scan->process[i];

	scan->probes += list->looks;
	scan->out_of_memory |= list->err == -ENOMEM;
	if (list->err) {
		note_none(scan, i, list->err);
		return;
	}
	for (uint32_t k = 0; k < list->n; k++)
		note(scan, i, list->fd[k].fd, list->fd[k].inode);
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
	for (uint32_t k = 0; k < n; k++) {
		take(scan, *pid_place(scan, lists[k].pid) - 1, &lists[k]);
		fd_list_free(&lists[k]);
	}
	free(lists);
	return 0;
}

void fd_scan_renew(struct fd_scan *scan, uint32_t i)
{
	struct fd_process *p = &scan->process[i];

	p->id = 0;
	for (uint32_t fd = 0; p->sockets && fd < p->n_pages * PAGE_FDS; fd++) {
		struct holding *first = is_socket(known(p, fd)) ?
						holdings_find(&scan->map, known(p, fd)) :
						NULL;

		if (first)
			first->set = 0;
	}
	scan->changes++;
}

/* The index is made anew after deaths and as it fills: pids are few. */
static int index_pids(struct fd_scan *scan)
{
	uint32_t mask = scan->by_pid_mask, *bigger;

	while (scan->n * 2ULL > mask)
		mask = mask * 2 + 1;
	bigger = calloc(mask + 1ULL, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	free(scan->by_pid);
	scan->by_pid = bigger;
	scan->by_pid_mask = mask;
	for (uint32_t i = 0; i < scan->n; i++) {
		if (scan->process[i].pid)
			*pid_place(scan, scan->process[i].pid) = i + 1;
	}
	return 0;
}

/* A place for a process: one that a dead one left, or a new one. */
static int add_process(struct fd_scan *scan, uint32_t pid, uint32_t *free_from)
{
	uint32_t i = *free_from;

	while (i < scan->n && scan->process[i].pid)
		i++;
	*free_from = i;
	if (i == scan->capacity) {
		uint32_t capacity = scan->capacity ? scan->capacity * 2 : 256;
		struct fd_process *more = realloc(scan->process, capacity * sizeof(*more));

		if (!more)
			return -ENOMEM;
		scan->process = more;
		scan->capacity = capacity;
	}
	scan->process[i] = (struct fd_process){ .pid = pid, .fresh = true,
						.seen = scan->listing };
	if (i < scan->n) {
		*pid_place(scan, pid) = i + 1;
		return 0;
	}
	scan->n++;
	if (scan->n * 2ULL > scan->by_pid_mask)
		return index_pids(scan);
	*pid_place(scan, pid) = i + 1;
	return 0;
}

static void forget(struct fd_scan *scan, uint32_t i)
{
	struct fd_process *p = &scan->process[i];

	note_closed(scan, i, 0, FDS_MAX);
	set_unreadable(scan, p, false);
	free_pages(p);
	p->pid = 0;
	p->id = 0;
}

bool fd_scan_verify(struct fd_scan *scan, uint32_t i)
{
	struct fd_process *p = &scan->process[i];
	struct process_stat stat;
	uint32_t pid = p->pid;

	if (process_read_stat(scan->look.root, pid, &stat))
		return false; /* the next listing takes it out */
	if (p->start && p->start != stat.start) {
		forget(scan, i);
		*p = (struct fd_process){ .pid = pid, .fresh = true,
					  .seen = scan->listing };
	}
	if (p->id && strcmp(p->name, stat.name) != 0)
		fd_scan_renew(scan, i);
	p->start = stat.start;
	memcpy(p->name, stat.name, sizeof(p->name));
	return true;
}

/* Met in this listing: known, or new. */
static int meet(struct fd_scan *scan, uint32_t pid, uint32_t *free_from)
{
	uint32_t found = *pid_place(scan, pid);

	if (!found)
		return add_process(scan, pid, free_from);
	scan->process[found - 1].seen = scan->listing;
	return 0;
}

static int list_names(struct fd_scan *scan, uint32_t *free_from)
{
	union listing list;
	int dir = openat(scan->look.root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	long n;

	if (dir < 0)
		return -errno;
	while (!err && (n = syscall(SYS_getdents64, dir, list.bytes, sizeof(list))) > 0) {
		for (long at = 0; at < n && !err;) {
			const struct dirent64 *entry = (const void *)(list.bytes + at);
			int64_t pid = fd_look_parse(entry->d_name);

			at += entry->d_reclen;
			if (pid > 0 && pid <= INT32_MAX)
				err = meet(scan, (uint32_t)pid, free_from);
		}
	}
	close(dir);
	return err;
}

/* Threads that do not share the descriptors of their process: each is like one. */
static int list_threads(struct fd_scan *scan, uint32_t pid, uint32_t *free_from)
{
	struct dirent *entry;
	char path[32];
	DIR *dir;
	int fd, err = 0;

	snprintf(path, sizeof(path), "%u/task", pid);
	fd = openat(scan->look.root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!err && (entry = readdir(dir))) {
		int64_t tid = fd_look_parse(entry->d_name);

		/* where the kernel refuses to compare, they share as nearly all do */
		if (tid > 0 && tid <= INT32_MAX && tid != pid &&
		    syscall(SYS_kcmp, pid, tid, KCMP_FILES, 0, 0) > 0)
			err = meet(scan, (uint32_t)tid, free_from);
	}
	closedir(dir);
	return err;
}

static int list_all_threads(struct fd_scan *scan, uint32_t *free_from)
{
	uint32_t n = scan->n;
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		if (scan->process[i].pid && scan->process[i].seen == scan->listing)
			err = list_threads(scan, scan->process[i].pid, free_from);
	}
	return err;
}

int fd_scan_list(struct fd_scan *scan, bool threads)
{
	uint32_t free_from = 0, dead = 0;
	int err;

	scan->listing++;
	err = list_names(scan, &free_from);
	if (!err && threads)
		err = list_all_threads(scan, &free_from);
	if (err)
		return err;
	for (uint32_t i = 0; i < scan->n; i++) {
		if (scan->process[i].pid && scan->process[i].seen != scan->listing) {
			forget(scan, i);
			dead++;
		}
	}
	/* everywhere there is a process 1, but hidepid does not show it */
	scan->hidden = faccessat(scan->look.root, "1", F_OK, 0) != 0;
	return dead ? index_pids(scan) : 0;
}

void fd_scan_vanished(struct fd_scan *scan, uint32_t inode)
{
	const struct holding *at;

	while ((at = holdings_find(&scan->map, inode)) && at->process != HOLDING_NOBODY) {
		scan->process[at->process].dirty = true;
		note(scan, at->process, at->fd, FD_CLOSED);
	}
}
