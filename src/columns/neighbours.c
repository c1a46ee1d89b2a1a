/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/array.h>
#include "columns/columns.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define NEIGHBOUR                           \
	const struct sk_neighbour *n = row; \
	(void)context

GETTER(address)
{
	NEIGHBOUR;

	value->kind = SK_VALUE_ADDR;
	value->addr = &n->address;
	value->v6 = (n->flags & SK_NEIGHBOUR_V6) != 0;
}

GETTER(lladdr)
{
	NEIGHBOUR;

	if (n->lladdr_len)
		value_lladdr(n->lladdr, n->lladdr_len, value);
	else
		value_none(value, "not known (yet)");
}

GETTER(interface)
{
	NEIGHBOUR;

	if (n->ifindex)
		value_interface(context, n->netns, n->ifindex, value);
	else
		value_none(value, "gone meanwhile, or its index could not be asked for");
}

/* NUD_*, the bit that says most first; in the order of trust when sorted. */
GETTER(state)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} names[] = {
		{ 0x80, "PERMANENT" }, { 0x40, "NOARP" },  { 0x02, "REACHABLE" },
		{ 0x04, "STALE" },     { 0x08, "DELAY" },  { 0x10, "PROBE" },
		{ 0x01, "INCOMPLETE" }, { 0x20, "FAILED" },
	};
	NEIGHBOUR;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (n->state & names[i].bit) {
			value_enum(value, i, names[i].name);
			return;
		}
	}
	if (n->flags & SK_NEIGHBOUR_PROXY)
		value_enum(value, 8, "PROXY");
	else
		value_enum(value, 9, "NONE");
}

GETTER(flags)
{
	static const struct value_word words[] = {
		{ SK_NEIGHBOUR_ROUTER, "router" }, { SK_NEIGHBOUR_PROXY, "proxy" },
		{ SK_NEIGHBOUR_EXTERN, "extern" }, { SK_NEIGHBOUR_OFFLOADED, "offload" },
		{ SK_NEIGHBOUR_MANAGED, "managed" },
	};
	NEIGHBOUR;

	value_words(value, n->flags, words, ARRAY_SIZE(words));
}

enum { USED, CONFIRMED, UPDATED };

static void get_time(const struct sk_context *context, const void *row, int which,
		     struct sk_value *value)
{
	NEIGHBOUR;
	const uint32_t times[] = { [USED] = n->used_cs, [CONFIRMED] = n->confirmed_cs,
				   [UPDATED] = n->updated_cs };

	if (n->flags & SK_NEIGHBOUR_TIMES)
		value_real(value, times[which] / 100.0);
	else
		value_none(value, "the kernel tells none of this entry");
}

GETTER(probes)
{
	NEIGHBOUR;

	value_uint(value, n->probes);
}

GETTER(references)
{
	NEIGHBOUR;

	if (n->flags & SK_NEIGHBOUR_TIMES)
		value_uint(value, n->references);
	else
		value_none(value, "the kernel tells none of this entry");
}

GETTER(protocol)
{
	NEIGHBOUR;

	if (n->protocol)
		value_number_name(context, SK_NUMBER_PROTOCOL, n->protocol, value);
	else
		value_none(value, "by the kernel itself");
}

GETTER(family)
{
	NEIGHBOUR;

	value_text(value, n->flags & SK_NEIGHBOUR_V6 ? "inet6" : "inet");
}

GETTER(netns)
{
	NEIGHBOUR;

	value_text(value, sk_sample_netns_name(context->sample, n->netns));
}

#define TEXT(id, title, help, width, priority, flags, getter)                       \
	{ id, title, help, SK_UNIT_TEXT, width, priority, (flags) | SK_COL_LEFT, 0, \
	  getter, 0, NULL }
#define TIME(id, title, help, priority, which)                                     \
	{ id, title, help, SK_UNIT_SECONDS, 7, priority, SK_COL_DEFAULT, 0, NULL, which, \
	  get_time }

static const struct sk_column columns[] = {
	TEXT("address", "Address", "IP address of the neighbour", 15, 0,
	     SK_COL_DEFAULT | SK_COL_WIDE | SK_COL_ADDRESS, get_address),
	TEXT("mac", "Hardware Address", "Its address on the link", 17, 1, SK_COL_DEFAULT,
	     get_lladdr),
	TEXT("interface", "Interface", "Interface it is behind", 9, 0,
	     SK_COL_DEFAULT | SK_COL_INTERFACE, get_interface),
	TEXT("state", "State", "REACHABLE (proved of late), STALE, DELAY, PROBE (being "
	     "asked), INCOMPLETE, FAILED (no answer), PERMANENT, NOARP", 10, 0,
	     SK_COL_DEFAULT, get_state),
	TEXT("flags", "Flags", "router, proxy (this machine answers for it), extern (made by "
	     "a program), offload, managed", 6, 3, SK_COL_DEFAULT, get_flags),
	TIME("used", "Used", "Time since a packet went there", 4, USED),
	TIME("confirmed", "Confirm", "Time since it proved to be there", 2, CONFIRMED),
	TIME("updated", "Updated", "Time since the entry changed", 5, UPDATED),
	{ "probes", "Probes", "Requests sent that were not answered", SK_UNIT_NUMBER, 6, 5,
	  SK_COL_DEFAULT, 0, get_probes, 0, NULL },
	{ "references", "Refs", "Uses of the entry in the kernel", SK_UNIT_NUMBER, 4, 9, 0, 0,
	  get_references, 0, NULL },
	TEXT("protocol", "Proto", "Who made the entry", 6, 9, 0, get_protocol),
	TEXT("family", "Family", "inet or inet6", 6, 9, 0, get_family),
	TEXT("netns", "NetNS", "Network namespace it is in", 8, 1, 0, get_netns),
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_neighbour *n = row;
	uint64_t hash = 0xcbf29ce484222325ULL ^ (uint64_t)n->netns << 32 ^ n->ifindex ^
			(uint64_t)(n->flags & SK_NEIGHBOUR_PROXY) << 56;

	(void)sample;
	for (unsigned i = 0; i < 16; i++)
		hash = (hash ^ n->address.b[i]) * 0x100000001b3ULL;
	return hash;
}

static bool is_extra(const void *row)
{
	return (((const struct sk_neighbour *)row)->state & SK_NUD_NOARP) != 0;
}

const struct sk_table sk_table_neighbours = {
	.name = "neighbours",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_neighbour),
	.sort = "address",
	.row_id = row_id,
	SK_ROWS_IN(neighbours),
	.needs = SK_NEED_NEIGHBOURS | SK_NEED_LINKS,
	.is_extra = is_extra,
	.extended = "+references,+protocol",
};
