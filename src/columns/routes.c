/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "columns/columns.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define ROUTE                             \
	const struct sk_route *r = row;   \
	(void)context

static const char from_proc[] = "/proc/net does not tell; rtnetlink is refused";

static void address(struct sk_value *value, const struct sk_addr *addr, bool v6)
{
	value->kind = SK_VALUE_ADDR;
	value->addr = addr;
	value->v6 = v6;
}

/* A network with its length; one whose length is 0 is called default. */
static void network(struct sk_value *value, const struct sk_addr *addr, uint8_t len,
		    bool v6)
{
	address(value, addr, v6);
	value->prefix_len = (uint8_t)(v6 ? len : len + 96);
	if (len == 0)
		value->text = "default";
}

GETTER(destination)
{
	ROUTE;

	network(value, &r->destination, r->destination_len, r->flags & SK_ROUTE_V6);
}

GETTER(from)
{
	ROUTE;

	if (r->from_len)
		network(value, &r->from, r->from_len, r->flags & SK_ROUTE_V6);
	else
		value_none(value, "for packets from anywhere");
}

GETTER(gateway)
{
	ROUTE;

	if (r->flags & SK_ROUTE_GATEWAY)
		address(value, &r->gateway, !sk_addr_is_v4(&r->gateway));
	else
		value_none(value, "none: the destination is on the link, or here");
}

GETTER(source)
{
	ROUTE;

	if (r->flags & SK_ROUTE_SOURCE)
		address(value, &r->source, r->flags & SK_ROUTE_V6);
	else
		value_none(value, "the route names none: the interface decides");
}

static bool rejects(const struct sk_route *r)
{
	return r->type == SK_ROUTE_BLACKHOLE || r->type == SK_ROUTE_UNREACHABLE ||
	       r->type == SK_ROUTE_PROHIBIT;
}

/* netstat -r: up unless its interface is not, then what it is. */
GETTER(flags)
{
	ROUTE;
	unsigned longest = r->flags & SK_ROUTE_V6 ? 128 : 32;
	const struct {
		bool on;
		char letter;
	} letters[] = {
		{ !(r->flags & (SK_ROUTE_DEAD | SK_ROUTE_LINKDOWN)), 'U' },
		{ rejects(r), '!' },
		{ r->flags & SK_ROUTE_GATEWAY, 'G' },
		{ r->destination_len == longest, 'H' },
		{ r->flags & SK_ROUTE_DYNAMIC, 'D' },
		{ r->flags & SK_ROUTE_MODIFIED, 'M' },
		{ (r->flags & SK_ROUTE_V6) && r->protocol == 9, 'A' }, /* RTPROT_RA */
		{ r->flags & SK_ROUTE_CACHED, 'C' },
		{ r->flags & SK_ROUTE_EXPIRES, 'e' },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		if (letters[i].on)
			value->buffer[n++] = letters[i].letter;
	}
	value->buffer[n] = '\0';
	value_text(value, n ? value->buffer : "down");
}

GETTER(state)
{
	static const struct value_word words[] = {
		{ SK_ROUTE_DEAD, "dead" },	     { SK_ROUTE_LINKDOWN, "linkdown" },
		{ SK_ROUTE_UNRESOLVED, "unresolved" }, { SK_ROUTE_OFFLOAD, "offload" },
		{ SK_ROUTE_TRAP, "trap" },	     { SK_ROUTE_ONLINK, "onlink" },
		{ SK_ROUTE_PERVASIVE, "pervasive" }, { SK_ROUTE_CACHED, "cached" },
	};
	ROUTE;

	value_words(value, r->flags, words, ARRAY_SIZE(words));
}

GETTER(metric)
{
	ROUTE;

	value_uint(value, r->metric);
}

GETTER(interface)
{
	ROUTE;

	if (r->oif)
		value_interface(context, r->netns, r->oif, value);
	else
		value_none(value, "leads to no interface, or to one that has just gone");
}

GETTER(iif)
{
	ROUTE;

	if (r->iif)
		value_interface(context, r->netns, r->iif, value);
	else
		value_none(value, "for packets from any interface");
}

GETTER(type)
{
	static const char *const names[SK_ROUTE_TYPES] = {
		"unspec",    "unicast",	    "local",	"broadcast", "anycast", "multicast",
		"blackhole", "unreachable", "prohibit", "throw",     "nat",	"xresolve",
	};
	ROUTE;

	if (r->type < SK_ROUTE_TYPES) {
		value_enum(value, r->type, names[r->type]);
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer), "%u", r->type);
	value_enum(value, r->type, value->buffer);
}

GETTER(table)
{
	ROUTE;

	if (r->table)
		value_number_name(context, SK_NUMBER_TABLE, r->table, value);
	else
		value_none(value, from_proc);
}

GETTER(table_id)
{
	ROUTE;

	if (r->table)
		value_uint(value, r->table);
	else
		value_none(value, from_proc);
}

GETTER(protocol)
{
	ROUTE;

	if (r->flags & SK_ROUTE_FROM_PROC)
		value_none(value, from_proc);
	else
		value_number_name(context, SK_NUMBER_PROTOCOL, r->protocol, value);
}

GETTER(scope)
{
	ROUTE;

	if (r->flags & SK_ROUTE_FROM_PROC)
		value_none(value, from_proc);
	else
		value_number_name(context, SK_NUMBER_SCOPE, r->scope, value);
}

GETTER(expires)
{
	ROUTE;

	if (r->flags & SK_ROUTE_EXPIRES)
		value_real(value, r->expires_s);
	else
		value_none(value, "stays until somebody removes it");
}

GETTER(family)
{
	ROUTE;

	value_text(value, r->flags & SK_ROUTE_V6 ? "inet6" : "inet");
}

GETTER(genmask)
{
	ROUTE;
	unsigned len = r->destination_len < 32 ? r->destination_len : 32;
	uint32_t mask = len ? ~0U << (32 - len) : 0;

	if (r->flags & SK_ROUTE_V6) {
		value_none(value, "IPv6 has lengths only");
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer), "%u.%u.%u.%u", mask >> 24,
		 mask >> 16 & 255, mask >> 8 & 255, mask & 255);
	value_text(value, value->buffer);
}

GETTER(preference)
{
	static const char *const names[] = { "medium", "high", "invalid", "low" };
	ROUTE;

	if (r->flags & SK_ROUTE_V6)
		value_enum(value, r->preference, names[r->preference & 3]);
	else
		value_none(value, "IPv6 only (RFC 4191)");
}

GETTER(encap)
{
	static const char *const names[] = { "none", "mpls", "ip",	  "ila", "ip6", "seg6",
					     "bpf",  "seg6local", "rpl", "ioam6", "xfrm" };
	ROUTE;

	if (!r->encap)
		value_none(value, "not put into a tunnel by the route");
	else
		value_enum(value, r->encap, r->encap < 11 ? names[r->encap] : "other");
}

enum { PREFIX, TOS, HOP, HOPS, WEIGHT, NEXTHOP_ID };

static void get_number(const struct sk_context *context, const void *row, int which,
		       struct sk_value *value)
{
	ROUTE;
	const uint32_t numbers[] = {
		[PREFIX] = r->destination_len, [TOS] = r->tos,
		[HOP] = r->hop + 1U,	       [HOPS] = r->hops,
		[WEIGHT] = r->weight,	       [NEXTHOP_ID] = r->nexthop_id,
	};

	if (which == NEXTHOP_ID && !r->nexthop_id)
		value_none(value, "made without a next hop object");
	else if (which == WEIGHT && r->hops == 1)
		value_none(value, "the only way");
	else
		value_uint(value, numbers[which]);
}

static const struct sk_metrics *metrics_of(const struct sk_context *context,
					   const struct sk_route *r)
{
	const struct sk_sample *sample = context->sample;

	return r->metrics && r->metrics <= sample->n_metrics ?
		       &sample->metrics[r->metrics - 1] :
		       NULL;
}

static void get_metrics(const struct sk_context *context, const void *row, int which,
			struct sk_value *value)
{
	ROUTE;
	const struct sk_metrics *metrics = metrics_of(context, r);

	if (!metrics || !(metrics->set & 1U << which)) {
		value_none(value, "the route does not set it");
		return;
	}
	if (which == SK_METRIC_CC_ALGO)
		value_text(value, metrics->congestion);
	else if (which == SK_METRIC_RTT)
		value_real(value, metrics->value[which] / 8000.0);
	else if (which == SK_METRIC_RTTVAR)
		value_real(value, metrics->value[which] / 4000.0);
	else if (which == SK_METRIC_RTO_MIN)
		value_real(value, metrics->value[which] / 1000.0);
	else
		value_uint(value, metrics->value[which]);
}

GETTER(netns)
{
	ROUTE;

	value_text(value, sk_sample_netns_name(context->sample, r->netns));
}

#define TEXT(id, title, help, width, priority, flags, getter)                    \
	{ id, title, help, SK_UNIT_TEXT, width, priority, (flags) | SK_COL_LEFT, 0, \
	  getter, 0, NULL }
#define NUMBER(id, title, help, flags, which)                                       \
	{ id, title, help, SK_UNIT_NUMBER, 4, 9, flags, 0, NULL, which, get_number }
#define METRIC(id, title, help, unit, which)                                         \
	{ id, title, help, SK_UNIT_##unit, 6, 9, 0, 0, NULL, SK_METRIC_##which,      \
	  get_metrics }

static const struct sk_column columns[] = {
	TEXT("destination", "Destination", "Network or host the route leads to", 18, 0,
	     SK_COL_DEFAULT | SK_COL_WIDE | SK_COL_ADDRESS, get_destination),
	TEXT("gateway", "Gateway", "Router that packets are handed to", 15, 0,
	     SK_COL_DEFAULT | SK_COL_WIDE | SK_COL_ADDRESS | SK_COL_PART, get_gateway),
	TEXT("flags", "Flags", "Letters of netstat -r: U up, G gateway, H host, ! rejects, "
	     "D, M by redirect, A by router advertisement, C cached, e expires", 5, 2,
	     SK_COL_DEFAULT | SK_COL_PART, get_flags),
	{ "metric", "Metric", "Priority: of two routes to the same place the lower wins",
	  SK_UNIT_NUMBER, 6, 3, SK_COL_DEFAULT, 0, get_metric, 0, NULL },
	TEXT("interface", "Interface", "Interface that packets leave by", 9, 0,
	     SK_COL_DEFAULT | SK_COL_PART | SK_COL_INTERFACE, get_interface),
	TEXT("table", "Table", "Routing table: its name in rt_tables, or number", 5, 1,
	     SK_COL_DEFAULT, get_table),
	TEXT("type", "Type", "unicast, local, broadcast, blackhole (dropped), "
	     "unreachable, prohibit (answered by an ICMP error), throw...", 9, 3,
	     SK_COL_DEFAULT, get_type),
	TEXT("protocol", "Proto", "Who made it: kernel, boot, static, dhcp, ra, bird...", 6, 4,
	     SK_COL_DEFAULT, get_protocol),
	TEXT("scope", "Scope", "How far the destination is: host, link, global", 6, 6,
	     SK_COL_DEFAULT, get_scope),
	TEXT("source", "Source", "Own address that packets get as their source", 15, 4,
	     SK_COL_DEFAULT | SK_COL_WIDE | SK_COL_ADDRESS, get_source),
	{ "mtu", "MTU", "Largest packet the route allows, in bytes", SK_UNIT_NUMBER, 5, 6,
	  SK_COL_DEFAULT, 0, NULL, SK_METRIC_MTU, get_metrics },
	TEXT("state", "State", "dead (interface down), linkdown (no carrier), onlink, "
	     "offload (in hardware), unresolved", 8, 5, SK_COL_DEFAULT | SK_COL_PART,
	     get_state),
	{ "weight", "Wt", "Share of a way among the ways of a multipath route",
	  SK_UNIT_NUMBER, 2, 7, SK_COL_DEFAULT | SK_COL_PART, 0, NULL, WEIGHT, get_number },
	{ "expires", "Expires", "Time until the route goes by itself", SK_UNIT_SECONDS, 7,
	  7, SK_COL_DEFAULT, 0, get_expires, 0, NULL },
	NUMBER("hop", "Hop", "Number of this way of the route, from 1 on", SK_COL_PART, HOP),
	NUMBER("hops", "Hops", "How many ways the route has", 0, HOPS),
	TEXT("family", "Family", "inet or inet6", 6, 9, 0, get_family),
	NUMBER("prefix", "Len", "Length of the destination's prefix; 0 = default route", 0,
	       PREFIX),
	TEXT("genmask", "Genmask", "Netmask of an IPv4 destination, as netstat -r", 15, 9, 0,
	     get_genmask),
	{ "table-id", "TableId", "Number of the routing table", SK_UNIT_NUMBER, 7, 9, 0, 0,
	  get_table_id, 0, NULL },
	NUMBER("nexthop-id", "NhId", "Next hop object (ip nexthop) it goes by", 0,
	       NEXTHOP_ID),
	TEXT("from", "From", "Only for packets from this network", 18, 9,
	     SK_COL_WIDE | SK_COL_ADDRESS, get_from),
	TEXT("iif", "InIf", "Interface that the packets come in by", 9, 9, 0, get_iif),
	NUMBER("tos", "TOS", "Only for packets with this type of service", 0, TOS),
	TEXT("preference", "Pref", "Preference of the router that announced it", 6, 9, 0,
	     get_preference),
	TEXT("encap", "Encap", "Tunnel that packets are put into: mpls, ip, seg6, bpf...", 5,
	     9, SK_COL_PART, get_encap),
	METRIC("advmss", "MSS", "Largest TCP segment to announce, bytes (netstat's MSS)",
	       NUMBER, ADVMSS),
	METRIC("window", "Window", "Largest TCP window to announce, bytes", NUMBER, WINDOW),
	METRIC("rtt", "RTT", "Round trip time to begin with (netstat's irtt)", SECONDS, RTT),
	METRIC("rttvar", "RTTvar", "Deviation of it to begin with", SECONDS, RTTVAR),
	METRIC("ssthresh", "SSthr", "Slow start threshold to begin with, segments", NUMBER,
	       SSTHRESH),
	METRIC("cwnd", "Cwnd", "Largest congestion window, segments", NUMBER, CWND),
	METRIC("initcwnd", "ICwnd", "Congestion window to begin with, segments", NUMBER,
	       INITCWND),
	METRIC("initrwnd", "IRwnd", "Receive window to begin with, segments", NUMBER,
	       INITRWND),
	METRIC("reordering", "Reord", "Reordering to expect, segments", NUMBER, REORDERING),
	METRIC("hoplimit", "HopLim", "Hop limit (TTL) of packets", NUMBER, HOPLIMIT),
	METRIC("rto-min", "RTOmin", "Least retransmission timeout", SECONDS, RTO_MIN),
	METRIC("features", "Feat", "TCP features: 1 ECN, 2 SACK, 4 timestamps, in hex", HEX,
	       FEATURES),
	METRIC("quickack", "QAck", "1 = acknowledge at once", NUMBER, QUICKACK),
	METRIC("congestion", "Congctl", "Congestion control of connections over it", TEXT,
	       CC_ALGO),
	METRIC("fastopen-no-cookie", "TFOnc", "1 = TCP fast open without a cookie", NUMBER,
	       FASTOPEN_NO_COOKIE),
	METRIC("locked", "Lock", "Bits of the metrics that the kernel may not change",
	       HEX, LOCK),
	TEXT("netns", "NetNS", "Network namespace it is in", 8, 1, 0, get_netns),
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ULL;
	return hash;
}

/* The fields by which the kernel tells two routes apart. */
static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_route *r = row;
	uint64_t hash = 0xcbf29ce484222325ULL;
	const uint32_t numbers[] = { r->table, r->metric, r->netns, r->hop, r->type,
				     r->tos, r->oif,
				     (uint32_t)r->destination_len << 8 | r->from_len };

	(void)sample;
	hash = mix(hash, &r->destination, sizeof(r->destination));
	hash = mix(hash, &r->from, sizeof(r->from));
	hash = mix(hash, &r->gateway, sizeof(r->gateway));
	return mix(hash, numbers, sizeof(numbers));
}

static uint32_t part(const void *row)
{
	return ((const struct sk_route *)row)->hop;
}

/* Routes that every machine has for its own addresses are no news to the reader. */
static bool is_extra(const void *row)
{
	const struct sk_route *route = row;

	return route->table == SK_ROUTES_LOCAL || route->type == SK_ROUTE_LOCAL ||
	       route->type == SK_ROUTE_BROADCAST || route->type == SK_ROUTE_ANYCAST ||
	       route->type == SK_ROUTE_MULTICAST;
}

const struct sk_table sk_table_routes = {
	.name = "routes",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_route),
	.sort = NULL,
	.row_id = row_id,
	.part = part,
	.parts = "nexthops",
	SK_ROWS_IN(routes),
	.needs = SK_NEED_ROUTES | SK_NEED_LINKS,
	.is_extra = is_extra,
	.extended = "+genmask,+advmss,+window,+rtt,+nexthop-id",
};
