/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <sktop/array.h>
#include "kernel/sockets/pairs.h"

int pairs_add(struct pairs *pairs, uint64_t key, uint64_t value)
{
	if (SK_ARRAY_ROOM(pairs->pair, pairs->n, pairs->capacity, 64))
		return -ENOMEM;
	pairs->pair[pairs->n++] = (struct pair){ key, value };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

void pairs_sort(struct pairs *pairs)
{
	if (pairs->n > 1)
		qsort(pairs->pair, pairs->n, sizeof(*pairs->pair), compare);
}

uint64_t pairs_find(const struct pairs *pairs, uint64_t key, uint64_t missing)
{
	struct pair wanted = { .key = key };
	const struct pair *found = NULL;

	if (pairs->n)
		found = bsearch(&wanted, pairs->pair, pairs->n, sizeof(wanted), compare);
	return found ? found->value : missing;
}

void pairs_free(struct pairs *pairs)
{
	free(pairs->pair);
	*pairs = (struct pairs){ 0 };
}
