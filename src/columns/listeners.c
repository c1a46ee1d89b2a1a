/* SPDX-License-Identifier: MIT */
/*
 * A listener begins with its socket, so its table uses columns of connections
 * unchanged. This file has only the columns of a listener itself.
 */
#include <math.h>
#include <sktop/array.h>
#include <sktop/listener.h>
#include "columns/borrowed.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define LISTENER const struct sk_listener *l = row

GETTER(stack)
{
	static const char *const names[] = {
		[SK_STACK_NONE] = "-",	     [SK_STACK_V4] = "v4",
		[SK_STACK_V6] = "v6",	     [SK_STACK_DUAL] = "v4+v6",
		[SK_STACK_V6_MAYBE] = "v6?",
	};
	LISTENER;

	(void)context;
	if (l->stack == SK_STACK_NONE)
		value_none(value, "no IP");
	else
		value_enum(value, l->stack, names[l->stack]);
}

static void get_backlog(const struct sk_context *context, const void *row, int limit,
			struct sk_value *value)
{
	LISTENER;
	uint32_t unknown = limit ? SK_F_NO_SEND_Q : SK_F_NO_RECV_Q;

	(void)context;
	if (l->socket.state != SK_STATE_LISTEN)
		value_none(value, "no backlog: it takes datagrams");
	else if (l->socket.flags & unknown)
		value_none(value, limit ? "/proc/net does not tell the limit" :
					  "/proc/net does not tell how many wait");
	else
		value_uint(value, limit ? l->socket.send_q : l->socket.recv_q);
}

GETTER(fill)
{
	LISTENER;

	(void)context;
	if (isnan(l->fill))
		value_none(value, "the limit is not known");
	else
		value_real(value, l->fill);
}

enum { SYN_RECV, ESTABLISHED, NOT_ACCEPTED };

static void get_incoming(const struct sk_context *context, const void *row, int which,
			 struct sk_value *value)
{
	LISTENER;
	const uint32_t counts[] = { l->syn_recv, l->established, l->not_accepted };

	(void)context;
	if (l->socket.state != SK_STATE_LISTEN || !sk_proto_has_ports(l->socket.proto))
		value_none(value, "nothing comes in through a socket of this kind");
	else if (which != NOT_ACCEPTED && !l->counts)
		value_none(value, "shared (SO_REUSEPORT): counted at the first of its sockets, "
				  "since the kernel does not tell which one accepted");
	else if (which == NOT_ACCEPTED && l->sharing > 1 && (l->socket.flags & SK_F_NO_RECV_Q))
		value_none(value, "/proc/net does not tell how many wait");
	else
		value_uint(value, counts[which]);
}

GETTER(sharing)
{
	LISTENER;

	(void)context;
	if (l->sharing > 1)
		value_uint(value, l->sharing);
	else
		value_none(value, "no other socket has its address and port");
}

GETTER(drops)
{
	LISTENER;

	(void)context;
	if (l->has_drops)
		value_uint(value, l->drops);
	else
		value_none(value, "the kernel tells none for it");
}

GETTER(drop_rate)
{
	LISTENER;

	(void)context;
	value_rate(value, l->has_drop_rate, (double)l->drop_rate,
		   l->has_drops ? "a rate needs two samples" :
				  "the kernel tells none for it");
}

#define INCOMING(id, title, help, priority, arg)                                     \
	{ id, title, help, SK_UNIT_COUNT, 6, priority, SK_COL_DEFAULT | SK_COL_DESC, \
	  0, NULL, arg, get_incoming }

static const struct sk_column columns[] = {
	BORROWED("proto", "Proto", "Protocol and address family", TEXT, 5, 0,
		 SK_COL_DEFAULT | SK_COL_LEFT, 0, PROTO),
	BORROWED("local", "Local Address", "Address it waits on; %dev when bound to one",
		 TEXT, 18, 0,
		 SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS | SK_COL_HOST,
		 0, LOCAL),
	BORROWED("lport", "LPort", "Port it waits on", PORT, 6, 9, 0, 0, LPORT),
	{ "stack", "Stack", "IP versions that reach it: v4, v6, v4+v6 (dual-stack)",
	  SK_UNIT_TEXT, 5, 5, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_stack, 0, NULL },
	{ "pending", "Pend", "Connections waiting for accept()", SK_UNIT_COUNT, 6, 0,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, 0, get_backlog },
	{ "limit", "Limit", "Backlog: how many may wait, the lesser of listen() and "
	  "somaxconn", SK_UNIT_COUNT, 6, 0, SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, 1,
	  get_backlog },
	{ "fill", "Full", "Share of the backlog in use; UDP: of the receive buffer",
	  SK_UNIT_PERCENT, 6, 0, SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_TCP_EXT, get_fill, 0,
	  NULL },
	{ "drop-rate", "Drop/s", "Dropped per second for want of room: SYNs and finished "
	  "handshakes, or datagrams", SK_UNIT_RATE, 6, 1, SK_COL_DEFAULT | SK_COL_DESC,
	  SK_NEED_TCP_EXT, get_drop_rate, 0, NULL },
	{ "drops", "Drops", "Dropped for want of room since it began", SK_UNIT_COUNT, 6, 3,
	  SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_TCP_EXT, get_drops, 0, NULL },
	{ "sharing", "Share", "Sockets that share its address and port (SO_REUSEPORT), with "
	  "it", SK_UNIT_COUNT, 5, 4, SK_COL_DEFAULT | SK_COL_DESC, 0, get_sharing, 0, NULL },
	INCOMING("syn-recv", "SYN_R", "Handshakes under way; where sockets share the port, "
		 "of all of them, at the first", 3, SYN_RECV),
	INCOMING("established", "ESTAB", "Connections in ESTABLISHED that came in; where "
		 "sockets share the port, of all of them, at the first", 4, ESTABLISHED),
	INCOMING("not-accepted", "Queued", "Of them, not accepted by a process yet: its own",
		 8, NOT_ACCEPTED),
	BORROWED("recv-q", "Recv-Q", "Bytes that wait to be read (datagrams); LISTEN: as "
		 "pending", NUMBER, 6, 9, SK_COL_DESC, 0, RECV_Q),
	BORROWED("process", "Process", "Process that holds it; +N = and N others", TEXT, 12,
		 1, SK_COL_DEFAULT | SK_COL_LEFT, SK_NEED_OWNERS, PROCESS),
	BORROWED_OF_PROCESS,
	BORROWED("user", "User", "Owner of the socket", TEXT, 8, 6,
		 SK_COL_DEFAULT | SK_COL_LEFT, 0, USER),
	BORROWED("uid", "UID", "Owner's number", NUMBER, 6, 9, 0, 0, UID),
	BORROWED("inode", "Inode", "Inode of the socket", NUMBER, 8, 9, 0, 0, INODE),
	BORROWED("cookie", "Cookie", "The kernel's name for the socket", HEX, 8, 9, 0, 0,
		 COOKIE),
	BORROWED("age", "Age", "Time since sktop first saw it", SECONDS, 7, 9,
		 SK_COL_DESC, 0, AGE),
	BORROWED("dev", "Dev", "Device it is bound to", TEXT, 8, 9, SK_COL_LEFT, 0, DEV),
	BORROWED("netns", "NetNS", "Its network namespace", TEXT, 8, 1, SK_COL_LEFT, 0,
		 NETNS),
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	return sk_table_connections.row_id(sample, row);
}

const struct sk_table sk_table_listeners = {
	.name = "listeners",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_listener),
	.sort = "fill",
	.socket_rows = true,
	.row_id = row_id,
	.of_sockets = true,
	.needs = SK_NEED_COUNTERS, /* of its facts */
};
