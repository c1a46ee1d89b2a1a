/* SPDX-License-Identifier: MIT */
/*
 * What many sockets have in common: who made them, and the device they are bound to.
 * A sample keeps each combination once.
 */
#ifndef SKTOP_HOME_H
#define SKTOP_HOME_H

#include <stdbool.h>
#include <stdint.h>

struct sk_home {
	uint64_t cgroup;  /* cgroup v2 id (INET_DIAG_CGROUP_ID), if SK_F_CGROUP */
	uint32_t uid;	  /* idiag_uid, if SK_F_OWNER; may be SK_UID_UNKNOWN */
	uint32_t ifindex; /* bound device (idiag_if), 0 = none */
};

/** Of sockets that find the table full. It always has room for this one. */
extern const struct sk_home sk_home_unknown;

/** How many a table holds, at most: an index has 20 bits. */
#define SK_HOMES_MAX (1U << 20)

/** A table of homes, each there once; all zero is an empty one. */
struct sk_homes {
	struct sk_home *at; /* [0] is all zero, when there is any */
	uint32_t n;
	uint32_t capacity;
	uint32_t last;	/* found last: the next one is often the same */
	uint32_t mask;	/* slots, less one; 0 = none yet */
	uint32_t *slot; /* open addressing: index; 0 = free */
};

/** The home at an index; one that is all zero for what lies outside. */
static inline const struct sk_home *sk_homes_at(const struct sk_homes *homes,
						uint32_t index)
{
	static const struct sk_home none;

	return index < homes->n ? &homes->at[index] : &none;
}

static inline bool sk_home_same(const struct sk_home *a, const struct sk_home *b)
{
	return !(a->cgroup ^ b->cgroup) & !(a->uid ^ b->uid) & !(a->ifindex ^ b->ifindex);
}

/**
 * Finds or appends a home and tells its index; 0 for one that is all zero. Returns 0,
 * -ENOSPC when the table is full, or -ENOMEM.
 */
int sk_homes_add(struct sk_homes *homes, const struct sk_home *home, uint32_t *index);

/** Forgets all homes and keeps the memory. */
void sk_homes_reset(struct sk_homes *homes);

/** Frees the memory; the table is empty then. */
void sk_homes_free(struct sk_homes *homes);

#endif
