/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/array.h>
#include "columns/columns.h"
#include "columns/flows.h"

/* The unit or container where there is one: that is what people call it. */
static const char *cgroup_name(const struct sk_owners *owners, uint64_t id)
{
	const struct sk_cgroup *cgroup = sk_owners_cgroup(owners, id);

	return !cgroup ? NULL : *cgroup->unit ? cgroup->unit : cgroup->path;
}

static void get_key_text(const struct sk_context *context, const struct sk_group *group,
			 struct sk_value *value)
{
	unsigned proto = (unsigned)(group->key >> 16), low = group->key & 0xffff;
	const char *name = NULL;

	if (!group->known) {
		value_text(value, "(unknown)");
		return;
	}
	switch (group->by) {
	case SK_GROUP_PORT:
		name = value_service(context, proto, (uint16_t)low);
		snprintf(value->buffer, sizeof(value->buffer), "%s/%.200s",
			 sk_proto_name(proto, false), name ? name : "");
		if (!name)
			snprintf(value->buffer, sizeof(value->buffer), "%s/%u",
				 sk_proto_name(proto, false), low);
		name = value->buffer;
		break;
	case SK_GROUP_STATE:
		/* each protocol by itself: an established unix socket is no connection */
		name = sk_state_name(proto, low);
		if (proto == SK_PROTO_TCP ||
		    (proto == SK_PROTO_UDP && low == SK_STATE_CLOSE))
			break;
		snprintf(value->buffer, sizeof(value->buffer), "%s %s", name,
			 sk_proto_name(proto, false));
		name = value->buffer;
		break;
	case SK_GROUP_PROTO:
		name = sk_proto_name(proto, low != 0);
		break;
	case SK_GROUP_NETNS:
		name = sk_sample_netns_name(context->sample, (uint32_t)group->key);
		break;
	case SK_GROUP_PROCESS:
		snprintf(value->buffer, sizeof(value->buffer), "%s/%u",
			 group->process->name, group->process->pid);
		name = value->buffer;
		break;
	case SK_GROUP_CGROUP:
		name = cgroup_name(context->sample->owners, group->key);
		break;
	case SK_GROUP_USER:
		name = value_user(context, (uint32_t)group->key);
		break;
	default:
		break;
	}
	if (!name) {
		snprintf(value->buffer, sizeof(value->buffer), "%llu",
			 (unsigned long long)group->key);
		name = value->buffer;
	}
	value_text(value, name);
}

static void get_host(const struct sk_context *context, const void *row,
		     struct sk_value *value)
{
	const struct sk_group *group = row;

	if (!sk_group_has_address(group)) {
		get_key_text(context, group, value);
		return;
	}
	value->kind = SK_VALUE_ADDR;
	value->addr = &group->addr;
	value->ifindex = group->ifindex;
	value->netns = group->netns;
	value->prefix_len = group->by == SK_GROUP_PREFIX ? group->prefix_len : 0;
}

static void get_address(const struct sk_context *context, const void *row,
			struct sk_value *value)
{
	const struct sk_group *group = row;

	(void)context;
	if (!group->known || !sk_group_has_address(group)) {
		value_none(value, "grouped by something that has no address");
		return;
	}
	get_host(context, row, value);
	value->raw = true;
}

static void get_name(const struct sk_context *context, const void *row,
		     struct sk_value *value)
{
	const struct sk_group *group = row;
	const char *name = NULL;

	if (group->known && group->by == SK_GROUP_IP)
		name = value_host(context, &group->addr);
	if (name)
		value_text(value, name);
	else
		value_none(value, value_no_host(context));
}

static void get_netns(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	const struct sk_group *group = row;

	if (group->many_netns)
		value_none(value, "its sockets are of several namespaces");
	else
		value_text(value, sk_sample_netns_name(context->sample, group->netns));
}

static void get_total(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	(void)context;
	value_uint(value, ((const struct sk_group *)row)->total);
}

static void get_udp(const struct sk_context *context, const void *row,
		    struct sk_value *value)
{
	(void)context;
	value_uint(value, ((const struct sk_group *)row)->udp);
}

static void get_state(const struct sk_context *context, const void *row, int state,
		      struct sk_value *value)
{
	(void)context;
	value_uint(value, ((const struct sk_group *)row)->tcp[state]);
}

static void get_closed(const struct sk_context *context, const void *row,
		       struct sk_value *value)
{
	const struct sk_group *group = row;

	value_uint(value, group->closed);
	value->at_least = (context->sample->sums_doubt & SK_DOUBT_EVENTS) ||
			  (group->unsure & SK_UNSURE_CLOSED);
}

static void get_ends(const struct sk_context *context, const void *row, int which,
		     struct sk_value *value)
{
	const struct sk_group *group = row;
	const uint32_t counts[] = { group->resets, group->refused, group->timeouts };

	if (!(context->sample->traced & SK_TRACED_ENDS) && !counts[which]) {
		value_none(value, "how connections end is not told: needs root, Linux 5.12 and BPF");
		return;
	}
	value_uint(value, counts[which]);
	value->at_least = !(context->sample->traced & SK_TRACED_ENDS);
}

static void get_bytes(const struct sk_context *context, const void *row, int which,
		      struct sk_value *value)
{
	const struct sk_group *group = row;
	const uint64_t numbers[] = { group->tx_total, group->rx_total, group->retrans };

	(void)context;
	if (which < 2 ? group->has_bytes : group->has_info)
		value_uint(value, numbers[which]);
	else
		value_none(value, "no socket of it has counters");
	value->at_least = which < 2 && value->kind != SK_VALUE_NONE &&
			  (group->unsure & SK_UNSURE_TOTAL);
}

#define STATE(id, title, state, priority)                                          \
	{ id, title, "TCP sockets in " #state, SK_UNIT_COUNT, 6, priority,         \
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, SK_STATE_##state, get_state }
#define BYTES(id, title, help, unit, width, priority, arg, get)                    \
	{ id, title, help, SK_UNIT_##unit, width, priority, SK_COL_DEFAULT | SK_COL_DESC, \
	  SK_NEED_INFO, NULL, arg, get }

#define ENDS(id, title, help, which)                                                 \
	{ id, title, "Connections since sktop began " help, SK_UNIT_COUNT, 6, 9,       \
	  SK_COL_DESC | SK_COL_SERIES, 0, NULL, which, get_ends }

static const struct sk_column columns[] = {
	{ "host", "Host", "What the sockets share: remote address, prefix, port, user...",
	  SK_UNIT_TEXT, 18, 0, SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_HOST, 0,
	  get_host, 0, NULL },
	{ "address", "Address", "Address or prefix, where host shows its name",
	  SK_UNIT_TEXT, 18, 9, SK_COL_LEFT | SK_COL_WIDE, 0, get_address, 0, NULL },
	{ "name", "Name", "Host name of the address (--resolve, D)", SK_UNIT_TEXT, 18, 9,
	  SK_COL_LEFT | SK_COL_WIDE | SK_COL_HOST, 0, get_name, 0, NULL },
	{ "total", "Total", "Sockets", SK_UNIT_COUNT, 6, 0, SK_COL_DEFAULT | SK_COL_DESC,
	  0, get_total, 0, NULL },
	STATE("established", "ESTAB", ESTABLISHED, 0),
	STATE("time-wait", "TIME_W", TIME_WAIT, 1),
	STATE("close-wait", "CLOSEW", CLOSE_WAIT, 1),
	STATE("syn-sent", "SYN_S", SYN_SENT, 4),
	STATE("syn-recv", "SYN_R", SYN_RECV, 2),
	STATE("fin-wait-1", "FIN_W1", FIN_WAIT1, 5),
	STATE("fin-wait-2", "FIN_W2", FIN_WAIT2, 4),
	STATE("last-ack", "LASTACK", LAST_ACK, 6),
	STATE("closing", "CLOSING", CLOSING, 7),
	{ "close", "CLOSE", "TCP sockets in CLOSE", SK_UNIT_COUNT, 6, 9, SK_COL_DESC, 0,
	  NULL, SK_STATE_CLOSE, get_state },
	{ "listen", "LISTEN", "TCP sockets in LISTEN", SK_UNIT_COUNT, 6, 9, SK_COL_DESC,
	  0, NULL, SK_STATE_LISTEN, get_state },
	{ "udp", "UDP", "UDP sockets", SK_UNIT_COUNT, 5, 3, SK_COL_DEFAULT | SK_COL_DESC,
	  0, get_udp, 0, NULL },
	FLOW("tx", "TX/s", "Payload bytes sent per second, by ended connections too", BYTES_RATE,
	     5, 1, SK_COL_DEFAULT, SK_NEED_INFO, NOW, TX, group),
	FLOW("rx", "RX/s", "Payload bytes received per second, by ended connections too",
	     BYTES_RATE, 5, 1, SK_COL_DEFAULT, SK_NEED_INFO, NOW, RX, group),
	FLOW_MEANS("Payload bytes", SK_COL_DEFAULT, SK_NEED_INFO, group),
	FLOW("tx-sum", "TX-sum", "Payload bytes sent since sktop began, by ended connections too",
	     BYTES, 6, 3, SK_COL_DEFAULT | SK_COL_SERIES, SK_NEED_INFO, SUM, TX, group),
	FLOW("rx-sum", "RX-sum", "Payload bytes received since sktop began, by ended connections "
	     "too", BYTES, 6, 3, SK_COL_DEFAULT | SK_COL_SERIES, SK_NEED_INFO, SUM, RX, group),
	{ "closed", "Closed", "Connections that ended since sktop began", SK_UNIT_COUNT, 6, 4,
	  SK_COL_DEFAULT | SK_COL_DESC | SK_COL_SERIES, 0, get_closed, 0, NULL },
	ENDS("resets", "Resets", "that a reset ended, from either side", 0),
	ENDS("refused", "Refusd", "that were refused", 1),
	ENDS("timeouts", "TimedO", "that timed out", 2),
	BYTES("tx-total", "TX-tot", "Payload bytes sent by the sockets now open", BYTES, 6, 3, 0,
	      get_bytes),
	BYTES("rx-total", "RX-tot", "Payload bytes received by the sockets now open", BYTES,
	      6, 3, 1, get_bytes),
	{ "retrans", "Retr", "Segments retransmitted by the sockets now open",
	  SK_UNIT_COUNT, 5, 8, SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_INFO, NULL, 2,
	  get_bytes },
	{ "netns", "NetNS", "Network namespace of its sockets (-N)", SK_UNIT_TEXT, 8, 1,
	  SK_COL_LEFT, 0, get_netns, 0, NULL },
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_group *group = row;
	static const struct sk_addr none;
	bool has_address = sk_group_has_address(group);
	const struct sk_addr *addr = has_address ? &group->addr : &none;
	uint64_t hash = has_address ? 0 : group->key;

	(void)sample;
	hash += group->by * 0x1000000000000001ULL;
	if (has_address || group->by == SK_GROUP_PORT)
		hash ^= (uint64_t)group->netns << 40;
	if (has_address)
		hash ^= (uint64_t)group->ifindex << 20;
	for (unsigned i = 0; i < 16; i++)
		hash = (hash ^ addr->b[i]) * 0x100000001b3ULL;
	return hash ? hash : 1;
}

const struct sk_table sk_table_hosts = {
	.name = "hosts",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_group),
	.sort = "rate-10s",
	.sort_once = "total",
	.row_id = row_id,
	.of_sockets = true,
};
