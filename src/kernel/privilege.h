/* SPDX-License-Identifier: MIT */
/*
 * What this process may do.
 */
#ifndef SKTOP_KERNEL_PRIVILEGE_H
#define SKTOP_KERNEL_PRIVILEGE_H

#include <stdbool.h>

/** True when the capability (CAP_NET_ADMIN...) is in the calling thread's effective set. */
bool privilege_has(unsigned capability);

/** True when the calling thread may load BPF programs that read the kernel. */
bool privilege_has_bpf(void);

#endif
