/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/array.h>
#include "columns/columns.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define ENTRY                               \
	const struct sk_nat_entry *e = row; \
	(void)context

static const char not_translated[] = "not translated";

GETTER(proto)
{
	/* IANA's numbers of those that connection tracking knows */
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ 1, "icmp" }, { 6, "tcp" },   { 17, "udp" },	  { 33, "dccp" },
		{ 47, "gre" }, { 50, "esp" },  { 51, "ah" },	  { 58, "icmp6" },
		{ 132, "sctp" }, { 136, "udplite" },
	};
	ENTRY;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].number == e->protocol) {
			value_text(value, names[i].name);
			return;
		}
	}
	snprintf(value->buffer, sizeof(value->buffer), "%u", e->protocol);
	value_text(value, value->buffer);
}

GETTER(state)
{
	/* enum tcp_conntrack, with the names that sockets have here */
	static const char *const names[] = { "NONE",	   "SYN_SENT",	 "SYN_RECV",
					     "ESTABLISHED", "FIN_WAIT",	 "CLOSE_WAIT",
					     "LAST_ACK",   "TIME_WAIT",	 "CLOSE",
					     "SYN_SENT2" };
	ENTRY;

	if ((e->flags & SK_NAT_STATE) && e->state < 10)
		value_enum(value, e->state, names[e->state]);
	else if (!(e->flags & SK_NAT_REPLIED))
		value_enum(value, 20, "UNREPLIED");
	else
		value_enum(value, 21, e->flags & SK_NAT_ASSURED ? "ASSURED" : "REPLIED");
}

GETTER(nat)
{
	ENTRY;
	unsigned kind = (e->flags & SK_NAT_SOURCE ? 1U : 0) |
			(e->flags & SK_NAT_DESTINATION ? 2U : 0);
	static const char *const names[] = { NULL, "snat", "dnat", "both" };

	if (kind)
		value_enum(value, kind, names[kind]);
	else
		value_none(value, not_translated);
}

/** The four ends: as the packet came, and as it went on. */
enum { SOURCE, DESTINATION, NEW_SOURCE, NEW_DESTINATION };

/* Replies go to the new source, and come from the new destination. */
static void find_end(const struct sk_nat_entry *e, int which, const struct sk_addr **addr,
		     uint16_t *port)
{
	const struct sk_tuple *t = which < NEW_SOURCE ? &e->original : &e->reply;
	bool source = which == SOURCE || which == NEW_DESTINATION;

	*addr = source ? &t->source : &t->destination;
	*port = source ? t->sport : t->dport;
}

static void get_address(const struct sk_context *context, const void *row, int which,
			struct sk_value *value)
{
	ENTRY;
	const struct sk_addr *addr;
	uint16_t port;

	if ((which == NEW_SOURCE && !(e->flags & SK_NAT_SOURCE)) ||
	    (which == NEW_DESTINATION && !(e->flags & SK_NAT_DESTINATION))) {
		value_none(value, not_translated);
		return;
	}
	find_end(e, which, &addr, &port);
	value->kind = SK_VALUE_ADDR;
	value->addr = addr;
	value->v6 = (e->flags & SK_NAT_V6) != 0;
	value->port = port;
	value->proto = e->protocol == 17 ? SK_PROTO_UDP : SK_PROTO_TCP;
	value->has_port = (e->flags & SK_NAT_PORTS) != 0;
}

static void get_port(const struct sk_context *context, const void *row, int which,
		     struct sk_value *value)
{
	struct sk_value end = { 0 };

	get_address(context, row, which, &end);
	value->proto = end.proto;
	if (end.kind == SK_VALUE_NONE)
		value_none(value, not_translated);
	else if (!end.has_port)
		value_none(value, "the protocol has no ports");
	else
		value_uint(value, end.port);
}

GETTER(timeout)
{
	ENTRY;

	if (e->flags & SK_NAT_TIMEOUT)
		value_real(value, e->timeout_s);
	else
		value_none(value, "none while a flow table carries it");
}

enum { TX_BYTES, RX_BYTES, TX_PACKETS, RX_PACKETS };

static void get_counter(const struct sk_context *context, const void *row, int which,
			struct sk_value *value)
{
	ENTRY;

	if (!(e->flags & SK_NAT_COUNTERS))
		value_none(value, "not counted: sysctl net.netfilter.nf_conntrack_acct");
	else
		value_uint(value, which < TX_PACKETS ? e->bytes[which] :
						       e->packets[which - TX_PACKETS]);
}

GETTER(mark)
{
	ENTRY;

	if (e->flags & SK_NAT_MARK)
		value_uint(value, e->mark);
	else
		value_none(value, "this kernel keeps no marks of connections");
}

GETTER(flags)
{
	static const struct value_word words[] = {
		{ SK_NAT_ASSURED, "assured" }, { SK_NAT_OFFLOAD, "offload" },
		{ SK_NAT_EXPECTED, "expected" }, { SK_NAT_FIXED, "fixed" },
		{ SK_NAT_DYING, "dying" },
	};
	ENTRY;

	value_words(value, e->flags, words, ARRAY_SIZE(words));
}

GETTER(zone)
{
	ENTRY;

	value_uint(value, e->zone);
}

GETTER(helper)
{
	ENTRY;

	if (e->helper[0])
		value_text(value, e->helper);
	else
		value_none(value, "no helper watches it");
}

GETTER(id)
{
	ENTRY;

	if (e->id)
		value_uint(value, e->id);
	else
		value_none(value, "/proc/net/nf_conntrack does not tell");
}

GETTER(netns)
{
	ENTRY;

	value_text(value, sk_sample_netns_name(context->sample, e->netns));
}

#define END(id, title, help, priority, flags, which)                                   \
	{ id, title, help, SK_UNIT_TEXT, 15, priority,                                 \
	  (flags) | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS, 0, NULL, which, get_address }
#define PORT(id, title, help, which)                                                  \
	{ id, title, help, SK_UNIT_PORT, 6, 9, 0, 0, NULL, which, get_port }
#define COUNTER(id, title, help, unit, flags, which)                              \
	{ id, title, help, SK_UNIT_##unit, 6, 5, (flags) | SK_COL_DESC, 0, NULL, which, \
	  get_counter }

static const struct sk_column columns[] = {
	{ "proto", "Proto", "Protocol of the connection", SK_UNIT_TEXT, 5, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT, 0, get_proto, 0, NULL },
	{ "state", "State", "State of TCP as the firewall sees it; else UNREPLIED, REPLIED, "
	  "ASSURED", SK_UNIT_TEXT, 11, 2, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_state, 0,
	  NULL },
	{ "nat", "NAT", "snat: source translated (masquerade); dnat: destination; both",
	  SK_UNIT_TEXT, 4, 3, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_nat, 0, NULL },
	END("source", "Source", "Where the connection comes from", 0, SK_COL_DEFAULT,
	    SOURCE),
	PORT("sport", "SPort", "Port of the source", SOURCE),
	END("destination", "Destination", "Where it wanted to go", 0, SK_COL_DEFAULT,
	    DESTINATION),
	PORT("dport", "DPort", "Port of the destination", DESTINATION),
	END("new-source", "New Source", "Source that its packets leave with", 1,
	    SK_COL_DEFAULT,
	    NEW_SOURCE),
	PORT("new-sport", "NSPort", "Port of the new source", NEW_SOURCE),
	END("new-destination", "New Destination", "Destination that its packets go on to",
	    1, SK_COL_DEFAULT, NEW_DESTINATION),
	PORT("new-dport", "NDPort", "Port of the new destination", NEW_DESTINATION),
	{ "timeout", "Timeout", "Time until it is forgotten if nothing comes",
	  SK_UNIT_SECONDS, 7, 2, SK_COL_DEFAULT, 0, get_timeout, 0, NULL },
	COUNTER("tx-total", "TX-tot", "Bytes in the direction of the first packet", BYTES,
		SK_COL_DEFAULT, TX_BYTES),
	COUNTER("rx-total", "RX-tot", "Bytes that came back", BYTES, SK_COL_DEFAULT, RX_BYTES),
	COUNTER("tx-packets", "TXpkt", "Packets in that direction", COUNT, 0, TX_PACKETS),
	COUNTER("rx-packets", "RXpkt", "Packets that came back", COUNT, 0, RX_PACKETS),
	{ "flags", "Flags", "assured (kept when the table is full), offload, expected, "
	  "fixed, dying", SK_UNIT_TEXT, 7, 6, SK_COL_LEFT, 0, get_flags, 0, NULL },
	{ "mark", "Mark", "Mark of the connection (CONNMARK)", SK_UNIT_HEX, 5, 9, 0, 0,
	  get_mark, 0, NULL },
	{ "zone", "Zone", "Conntrack zone", SK_UNIT_NUMBER, 4, 9, 0, 0, get_zone, 0, NULL },
	{ "helper", "Helper", "Module that reads its contents: ftp, sip...", SK_UNIT_TEXT, 6,
	  9, SK_COL_LEFT, 0, get_helper, 0, NULL },
	{ "id", "Id", "Number of the entry in the kernel", SK_UNIT_NUMBER, 10, 9, 0, 0,
	  get_id, 0, NULL },
	{ "netns", "NetNS", "Network namespace it is in", SK_UNIT_TEXT, 8, 1, SK_COL_LEFT,
	  0, get_netns, 0, NULL },
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ULL;
	return hash;
}

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_nat_entry *e = row;
	uint64_t hash = 0xcbf29ce484222325ULL;
	const uint32_t numbers[] = { e->id, e->netns, e->zone, e->protocol,
				     (uint32_t)e->original.sport << 16 |
					     e->original.dport };

	(void)sample;
	hash = mix(hash, &e->original.source, sizeof(e->original.source));
	hash = mix(hash, &e->original.destination, sizeof(e->original.destination));
	return mix(hash, numbers, sizeof(numbers));
}

static bool is_extra(const void *row)
{
	const struct sk_nat_entry *entry = row;

	return !(entry->flags & (SK_NAT_SOURCE | SK_NAT_DESTINATION));
}

static const char *refused(const struct sk_sample *sample)
{
	return sample->no_nats;
}

const struct sk_table sk_table_nat = {
	.name = "nat",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_nat_entry),
	.sort = "source",
	.row_id = row_id,
	SK_ROWS_IN(nats),
	.needs = SK_NEED_NAT,
	.is_extra = is_extra,
	.extra_needs = SK_NEED_TRACKED,
	.refused = refused,
	.extended = "+tx-packets,+rx-packets,+flags,+mark,+zone,+helper",
};
