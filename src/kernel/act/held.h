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
 * Counts how many of n claims are true now. The claims are in ascending order of their inodes. A
 * claim is true if the process holds the socket in its descriptors, or if one of its threads has
 * descriptors of its own and holds it there. Returns 0, or -errno if the process cannot be read.
 */
int held_count(uint32_t pid, const struct sk_claim *claims, uint32_t n, uint32_t *held);

#endif
