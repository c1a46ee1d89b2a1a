/* SPDX-License-Identifier: MIT */
/*
 * Open addressing: a table is an array of 2^n slots, at most half of them taken, and what
 * does not find its own slot free takes the next one that is.
 */
#ifndef SKTOP_BASE_HASH_H
#define SKTOP_BASE_HASH_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/** Spreads a number over 32 bits: near numbers get far slots. */
static inline uint32_t hash_number(uint64_t number)
{
	return (uint32_t)(number * 0x9e3779b97f4a7c15ULL >> 32);
}

/**
 * Leaves in `at` the slot of what is sought, or the free one where it would be. taken and
 * same are expressions about slot `at`; mask is the number of slots - 1.
 */
#define HASH_SEEK(at, hash, mask, taken, same)                             \
	for ((at) = (hash) & (mask); (taken) && !(same); (at) = ((at) + 1) & (mask)) \
		;

/** Replaces the slots by n (a power of two) that are free. Returns 0 or -ENOMEM. */
static inline int hash_slots_new(uint32_t **slot, uint32_t *mask, uint32_t n)
{
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	free(*slot);
	*slot = fresh;
	*mask = n - 1;
	return 0;
}

#endif
