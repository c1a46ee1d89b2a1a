/* SPDX-License-Identifier: MIT */
/*
 * Users of our user namespace.
 */
#ifndef SKTOP_KERNEL_UID_MAP_H
#define SKTOP_KERNEL_UID_MAP_H

#include <stdint.h>

/**
 * The number that the kernel tells of each user who has none in our user namespace
 * (overflowuid: nobody's): it may be anybody's. SK_UID_UNKNOWN when all have a number.
 */
uint32_t uid_map_overflow(void);

#endif
