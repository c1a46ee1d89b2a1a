/* SPDX-License-Identifier: MIT */
/*
 * These functions look at one descriptor of one process: is it a socket, and which
 * inode does it have?
 */
#ifndef SKTOP_KERNEL_OWNERS_FD_LOOK_H
#define SKTOP_KERNEL_OWNERS_FD_LOOK_H

#include <stdbool.h>
#include <stdint.h>

/** These values stand for a descriptor that is not a socket. */
#define FD_CLOSED 0U
#define FD_OTHER UINT32_MAX

#define FDS_MAX (1U << 31) /* as the kernel's own limit, however high it is raised */

/** The state that looking needs; constant once open, so that threads may share it. */
struct fd_look {
	int root;	 /* /proc */
	bool follow;	 /* statx() of a descriptor tells its socket inode */
	uint32_t device; /* of sockets, when follow: major << 20 | minor */
};

/** root is "/proc" in earnest. Returns 0, or -errno when there is none. */
int fd_look_open(struct fd_look *look, const char *root);
void fd_look_close(struct fd_look *look);

/** Opens the descriptors of a process, a directory. Returns it or -errno. */
int fd_look_process(const struct fd_look *look, uint32_t pid);

/**
 * Returns what the descriptor of this name in the directory is. Sets *refused, and
 * leaves it alone else, when we may not know.
 */
uint32_t fd_look_at(const struct fd_look *look, int dir, const char *name, bool *refused);

/** The same by number. */
uint32_t fd_look_at_number(const struct fd_look *look, int dir, uint32_t fd,
			   bool *refused);

/**
 * Returns where to look after fd, which is `what`: at the next one, or, after many
 * closed ones in a row (*gap counts), where the directory says. -1 = nowhere, fd was
 * the last.
 */
int64_t fd_look_next(int dir, uint32_t fd, uint32_t what, unsigned *gap);

/** The inode in the text of a descriptor's link, "socket:[123]"; FD_OTHER: it is none. */
uint32_t fd_look_text(const char *text);

/** The number that a name in /proc is, or -1. */
int64_t fd_look_parse(const char *name);

#endif
