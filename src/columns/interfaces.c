/* SPDX-License-Identifier: MIT */
#include <linux/if.h>
#include <string.h>
#include <sktop/array.h>
#include "columns/columns.h"
#include "columns/flows.h"

#define ROW const struct sk_link *l = row

static void get_interface(const struct sk_context *context, const void *row,
			  struct sk_value *value)
{
	ROW;

	value_text(value, l->name);
	if (l->altnames)
		value->names = sk_sample_text(context->sample, l->altnames);
}

static void get_netns(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	ROW;

	value_text(value, sk_sample_netns_name(context->sample, l->netns));
}

static void get_rate(const struct sk_context *context, const void *row, int stat,
		     struct sk_value *value)
{
	ROW;

	(void)context;
	if (stat >= l->n_stats)
		value_none(value, "this kernel does not count it");
	else
		value_rate(value, l->flags & SK_LINK_RATE, (double)l->rate[stat],
			   "new: a rate needs two samples");
}

static void get_stat(const struct sk_context *context, const void *row, int stat,
		     struct sk_value *value)
{
	ROW;

	(void)context;
	if (stat < l->n_stats)
		value_uint(value, l->stat[stat]);
	else
		value_none(value, "this kernel does not count it");
}

static void get_mtu(const struct sk_context *context, const void *row,
		    struct sk_value *value)
{
	ROW;

	(void)context;
	if (l->flags & SK_LINK_FROM_PROC)
		value_none(value, "/proc/net/dev does not tell; rtnetlink is refused");
	else
		value_uint(value, l->mtu);
}

static void get_state(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	/* IF_OPER_*, RFC 2863 */
	static const char *const names[] = { "unknown", "absent",  "down",   "lower-down",
					     "testing", "dormant", "up" };
	ROW;
	unsigned oper = l->operstate < 7 ? l->operstate : 0;

	(void)context;
	if (l->flags & SK_LINK_FROM_PROC)
		value_none(value, "/proc/net/dev does not tell; rtnetlink is refused");
	else if (!(l->ifi_flags & IFF_UP))
		value_enum(value, 0, "off");
	else if (oper == 0) /* lo and tunnels have no state of their own */
		value_enum(value, l->ifi_flags & IFF_RUNNING ? 6 : 3,
			   l->ifi_flags & IFF_RUNNING ? "up" : "no-carrier");
	else
		value_enum(value, oper, names[oper]);
}

/* The letters of netstat -i. */
static void get_flags(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	static const struct {
		uint32_t flag;
		char letter;
	} letters[] = {
		{ IFF_ALLMULTI, 'A' }, { IFF_BROADCAST, 'B' }, { IFF_DEBUG, 'D' },
		{ IFF_LOOPBACK, 'L' }, { IFF_MULTICAST, 'M' }, { IFF_DYNAMIC, 'd' },
		{ IFF_PROMISC, 'P' },  { IFF_NOTRAILERS, 'N' }, { IFF_NOARP, 'o' },
		{ IFF_POINTOPOINT, 'p' }, { IFF_SLAVE, 's' },  { IFF_MASTER, 'm' },
		{ IFF_RUNNING, 'R' },  { IFF_UP, 'U' },
	};
	ROW;
	size_t n = 0;

	(void)context;
	if (l->flags & SK_LINK_FROM_PROC) {
		value_none(value, "/proc/net/dev does not tell; rtnetlink is refused");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		if (l->ifi_flags & letters[i].flag)
			value->buffer[n++] = letters[i].letter;
	}
	value->buffer[n] = '\0';
	value_text(value, n ? value->buffer : "none");
}

static const char needs_rtnetlink[] = "rtnetlink is refused";

/* The first: IPv4 before IPv6, wide scopes before narrow ones. */
static void get_address(const struct sk_context *context, const void *row,
			struct sk_value *value)
{
	ROW;
	uint32_t n;
	const struct sk_address *a =
		sk_sample_addresses(context->sample, l->netns, l->ifindex, &n);

	if (!n) {
		value_none(value, "none");
		return;
	}
	value->kind = SK_VALUE_ADDR;
	value->addr = &a->address;
	value->v6 = (a->flags & SK_ADDRESS_V6) != 0;
	value->prefix_len = (uint8_t)(value->v6 ? a->prefix_len : a->prefix_len + 96);
}

static void get_addresses(const struct sk_context *context, const void *row,
			  struct sk_value *value)
{
	ROW;

	if (l->addresses)
		value_text(value, sk_sample_text(context->sample, l->addresses));
	else
		value_none(value, "none");
}

static void get_mac(const struct sk_context *context, const void *row,
		    struct sk_value *value)
{
	ROW;

	(void)context;
	if (l->address_len && !(l->ifi_flags & IFF_LOOPBACK))
		value_lladdr(l->address, l->address_len, value);
	else
		value_none(value, "has no hardware address");
}

static void get_speed(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	ROW;

	(void)context;
	if (l->speed)
		value_uint(value, l->speed);
	else
		value_none(value, "no carrier, or no wire: the driver tells none");
}

static void get_duplex(const struct sk_context *context, const void *row,
		       struct sk_value *value)
{
	ROW;

	(void)context;
	if (l->duplex)
		value_text(value, l->duplex == 2 ? "full" : "half");
	else
		value_none(value, "no carrier, or no wire: the driver tells none");
}

enum { TXQLEN, CARRIER_CHANGES, IFINDEX };

static void get_number(const struct sk_context *context, const void *row, int which,
		       struct sk_value *value)
{
	ROW;
	const uint32_t numbers[] = { [TXQLEN] = l->txqlen,
				     [CARRIER_CHANGES] = l->carrier_changes,
				     [IFINDEX] = l->ifindex };

	(void)context;
	if (l->flags & SK_LINK_FROM_PROC)
		value_none(value, needs_rtnetlink);
	else
		value_uint(value, numbers[which]);
}

#define RATE(id, title, help, unit, width, priority, stat)                           \
	{ id, title, help " per second", SK_UNIT_##unit, width, priority,            \
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, SK_LINK_##stat, get_rate }
#define TOTAL(id, title, help, unit, flags, priority, stat)                          \
	{ id, title, help " since the interface began", SK_UNIT_##unit, 7, priority, \
	  flags | SK_COL_DESC, 0, NULL, SK_LINK_##stat, get_stat }

static const struct sk_column columns[] = {
	{ "interface", "Interface", "Name of the interface", SK_UNIT_TEXT, 10, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_INTERFACE, 0, get_interface, 0, NULL },
	{ "state", "State", "State of the link", SK_UNIT_TEXT, 7, 2,
	  SK_COL_DEFAULT | SK_COL_LEFT, 0, get_state, 0, NULL },
	RATE("rx", "RX/s", "Bytes received", BYTES_RATE, 6, 0, RX_BYTES),
	RATE("tx", "TX/s", "Bytes sent", BYTES_RATE, 6, 0, TX_BYTES),
	FLOW_MEANS("Bytes", 0, 0, link),
	RATE("rx-packets", "RXpk/s", "Packets received", RATE, 6, 1, RX_PACKETS),
	RATE("tx-packets", "TXpk/s", "Packets sent", RATE, 6, 1, TX_PACKETS),
	RATE("rx-errors", "RXer/s", "Receive errors", RATE, 6, 3, RX_ERRORS),
	RATE("tx-errors", "TXer/s", "Send errors", RATE, 6, 3, TX_ERRORS),
	RATE("rx-drops", "RXdr/s", "Received packets dropped", RATE, 6, 3, RX_DROPPED),
	RATE("tx-drops", "TXdr/s", "Packets to send dropped", RATE, 6, 3, TX_DROPPED),
	TOTAL("rx-total", "RX-tot", "Bytes received", BYTES, SK_COL_DEFAULT, 4, RX_BYTES),
	TOTAL("tx-total", "TX-tot", "Bytes sent", BYTES, SK_COL_DEFAULT, 4, TX_BYTES),
	TOTAL("rx-packets-total", "RX-OK", "Packets received", COUNT, 0, 9, RX_PACKETS),
	TOTAL("tx-packets-total", "TX-OK", "Packets sent", COUNT, 0, 9, TX_PACKETS),
	TOTAL("rx-errors-total", "RX-ERR", "Receive errors", COUNT, 0, 9, RX_ERRORS),
	TOTAL("tx-errors-total", "TX-ERR", "Send errors", COUNT, 0, 9, TX_ERRORS),
	TOTAL("rx-drops-total", "RX-DRP", "Received packets dropped", COUNT, 0, 9,
	      RX_DROPPED),
	TOTAL("tx-drops-total", "TX-DRP", "Packets to send dropped", COUNT, 0, 9,
	      TX_DROPPED),
	TOTAL("rx-overruns-total", "RX-OVR", "Packets lost in the receive FIFO", COUNT, 0, 9,
	      RX_FIFO_ERRORS),
	TOTAL("tx-overruns-total", "TX-OVR", "Packets lost in the send FIFO", COUNT, 0, 9,
	      TX_FIFO_ERRORS),
	TOTAL("rx-missed-total", "RXmiss", "Packets the device had no room for", COUNT, 0, 9,
	      RX_MISSED_ERRORS),
	TOTAL("rx-nohandler-total", "RXnoh", "Packets on an inactive slave", COUNT, 0, 9,
	      RX_NOHANDLER),
	TOTAL("multicast", "Mcast", "Multicast packets received", COUNT, 0, 9, MULTICAST),
	TOTAL("collisions", "Coll", "Collisions", COUNT, 0, 9, COLLISIONS),
	{ "mtu", "MTU", "Largest packet in bytes", SK_UNIT_NUMBER, 5, 5, SK_COL_DEFAULT, 0,
	  get_mtu, 0, NULL },
	{ "flags", "Flg", "Letters of netstat -i: B broadcast, L loopback, M multicast, "
	  "P promiscuous, R running, U up...", SK_UNIT_TEXT, 6, 5,
	  SK_COL_DEFAULT | SK_COL_LEFT, 0, get_flags, 0, NULL },
	{ "address", "Address", "First address: IPv4 before IPv6", SK_UNIT_TEXT, 18, 9,
	  SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS, SK_NEED_ADDRESSES, get_address, 0,
	  NULL },
	{ "mac", "Ether", "Hardware address", SK_UNIT_TEXT, 17, 9, SK_COL_LEFT, 0, get_mac, 0,
	  NULL },
	{ "txqlen", "TxQLen", "Packets that may wait to be sent", SK_UNIT_NUMBER, 6, 9, 0, 0,
	  NULL, TXQLEN, get_number },
	{ "speed", "Mbit/s", "Speed of the link in Mbit/s", SK_UNIT_NUMBER, 6, 9, SK_COL_DESC,
	  SK_NEED_ADDRESSES, get_speed, 0, NULL },
	{ "duplex", "Duplex", "full or half", SK_UNIT_TEXT, 6, 9, SK_COL_LEFT,
	  SK_NEED_ADDRESSES, get_duplex, 0, NULL },
	{ "carrier-changes", "Carrier", "How often the carrier came or went",
	  SK_UNIT_NUMBER, 7, 9, SK_COL_DESC, 0, NULL, CARRIER_CHANGES, get_number },
	{ "index", "Index", "Number of the interface in its namespace", SK_UNIT_NUMBER, 5, 9,
	  0, 0, NULL, IFINDEX, get_number },
	{ "addresses", "Addresses", "All addresses with their prefix lengths", SK_UNIT_TEXT,
	  18, 9, SK_COL_LEFT | SK_COL_WIDE, SK_NEED_ADDRESSES, get_addresses, 0, NULL },
	{ "netns", "NetNS", "Network namespace it is in; self = ours (-N)", SK_UNIT_TEXT,
	  8, 1, SK_COL_LEFT, 0, get_netns, 0, NULL },
};

/* Names, not indexes: /proc knows no index. */
static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	ROW;
	uint64_t hash = 0xcbf29ce484222325ULL;

	(void)sample;
	if (l->ifindex)
		return l->ifindex | (uint64_t)l->netns << 32;
	hash ^= (uint64_t)l->netns << 32;
	for (const char *c = l->name; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 0x100000001b3ULL;
	return hash | 1ULL << 63;
}

static bool is_extra(const void *row)
{
	const struct sk_link *link = row;

	return !(link->flags & SK_LINK_FROM_PROC) && !(link->ifi_flags & 1U); /* IFF_UP */
}

const struct sk_table sk_table_interfaces = {
	.name = "interfaces",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_link),
	.sort = NULL,
	.row_id = row_id,
	SK_ROWS_IN(links),
	.needs = SK_NEED_LINKS,
	.is_extra = is_extra,
	/* those of netstat -i: one sample has no rates */
	.once = "interface,mtu,rx-packets-total,rx-errors-total,rx-drops-total,"
		"rx-overruns-total,tx-packets-total,tx-errors-total,tx-drops-total,"
		"tx-overruns-total,flags",
	.extended = "+state,+rx-total,+tx-total,+mac,+txqlen,+speed,+duplex,"
		    "+carrier-changes,+collisions,+addresses",
};
