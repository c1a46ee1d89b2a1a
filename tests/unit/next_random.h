/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_TESTS_NEXT_RANDOM_H
#define SKTOP_TESTS_NEXT_RANDOM_H

#include <stdint.h>

/** The same numbers on every machine; 53 bits each. */
static inline uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

#endif
