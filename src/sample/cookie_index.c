/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "sample/cookie_index.h"

#define LEAST_SLOTS 1024 /* usual changes of a tick never allocate */
#define TOO_LARGE 8 /* times what is needed: memory of a busy moment goes back */

static const struct sk_socket *row(const struct cookie_index *index, uint32_t place)
{
	return (const void *)((const char *)index->rows + place * index->row_size);
}

static uint32_t hash(const struct sk_socket *s,
		     const struct sk_attrs_table *attrs_table)
{
	return hash_number(sk_socket_id(s, sk_attrs_table_at(attrs_table, s->attrs)));
}

/* A socket of another sample is the older one; in one walk either may have been met first. */
static bool is_same(const struct cookie_index *index, uint32_t place,
		    const struct sk_socket *s, const struct sk_attrs_table *attrs_table)
{
	const struct sk_socket *there = row(index, place);

	if (index->by_cookie)
		return there->cookie == s->cookie && there->netns == s->netns &&
		       there->proto == s->proto;
	return sk_socket_same(s, attrs_table, there, index->attrs_table) ||
	       (attrs_table == index->attrs_table &&
		sk_socket_same(there, attrs_table, s, attrs_table));
}

/* The slot of the same socket, or the free one where it would be. */
static uint32_t seek(const struct cookie_index *index, const struct sk_socket *s,
		     const struct sk_attrs_table *attrs_table)
{
	uint32_t at;

	HASH_SEEK(at, hash(s, attrs_table), index->mask, index->slot[at],
		  is_same(index, index->slot[at] - 1, s, attrs_table));
	return at;
}

/* Slots for n rows that fill at most the half of them. */
static uint32_t slots_for(uint32_t n)
{
	uint32_t slots = LEAST_SLOTS;

	while (slots < n * 2ULL && slots < 1U << 31)
		slots *= 2;
	return slots;
}

int cookie_index_reset(struct cookie_index *index, const void *rows, size_t row_size,
		       const struct sk_attrs_table *attrs_table, uint32_t n)
{
	uint32_t need = slots_for(n > index->n ? n : index->n);
	uint64_t have = index->mask + 1ULL;

	index->rows = rows;
	index->row_size = row_size;
	index->attrs_table = attrs_table;
	index->n = 0;
	if (index->slot && have >= need && have <= (uint64_t)need * TOO_LARGE) {
		memset(index->slot, 0, (size_t)have * sizeof(*index->slot));
		return 0;
	}
	return hash_slots_new(&index->slot, &index->mask, need);
}

uint32_t cookie_index_find(const struct cookie_index *index, const struct sk_socket *s,
			   const struct sk_attrs_table *attrs_table)
{
	return index->slot[seek(index, s, attrs_table)] - 1; /* COOKIE_NONE when free */
}

/* The free slot for a socket that is not in the index yet: compares it with no other one. */
static uint32_t free_slot(const struct cookie_index *index, uint32_t place)
{
	uint32_t at;

	HASH_SEEK(at, hash(row(index, place), index->attrs_table), index->mask,
		  index->slot[at], false);
	return at;
}

static int grow(struct cookie_index *index)
{
	struct cookie_index bigger = *index;

	bigger.slot = NULL;
	if (hash_slots_new(&bigger.slot, &bigger.mask, (index->mask + 1) * 2))
		return -ENOMEM;
	for (uint32_t at = 0; at <= index->mask; at++) {
		if (index->slot[at])
			bigger.slot[free_slot(&bigger, index->slot[at] - 1)] =
				index->slot[at];
	}
	free(index->slot);
	*index = bigger;
	return 0;
}

int cookie_index_put(struct cookie_index *index, uint32_t place)
{
	int err = index->n * 2ULL > index->mask ? grow(index) : 0;

	if (err)
		return err;
	index->slot[free_slot(index, place)] = place + 1;
	index->n++;
	return 0;
}
