/* SPDX-License-Identifier: MIT */
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
#include "kernel/fd_known.h"
#include "kernel/fd_scan.h"

/** What getdents64() fills. */
union listing {
	struct dirent64 first;
	char bytes[16384];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

void fd_scan_note(struct fd_scan *scan, int err)
{
	if (err < 0 && err != -ENOENT && err != -ESRCH && err != -EACCES && err != -EPERM)
		scan->error = err;
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

void fd_scan_close(struct fd_scan *scan)
{
	for (uint32_t i = 0; i < scan->n; i++)
		fd_known_free(scan, i);
	free(scan->process);
	free(scan->by_pid);
	holdings_free(&scan->map);
	fd_look_close(&scan->look);
	bpf_fds_close(&scan->bpf);
	*scan = (struct fd_scan){ .look.root = -1 };
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

void fd_scan_renew(struct fd_scan *scan, uint32_t i)
{
	scan->process[i].id = 0;
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
	if (scan->n * 2ULL > scan->by_pid_mask) {
		int err = index_pids(scan);

		scan->n -= err != 0; /* or it would be met twice */
		return err;
	}
	*pid_place(scan, pid) = i + 1;
	return 0;
}

static void forget(struct fd_scan *scan, uint32_t i)
{
	struct fd_process *p = &scan->process[i];

	fd_note_closed(scan, i, 0, FDS_MAX);
	scan->unreadable -= p->unreadable;
	fd_known_free(scan, i);
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
	long n = 0;

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
	if (n < 0)
		err = -errno;
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
		fd_scan_note(scan, -errno);
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
	uint32_t free_from = 0, dead = 0, living = 0;
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
		living += scan->process[i].pid != 0;
	}
	/* we are there ourselves, unless that is no /proc */
	if (!living)
		scan->error = -ENOENT;
	/* everywhere there is a process 1, but hidepid does not show it; without the flag it
	 * would be asked whether our real user may see it, without our capabilities */
	scan->hidden = living && faccessat(scan->look.root, "1", F_OK, AT_EACCESS) != 0;
	return dead ? index_pids(scan) : 0;
}

void fd_scan_vanished(struct fd_scan *scan, uint32_t inode)
{
	uint64_t changes = scan->changes;
	uint32_t at;

	while ((at = holdings_find(&scan->map, inode)) != HOLDINGS_NONE &&
	       !holdings_unheld(&scan->map, at)) {
		struct holder holder = holdings_at(&scan->map, at);

		scan->process[holder.process].dirty = true;
		fd_note(scan, holder.process, holder.fd, FD_CLOSED);
	}
	scan->changes = changes; /* no socket is left that has these sets */
}
