/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "names/cache.h"

#define FIRST_SLOTS 64

void name_cache_free(struct name_cache *cache)
{
	for (uint32_t i = 0; i < cache->slots; i++)
		free(cache->entry[i].text);
	free(cache->entry);
	cache->entry = NULL;
	cache->slots = cache->n = 0;
}

static uint32_t hash(const struct sk_addr *key)
{
	uint64_t half[2];

	memcpy(half, key->b, sizeof(half));
	/* the bytes that differ most are the high ones: fold them down first */
	half[1] ^= half[1] >> 32;
	half[0] ^= half[1] * 0x9e3779b97f4a7c15ULL;
	half[0] ^= half[0] >> 32;
	half[0] *= 0xff51afd7ed558ccdULL;
	return (uint32_t)(half[0] >> 32);
}

/* The entry of a key, or the free slot where it belongs. */
static struct name_entry *slot_of(struct name_entry *entry, uint32_t slots,
				  const struct sk_addr *key)
{
	uint32_t at;

	HASH_SEEK(at, hash(key), slots - 1, entry[at].taken,
		  memcmp(&entry[at].key, key, sizeof(*key)) == 0);
	return &entry[at];
}

static struct name_entry *find(const struct name_cache *cache, const struct sk_addr *key)
{
	struct name_entry *slot;

	if (!cache->slots)
		return NULL;
	slot = slot_of(cache->entry, cache->slots, key);
	return slot->taken ? slot : NULL;
}

/* Moves the entries that stay into a table of `slots`. */
static int rebuild(struct name_cache *cache, uint32_t slots)
{
	struct name_entry *fresh = calloc(slots, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (uint32_t i = 0; i < cache->slots; i++) {
		if (cache->entry[i].taken)
			*slot_of(fresh, slots, &cache->entry[i].key) = cache->entry[i];
	}
	free(cache->entry);
	cache->entry = fresh;
	cache->slots = slots;
	return 0;
}

bool name_cache_look(struct name_cache *cache, const struct sk_addr *key,
		     const char **text)
{
	struct name_entry *entry = find(cache, key);

	*text = NULL;
	if (!entry)
		return true;
	entry->used = cache->generation;
	*text = entry->text;
	return entry->expires <= cache->now;
}

static void set_asked(struct name_cache *cache, struct name_entry *entry, bool asked)
{
	cache->n_asked += (uint32_t)asked - (uint32_t)entry->asked;
	entry->asked = asked;
}

int name_cache_ask(struct name_cache *cache, const struct sk_addr *key)
{
	struct name_entry *entry = find(cache, key);

	if (!entry) {
		cache->refused |= cache->n >= cache->max;
		if (cache->n >= cache->max)
			return -ENOSPC;
		if ((cache->n + 1) * 2 > cache->slots &&
		    rebuild(cache, cache->slots ? cache->slots * 2 : FIRST_SLOTS))
			return -ENOMEM;
		entry = slot_of(cache->entry, cache->slots, key);
		*entry = (struct name_entry){ .key = *key, .taken = true,
					      .used = cache->generation };
		cache->n++;
	}
	set_asked(cache, entry, true);
	entry->expires = cache->now + cache->ttl[NAME_UNKNOWN];
	return 0;
}

void name_cache_put(struct name_cache *cache, const struct sk_addr *key,
		    enum name_outcome outcome, const char *text)
{
	struct name_entry *entry = find(cache, key);

	if (!entry)
		return;
	set_asked(cache, entry, false);
	if (outcome == NAME_UNKNOWN) {
		entry->expires = 0;
		return;
	}
	/* a name server that is away for a moment takes no name from the screen */
	if (outcome != NAME_FAILED) {
		free(entry->text);
		entry->text = outcome == NAME_KNOWN ? strdup(text) : NULL;
	}
	entry->outcome = (uint8_t)outcome;
	entry->expires = cache->now + cache->ttl[outcome];
}

bool name_cache_lacks(const struct name_cache *cache)
{
	bool lacks = cache->refused;

	for (uint32_t i = 0; i < cache->slots && !lacks; i++) {
		const struct name_entry *entry = &cache->entry[i];

		lacks = entry->taken && !entry->text && entry->outcome != NAME_NONE;
	}
	return lacks;
}

void name_cache_cancel(struct name_cache *cache)
{
	for (uint32_t i = 0; i < cache->slots; i++) {
		struct name_entry *entry = &cache->entry[i];

		if (!entry->asked)
			continue;
		set_asked(cache, entry, false);
		entry->expires = 0;
	}
}

static void drop(struct name_cache *cache, struct name_entry *entry)
{
	cache->n--;
	free(entry->text);
	*entry = (struct name_entry){ 0 };
}

/* Longest unused first: the cut moves halfway to now until enough are gone. */
static void evict(struct name_cache *cache)
{
	uint32_t oldest = cache->generation, enough = cache->max / 2;

	for (uint32_t i = 0; i < cache->slots; i++) {
		if (cache->entry[i].taken && cache->entry[i].used < oldest)
			oldest = cache->entry[i].used;
	}
	for (uint32_t cut = oldest; cut < cache->generation && cache->n > enough;) {
		cut += (cache->generation - cut + 1) / 2;
		for (uint32_t i = 0; i < cache->slots && cache->n > enough; i++) {
			struct name_entry *entry = &cache->entry[i];

			if (entry->taken && !entry->asked && entry->used < cut)
				drop(cache, entry);
		}
	}
}

void name_cache_settle(struct name_cache *cache, uint32_t now)
{
	cache->now = now;
	/* what was shown since the last settling is of the newest generation */
	if (cache->n > cache->max - cache->max / 4) {
		evict(cache);
		if (rebuild(cache, cache->slots))
			name_cache_free(cache); /* holes would hide entries */
	}
	cache->generation++;
}
