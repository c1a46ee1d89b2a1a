/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/bpf/fd_search.h"
#include "kernel/owners/fd_known.h"

#define AHEAD 8

/*
 * Checks that the program and /proc see the same processes: for a socket of ours, both must
 * report the same inode.
 */
static int compare(const struct fd_scan *scan, uint32_t fd)
{
	struct fd_window *window = scan->bpf.window;
	int dir = fd_look_process(&scan->look, (uint32_t)getpid()), err;
	bool refused = false;
	uint32_t what;

	if (dir < 0)
		return dir;
	what = fd_look_at_number(&scan->look, dir, fd, &refused);
	close(dir);
	window->n = 1;
	window->fd[0] = fd;
	err = bpf_fds_look(&scan->bpf, (uint32_t)getpid());
	if (err)
		return err;
	return fd_is_socket(what) && window->what[0] == what ? 0 : -EXDEV;
}

/*
 * Returns false if this /proc belongs to another pid namespace, because we have another number
 * there.
 */
static bool is_our_proc(const struct fd_scan *scan)
{
	char self[16] = "";

	return readlinkat(scan->look.root, "self", self, sizeof(self) - 1) > 0 &&
	       fd_look_parse(self) == getpid();
}

int fd_bpf_open(struct fd_scan *scan)
{
	int fd, err;

	if (!is_our_proc(scan))
		return -EXDEV;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = bpf_fds_open(&scan->bpf);
	if (!err)
		err = compare(scan, (uint32_t)fd);
	if (err)
		bpf_fds_close(&scan->bpf);
	close(fd);
	return err;
}

/*
 * Fills the window with descriptors from `at` on. Returns the descriptor where the caller goes
 * on.
 */
static uint32_t ask(struct fd_window *window, const struct fd_process *p, uint32_t at,
		    uint32_t end, enum fd_walk how)
{
	uint32_t n = 0;

	for (; at < end && n < FD_WINDOW; at++) {
		if (fd_is_due(p, at, how))
			window->fd[n++] = at;
	}
	window->n = n;
	return at;
}

static void take(struct fd_scan *scan, uint32_t i, const struct fd_window *window)
{
	for (uint32_t k = 0; k < window->n; k++) {
		if (k + AHEAD < window->n)
			holdings_prefetch(&scan->map, window->what[k + AHEAD]);
		scan->found_open |= window->what[k] != FD_CLOSED;
		fd_note(scan, i, window->fd[k], window->what[k]);
	}
	scan->probes += window->n;
}

int fd_bpf_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how)
{
	struct fd_process *p = &scan->process[i];
	struct fd_window *window = scan->bpf.window;
	uint32_t *cursor = fd_cursor(p, how);
	uint32_t at = cursor ? *cursor : 0, end = fd_end(p, how), next;

	for (; at < end; at = next) {
		int err;

		if (fd_scan_late(scan) || (fd_is_search(how) && !scan->wanted)) {
			if (cursor)
				*cursor = at;
			return 0;
		}
		next = ask(window, p, at, end, how);
		err = bpf_fds_look(&scan->bpf, fd_scan_task(p));
		if (err)
			return err;
		if (window->end < end)
			end = window->end;
		take(scan, i, window);
	}
	if (how == FD_FREE || how == FD_WHOLE)
		fd_note_closed(scan, i, end, FDS_MAX);
	return 1;
}
