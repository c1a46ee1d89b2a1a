/* SPDX-License-Identifier: MIT */
/*
 * The programs of src/kernel/bpf, which are part of this binary: loaded into the kernel,
 * where that is built in (libbpf and clang) and permitted.
 */
#ifndef SKTOP_KERNEL_BPF_PROGRAMS_H
#define SKTOP_KERNEL_BPF_PROGRAMS_H

#include <linux/types.h>
#include "kernel/bpf/prog/record.h"

/** Programs in the kernel, those of one thread. */
struct bpf_programs {
	int walk_tcp;		    /* a program, for bpf_programs_walk() */
	int iter_udp;		    /* a link, for bpf_programs_iterate() */
	struct sock_window *window; /* shared with them */
};

/**
 * Loads all of them; takes some 20 to 50 ms. Returns 0 or -errno, and then there is
 * nothing to free (-EOPNOTSUPP: not built in; else the kernel is too old, has no BTF, or
 * does not let us).
 */
int bpf_programs_load(struct bpf_programs *programs);

void bpf_programs_free(struct bpf_programs *programs);

/**
 * Goes on through the TCP sockets of the calling thread's network namespace, but for those
 * that listen: window->n records, from window->bucket on. Returns 1 when there are more, 0
 * at the end, -EAGAIN where the hash changes faster than it is read or a bucket of it is
 * too full, or another -errno.
 */
int bpf_programs_walk(const struct bpf_programs *programs);

/**
 * Begins one walk through the UDP sockets of the calling thread's network namespace.
 * Returns a descriptor to read records from, or -errno.
 */
int bpf_programs_iterate(const struct bpf_programs *programs);

#endif
