/* SPDX-License-Identifier: MIT */
/*
 * Two sockets may have the same inode. The kernel counts inodes in 32 bits and begins again after
 * 4 billion files and sockets, and a busy machine needs less than a day for that. Then /proc does
 * not show which of the two sockets a process holds, but the descriptor itself does.
 */
#ifndef SKTOP_KERNEL_OWNERS_SHARED_INODES_H
#define SKTOP_KERNEL_OWNERS_SHARED_INODES_H

#include <sktop/sample.h>

/**
 * These are the inodes that several sockets of a sample have, in ascending order. All zero means
 * none.
 */
struct shared_inodes {
	uint32_t *inode;
	uint32_t n;
};

/**
 * Finds the shared inodes of a sample, and forgets those of the sample before. Returns 0 or
 * -ENOMEM.
 */
int shared_inodes_find(struct shared_inodes *shared_inodes,
		       const struct sk_sample *sample);

bool shared_inodes_have(const struct shared_inodes *shared_inodes, uint32_t inode);

void shared_inodes_free(struct shared_inodes *shared_inodes);

/**
 * Returns true if a descriptor that leads to the inode of a socket certainly belongs to another
 * socket. Returns false, too, if the kernel does not let us ask (before Linux 5.6, or without
 * CAP_SYS_PTRACE).
 */
bool shared_inodes_is_other(uint32_t pid, uint32_t fd, const struct sk_socket *socket);

#endif
