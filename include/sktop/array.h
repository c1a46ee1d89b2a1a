/* SPDX-License-Identifier: MIT */
/*
 * Arrays: how many elements one has, and room in one that grows.
 */
#ifndef SKTOP_ARRAY_H
#define SKTOP_ARRAY_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/** Elements of an array that is no pointer. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/** realloc() of n elements of a size; NULL also where that is more than can be. */
static inline void *sk_array_resize(void *at, size_t n, size_t size)
{
	return n > SIZE_MAX / size ? NULL : realloc(at, n * size);
}

/**
 * Makes room for one more element behind n: capacity, an lvalue as `at` is, is doubled, or
 * becomes first where it is 0. An int: 0, or -ENOMEM and nothing has changed.
 */
#define SK_ARRAY_ROOM(at, n, capacity, first)                                                 \
	__extension__({                                                                       \
		int room_err = 0;                                                             \
		if ((n) >= (capacity)) {                                                      \
			__typeof__(capacity) room_for =                                       \
				(__typeof__(capacity))((capacity) ? (capacity) * 2 : (first)); \
			__typeof__(at) room_at = NULL;                                        \
			if (room_for > (capacity))                                            \
				room_at = sk_array_resize((at), room_for, sizeof(*(at)));     \
			if (room_at) {                                                        \
				(at) = room_at;                                               \
				(capacity) = room_for;                                        \
			} else {                                                              \
				room_err = -ENOMEM;                                           \
			}                                                                     \
		}                                                                             \
		room_err;                                                                     \
	})

#endif
