/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/attrs.h>
#include <sktop/types.h>
#include "base/hash.h"

#define FIRST_SLOTS 64

/* Endpoint attributes as words, to be hashed and compared at once. */
struct words {
	uint64_t w[4];
};

static inline struct words words_of(const struct sk_attrs *attrs)
{
	struct words words;

	_Static_assert(sizeof(words) == sizeof(*attrs), "nothing is left out");
	memcpy(&words, attrs, sizeof(words));
	return words;
}

static inline bool is_same(const struct sk_attrs *there, const struct words *b)
{
	const struct words a = words_of(there);

	return !((a.w[0] ^ b->w[0]) | (a.w[1] ^ b->w[1]) | (a.w[2] ^ b->w[2]) |
		 (a.w[3] ^ b->w[3]));
}

/* The slot where it stands, or where it would. */
static inline uint32_t find(const struct sk_attrs_table *attrs_table,
			    const struct words *words)
{
	uint64_t h = (words->w[0] ^ words->w[2]) * 0xff51afd7ed558ccdULL ^
		     (words->w[1] ^ words->w[3] << 17) * 0x9e3779b97f4a7c15ULL;
	uint32_t at;

	h = (h ^ h >> 32) * 0xff51afd7ed558ccdULL;
	HASH_SEEK(at, (uint32_t)(h >> 32), attrs_table->mask, attrs_table->slot[at],
		  is_same(&attrs_table->at[attrs_table->slot[at]], words));
	return at;
}

static uint32_t find_known_attrs(const struct sk_attrs_table *attrs_table,
				 const struct sk_attrs *attrs)
{
	struct words words = words_of(attrs);

	return find(attrs_table, &words);
}

/* Room for one more; slots are never more than half full. */
static int make_room(struct sk_attrs_table *attrs_table)
{
	uint32_t slots = attrs_table->mask ? (attrs_table->mask + 1) * 2 : FIRST_SLOTS;
	struct sk_attrs *at;

	if (attrs_table->n < attrs_table->capacity)
		return 0;
	at = realloc(attrs_table->at, slots / 2 * sizeof(*at));
	if (!at)
		return -ENOMEM;
	attrs_table->at = at;
	if (hash_slots_new(&attrs_table->slot, &attrs_table->mask, slots))
		return -ENOMEM;
	attrs_table->capacity = slots / 2;
	for (uint32_t i = 1; i < attrs_table->n; i++)
		attrs_table->slot[find_known_attrs(attrs_table, &attrs_table->at[i])] =
			i;
	return 0;
}

/* The first two are always the same. */
static int begin(struct sk_attrs_table *attrs_table)
{
	static const struct sk_attrs none = { 0 }, unknown = { .uid = SK_UID_UNKNOWN };
	int err = make_room(attrs_table);

	if (err)
		return err;
	attrs_table->at[0] = none;
	attrs_table->at[SK_ATTRS_UNKNOWN] = unknown;
	attrs_table->slot[find_known_attrs(attrs_table, &unknown)] = SK_ATTRS_UNKNOWN;
	attrs_table->n = SK_ATTRS_UNKNOWN + 1;
	return 0;
}

static int append(struct sk_attrs_table *attrs_table, const struct sk_attrs *attrs)
{
	int err = attrs_table->n < SK_ATTRS_MAX ? make_room(attrs_table) : -ENOSPC;

	if (err)
		return err;
	attrs_table->last = attrs_table->n;
	attrs_table->slot[find_known_attrs(attrs_table, attrs)] = attrs_table->n;
	attrs_table->at[attrs_table->n++] = *attrs;
	return 0;
}

int sk_attrs_table_add(struct sk_attrs_table *attrs_table, const struct sk_attrs *attrs,
		       uint32_t *index)
{
	struct words words = words_of(attrs);
	uint32_t found;
	int err = 0;

	*index = 0;
	if (!(words.w[0] | words.w[1] | words.w[2] | words.w[3]))
		return 0;
	if (!attrs_table->n)
		err = begin(attrs_table);
	if (err)
		return err;
	found = attrs_table->slot[find(attrs_table, &words)];
	if (found)
		attrs_table->last = found;
	else
		err = append(attrs_table, attrs);
	if (!err)
		*index = attrs_table->last;
	return err;
}

void sk_attrs_table_reset(struct sk_attrs_table *attrs_table)
{
	if (attrs_table->n > 1)
		memset(attrs_table->slot, 0,
		       ((size_t)attrs_table->mask + 1) * sizeof(*attrs_table->slot));
	attrs_table->n = attrs_table->last = 0;
}

void sk_attrs_table_free(struct sk_attrs_table *attrs_table)
{
	free(attrs_table->at);
	free(attrs_table->slot);
	*attrs_table = (struct sk_attrs_table){ 0 };
}
