/* SPDX-License-Identifier: MIT */
/*
 * The kernel's helpers, for a program that is compiled for this machine: they stand in
 * for libbpf's headers in the test that includes the program. Whatever it asks of them,
 * the test is told first, to change what the program is about to see.
 */
#ifndef SKTOP_TESTS_NATIVE_BPF_HELPERS_H
#define SKTOP_TESTS_NATIVE_BPF_HELPERS_H

#include <string.h>

#undef __always_inline
#define __always_inline inline
#define SEC(name)
#define __ksym
#define barrier_var(var) ((void)(var))

#define NATIVE_MAX_LOOPS (1 << 23) /* BPF_MAX_LOOPS */
#define NATIVE_E2BIG 7

typedef long native_callback(__u64 i, void *context);

/** What the program did, and who is told before it goes on; NULL = nobody. */
static struct {
	void (*before_turn)(native_callback *callback, __u64 i);
	void (*before_look)(const void *at); /* at a structure of the kernel */
	void (*before_copy)(void);
	void (*after_copy)(void);
	struct task_struct *task; /* that runs it */
	unsigned long copies;
} native;

/* The callback returns 0 to go on and 1 to stop. */
static long bpf_loop(__u32 turns, native_callback *callback, void *context, __u64 flags)
{
	if (turns > NATIVE_MAX_LOOPS || flags)
		return -NATIVE_E2BIG;
	for (__u32 i = 0; i < turns; i++) {
		if (native.before_turn)
			native.before_turn(callback, i);
		if (callback(i, context))
			return (long)i + 1;
	}
	return turns;
}

/* What the program may read this way, the test defines. */
static void native_check(const void *from, __u32 size);

static long bpf_probe_read_kernel(void *to, __u32 size, const void *from)
{
	native.copies++;
	if (native.before_copy)
		native.before_copy();
	native_check(from, size);
	memcpy(to, from, size);
	if (native.after_copy)
		native.after_copy();
	return 0;
}

static struct task_struct *bpf_get_current_task_btf(void)
{
	return native.task;
}

static __u64 native_jiffies;

static __u64 bpf_jiffies64(void)
{
	return native_jiffies;
}

/* The iterator of UDP wants these; no test runs it here. */
static __u64 bpf_get_socket_cookie(void *sk)
{
	(void)sk;
	return 0;
}

static long bpf_seq_write(struct seq_file *seq, const void *data, __u32 size)
{
	(void)seq;
	(void)data;
	(void)size;
	return 0;
}

#endif
