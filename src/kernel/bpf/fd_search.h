/* SPDX-License-Identifier: MIT */
/*
 * A program in the kernel looks at descriptors, a thousand at a time. That takes a
 * tenth of the time of /proc, and makes no inodes there.
 */
#ifndef SKTOP_KERNEL_BPF_FD_SEARCH_H
#define SKTOP_KERNEL_BPF_FD_SEARCH_H

#include "kernel/owners/fd_scan.h"

/** Fewer sockets whose owners are to be found are not worth the loading. */
#define FD_BPF_MANY 8192U

/**
 * Loads the program, if it says of a descriptor of ours what /proc says: one of other
 * process numbers, or none at all, is not its /proc. Returns 0 or -errno.
 */
int fd_bpf_open(struct fd_scan *scan);

/**
 * Walks process i. Returns 1 at the end, 0 when it stopped before, -ESRCH when the
 * process has no descriptors, or -errno.
 */
int fd_bpf_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how);

#endif
