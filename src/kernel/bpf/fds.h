/* SPDX-License-Identifier: MIT */
/*
 * The program of bpf/fd_look.bpf.c, which is part of this binary: looks at descriptors
 * of other processes, where it is built in (libbpf and clang) and permitted.
 */
#ifndef SKTOP_KERNEL_BPF_FDS_H
#define SKTOP_KERNEL_BPF_FDS_H

#include <linux/types.h>
#include "kernel/bpf/prog/fd_window.h"

struct bpf_fds {
	int program;		  /* its descriptor */
	struct fd_window *window; /* questions and answers; NULL = not open */
};

/**
 * Loads the program; takes some 15 ms. Returns 0 or -errno (-EOPNOTSUPP: not built in;
 * else the kernel is too old, has no BTF, or does not let us).
 */
int bpf_fds_open(struct bpf_fds *fds);
void bpf_fds_close(struct bpf_fds *fds);

/**
 * Answers what fds->window asks of a task, by its number in our namespace of processes.
 * Returns 0, -ESRCH when there is none or it has no descriptors, or -errno.
 */
int bpf_fds_look(const struct bpf_fds *fds, __u32 task);

#endif
