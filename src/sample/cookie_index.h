/* SPDX-License-Identifier: MIT */
/*
 * The index finds the place of a socket in an array of rows that begin with a struct
 * sk_socket. It is made for few sockets and holds each once.
 */
#ifndef SKTOP_SAMPLE_COOKIE_INDEX_H
#define SKTOP_SAMPLE_COOKIE_INDEX_H

#include <sktop/identity.h>

#define COOKIE_NONE UINT32_MAX

struct cookie_index {
	const void *rows; /* not its own */
	size_t row_size;
	const struct sk_attrs_table *attrs_table; /* of the rows */
	bool by_cookie;	/* the rows have no ends to compare, and no two one cookie */
	uint32_t *slot; /* open addressing: place + 1; 0 = free */
	uint32_t mask;
	uint32_t n;
};

/**
 * Empties it, for rows of this array, with room for n of them and not much more than it
 * needed last time. Returns 0 or -ENOMEM.
 */
int cookie_index_reset(struct cookie_index *index, const void *rows, size_t row_size,
		       const struct sk_attrs_table *attrs_table, uint32_t n);

/**
 * Returns the place of the same socket, with the given table of endpoint attributes, or
 * COOKIE_NONE.
 */
uint32_t cookie_index_find(const struct cookie_index *index, const struct sk_socket *s,
			   const struct sk_attrs_table *attrs_table);

/** Puts in the socket at a place, which is not there yet. Returns 0 or -ENOMEM. */
int cookie_index_put(struct cookie_index *index, uint32_t place);

#endif
