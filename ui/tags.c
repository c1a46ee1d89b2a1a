/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sktop/array.h>
#include "tags.h"

int tags_toggle(struct tags *tags, const struct sk_table *table, uint64_t id)
{
	if (tags->of != table)
		tags->n = 0;
	tags->of = table;
	for (size_t i = 0; i < tags->n; i++) {
		if (tags->id[i] == id) {
			tags->id[i] = tags->id[--tags->n];
			return 0;
		}
	}
	if (SK_ARRAY_ROOM(tags->id, tags->n, tags->capacity, 16))
		return -ENOMEM;
	tags->id[tags->n++] = id;
	return 0;
}

bool tags_have(const struct tags *tags, const struct sk_table *table, uint64_t id)
{
	for (size_t i = 0; tags->of == table && i < tags->n; i++) {
		if (tags->id[i] == id)
			return true;
	}
	return false;
}

void tags_free(struct tags *tags)
{
	free(tags->id);
	*tags = (struct tags){ 0 };
}
