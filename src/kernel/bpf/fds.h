/* SPDX-License-Identifier: MIT */
/*
 * These functions run the program of bpf/fd_look.bpf.c, which is part of this binary. It looks at
 * descriptors of other processes, if it was built in (libbpf and clang) and the kernel permits
 * it.
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
 * Loads the program. This takes some 15 ms. Returns 0 or -errno: -EOPNOTSUPP if it is not built
 * in. Other errors mean that the kernel is too old, has no BTF, or does not permit it.
 */
int bpf_fds_open(struct bpf_fds *fds);
void bpf_fds_close(struct bpf_fds *fds);

/**
 * Looks at the descriptors that fds->window lists, and writes the answers there. `task` is a
 * number in our pid namespace. Returns 0, -ESRCH if there is no such task or it has no
 * descriptors, or -errno.
 */
int bpf_fds_look(const struct bpf_fds *fds, __u32 task);

#endif
