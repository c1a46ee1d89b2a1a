/* SPDX-License-Identifier: MIT */
/*
 * These functions run the programs of src/kernel/bpf, which are part of this binary. The kernel
 * loads them, if they were built in (libbpf and clang) and the kernel permits it.
 */
#ifndef SKTOP_KERNEL_BPF_PROGRAMS_H
#define SKTOP_KERNEL_BPF_PROGRAMS_H

#include <linux/types.h>
#include "kernel/bpf/prog/record.h"

/** These are the loaded programs of one thread. */
struct bpf_programs {
	int walk_tcp;		    /* a program, for bpf_programs_walk() */
	int iter_udp;		    /* a link, for bpf_programs_iterate() */
	struct sock_window *window; /* shared with them */
};

/**
 * Loads all programs. This takes some 20 to 50 ms. Returns 0 or -errno. After an error there is
 * nothing to free. -EOPNOTSUPP means that they are not built in. Other errors mean that the
 * kernel is too old, has no BTF, or does not permit it.
 */
int bpf_programs_load(struct bpf_programs *programs);

void bpf_programs_free(struct bpf_programs *programs);

/**
 * Goes on through the TCP sockets of the calling thread's network namespace, except listeners.
 * The walk begins at window->bucket and writes window->n records. Returns 1 if there are more, 0
 * at the end, -EAGAIN if the hash changes faster than it can be read or one of its buckets is too
 * full, or another -errno.
 */
int bpf_programs_walk(const struct bpf_programs *programs);

/**
 * Begins one walk through the UDP sockets of the calling thread's network namespace.
 * Returns a descriptor to read records from, or -errno.
 */
int bpf_programs_iterate(const struct bpf_programs *programs);

#endif
