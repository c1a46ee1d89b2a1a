/* SPDX-License-Identifier: MIT */
/*
 * This is a list of pairs of numbers. Pairs are added in any order and found by the first number.
 */
#ifndef SKTOP_KERNEL_SOCKETS_PAIRS_H
#define SKTOP_KERNEL_SOCKETS_PAIRS_H

#include <stdint.h>

struct pair {
	uint64_t key, value;
};

/** The caller zero-initialises this. After sorting, it can be searched. */
struct pairs {
	struct pair *pair;
	uint32_t n, capacity;
};

int pairs_add(struct pairs *pairs, uint64_t key, uint64_t value); /* 0 or -ENOMEM */
void pairs_sort(struct pairs *pairs);
/** Returns the value of a key in sorted pairs, or `missing` if the key is not there. */
uint64_t pairs_find(const struct pairs *pairs, uint64_t key, uint64_t missing);
void pairs_free(struct pairs *pairs);

#endif
