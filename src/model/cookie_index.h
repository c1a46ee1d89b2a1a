/* SPDX-License-Identifier: MIT */
/*
 * From (namespace, cookie) to the place of a socket in an array of rows that begin with
 * a struct sk_socket. Made for few sockets; it holds each once.
 */
#ifndef SKTOP_MODEL_COOKIE_INDEX_H
#define SKTOP_MODEL_COOKIE_INDEX_H

#include <sktop/sample.h>

#define COOKIE_NONE UINT32_MAX

struct cookie_index {
	const void *rows; /* not its own */
	size_t row_size;
	uint32_t *slot; /* open addressing: place + 1; 0 = free */
	uint32_t mask;
	uint32_t n;
};

/** True when both are the same socket. */
static inline bool cookie_same(const struct sk_socket *a, const struct sk_socket *b)
{
	return a->cookie == b->cookie && a->netns == b->netns;
}

/**
 * Empties it, for rows of this array, with room for n of them and not much more than it
 * needed last time. Returns 0 or -ENOMEM.
 */
int cookie_index_reset(struct cookie_index *index, const void *rows, size_t row_size,
		       uint32_t n);

/** The place of the same socket, or COOKIE_NONE. */
uint32_t cookie_index_find(const struct cookie_index *index, const struct sk_socket *s);

/** Puts in the socket at a place, which is not there yet. Returns 0 or -ENOMEM. */
int cookie_index_put(struct cookie_index *index, uint32_t place);

#endif
