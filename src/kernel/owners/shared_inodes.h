/* SPDX-License-Identifier: MIT */
/*
 * Two sockets may have the same inode. The kernel counts inodes in 32 bits and begins
 * again after 4 billion files and sockets, on a busy machine in less than a day. /proc
 * then does not tell which of the two a process holds; the descriptor itself does.
 */
#ifndef SKTOP_KERNEL_OWNERS_SHARED_INODES_H
#define SKTOP_KERNEL_OWNERS_SHARED_INODES_H

#include <sktop/sample.h>

/** Inodes that several sockets of a sample have, ascending; all zero is none. */
struct shared_inodes {
	uint32_t *inode;
	uint32_t n;
};

/** Finds those of a sample, in place of those of another. Returns 0 or -ENOMEM. */
int shared_inodes_find(struct shared_inodes *shared_inodes,
		       const struct sk_sample *sample);

bool shared_inodes_have(const struct shared_inodes *shared_inodes, uint32_t inode);

void shared_inodes_free(struct shared_inodes *shared_inodes);

/**
 * True if a descriptor that leads to the inode of a socket certainly belongs to another
 * socket: false, too, when the kernel does not let us ask (Linux 5.6, CAP_SYS_PTRACE).
 */
bool shared_inodes_is_other(uint32_t pid, uint32_t fd, const struct sk_socket *socket);

#endif
