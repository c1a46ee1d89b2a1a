/* SPDX-License-Identifier: MIT */
/*
 * The endpoint attributes of a socket are its local address, the user and the cgroup
 * that made it, and the device that it is bound to. Many sockets have the same ones, so
 * a sample keeps each combination once.
 */
#ifndef SKTOP_ATTRS_H
#define SKTOP_ATTRS_H

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

struct sk_attrs {
	union {
		struct sk_addr local; /* idiag_src; sk_proto_has_ip() */
		struct sk_name local_name; /* else */
	};
	uint64_t cgroup;  /* cgroup v2 id (INET_DIAG_CGROUP_ID), if SK_F_CGROUP */
	uint32_t uid;	  /* idiag_uid, if SK_F_OWNER; may be SK_UID_UNKNOWN */
	uint32_t ifindex; /* bound device (idiag_if), 0 = none */
};
_Static_assert(sizeof(struct sk_attrs) == 32, "no padding: it is compared as a whole");

/** A table holds so many combinations at most: more are an attack or a fault. */
#define SK_ATTRS_MAX (1U << 24)

/**
 * If the table is full, further sockets get the attributes at this index: nothing but
 * SK_UID_UNKNOWN.
 */
#define SK_ATTRS_UNKNOWN 1

/**
 * A table of endpoint attributes that has each combination once. All zero is an empty
 * table.
 */
struct sk_attrs_table {
	struct sk_attrs *at; /* [0] is all zero, [SK_ATTRS_UNKNOWN] follows, if there is any */
	uint32_t n;
	uint32_t capacity;
	uint32_t last;	/* found last: the next one is often the same */
	uint32_t mask;	/* slots, less one; 0 = none yet */
	uint32_t *slot; /* open addressing: index; 0 = free */
};

/**
 * Returns the endpoint attributes at an index; for an index outside the table,
 * attributes that are all zero.
 */
static inline const struct sk_attrs *
sk_attrs_table_at(const struct sk_attrs_table *attrs_table, uint32_t index)
{
	static const struct sk_attrs none;

	return index < attrs_table->n ? &attrs_table->at[index] : &none;
}

static inline bool sk_attrs_same(const struct sk_attrs *a, const struct sk_attrs *b)
{
	uint64_t x[4], y[4];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]));
}

/**
 * Finds or appends endpoint attributes and returns their index; attributes that are all
 * zero have index 0. Returns 0, -ENOSPC when the table is full, or -ENOMEM.
 */
int sk_attrs_table_add(struct sk_attrs_table *attrs_table, const struct sk_attrs *attrs,
		       uint32_t *index);

/** Forgets all endpoint attributes and keeps the memory. */
void sk_attrs_table_reset(struct sk_attrs_table *attrs_table);

/** Frees the memory; the table is empty then. */
void sk_attrs_table_free(struct sk_attrs_table *attrs_table);

#endif
