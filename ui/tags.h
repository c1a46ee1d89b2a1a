/* SPDX-License-Identifier: MIT */
/*
 * Tagged rows, by their identity: they stay tagged while a filter hides them.
 */
#ifndef SKTOP_UI_TAGS_H
#define SKTOP_UI_TAGS_H

#include <sktop/column.h>

struct tags {
	uint64_t *id;
	size_t n, capacity;
	const struct sk_table *of; /* whose rows they are: ids of others may be the same */
};

/** Tags a row, or untags it; rows of another table are not tagged any more. 0 or -ENOMEM. */
int tags_toggle(struct tags *tags, const struct sk_table *table, uint64_t id);

bool tags_have(const struct tags *tags, const struct sk_table *table, uint64_t id);
void tags_free(struct tags *tags);

#endif
