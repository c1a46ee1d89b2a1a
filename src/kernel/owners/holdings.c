/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "kernel/owners/holdings.h"

/* A table has so many free slots besides the third that is always free. */
#define FEWEST 1024
/* Memory for so many wanted inodes is never given back. */
#define KEPT 1024

/*
 * A slot that is not free has the place of a descriptor + 1. The place is the number of its page
 * * FD_PAGE + the index in the page. With UNHELD set, the slot has an index into map->unheld
 * instead. In the first slot of an inode, SHARED says that there are others.
 */
#define UNHELD (1U << 31)
#define SHARED (1U << 30)
#define PLACE (SHARED - 1)
#define PAGES_MAX (PLACE / FD_PAGE)

struct fd_page *holdings_add_page(struct holdings *map, uint32_t process, uint32_t first)
{
	struct fd_page *page;

	while (map->free_page < map->n_pages && map->page[map->free_page])
		map->free_page++;
	if (map->free_page == map->n_pages) {
		uint32_t n = map->n_pages ? map->n_pages * 2 : 64;
		struct fd_page **more = n > PAGES_MAX ? NULL :
				realloc(map->page, n * sizeof(struct fd_page *));

		if (!more)
			return NULL;
		memset(more + map->n_pages, 0,
		       (n - map->n_pages) * sizeof(struct fd_page *));
		map->page = more;
		map->n_pages = n;
	}
	page = calloc(1, sizeof(*page));
	if (!page)
		return NULL;
	page->process = process;
	page->first = first;
	page->number = map->free_page;
	map->page[map->free_page++] = page;
	return page;
}

void holdings_free_page(struct holdings *map, struct fd_page *page)
{
	map->page[page->number] = NULL;
	if (map->free_page > page->number)
		map->free_page = page->number;
	free(page);
}

static const struct fd_page *page_of(const struct holdings *map, uint32_t slot, uint32_t *i)
{
	uint32_t place = (slot & PLACE) - 1;

	*i = place % FD_PAGE;
	return map->page[place / FD_PAGE];
}

static uint32_t inode_of(const struct holdings *map, uint32_t slot)
{
	const struct fd_page *page;
	uint32_t i;

	if (slot & UNHELD)
		return map->unheld[slot & PLACE].inode;
	page = page_of(map, slot, &i);
	return page->fd[i];
}

static uint32_t home(const struct holdings *map, uint32_t inode)
{
	/* Inodes count upwards, so without a hash neighbours would make one long run. */
	uint32_t hash = hash_number(inode);

	return (uint32_t)((uint64_t)hash * map->slots >> 32);
}

static uint32_t next(const struct holdings *map, uint32_t at)
{
	return at + 1 < map->slots ? at + 1 : 0;
}

/* Returns how many steps lead from one slot to another. */
static uint32_t distance(const struct holdings *map, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + (map->slots - from);
}

/* Finds the first entry of this inode from a slot on. The search ends at a free slot. */
static uint32_t seek(const struct holdings *map, uint32_t at, uint32_t inode)
{
	for (; map->slot[at]; at = next(map, at)) {
		if (inode_of(map, map->slot[at]) == inode)
			return at;
	}
	return HOLDINGS_NONE;
}

uint32_t holdings_find(const struct holdings *map, uint32_t inode)
{
	return map->slot && inode ? seek(map, home(map, inode), inode) : HOLDINGS_NONE;
}

uint32_t holdings_next(const struct holdings *map, uint32_t at)
{
	return seek(map, next(map, at), inode_of(map, map->slot[at]));
}

bool holdings_shared(const struct holdings *map, uint32_t first)
{
	return map->slot[first] & SHARED;
}

struct unheld *holdings_unheld(const struct holdings *map, uint32_t at)
{
	uint32_t slot = map->slot[at];

	return slot & UNHELD ? &map->unheld[slot & PLACE] : NULL;
}

struct holder holdings_at(const struct holdings *map, uint32_t at)
{
	uint32_t i;
	const struct fd_page *page = page_of(map, map->slot[at], &i);

	return (struct holder){ page->process, page->first + i };
}

bool holdings_marked(const struct holdings *map, uint32_t at)
{
	uint32_t i;
	const struct fd_page *page = page_of(map, map->slot[at], &i);

	return page->sampled[i / 64] >> (i % 64) & 1;
}

void holdings_mark(struct holdings *map, uint32_t at)
{
	uint32_t place = (map->slot[at] & PLACE) - 1, i = place % FD_PAGE;

	map->page[place / FD_PAGE]->sampled[i / 64] |= UINT64_C(1) << (i % 64);
}

void holdings_prefer(struct holdings *map, uint32_t first, uint32_t other)
{
	uint32_t place = map->slot[other] & PLACE;

	if (first == other)
		return;
	map->slot[other] = map->slot[first] & PLACE;
	map->slot[first] = place | SHARED;
}

void holdings_prefetch(const struct holdings *map, uint32_t inode)
{
	if (map->slot)
		__builtin_prefetch(&map->slot[home(map, inode)]);
}

static void append(struct holdings *map, uint32_t inode, uint32_t slot)
{
	uint32_t at = home(map, inode);

	while (map->slot[at])
		at = next(map, at);
	map->slot[at] = slot;
	map->n++;
}

int holdings_reserve(struct holdings *map, uint32_t n)
{
	uint64_t slots = n * 3ULL / 2 + FEWEST;
	struct holdings old = *map;
	uint32_t start = 0;

	if (n * 3ULL <= map->slots * 2ULL)
		return 0;
	/* The table grows seldom, even if entries are added one by one. */
	if (slots < map->slots + map->slots / 4ULL)
		slots = map->slots + map->slots / 4ULL;
	map->slots = slots < UINT32_MAX ? (uint32_t)slots : UINT32_MAX;
	map->slot = calloc(map->slots, sizeof(*map->slot));
	if (!map->slot) {
		*map = old;
		return -ENOMEM;
	}
	map->n = 0;
	/*
	 * The order of one inode's entries must stay the same, so the copy begins behind a free
	 * slot.
	 */
	while (old.slot && old.slot[start])
		start++;
	for (uint32_t i = 0, at = start; i < old.slots; i++, at = next(&old, at)) {
		if (old.slot[at])
			append(map, inode_of(map, old.slot[at]), old.slot[at]);
	}
	free(old.slot);
	return 0;
}

/* Erases a slot and closes the gap, so that no run is torn. */
static void erase(struct holdings *map, uint32_t hole)
{
	uint32_t at = hole;

	map->n--;
	for (;;) {
		uint32_t want;

		map->slot[hole] = 0;
		do {
			at = next(map, at);
			if (!map->slot[at])
				return;
			want = home(map, inode_of(map, map->slot[at]));
			/* An entry stays if its first choice lies behind the hole. */
		} while (distance(map, want, at) < distance(map, hole, at));
		map->slot[hole] = map->slot[at];
		hole = at;
	}
}

/* Makes room for so many wanted inodes. If there were many at first, memory is given back. */
static int resize_unheld(struct holdings *map, uint32_t capacity)
{
	void *other = realloc(map->unheld, capacity * sizeof(*map->unheld));

	if (!other)
		return -ENOMEM;
	map->unheld = other;
	map->unheld_capacity = capacity;
	return 0;
}

/* Drops an entry, and moves the last one to its place. */
static void drop_unheld(struct holdings *map, const struct unheld *gone)
{
	uint32_t i = (uint32_t)(gone - map->unheld), last = map->n_unheld - 1;

	if (i != last) {
		map->slot[holdings_find(map, map->unheld[last].inode)] = UNHELD | i;
		map->unheld[i] = map->unheld[last];
	}
	map->n_unheld = last;
	if (map->unheld_capacity > KEPT && last < map->unheld_capacity / 4)
		resize_unheld(map, map->unheld_capacity / 2);
}

int holdings_add(struct holdings *map, const struct fd_page *page, uint32_t i,
		 enum holding_before *before)
{
	uint32_t inode = page->fd[i], slot = page->number * FD_PAGE + i + 1;
	uint32_t first = holdings_find(map, inode);
	struct unheld *unheld = first == HOLDINGS_NONE ? NULL : holdings_unheld(map, first);

	*before = first == HOLDINGS_NONE ? HOLDING_NEW :
		  unheld		 ? HOLDING_WANTED :
					   HOLDING_HELD;
	if (unheld) {
		drop_unheld(map, unheld);
		map->slot[first] = slot;
		return 0;
	}
	if (holdings_reserve(map, map->n + 1))
		return -ENOMEM;
	if (*before == HOLDING_HELD)
		map->slot[holdings_find(map, inode)] |= SHARED;
	append(map, inode, slot);
	return 0;
}

struct unheld *holdings_want(struct holdings *map, uint32_t inode)
{
	uint32_t capacity = map->unheld_capacity;

	if (map->n_unheld == capacity && resize_unheld(map, capacity + capacity / 2 + 64))
		return NULL;
	if (holdings_reserve(map, map->n + 1))
		return NULL;
	append(map, inode, UNHELD | map->n_unheld);
	map->unheld[map->n_unheld] = (struct unheld){ .inode = inode };
	return &map->unheld[map->n_unheld++];
}

void holdings_remove(struct holdings *map, const struct fd_page *page, uint32_t i)
{
	uint32_t inode = page->fd[i], slot = page->number * FD_PAGE + i + 1;
	uint32_t first = holdings_find(map, inode), at = first;
	bool shared = first != HOLDINGS_NONE && holdings_shared(map, first);

	while (at != HOLDINGS_NONE && (map->slot[at] & ~SHARED) != slot)
		at = holdings_next(map, at);
	if (at == HOLDINGS_NONE)
		return;
	erase(map, at);
	if (!shared)
		return;
	first = holdings_find(map, inode);
	map->slot[first] &= ~SHARED;
	if (holdings_next(map, first) != HOLDINGS_NONE)
		map->slot[first] |= SHARED;
}

void holdings_forget(struct holdings *map, uint32_t tick)
{
	for (uint32_t i = 0; i < map->n_unheld;) {
		if (map->unheld[i].tick >= tick) {
			i++;
			continue;
		}
		erase(map, holdings_find(map, map->unheld[i].inode));
		drop_unheld(map, &map->unheld[i]);
	}
}

void holdings_free(struct holdings *map)
{
	free(map->slot);
	free(map->page);
	free(map->unheld);
	*map = (struct holdings){ 0 };
}
