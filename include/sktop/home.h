/* SPDX-License-Identifier: MIT */
/*
 * What many sockets have in common: their local address, who made them, and the device
 * they are bound to.
 * A sample keeps each combination once.
 */
#ifndef SKTOP_HOME_H
#define SKTOP_HOME_H

#include <string.h>
#include <sktop/types.h>

/**
 * One end of a socket that has no IP address. What the numbers are, by protocol:
 *
 *            local.id       local.extra    remote.id     remote.extra   remote.kind
 *   unix     inode of file  its device     peer's inode  1: waits to be accepted
 *                                                        references (from /proc only)
 *   packet   interface      EtherType
 *   netlink  port id        protocol       peer's port   groups 1..32   peer's group
 *   vsock    context id     port           context id    port
 *   xdp      queue
 *   tipc     node           port           node          port
 */
struct sk_name {
	uint32_t text;	/* as ss writes it: offset into sk_sample.text; 0 = "" */
	uint32_t id;
	uint32_t kind;	/* local end: SOCK_STREAM, SOCK_DGRAM...; 0 = unknown */
	uint32_t extra;
};

struct sk_home {
	union {
		struct sk_addr local; /* idiag_src; sk_proto_has_ip() */
		struct sk_name local_name; /* else */
	};
	uint64_t cgroup;  /* cgroup v2 id (INET_DIAG_CGROUP_ID), if SK_F_CGROUP */
	uint32_t uid;	  /* idiag_uid, if SK_F_OWNER; may be SK_UID_UNKNOWN */
	uint32_t ifindex; /* bound device (idiag_if), 0 = none */
};
_Static_assert(sizeof(struct sk_home) == 32, "no padding: it is compared as a whole");

/** How many a table holds, at most: more are an attack or a fault. */
#define SK_HOMES_MAX (1U << 24)

/** Index of that of sockets that find the table full: nothing but SK_UID_UNKNOWN. */
#define SK_HOME_UNKNOWN 1

/** A table of homes, each there once; all zero is an empty one. */
struct sk_homes {
	struct sk_home *at; /* [0] is all zero, [SK_HOME_UNKNOWN] follows, if there is any */
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
	uint64_t x[4], y[4];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]));
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
