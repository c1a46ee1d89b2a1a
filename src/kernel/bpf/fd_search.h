/* SPDX-License-Identifier: MIT */
/*
 * These functions let a program in the kernel look at descriptors, a thousand at a time. That
 * takes a tenth of the time of /proc, and makes no inodes there.
 */
#ifndef SKTOP_KERNEL_BPF_FD_SEARCH_H
#define SKTOP_KERNEL_BPF_FD_SEARCH_H

#include "kernel/owners/fd_scan.h"

/** If owners of fewer sockets than this are to be found, it is not worth loading the program. */
#define FD_BPF_MANY 8192U

/**
 * Loads the program. Fails with -EXDEV if the program and /proc do not report the same inode for
 * a descriptor of ours, because /proc may show another pid namespace. Returns 0 or -errno.
 */
int fd_bpf_open(struct fd_scan *scan);

/**
 * Walks through the descriptors of process i. Returns 1 at the end, 0 if it stopped before the
 * end, -ESRCH if the process has no descriptors, or -errno.
 */
int fd_bpf_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how);

#endif
