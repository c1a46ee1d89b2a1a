/* SPDX-License-Identifier: MIT */
/*
 * This function reads the descriptors of many processes at once, on several processors.
 * It is used for the first sample, when every descriptor has to be read.
 */
#ifndef SKTOP_KERNEL_OWNERS_FD_GATHER_H
#define SKTOP_KERNEL_OWNERS_FD_GATHER_H

#include "kernel/owners/fd_look.h"

/** The open descriptors of one process. */
struct fd_list {
	uint32_t pid;
	int err;      /* 0, or -errno: its descriptors cannot be listed */
	bool refused; /* a look at one of them was */
	uint64_t looks;
	uint32_t n, capacity;
	struct {
		uint32_t fd, what; /* FD_OTHER or an inode */
	} *fd;
};

/**
 * Fills the lists, whose pids are set, with at most `threads` threads; the caller frees
 * them with fd_list_free(). look->follow must hold. A list for which memory does not
 * suffice has the error -ENOMEM.
 */
void fd_gather(const struct fd_look *look, struct fd_list *lists, uint32_t n,
	       unsigned threads);

void fd_list_free(struct fd_list *list);

#endif
