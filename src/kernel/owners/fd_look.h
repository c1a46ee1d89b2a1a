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

#define FDS_MAX (1U << 31) /* the kernel's own limit cannot be raised above this */

/**
 * This is the state for looking at descriptors. It does not change while open, so threads may
 * share it.
 */
struct fd_look {
	int root;	 /* /proc */
	bool follow;	 /* statx() of a descriptor returns its socket inode */
	uint32_t device; /* device of sockets, if follow: major << 20 | minor */
};

/** root is "/proc", except in tests. Returns 0, or -errno if there is none. */
int fd_look_open(struct fd_look *look, const char *root);
void fd_look_close(struct fd_look *look);

/** Opens the directory of a process's descriptors. Returns it or -errno. */
int fd_look_process(const struct fd_look *look, uint32_t pid);

/**
 * Returns the inode of the socket that the name in the directory leads to, or FD_CLOSED, or
 * FD_OTHER. Sets *refused to true if we may not know, and otherwise leaves it alone.
 */
uint32_t fd_look_at(const struct fd_look *look, int dir, const char *name, bool *refused);

/** Does the same for a descriptor that is given by its number. */
uint32_t fd_look_at_number(const struct fd_look *look, int dir, uint32_t fd,
			   bool *refused);

/**
 * Returns the next descriptor to look at after fd, and `what` is the result for fd. This is the
 * next number or, after many closed ones in a row (*gap counts them), the next entry of the
 * directory. Returns -1 if fd was the last.
 */
int64_t fd_look_next(int dir, uint32_t fd, uint32_t what, unsigned *gap);

/**
 * Returns the inode in the text of a descriptor's link, "socket:[123]", or FD_OTHER if it is no
 * socket.
 */
uint32_t fd_look_text(const char *text);

/** Returns the number that a name in /proc consists of, or -1. */
int64_t fd_look_parse(const char *name);

#endif
