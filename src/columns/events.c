/* SPDX-License-Identifier: MIT */
#include <sktop/array.h>
#include <sktop/event.h>
#include "columns/borrowed.h"

static void get_time(const struct sk_context *context, const void *row,
		     struct sk_value *value)
{
	const struct sk_event *event = row;

	(void)context;
	value_real(value, (double)event->wall_ns / 1e9);
}

static void get_state(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	const struct sk_event *event = row;

	if (event->socket.flags & SK_F_NEW)
		value_none(value, "the samples before its end had it not: nobody saw its state");
	else
		columns_borrow(context, row, BORROW_STATE, value);
}

static void get_end(const struct sk_context *context, const void *row, struct sk_value *value)
{
	const struct sk_event *event = row;
	const char *name = sk_end_name(event->end);

	(void)context;
	if (!name) {
		value_none(value, event->socket.proto != SK_PROTO_TCP ?
					  "it was no connection of TCP" :
				  event->traced ? "the kernel does not tell" :
						  "no sample saw it end: needs root, Linux 5.12 and "
						  "BPF");
		return;
	}
	value_text(value, name);
	value->bracketed = value->presumed = !event->traced;
}

static void get_life(const struct sk_context *context, const void *row,
		     struct sk_value *value)
{
	const struct sk_event *event = row;
	double left = (double)(context->sample->wall_ns - event->wall_ns) / 1e9;

	if (event->socket.flags & SK_F_NEW) {
		value_none(value, "the samples before its end had it not");
		return;
	}
	/* counted from the sample on the screen, as age is */
	columns_borrow(context, row, BORROW_AGE, value);
	value->real = value->real > left ? value->real - left : 0;
}

static const struct sk_column columns[] = {
	{ "time", "Time", "When the kernel said so", SK_UNIT_CLOCK, 12, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_DESC, 0, get_time, 0, NULL },
	BORROWED("proto", "Proto", "Protocol and address family", TEXT, 5, 0,
		 SK_COL_DEFAULT | SK_COL_LEFT, 0, PROTO),
	{ "state", "State", "State when it was last sampled", SK_UNIT_TEXT, 11, 2,
	  SK_COL_DEFAULT | SK_COL_LEFT, 0, get_state, 0, NULL },
	{ "end", "End", "How it ended; in brackets where the samples let it be inferred",
	  SK_UNIT_TEXT, 14, 3, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_end, 0, NULL },
	BORROWED("local", "Local Address", "Local address", TEXT, 18, 0,
		 SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS, 0, LOCAL),
	BORROWED("lport", "LPort", "Local port", PORT, 6, 9, 0, 0, LPORT),
	BORROWED("remote", "Remote Address", "Remote address", TEXT, 18, 0,
		 SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS, 0, REMOTE),
	BORROWED("rport", "RPort", "Remote port", PORT, 6, 9, 0, 0, RPORT),
	BORROWED("tx-total", "TX-tot", "Payload bytes sent, all in all", BYTES, 6, 3,
		 SK_COL_DEFAULT | SK_COL_DESC, 0, TX_TOTAL),
	BORROWED("rx-total", "RX-tot",
		 "Payload bytes received, all in all; one too many where the peer's FIN came, "
		 "which no sample saw, nor the peer's event tells",
		 BYTES, 6, 3,
		 SK_COL_DEFAULT | SK_COL_DESC, 0, RX_TOTAL),
	{ "life", "Life", "How long sktop saw it; + when it is older than sktop",
	  SK_UNIT_SECONDS, 7, 4, SK_COL_DEFAULT | SK_COL_DESC, 0, get_life, 0, NULL },
	BORROWED("rtt", "RTT", "Smoothed round-trip time at its end", SECONDS, 7, 5,
		 SK_COL_DEFAULT | SK_COL_DESC, 0, RTT),
	BORROWED("retrans", "Retr", "Segments retransmitted, all in all", COUNT, 5, 5,
		 SK_COL_DEFAULT | SK_COL_DESC, 0, RETRANS),
	BORROWED("process", "Process", "Process that held it when it was last sampled", TEXT, 12,
		 1, SK_COL_DEFAULT | SK_COL_LEFT, SK_NEED_OWNERS, PROCESS),
	BORROWED_OF_PROCESS,
	BORROWED("user", "User", "Owner of the socket", TEXT, 8, 5,
		 SK_COL_DEFAULT | SK_COL_LEFT, 0, USER),
	BORROWED("uid", "UID", "Owner's number", NUMBER, 6, 9, 0, 0, UID),
	BORROWED("cookie", "Cookie", "The kernel's name for the socket", HEX, 8, 9, 0, 0,
		 COOKIE),
	BORROWED("dev", "Dev", "Device it was bound to", TEXT, 8, 9, SK_COL_LEFT, 0, DEV),
	BORROWED("netns", "NetNS", "Its network namespace", TEXT, 8, 1, SK_COL_LEFT, 0,
		 NETNS),
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	(void)sample;
	return ((const struct sk_event *)row)->seq;
}

const struct sk_table sk_table_events = {
	.name = "events",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_event),
	.sort = "time",
	.socket_rows = true,
	.row_id = row_id,
	SK_ROWS_IN(events),
	.needs = SK_NEED_EVENTS | SK_NEED_SOCKETS | SK_NEED_INFO,
};
