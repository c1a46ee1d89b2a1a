/* SPDX-License-Identifier: MIT */
/*
 * Sockets that have the same inode. The kernel counts inodes in 32 bits, and begins anew
 * after 4 billion files and sockets: on a busy machine in less than a day. Then /proc does
 * not tell which of two sockets a process holds; the descriptor itself does.
 */
#ifndef SKTOP_KERNEL_OWNERS_TWINS_H
#define SKTOP_KERNEL_OWNERS_TWINS_H

#include <sktop/sample.h>

/** Inodes that several sockets of a sample have, ascending; all zero is none. */
struct twins {
	uint32_t *inode;
	uint32_t n;
};

/** Finds those of a sample, in place of those of another. Returns 0 or -ENOMEM. */
int twins_find(struct twins *twins, const struct sk_sample *sample);

bool twins_have(const struct twins *twins, uint32_t inode);

void twins_free(struct twins *twins);

/**
 * Whether a descriptor, which leads to the inode of a socket, is certainly another
 * socket's: false, too, when the kernel does not let us ask (Linux 5.6, CAP_SYS_PTRACE).
 */
bool twins_is_other(uint32_t pid, uint32_t fd, const struct sk_socket *socket);

#endif
