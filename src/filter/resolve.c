/* SPDX-License-Identifier: MIT */
/*
 * This file keeps the addresses of the host names in filters: each name is looked up once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
#include "filter/filter.h"

static const struct known_name *find_known(const struct sk_filter *filter,
					   const char *name)
{
	for (size_t i = 0; filter && i < filter->n_names; i++) {
		if (sk_ascii_same(filter->names[i].name, name))
			return &filter->names[i];
	}
	return NULL;
}

static int keep(struct sk_filter *filter, const char *name, const struct sk_addr *addr,
		size_t n, const struct known_name **out)
{
	struct known_name *bigger, known = { .name = strdup(name), .n = n };

	known.addr = calloc(n, sizeof(*addr));
	bigger = realloc(filter->names, (filter->n_names + 1) * sizeof(*bigger));
	if (bigger)
		filter->names = bigger;
	if (!known.name || !known.addr || !bigger) {
		free(known.name);
		free(known.addr);
		return -ENOMEM;
	}
	memcpy(known.addr, addr, n * sizeof(*addr));
	bigger[filter->n_names] = known;
	*out = &bigger[filter->n_names++];
	return 0;
}

int filter_resolve(struct sk_filter *filter, const char *name, enum sk_lookup lookup,
		   const struct sk_filter *earlier, const struct known_name **out,
		   char *message, size_t size)
{
	const struct known_name *known = find_known(earlier, name);
	struct names_addresses found;
	int err;

	*out = find_known(filter, name);
	if (*out)
		return 0;
	if (known)
		return keep(filter, name, known->addr, known->n, out);
	err = names_find_addresses(name, lookup, &found, message, size);
	return err ? err : keep(filter, name, found.addr, found.n, out);
}
