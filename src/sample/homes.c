/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/home.h>
#include <sktop/types.h>

#define FIRST_SLOTS 64

/* All of a home, to be hashed and compared at once. */
struct words {
	uint64_t w[4];
};

static inline struct words words_of(const struct sk_home *home)
{
	struct words words;

	_Static_assert(sizeof(words) == sizeof(*home), "nothing is left out");
	memcpy(&words, home, sizeof(words));
	return words;
}

static inline bool is_same(const struct words *a, const struct words *b)
{
	return !((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
		 (a->w[3] ^ b->w[3]));
}

/* The slot where it stands, or where it would. */
static inline uint32_t find(const struct sk_homes *homes, const struct words *words)
{
	uint64_t h = (words->w[0] ^ words->w[2]) * 0xff51afd7ed558ccdULL ^
		     (words->w[1] ^ words->w[3] << 17) * 0x9e3779b97f4a7c15ULL;
	uint32_t at;

	h = (h ^ h >> 32) * 0xff51afd7ed558ccdULL;
	for (at = (uint32_t)(h >> 32) & homes->mask; homes->slot[at];
	     at = (at + 1) & homes->mask) {
		struct words there = words_of(&homes->at[homes->slot[at]]);

		if (is_same(&there, words))
			break;
	}
	return at;
}

static uint32_t find_home(const struct sk_homes *homes, const struct sk_home *home)
{
	struct words words = words_of(home);

	return find(homes, &words);
}

/* Room for one more; slots are never more than half full. */
static int make_room(struct sk_homes *homes)
{
	uint32_t slots = homes->mask ? (homes->mask + 1) * 2 : FIRST_SLOTS;
	struct sk_home *at;
	uint32_t *slot;

	if (homes->n < homes->capacity)
		return 0;
	at = realloc(homes->at, slots / 2 * sizeof(*at));
	if (!at)
		return -ENOMEM;
	homes->at = at;
	slot = calloc(slots, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	free(homes->slot);
	homes->slot = slot;
	homes->mask = slots - 1;
	homes->capacity = slots / 2;
	for (uint32_t i = 1; i < homes->n; i++)
		homes->slot[find_home(homes, &homes->at[i])] = i;
	return 0;
}

/* The first two are always the same. */
static int begin(struct sk_homes *homes)
{
	static const struct sk_home none = { 0 }, unknown = { .uid = SK_UID_UNKNOWN };
	int err = make_room(homes);

	if (err)
		return err;
	homes->at[0] = none;
	homes->at[SK_HOME_UNKNOWN] = unknown;
	homes->slot[find_home(homes, &unknown)] = SK_HOME_UNKNOWN;
	homes->n = SK_HOME_UNKNOWN + 1;
	return 0;
}

static int append(struct sk_homes *homes, const struct sk_home *home)
{
	int err = homes->n < SK_HOMES_MAX ? make_room(homes) : -ENOSPC;

	if (err)
		return err;
	homes->last = homes->n;
	homes->slot[find_home(homes, home)] = homes->n;
	homes->at[homes->n++] = *home;
	return 0;
}

int sk_homes_add(struct sk_homes *homes, const struct sk_home *home, uint32_t *index)
{
	struct words words = words_of(home);
	uint32_t found;
	int err = 0;

	*index = 0;
	if (!(words.w[0] | words.w[1] | words.w[2] | words.w[3]))
		return 0;
	if (!homes->n)
		err = begin(homes);
	if (err)
		return err;
	found = homes->slot[find(homes, &words)];
	if (found)
		homes->last = found;
	else
		err = append(homes, home);
	if (!err)
		*index = homes->last;
	return err;
}

void sk_homes_reset(struct sk_homes *homes)
{
	if (homes->n > 1)
		memset(homes->slot, 0, ((size_t)homes->mask + 1) * sizeof(*homes->slot));
	homes->n = homes->last = 0;
}

void sk_homes_free(struct sk_homes *homes)
{
	free(homes->at);
	free(homes->slot);
	*homes = (struct sk_homes){ 0 };
}
