/* SPDX-License-Identifier: MIT */
/*
 * These functions say what this process may do.
 */
#ifndef SKTOP_KERNEL_ACT_PRIVILEGE_H
#define SKTOP_KERNEL_ACT_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sktop/sample.h>

/** Returns true if the capability (CAP_NET_ADMIN...) is in the calling thread's effective set. */
bool privilege_has(unsigned capability);

/**
 * Returns true if our user namespace, or one below it, owns the network namespace of the calling
 * thread. Our capabilities count there only in this case.
 */
bool privilege_owns_network(void);

/**
 * Returns the reason why the kernel has just refused the calling thread an action that one
 * capability allows.
 */
enum sk_lack privilege_lack(unsigned capability);

/**
 * Returns the rights that the calling thread lacks to read the descriptors of other users'
 * processes, after the kernel has refused it. The result is a mask of SK_MISSING_PTRACE and
 * SK_MISSING_DAC. If the thread has both capabilities, the result is SK_MISSING_USERNS or
 * SK_MISSING_TRUST.
 */
uint32_t privilege_lacks_for_owners(void);

/** Returns true if the calling thread may load BPF programs that read the kernel. */
bool privilege_has_bpf(void);

#endif
