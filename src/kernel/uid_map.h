/* SPDX-License-Identifier: MIT */
/*
 * This function reads how our user namespace numbers the users.
 */
#ifndef SKTOP_KERNEL_UID_MAP_H
#define SKTOP_KERNEL_UID_MAP_H

#include <stdint.h>

/**
 * Returns overflowuid: the kernel shows this number for every user who has no number in our user
 * namespace. Returns SK_UID_UNKNOWN if all users have a number here.
 */
uint32_t uid_map_overflow(void);

#endif
