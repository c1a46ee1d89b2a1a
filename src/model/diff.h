/* SPDX-License-Identifier: MIT */
/*
 * Inside the diff: finding for each socket its older self, which diff_pair.c does, and
 * what else is made of two samples.
 */
#ifndef SKTOP_MODEL_DIFF_H
#define SKTOP_MODEL_DIFF_H

#include <sktop/diff.h>
#include "model/cookie_index.h"

/** A bit for each socket of a sample. */
struct bitmap {
	uint64_t *word;
	uint32_t words; /* capacity */
};

/** Room for n bits, all 0. Returns 0 or -ENOMEM. */
int bitmap_reset(struct bitmap *map, uint32_t n);

static inline void bitmap_set(struct bitmap *map, uint32_t i)
{
	map->word[i / 64] |= 1ULL << i % 64;
}

static inline bool bitmap_has(const struct bitmap *map, uint32_t i)
{
	return map->word[i / 64] >> i % 64 & 1;
}

/** The first of n bits from `from` on that is 0; n when all are set. */
uint32_t bitmap_next_clear(const struct bitmap *map, uint32_t from, uint32_t n);

struct sk_differ {
	struct bitmap met;	    /* of the previous sample: there again */
	struct bitmap known;	    /* of this one: with an older self */
	struct cookie_index fresh;  /* of this one: not found beside the previous */
	struct cookie_index events; /* of the new events */
	uint32_t *told;		    /* by event: its socket in the previous sample + 1 */
	uint32_t told_capacity;
};

/** One run of the diff: what all steps need. */
struct pairing {
	struct sk_differ *differ;
	const struct sk_sample *prev; /* NULL = none */
	struct sk_sample *cur;
	uint32_t now_cs;
};

/**
 * Finds the older self of each socket and compares the two; differ->met then tells the
 * rest. Leaves each socket once. Returns 0 or -ENOMEM.
 */
int diff_pair(struct pairing *p);

/** Takes over from an older self what is no longer told. Returns 0 or -ENOMEM. */
int diff_remember(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

#endif
