/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/home.h>
#include <sktop/types.h>

#define FIRST_SLOTS 64

static uint32_t hash(const struct sk_home *home)
{
	uint64_t x[4], h;

	memcpy(x, home, sizeof(x));
	h = (x[0] ^ x[1] * 0xff51afd7ed558ccdULL) * 0x9e3779b97f4a7c15ULL;
	h ^= x[2] * 0x9e3779b97f4a7c15ULL ^ x[3];
	h = (h ^ h >> 32) * 0xff51afd7ed558ccdULL;
	return (uint32_t)(h >> 32);
}

/* The slot where it stands, or where it would. */
static uint32_t find(const struct sk_homes *homes, const struct sk_home *home)
{
	uint32_t at = hash(home) & homes->mask;

	while (homes->slot[at] && !sk_home_same(&homes->at[homes->slot[at]], home))
		at = (at + 1) & homes->mask;
	return at;
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
		homes->slot[find(homes, &homes->at[i])] = i;
	return 0;
}

/* The first two are always the same. */
static int begin(struct sk_homes *homes)
{
	static const struct sk_home none, unknown = { .uid = SK_UID_UNKNOWN };
	int err = make_room(homes);

	if (err)
		return err;
	homes->at[0] = none;
	homes->at[SK_HOME_UNKNOWN] = unknown;
	homes->slot[find(homes, &unknown)] = SK_HOME_UNKNOWN;
	homes->n = SK_HOME_UNKNOWN + 1;
	return 0;
}

static int append(struct sk_homes *homes, const struct sk_home *home)
{
	int err = homes->n < SK_HOMES_MAX ? make_room(homes) : -ENOSPC;

	if (err)
		return err;
	homes->last = homes->n;
	homes->slot[find(homes, home)] = homes->n;
	homes->at[homes->n++] = *home;
	return 0;
}

int sk_homes_add(struct sk_homes *homes, const struct sk_home *home, uint32_t *index)
{
	static const struct sk_home none;
	uint32_t found;
	int err = 0;

	*index = 0;
	if (sk_home_same(home, &none))
		return 0;
	if (!homes->n)
		err = begin(homes);
	if (err)
		return err;
	found = homes->slot[find(homes, home)];
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
		memset(homes->slot, 0, (homes->mask + 1ULL) * sizeof(*homes->slot));
	homes->n = homes->last = 0;
}

void sk_homes_free(struct sk_homes *homes)
{
	free(homes->at);
	free(homes->slot);
	*homes = (struct sk_homes){ 0 };
}
