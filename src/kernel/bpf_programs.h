/* SPDX-License-Identifier: MIT */
/*
 * The programs of src/kernel/bpf, which are part of this binary: loaded into the kernel,
 * where that is built in (libbpf and clang) and permitted.
 */
#ifndef SKTOP_KERNEL_BPF_PROGRAMS_H
#define SKTOP_KERNEL_BPF_PROGRAMS_H

#include <linux/types.h>
#include "kernel/bpf/record.h"

enum bpf_program_id {
	BPF_ITER_TCP,
	BPF_ITER_UDP,
	BPF_PROGRAM_COUNT,
};

/** Programs in the kernel, those of one thread. */
struct bpf_programs {
	int links[BPF_PROGRAM_COUNT]; /* for bpf_programs_read() */
	struct sock_wanted *wanted;   /* shared with them: what the next walk is to find */
};

/**
 * Loads all of them; takes some 20 to 50 ms. Returns 0 or -errno, and then there is
 * nothing to free (-EOPNOTSUPP: not built in; else the kernel is too old, has no BTF, or
 * does not let us).
 */
int bpf_programs_load(struct bpf_programs *programs);

void bpf_programs_free(struct bpf_programs *programs);

/**
 * Begins one walk through the sockets of the calling thread's network namespace. Returns
 * a descriptor to read records from, or -errno.
 */
int bpf_programs_read(const struct bpf_programs *programs, enum bpf_program_id id);

#endif
