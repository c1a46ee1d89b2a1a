/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/owners/fd_look.h"
#include "kernel/act/held.h"
#include "kernel/owners/process.h"

/** This is one search through everything that a process holds. */
struct look {
	struct fd_look fd;
	const struct sk_claim *claims;
	uint32_t n, left; /* all claims; claims that were not met yet */
	bool *found;	  /* by claim */
	uint32_t pid;
};

static void mark(struct look *look, uint32_t i)
{
	look->left -= !look->found[i];
	look->found[i] = true;
}

/* Several claims may be about one inode. Such claims stand side by side. */
static void find(struct look *look, uint32_t inode)
{
	uint32_t low = 0, high = look->n;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (look->claims[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < look->n && look->claims[low].inode == inode; low++)
		mark(look, low);
}

/* First it looks at the descriptors that the sample names. */
static void look_there(struct look *look, int dir)
{
	bool refused = false;

	for (uint32_t i = 0; i < look->n; i++) {
		const struct sk_claim *claim = &look->claims[i];

		if (claim->fd >= 0 && fd_look_at_number(&look->fd, dir, (uint32_t)claim->fd,
							&refused) == claim->inode)
			mark(look, i);
	}
}

static void look_everywhere(struct look *look, int dir)
{
	bool refused = false;
	unsigned gap = 0;
	int64_t next;

	for (int64_t at = 0; at >= 0 && at < FDS_MAX && look->left; at = next) {
		uint32_t what = fd_look_at_number(&look->fd, dir, (uint32_t)at, &refused);

		if (what != FD_CLOSED && what != FD_OTHER)
			find(look, what);
		next = fd_look_next(dir, (uint32_t)at, what, &gap);
	}
}

/* Looks at the descriptors of a process or a thread. Returns 0 or -errno. */
static int look_at(struct look *look, uint32_t task)
{
	int dir = fd_look_process(&look->fd, task);

	if (dir < 0)
		return dir;
	look_there(look, dir);
	look_everywhere(look, dir);
	close(dir);
	return 0;
}

/* Looks at a thread only if kcmp() says that it has not the descriptors of the main thread. */
static int look_at_thread(void *arg, uint32_t tid)
{
	struct look *look = arg;

	if (tid != look->pid && syscall(SYS_kcmp, look->pid, tid, KCMP_FILES, 0, 0) > 0)
		look_at(look, tid);
	return look->left == 0;
}

int held_count(uint32_t pid, const struct sk_claim *claims, uint32_t n, uint32_t *held)
{
	struct look look = { .claims = claims, .n = n, .left = n, .pid = pid };
	int err = fd_look_open(&look.fd, "/proc");

	*held = 0;
	if (err)
		return err;
	look.found = calloc(n + 1ULL, sizeof(*look.found));
	err = look.found ? look_at(&look, pid) : -ENOMEM;
	if (!err && look.left)
		process_each_thread(look.fd.root, pid, look_at_thread, &look);
	free(look.found);
	fd_look_close(&look.fd);
	*held = n - look.left;
	return err;
}
