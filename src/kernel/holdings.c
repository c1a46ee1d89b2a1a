/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include "kernel/holdings.h"

/* Free places that a table has beside the fifth of all. */
#define FEWEST 1024

static uint32_t home(const struct holdings *map, uint32_t inode)
{
	/* inodes count upwards: neighbours would make one long run */
	uint32_t hash = (uint32_t)((inode * 0x9e3779b97f4a7c15ULL) >> 32);

	return (uint32_t)((uint64_t)hash * map->slots >> 32);
}

static uint32_t next(const struct holdings *map, uint32_t at)
{
	return at + 1 < map->slots ? at + 1 : 0;
}

/* How many steps lead from one place on to another. */
static uint32_t distance(const struct holdings *map, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + (map->slots - from);
}

struct holding *holdings_find(const struct holdings *map, uint32_t inode)
{
	uint32_t at;

	if (!map->entry || !inode)
		return NULL;
	for (at = home(map, inode); map->entry[at].inode; at = next(map, at)) {
		if (map->entry[at].inode == inode)
			return &map->entry[at];
	}
	return NULL;
}

void holdings_prefetch(const struct holdings *map, uint32_t inode)
{
	if (map->entry)
		__builtin_prefetch(&map->entry[home(map, inode)]);
}

struct holding *holdings_next(const struct holdings *map, const struct holding *from)
{
	uint32_t at = next(map, (uint32_t)(from - map->entry));

	for (; map->entry[at].inode; at = next(map, at)) {
		if (map->entry[at].inode == from->inode)
			return &map->entry[at];
	}
	return NULL;
}

static struct holding *append(struct holdings *map, struct holding holding)
{
	uint32_t at = home(map, holding.inode);

	while (map->entry[at].inode)
		at = next(map, at);
	map->entry[at] = holding;
	map->n++;
	return &map->entry[at];
}

int holdings_reserve(struct holdings *map, uint32_t n)
{
	uint64_t slots = n * 5ULL / 4 + FEWEST;
	struct holdings bigger = { 0 };
	uint32_t start = 0;

	if (n * 5ULL <= map->slots * 4ULL)
		return 0;
	/* one by one, too, it grows seldom */
	if (slots < map->slots + map->slots / 4ULL)
		slots = map->slots + map->slots / 4ULL;
	bigger.slots = slots < UINT32_MAX ? (uint32_t)slots : UINT32_MAX;
	bigger.entry = calloc(bigger.slots, sizeof(*bigger.entry));
	if (!bigger.entry)
		return -ENOMEM;
	/* the order of one inode's entries must stay: begin behind a free entry */
	while (map->entry && map->entry[start].inode)
		start++;
	for (uint32_t i = 0, at = start; i < map->slots; i++, at = next(map, at)) {
		if (map->entry[at].inode)
			append(&bigger, map->entry[at]);
	}
	free(map->entry);
	*map = bigger;
	return 0;
}

int holdings_add(struct holdings *map, uint32_t inode, uint32_t process, uint32_t fd,
		 enum holding_before *before)
{
	struct holding *first = holdings_find(map, inode);

	*before = !first			     ? HOLDING_NEW :
		  first->process == HOLDING_NOBODY ? HOLDING_WANTED :
						     HOLDING_HELD;
	if (*before == HOLDING_WANTED) {
		*first = (struct holding){ inode, process, fd, 0 };
		return 0;
	}
	for (struct holding *at = first; at; at = holdings_next(map, at)) {
		if (at->process == process && at->fd == fd)
			return 0;
	}
	if (first)
		first->set = 0;
	if (holdings_reserve(map, map->n + 1))
		return -ENOMEM;
	append(map, (struct holding){ inode, process, fd, 0 });
	return 0;
}

struct holding *holdings_want(struct holdings *map, uint32_t inode)
{
	if (holdings_reserve(map, map->n + 1))
		return NULL;
	return append(map, (struct holding){ inode, HOLDING_NOBODY, 0, 0 });
}

/* Closes the gap, so that no run is torn. */
static void erase(struct holdings *map, struct holding *entry)
{
	uint32_t hole = (uint32_t)(entry - map->entry), at = hole;

	map->n--;
	for (;;) {
		uint32_t want;

		map->entry[hole].inode = 0;
		do {
			at = next(map, at);
			if (!map->entry[at].inode)
				return;
			want = home(map, map->entry[at].inode);
			/* stays when its home lies behind the hole */
		} while (distance(map, want, at) < distance(map, hole, at));
		map->entry[hole] = map->entry[at];
		hole = at;
	}
}

void holdings_remove(struct holdings *map, uint32_t inode, uint32_t process, uint32_t fd)
{
	struct holding *at = holdings_find(map, inode), *first;

	while (at && (at->process != process || at->fd != fd))
		at = holdings_next(map, at);
	if (!at)
		return;
	erase(map, at);
	first = holdings_find(map, inode);
	if (first)
		first->set = 0;
}

void holdings_forget(struct holdings *map, uint32_t tick)
{
	for (uint32_t i = 0; i < map->slots; i++) {
		const struct holding *at = &map->entry[i];

		/* what moves into the hole is looked at too */
		while (at->inode && at->process == HOLDING_NOBODY && at->fd < tick)
			erase(map, &map->entry[i]);
	}
}

void holdings_free(struct holdings *map)
{
	free(map->entry);
	*map = (struct holdings){ 0 };
}
