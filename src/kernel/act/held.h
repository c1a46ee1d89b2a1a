/* SPDX-License-Identifier: MIT */
/*
 * This function checks whether a process holds sockets at this very moment. It is
 * called before the process is signalled for them, because the sample may be out of
 * date.
 */
#ifndef SKTOP_KERNEL_ACT_HELD_H
#define SKTOP_KERNEL_ACT_HELD_H

#include <sktop/act.h>

/**
 * How many of n claims, in ascending order of their inodes, are true now: the process
 * holds them, in its descriptors or in those that one of its threads has for itself.
 * Returns 0, or -errno when it cannot be asked.
 */
int held_count(uint32_t pid, const struct sk_claim *claims, uint32_t n, uint32_t *held);

#endif
