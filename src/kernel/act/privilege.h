/* SPDX-License-Identifier: MIT */
/*
 * These functions tell what this process may do.
 */
#ifndef SKTOP_KERNEL_ACT_PRIVILEGE_H
#define SKTOP_KERNEL_ACT_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sktop/sample.h>

/** True when the capability (CAP_NET_ADMIN...) is in the calling thread's effective set. */
bool privilege_has(unsigned capability);

/**
 * True when our user namespace, or one below it, owns the network namespace of the calling
 * thread: only then do our capabilities count there.
 */
bool privilege_owns_network(void);

/**
 * Returns why the kernel has just refused the calling thread something that one
 * capability allows.
 */
enum sk_lack privilege_lack(unsigned capability);

/**
 * Returns what the calling thread lacks to read the descriptors of other users'
 * processes, after the kernel has refused it: a mask of SK_MISSING_PTRACE and
 * SK_MISSING_DAC; where it has both capabilities, SK_MISSING_USERNS or
 * SK_MISSING_TRUST.
 */
uint32_t privilege_lacks_for_owners(void);

/** True when the calling thread may load BPF programs that read the kernel. */
bool privilege_has_bpf(void);

#endif
