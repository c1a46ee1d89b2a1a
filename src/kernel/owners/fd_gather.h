/* SPDX-License-Identifier: MIT */
/*
 * This function reads the descriptors of many processes at once, on several processors.
 * It is used for the first sample, when every descriptor has to be read.
 */
#ifndef SKTOP_KERNEL_OWNERS_FD_GATHER_H
#define SKTOP_KERNEL_OWNERS_FD_GATHER_H

#include "kernel/owners/fd_look.h"

/** These are the open descriptors of one process. */
struct fd_list {
	uint32_t pid;
	int err;      /* 0, or -errno: its descriptors cannot be listed */
	bool refused; /* the kernel refused to show one of them */
	uint64_t looks;
	uint32_t n, capacity;
	struct {
		uint32_t fd, what; /* FD_OTHER or an inode */
	} *fd;
};

/**
 * Fills the lists with at most `threads` threads. The caller has set their pids, and frees them
 * with fd_list_free(). look->follow must be true. If memory does not suffice for a list, its
 * error is -ENOMEM.
 */
void fd_gather(const struct fd_look *look, struct fd_list *lists, uint32_t n,
	       unsigned threads);

void fd_list_free(struct fd_list *list);

#endif
