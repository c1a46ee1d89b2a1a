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
#include <unistd.h>
#include <sktop/array.h>
#include "base/hash.h"
#include "base/clock.h"
#include "kernel/owners/fd_known.h"
#include "kernel/owners/fd_scan.h"

/** getdents64() fills this buffer. */
union listing {
	struct dirent64 first;
	char bytes[16384];
};

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

static uint32_t pid_slot(const struct fd_scan *scan, uint32_t pid)
{
	return hash_number(pid) & scan->by_pid_mask;
}

static uint32_t *pid_place(const struct fd_scan *scan, uint32_t pid)
{
	uint32_t at = pid_slot(scan, pid);

	while (scan->by_pid[at] && scan->process[scan->by_pid[at] - 1].pid != pid)
		at = (at + 1) & scan->by_pid_mask;
	return &scan->by_pid[at];
}

uint32_t fd_scan_leader(const struct fd_scan *scan, uint32_t i)
{
	uint32_t leader = scan->process[i].leader;

	return leader ? *pid_place(scan, leader) - 1 : i;
}

void fd_scan_renew(struct fd_scan *scan, uint32_t i)
{
	scan->process[i].id = 0;
	scan->changes++;
}

/*
 * Makes the index anew. This is done after processes have died and when it fills, because there
 * are few pids.
 */
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
	scan->forgotten = false;
	for (uint32_t i = 0; i < scan->n; i++) {
		if (scan->process[i].pid)
			*pid_place(scan, scan->process[i].pid) = i + 1;
	}
	return 0;
}

/* Gives a place to a process: the place of a dead one, or a new one. */
static int add_process(struct fd_scan *scan, uint32_t pid, uint32_t leader,
		       uint32_t *free_from)
{
	uint32_t i = *free_from;

	while (i < scan->n && scan->process[i].pid)
		i++;
	*free_from = i;
	if (SK_ARRAY_ROOM(scan->process, i, scan->capacity, 256))
		return -ENOMEM;
	scan->process[i] = (struct fd_process){ .pid = pid, .leader = leader,
						.fresh = true, .seen = scan->listing };
	if (i < scan->n) {
		*pid_place(scan, pid) = i + 1;
		return 0;
	}
	scan->n++;
	if (scan->n * 2ULL > scan->by_pid_mask) {
		int err = index_pids(scan);

		scan->n -= err != 0; /* otherwise the process would be there twice */
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
	p->unreadable = false;
	scan->forgotten = true;
}

/*
 * Forgets a process, because its pid belongs to another process now. Nothing is known of that one
 * yet.
 */
static void replace(struct fd_scan *scan, uint32_t i, uint32_t leader)
{
	struct fd_process *p = &scan->process[i];
	uint32_t pid = p->pid;

	forget(scan, i);
	*p = (struct fd_process){ .pid = pid, .leader = leader, .fresh = true,
				  .seen = scan->listing };
}

bool fd_scan_verify(struct fd_scan *scan, uint32_t i)
{
	struct fd_process *p = &scan->process[i];
	struct process_stat stat;
	int err = process_read_stat(scan->look.root, p->pid, &stat);

	if (err == -ENOENT || err == -ESRCH)
		forget(scan, i);
	fd_scan_note(scan, err);
	if (err)
		return false;
	if (p->start && p->start != stat.start)
		replace(scan, i, p->leader);
	if (p->id && strcmp(p->name, stat.name) != 0)
		fd_scan_renew(scan, i);
	p->start = stat.start;
	p->kernel = stat.kernel;
	memcpy(p->name, stat.name, sizeof(p->name));
	p->through = process_is_headless(&stat) ?
			     process_other_thread(scan->look.root, p->pid) : 0;
	if (!process_is_dead(&stat))
		return true;
	fd_note_closed(scan, i, 0, FDS_MAX);
	return false;
}

/* Notes a known or a new process of this listing. leader is as in struct fd_process. */
static int note_process(struct fd_scan *scan, uint32_t pid, uint32_t leader, uint32_t *free_from)
{
	uint32_t found = *pid_place(scan, pid);

	if (!found)
		return add_process(scan, pid, leader, free_from);
	if (scan->process[found - 1].leader != leader)
		replace(scan, found - 1, leader);
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
				err = note_process(scan, (uint32_t)pid, 0, free_from);
		}
	}
	if (n < 0)
		err = -errno;
	close(dir);
	return err;
}

/** This is a process that is compared with its threads. */
struct comparison {
	struct fd_scan *scan;
	uint32_t pid;  /* pid of the process */
	uint32_t task; /* task to read its descriptors from */
	uint32_t *free_from;
};

static int compare_thread(void *arg, uint32_t tid)
{
	struct comparison *c = arg;

	/*
	 * If the kernel refuses to compare them, they share descriptors, as nearly all threads
	 * do.
	 */
	if (tid == c->task || tid == c->pid ||
	    syscall(SYS_kcmp, c->task, tid, KCMP_FILES, 0, 0) <= 0)
		return 0;
	return note_process(c->scan, tid, c->pid, c->free_from);
}

/*
 * Returns true if a process has several threads. /proc/PID/task has two links, and one more for
 * each thread. Some kernels do not count the threads, so any other number than 3 means true.
 */
static bool has_threads(const struct fd_scan *scan, const struct fd_process *p)
{
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "%u/task", p->pid);
	return fstatat(scan->look.root, path, &st, 0) == 0 && st.st_nlink != 3;
}

int fd_scan_threads(struct fd_scan *scan)
{
	uint32_t free_from = 0, n = scan->n;

	for (uint32_t i = 0; i < n; i++) {
		const struct fd_process *p = &scan->process[i];
		struct comparison c = { scan, p->pid, fd_scan_task(p), &free_from };
		int err;

		if (!p->pid || p->leader || p->unreadable || p->kernel ||
		    !has_threads(scan, p))
			continue;
		err = process_each_thread(scan->look.root, c.pid, compare_thread, &c);
		if (err == -ENOMEM)
			return err;
		fd_scan_note(scan, err);
	}
	return 0;
}

/*
 * The listing has processes only. A thread with descriptors of its own stays if its process is
 * in the list and the thread itself still answers.
 */
static void note_threads(struct fd_scan *scan)
{
	for (uint32_t i = 0; i < scan->n; i++) {
		struct fd_process *p = &scan->process[i];
		uint32_t leader;

		if (!p->pid || !p->leader)
			continue;
		leader = fd_scan_leader(scan, i);
		if (leader != UINT32_MAX && scan->process[leader].seen == scan->listing &&
		    fd_scan_verify(scan, i))
			p->seen = scan->listing;
	}
}

int fd_scan_list(struct fd_scan *scan)
{
	uint32_t free_from = 0, living = 0;
	int err = scan->forgotten ? index_pids(scan) : 0;

	scan->listing++;
	if (!err)
		err = list_names(scan, &free_from);
	if (err)
		return err;
	note_threads(scan);
	for (uint32_t i = 0; i < scan->n; i++) {
		if (scan->process[i].pid && scan->process[i].seen != scan->listing)
			forget(scan, i);
		living += scan->process[i].pid != 0;
	}
	/* A real /proc lists at least ourselves. */
	if (!living)
		scan->error = -ENOENT;
	/*
	 * There always is a process 1, but hidepid does not show it. Without AT_EACCESS the
	 * kernel would check if our real user may see it, and would ignore our capabilities.
	 */
	scan->hidden = living && faccessat(scan->look.root, "1", F_OK, AT_EACCESS) != 0;
	return scan->forgotten ? index_pids(scan) : 0;
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
	scan->changes = changes; /* no socket has these sets any more */
}
