/* SPDX-License-Identifier: MIT */
#include <sktop/array.h>
#include "columns/columns.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define MEMBERSHIP                           \
	const struct sk_membership *m = row; \
	(void)context

GETTER(interface)
{
	MEMBERSHIP;

	value_interface(context, m->netns, m->ifindex, value);
	value_text(value, m->interface);
}

GETTER(users)
{
	MEMBERSHIP;

	value_uint(value, m->users);
}

GETTER(group)
{
	MEMBERSHIP;

	value->kind = SK_VALUE_ADDR;
	value->addr = &m->group;
	value->v6 = m->v6;
}

GETTER(family)
{
	MEMBERSHIP;

	value_text(value, m->v6 ? "inet6" : "inet");
}

GETTER(netns)
{
	MEMBERSHIP;

	value_text(value, sk_sample_netns_name(context->sample, m->netns));
}

static const struct sk_column columns[] = {
	{ "interface", "Interface", "Interface that is a member", SK_UNIT_TEXT, 15, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_INTERFACE, 0, get_interface, 0, NULL },
	{ "users", "RefCnt", "Sockets and parts of the kernel that joined", SK_UNIT_NUMBER,
	  6, 0, SK_COL_DEFAULT, 0, get_users, 0, NULL },
	{ "group", "Group", "Multicast address", SK_UNIT_TEXT, 15, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS, 0, get_group, 0,
	  NULL },
	{ "family", "Family", "inet or inet6", SK_UNIT_TEXT, 6, 9, SK_COL_LEFT, 0,
	  get_family, 0, NULL },
	{ "netns", "NetNS", "Network namespace it is in", SK_UNIT_TEXT, 8, 1, SK_COL_LEFT,
	  0, get_netns, 0, NULL },
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_membership *m = row;
	uint64_t hash = 0xcbf29ce484222325ULL ^ (uint64_t)m->netns << 32;

	(void)sample;
	for (const char *c = m->interface; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 0x100000001b3ULL;
	for (unsigned i = 0; i < 16; i++)
		hash = (hash ^ m->group.b[i]) * 0x100000001b3ULL;
	return hash;
}

const struct sk_table sk_table_groups = {
	.name = "groups",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_membership),
	.sort = NULL,
	.row_id = row_id,
	SK_ROWS_IN(memberships),
	.needs = SK_NEED_MULTICAST,
	.extended = "+family",
};
