/* SPDX-License-Identifier: MIT */
/*
 * Records lie in blocks that never move; a directory of fixed size points to the
 * blocks. A reader uses only numbers of its own sample, and their records were written
 * before the sample was published, so it needs no lock and no atomic operation. Control
 * groups are looked up by id at any time, so their chains are atomic.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/owners.h>
#include "base/hash.h"

#define BLOCK 256U	 /* records in a block */
#define DIRECTORY 16384U /* blocks at most: 4 million records */
#define CHAINS 1024U	 /* of control groups */
#define TEXT_BLOCK 65536U
#define HASHED 64U	 /* bytes of either end of a text */

struct set {
	uint32_t n;
	uint32_t processes; /* different ones */
	struct sk_holder holder[];
};

struct cgroup {
	struct sk_cgroup group;
	struct cgroup *next;
};

/** Memory that is given out piecewise and freed as a whole. */
struct arena {
	struct arena *before;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct sk_owners {
	atomic_int references;
	struct sk_process *process[DIRECTORY];
	const struct set **set[DIRECTORY];
	_Atomic(struct cgroup *) cgroup[CHAINS];
	/* Only the writer uses these. */
	uint32_t n_processes, n_sets;
	uint32_t *index; /* open addressing: set numbers by their holders; 0 = free */
	uint32_t index_mask;
	struct arena *arena;
	size_t bytes; /* of the arenas */
	const char **text; /* open addressing: texts, each once; NULL = free */
	uint32_t n_texts, text_slots;
};

int sk_owners_new(struct sk_owners **out)
{
	struct sk_owners *owners = calloc(1, sizeof(*owners));

	if (!owners)
		return -ENOMEM;
	owners->index_mask = 255;
	owners->index = calloc(owners->index_mask + 1, sizeof(*owners->index));
	if (!owners->index) {
		free(owners);
		return -ENOMEM;
	}
	atomic_init(&owners->references, 1);
	*out = owners;
	return 0;
}

struct sk_owners *sk_owners_ref(struct sk_owners *owners)
{
	if (owners)
		atomic_fetch_add(&owners->references, 1);
	return owners;
}

void sk_owners_unref(struct sk_owners *owners)
{
	if (!owners || atomic_fetch_sub(&owners->references, 1) != 1)
		return;
	for (uint32_t i = 0; i < DIRECTORY; i++) {
		free(owners->process[i]);
		free(owners->set[i]);
	}
	while (owners->arena) {
		struct arena *before = owners->arena->before;

		free(owners->arena);
		owners->arena = before;
	}
	free(owners->index);
	free(owners->text);
	free(owners);
}

static void *take(struct sk_owners *owners, size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;
	struct arena *arena = owners->arena;

	if (!arena || arena->size - arena->used < need) {
		size_t room = need > TEXT_BLOCK ? need : TEXT_BLOCK;

		arena = malloc(sizeof(*arena) + room);
		if (!arena)
			return NULL;
		*arena = (struct arena){ .before = owners->arena, .size = room };
		owners->arena = arena;
		owners->bytes += room;
	}
	arena->used += need;
	return arena->bytes + arena->used - need;
}

/* Hashes the length and both ends of a text, which tell long command lines apart. */
static uint32_t hash_text(const char *text)
{
	size_t len = strlen(text), ends = len < HASHED ? len : HASHED;
	uint64_t hash = 0xcbf29ce484222325ULL ^ len;

	for (size_t i = 0; i < ends; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3ULL;
	for (size_t i = len - ends; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3ULL;
	return (uint32_t)(hash ^ hash >> 32);
}

/* The slot of a text, or the free one where it belongs. */
static const char **text_place(const struct sk_owners *owners, const char *text)
{
	uint32_t at;

	HASH_SEEK(at, hash_text(text), owners->text_slots - 1, owners->text[at],
		  strcmp(owners->text[at], text) == 0);
	return &owners->text[at];
}

static int grow_texts(struct sk_owners *owners)
{
	uint32_t slots = owners->text_slots ? owners->text_slots * 2 : 256;
	const char **old = owners->text;
	uint32_t n = owners->text_slots;

	if ((owners->n_texts + 1) * 2ULL <= n)
		return 0;
	owners->text = calloc(slots, sizeof(*owners->text));
	if (!owners->text) {
		owners->text = old;
		return -ENOMEM;
	}
	owners->text_slots = slots;
	for (uint32_t i = 0; i < n; i++) {
		if (old[i])
			*text_place(owners, old[i]) = old[i];
	}
	free(old);
	return 0;
}

/* A thousand workers have one command line. NULL: no memory. */
static const char *keep_text(struct sk_owners *owners, const char *text)
{
	const char **place;
	char *copy;

	if (!text || !*text)
		return "";
	if (grow_texts(owners))
		return NULL;
	place = text_place(owners, text);
	if (!*place) {
		copy = take(owners, strlen(text) + 1);
		if (!copy)
			return NULL;
		*place = strcpy(copy, text);
		owners->n_texts++;
	}
	return *place;
}

static const struct set *find_set(const struct sk_owners *owners, uint32_t set)
{
	uint32_t i = set - 1;

	if (!owners || i >= DIRECTORY * BLOCK || !owners->set[i / BLOCK])
		return NULL;
	return owners->set[i / BLOCK][i % BLOCK];
}

uint32_t sk_owners_count(const struct sk_owners *owners, uint32_t set)
{
	const struct set *found = find_set(owners, set);

	return found ? found->n : 0;
}

uint32_t sk_owners_processes(const struct sk_owners *owners, uint32_t set)
{
	const struct set *found = find_set(owners, set);

	return found ? found->processes : 0;
}

const struct sk_holder *sk_owners_holder(const struct sk_owners *owners, uint32_t set,
					 uint32_t i)
{
	const struct set *found = find_set(owners, set);

	return found && i < found->n ? &found->holder[i] : NULL;
}

const struct sk_process *sk_owners_process(const struct sk_owners *owners, uint32_t set,
					   uint32_t i)
{
	const struct sk_holder *holder = sk_owners_holder(owners, set, i);

	return holder ? sk_owners_by_id(owners, holder->process) : NULL;
}

const struct sk_process *sk_owners_by_id(const struct sk_owners *owners, uint32_t id)
{
	uint32_t i = id - 1;

	if (!owners || i >= DIRECTORY * BLOCK || !owners->process[i / BLOCK] ||
	    !owners->process[i / BLOCK][i % BLOCK].name)
		return NULL;
	return &owners->process[i / BLOCK][i % BLOCK];
}

uint32_t sk_owners_total(const struct sk_owners *owners)
{
	return owners->n_processes;
}

size_t sk_owners_bytes(const struct sk_owners *owners)
{
	return owners->bytes;
}

uint32_t sk_owners_sets(const struct sk_owners *owners)
{
	return owners->n_sets;
}

int sk_owners_add_process(struct sk_owners *owners, const struct sk_process *process,
			  uint32_t *id)
{
	uint32_t i = owners->n_processes;
	struct sk_process copy = *process, **block;

	if (i >= DIRECTORY * BLOCK)
		return -ENOMEM;
	block = &owners->process[i / BLOCK];
	if (!*block)
		*block = calloc(BLOCK, sizeof(**block));
	copy.name = keep_text(owners, process->name);
	copy.command = keep_text(owners, process->command);
	copy.cgroup = keep_text(owners, process->cgroup);
	copy.unit = keep_text(owners, process->unit);
	copy.tids = keep_text(owners, process->tids);
	if (!*block || !copy.name || !copy.command || !copy.cgroup || !copy.unit ||
	    !copy.tids)
		return -ENOMEM;
	(*block)[i % BLOCK] = copy;
	*id = ++owners->n_processes;
	return 0;
}

static uint32_t hash_holders(const struct sk_holder *holders, uint32_t n)
{
	uint64_t hash = n;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t word = (uint64_t)holders[i].process << 32 |
				(uint32_t)holders[i].fd;

		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash >> 32);
}

static bool same_holders(const struct set *set, const struct sk_holder *holders,
			 uint32_t n)
{
	return set->n == n && memcmp(set->holder, holders, n * sizeof(*holders)) == 0;
}

/* The place of a set in the index, or the free one where it belongs. */
static uint32_t index_place(const struct sk_owners *owners,
			    const struct sk_holder *holders, uint32_t n)
{
	uint32_t at = hash_holders(holders, n) & owners->index_mask;

	while (owners->index[at] &&
	       !same_holders(find_set(owners, owners->index[at]), holders, n))
		at = (at + 1) & owners->index_mask;
	return at;
}

static int grow_index(struct sk_owners *owners)
{
	uint32_t mask = owners->index_mask * 2 + 1;
	uint32_t *old = owners->index, *bigger;

	if ((owners->n_sets + 1) * 2ULL < owners->index_mask)
		return 0;
	bigger = calloc(mask + 1ULL, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	owners->index = bigger;
	owners->index_mask = mask;
	for (uint32_t set = 1; set <= owners->n_sets; set++) {
		const struct set *s = find_set(owners, set);

		bigger[index_place(owners, s->holder, s->n)] = set;
	}
	free(old);
	return 0;
}

static struct set *make_set(struct sk_owners *owners, const struct sk_holder *holders,
			    uint32_t n)
{
	struct set *set = take(owners, sizeof(*set) + n * sizeof(*holders));

	if (!set)
		return NULL;
	set->n = n;
	set->processes = 0;
	memcpy(set->holder, holders, n * sizeof(*holders));
	/* the same process stands side by side: the writer sorts by process */
	for (uint32_t i = 0; i < n; i++)
		set->processes += !i || holders[i].process != holders[i - 1].process;
	return set;
}

int sk_owners_add_set(struct sk_owners *owners, const struct sk_holder *holders,
		      uint32_t n, uint32_t *set)
{
	uint32_t i = owners->n_sets, at;
	const struct set ***block;

	*set = 0;
	if (!n)
		return 0;
	if (i >= DIRECTORY * BLOCK || grow_index(owners))
		return -ENOMEM;
	at = index_place(owners, holders, n);
	if (!owners->index[at]) {
		block = &owners->set[i / BLOCK];
		if (!*block)
			*block = calloc(BLOCK, sizeof(**block));
		if (!*block)
			return -ENOMEM;
		(*block)[i % BLOCK] = make_set(owners, holders, n);
		if (!(*block)[i % BLOCK])
			return -ENOMEM;
		owners->index[at] = ++owners->n_sets;
	}
	*set = owners->index[at];
	return 0;
}

static uint32_t chain_of(uint64_t id)
{
	return hash_number(id) % CHAINS;
}

const struct sk_cgroup *sk_owners_cgroup(const struct sk_owners *owners, uint64_t id)
{
	const struct cgroup *at;

	if (!owners)
		return NULL;
	at = atomic_load_explicit(&owners->cgroup[chain_of(id)], memory_order_acquire);
	while (at && at->group.id != id)
		at = at->next;
	return at ? &at->group : NULL;
}

int sk_owners_add_cgroup(struct sk_owners *owners, uint64_t id, const char *path,
			 const char *unit)
{
	_Atomic(struct cgroup *) *chain = &owners->cgroup[chain_of(id)];
	struct cgroup *group;

	if (sk_owners_cgroup(owners, id))
		return 0;
	group = take(owners, sizeof(*group));
	if (!group)
		return -ENOMEM;
	group->group = (struct sk_cgroup){ .id = id,
					   .path = keep_text(owners, path),
					   .unit = keep_text(owners, unit) };
	if (!group->group.path || !group->group.unit)
		return -ENOMEM;
	group->next = atomic_load_explicit(chain, memory_order_relaxed);
	atomic_store_explicit(chain, group, memory_order_release);
	return 0;
}
