/* SPDX-License-Identifier: MIT */
/*
 * Policy rules decide which packets are looked up in which routing table (ip rule).
 */
#include <stdio.h>
#include <sktop/array.h>
#include "columns/columns.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define RULE                           \
	const struct sk_rule *r = row; \
	(void)context

static const char any[] = "any";

/* FR_ACT_TO_TBL */
#define LOOKS_UP 1

GETTER(priority)
{
	RULE;

	value_uint(value, r->priority);
}

static void network(struct sk_value *value, const struct sk_addr *addr, uint8_t len,
		    bool v6)
{
	if (!len) {
		value_none(value, any);
		return;
	}
	value->kind = SK_VALUE_ADDR;
	value->addr = addr;
	value->v6 = v6;
	value->prefix_len = (uint8_t)(v6 ? len : len + 96);
}

GETTER(from)
{
	RULE;

	network(value, &r->from, r->from_len, r->v6);
}

GETTER(to)
{
	RULE;

	network(value, &r->to, r->to_len, r->v6);
}

GETTER(action)
{
	static const char *const names[] = { "unspec", "lookup",    "goto",
					     "nop",    "res3",	    "res4",
					     "blackhole", "unreachable", "prohibit" };
	RULE;

	value_enum(value, r->action, r->action < 9 ? names[r->action] : "other");
}

GETTER(table)
{
	RULE;

	if (r->l3mdev)
		value_enum(value, 0, "of the VRF");
	else if (r->action == LOOKS_UP)
		value_number_name(context, SK_NUMBER_TABLE, r->table, value);
	else
		value_none(value, "looks up no table");
}

GETTER(iif)
{
	RULE;

	if (r->iif[0])
		value_text(value, r->iif);
	else
		value_none(value, any);
}

GETTER(oif)
{
	RULE;

	if (r->oif[0])
		value_text(value, r->oif);
	else
		value_none(value, any);
}

GETTER(mark)
{
	RULE;

	if (!r->mark && !r->mask) {
		value_none(value, any);
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer), "0x%x/0x%x", r->mark, r->mask);
	value_text(value, value->buffer);
}

/* A range of which ~0 or 0 at both ends means any. */
static void range(struct sk_value *value, bool is_any, uint32_t first, uint32_t last)
{
	if (is_any) {
		value_none(value, any);
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer), first == last ? "%u" : "%u-%u", first,
		 last);
	value_text(value, value->buffer);
}

GETTER(uid)
{
	RULE;

	range(value, r->uid_first == UINT32_MAX && r->uid_last == UINT32_MAX, r->uid_first,
	      r->uid_last);
}

GETTER(sport)
{
	RULE;

	range(value, !r->sport_last, r->sport_first, r->sport_last);
}

GETTER(dport)
{
	RULE;

	range(value, !r->dport_last, r->dport_first, r->dport_last);
}

GETTER(ip_proto)
{
	RULE;
	const char *name = context->names ?
				   sk_names_protocol(context->names, r->ip_proto) : NULL;

	if (!r->ip_proto) {
		value_none(value, any);
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer), "%u", r->ip_proto);
	value_enum(value, r->ip_proto, name ? name : value->buffer);
}

GETTER(tos)
{
	RULE;

	if (r->tos)
		value_uint(value, r->tos);
	else
		value_none(value, any);
}

GETTER(inverted)
{
	RULE;

	if (r->inverted)
		value_text(value, "not");
	else
		value_none(value, "for packets that match");
}

GETTER(protocol)
{
	RULE;

	value_number_name(context, SK_NUMBER_PROTOCOL, r->protocol, value);
}

GETTER(family)
{
	RULE;

	value_text(value, r->v6 ? "inet6" : "inet");
}

GETTER(netns)
{
	RULE;

	value_text(value, sk_sample_netns_name(context->sample, r->netns));
}

#define TEXT(id, title, help, width, priority, flags, getter)                       \
	{ id, title, help, SK_UNIT_TEXT, width, priority, (flags) | SK_COL_LEFT, 0, \
	  getter, 0, NULL }

static const struct sk_column columns[] = {
	{ "priority", "Priority", "Rules are tried from the least on", SK_UNIT_NUMBER, 8, 0,
	  SK_COL_DEFAULT, 0, get_priority, 0, NULL },
	TEXT("family", "Family", "inet or inet6", 6, 3, SK_COL_DEFAULT, get_family),
	TEXT("inverted", "Not", "For packets that do not match what follows", 3, 4, SK_COL_DEFAULT,
	     get_inverted),
	TEXT("from", "From", "Network of the source", 18, 0,
	     SK_COL_DEFAULT | SK_COL_WIDE | SK_COL_ADDRESS, get_from),
	TEXT("to", "To", "Network of the destination", 18, 2,
	     SK_COL_DEFAULT | SK_COL_WIDE | SK_COL_ADDRESS, get_to),
	TEXT("iif", "InIf", "Interface they come in by; lo = made here", 8, 3,
	     SK_COL_DEFAULT, get_iif),
	TEXT("oif", "OutIf", "Interface the socket is bound to", 8, 5, SK_COL_DEFAULT,
	     get_oif),
	TEXT("mark", "Mark", "Firewall mark and the bits of it that count", 8, 3,
	     SK_COL_DEFAULT, get_mark),
	TEXT("action", "Action", "lookup (in the table), goto, nop, blackhole, unreachable, "
	     "prohibit", 8, 1, SK_COL_DEFAULT, get_action),
	TEXT("table", "Table", "Routing table to look into", 8, 0, SK_COL_DEFAULT, get_table),
	TEXT("uid", "Uid", "Users, by number", 8, 6, SK_COL_DEFAULT, get_uid),
	TEXT("ip-proto", "IPProto", "Protocol of the packets", 7, 6, SK_COL_DEFAULT,
	     get_ip_proto),
	TEXT("sport", "SPort", "Source ports", 6, 6, SK_COL_DEFAULT, get_sport),
	TEXT("dport", "DPort", "Destination ports", 6, 6, SK_COL_DEFAULT, get_dport),
	{ "tos", "TOS", "Type of service", SK_UNIT_NUMBER, 3, 9, 0, 0, get_tos, 0, NULL },
	TEXT("protocol", "Proto", "Who made the rule", 6, 9, 0, get_protocol),
	TEXT("netns", "NetNS", "Network namespace it is in", 8, 1, 0, get_netns),
};

/* Rules have no identity of their own: two may be the same but for their place. */
static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_rule *r = row;
	uint64_t hash = 0xcbf29ce484222325ULL;
	const uint32_t numbers[] = { r->table,	   r->mark,	 r->netns,
				     r->v6,	   r->action,	 r->uid_first,
				     r->sport_first, r->dport_first, r->from_len };

	(void)sample;
	for (unsigned i = 0; i < 16; i++)
		hash = (hash ^ r->from.b[i]) * 0x100000001b3ULL;
	for (unsigned i = 0; i < 16; i++)
		hash = (hash ^ r->to.b[i]) * 0x100000001b3ULL;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		hash = (hash ^ numbers[i]) * 0x100000001b3ULL;
	return (uint64_t)r->priority << 32 | (hash & UINT32_MAX);
}

const struct sk_table sk_table_rules = {
	.name = "rules",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_rule),
	.sort = NULL,
	.row_id = row_id,
	SK_ROWS_IN(rules),
	.needs = SK_NEED_ROUTES,
};
