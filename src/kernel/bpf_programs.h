/* SPDX-License-Identifier: MIT */
/*
 * The programs of src/kernel/bpf, which are part of this binary: loaded into the kernel,
 * where that is built in (libbpf and clang) and permitted.
 */
#ifndef SKTOP_KERNEL_BPF_PROGRAMS_H
#define SKTOP_KERNEL_BPF_PROGRAMS_H

enum bpf_program_id {
	BPF_ITER_TCP,
	BPF_ITER_UDP,
	BPF_PROGRAM_COUNT,
};

/**
 * Loads all of them; takes some 50 ms. links: descriptors for bpf_programs_read(), to be
 * closed by the caller. Returns 0 or -errno, and then none is open (-EOPNOTSUPP: not
 * built in; else the kernel is too old, has no BTF, or does not let us).
 */
int bpf_programs_load(int links[BPF_PROGRAM_COUNT]);

/**
 * Begins one walk through the sockets of the calling thread's network namespace. Returns
 * a descriptor to read records from, or -errno.
 */
int bpf_programs_read(int link);

#endif
