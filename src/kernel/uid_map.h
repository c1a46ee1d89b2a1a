/* SPDX-License-Identifier: MIT */
/*
 * Users of our user namespace.
 */
#ifndef SKTOP_KERNEL_UID_MAP_H
#define SKTOP_KERNEL_UID_MAP_H

#include <stdint.h>

/**
 * overflowuid: the number that the kernel tells for every user who has none in our user
 * namespace. SK_UID_UNKNOWN when all users have a number here.
 */
uint32_t uid_map_overflow(void);

#endif
