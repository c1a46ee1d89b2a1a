/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/array.h>
#include <sktop/group.h>
#include "columns/columns.h"
#include "columns/flows.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define GROUP const struct sk_group *group = row

static const char nobody[] = "no process is known to hold these sockets";

enum { NAME, COMMAND, UNIT, CGROUP };

static void get_text(const struct sk_context *context, const void *row, int which,
		     struct sk_value *value)
{
	GROUP;
	const struct sk_process *p = group->process;
	const char *text;

	(void)context;
	if (!p && which == NAME) {
		value_text(value, "(nobody known)");
		return;
	}
	text = !p ? "" : which == NAME ? p->name : which == COMMAND ? p->command :
	       which == UNIT ? p->unit : p->cgroup;
	if (*text)
		value_text(value, text);
	else
		value_none(value, p ? "the process has none" : nobody);
}

static const char no_user[] = "its user has no number in our user namespace";

enum { PID, PPID, UID };

static void get_number(const struct sk_context *context, const void *row, int which,
		       struct sk_value *value)
{
	GROUP;
	const struct sk_process *p = group->process;

	(void)context;
	if (p && which == UID && p->uid == SK_UID_UNKNOWN)
		value_none(value, no_user);
	else if (p)
		value_uint(value, which == PID ? p->pid : which == PPID ? p->ppid : p->uid);
	else
		value_none(value, nobody);
}

GETTER(user)
{
	GROUP;
	const char *name;

	if (!group->process || group->process->uid == SK_UID_UNKNOWN) {
		value_none(value, group->process ? no_user : nobody);
		return;
	}
	name = value_user(context, group->process->uid);
	if (!name) {
		snprintf(value->buffer, sizeof(value->buffer), "%u", group->process->uid);
		name = value->buffer;
	}
	value_text(value, name);
}

enum { TOTAL, LISTENING, UDP, SHARED };

static void get_count(const struct sk_context *context, const void *row, int which,
		      struct sk_value *value)
{
	GROUP;
	const uint32_t counts[] = { group->total, group->listening, group->udp,
				    group->shared };

	(void)context;
	value_uint(value, counts[which]);
}

static void get_state(const struct sk_context *context, const void *row, int state,
		      struct sk_value *value)
{
	GROUP;

	(void)context;
	value_uint(value, group->tcp[state]);
}

GETTER(closed)
{
	GROUP;

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
	GROUP;
	const uint64_t numbers[] = { group->tx_total, group->rx_total, group->retrans };

	(void)context;
	if (which < 2 ? group->has_bytes : group->has_info)
		value_uint(value, numbers[which]);
	else
		value_none(value, "no socket of it has counters");
	value->at_least = which < 2 && value->kind != SK_VALUE_NONE &&
			  (group->unsure & SK_UNSURE_TOTAL);
}

#define NUMBER(id, title, help, priority, flags, arg)                                \
	{ id, title, help, SK_UNIT_NUMBER, 7, priority, flags, SK_NEED_OWNERS, NULL,  \
	  arg, get_number }
#define TEXT(id, title, help, width, priority, flags, arg)                           \
	{ id, title, help, SK_UNIT_TEXT, width, priority, SK_COL_LEFT | flags,        \
	  SK_NEED_OWNERS, NULL, arg, get_text }
#define COUNT(id, title, help, priority, flags, arg)                                 \
	{ id, title, help, SK_UNIT_COUNT, 6, priority, flags | SK_COL_DESC, 0, NULL,  \
	  arg, get_count }
#define STATE(id, title, state, priority, flags)                                     \
	{ id, title, "TCP sockets in " #state, SK_UNIT_COUNT, 6, priority,           \
	  flags | SK_COL_DESC, 0, NULL, SK_STATE_##state, get_state }
#define BYTES(id, title, help, unit, priority, arg, get)                             \
	{ id, title, help, SK_UNIT_##unit, 6, priority, SK_COL_DEFAULT | SK_COL_DESC, \
	  SK_NEED_INFO, NULL, arg, get }

#define ENDS(id, title, help, which)                                                 \
	{ id, title, "Connections since sktop began " help, SK_UNIT_COUNT, 6, 9,       \
	  SK_COL_DESC | SK_COL_SERIES, 0, NULL, which, get_ends }

static const struct sk_column columns[] = {
	NUMBER("pid", "PID", "Process id", 0, SK_COL_DEFAULT, PID),
	TEXT("process", "Process", "Name of the process", 15, 0, SK_COL_DEFAULT, NAME),
	{ "user", "User", "User it runs as", SK_UNIT_TEXT, 8, 4,
	  SK_COL_DEFAULT | SK_COL_LEFT, SK_NEED_OWNERS, get_user, 0, NULL },
	NUMBER("uid", "UID", "User's number", 9, 0, UID),
	NUMBER("ppid", "PPID", "Process id of its parent", 9, 0, PPID),
	COUNT("total", "Total", "Sockets it holds", 0, SK_COL_DEFAULT, TOTAL),
	COUNT("listening", "Listen", "Sockets that wait for peers: LISTEN, unconnected UDP",
	      2, SK_COL_DEFAULT, LISTENING),
	STATE("established", "ESTAB", ESTABLISHED, 0, SK_COL_DEFAULT),
	STATE("time-wait", "TIME_W", TIME_WAIT, 1, SK_COL_DEFAULT),
	STATE("close-wait", "CLOSEW", CLOSE_WAIT, 1, SK_COL_DEFAULT),
	STATE("syn-sent", "SYN_S", SYN_SENT, 5, SK_COL_DEFAULT),
	STATE("syn-recv", "SYN_R", SYN_RECV, 6, SK_COL_DEFAULT),
	STATE("fin-wait-1", "FIN_W1", FIN_WAIT1, 9, 0),
	STATE("fin-wait-2", "FIN_W2", FIN_WAIT2, 7, SK_COL_DEFAULT),
	STATE("last-ack", "LASTAK", LAST_ACK, 9, 0),
	STATE("closing", "CLOSNG", CLOSING, 9, 0),
	STATE("close", "CLOSE", CLOSE, 9, 0),
	COUNT("udp", "UDP", "UDP sockets", 5, SK_COL_DEFAULT, UDP),
	COUNT("shared", "Shared", "Sockets that other processes hold too: they count under "
	      "each", 8, SK_COL_DEFAULT, SHARED),
	FLOW("tx", "TX/s", "Payload bytes sent per second, by ended connections too", BYTES_RATE,
	     5, 0, SK_COL_DEFAULT, SK_NEED_INFO, NOW, TX, group),
	FLOW("rx", "RX/s", "Payload bytes received per second, by ended connections too",
	     BYTES_RATE, 5, 0, SK_COL_DEFAULT, SK_NEED_INFO, NOW, RX, group),
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
	BYTES("tx-total", "TX-tot", "Bytes sent over the sockets now open", BYTES, 3, 0,
	      get_bytes),
	BYTES("rx-total", "RX-tot", "Bytes received over the sockets now open", BYTES, 3, 1,
	      get_bytes),
	BYTES("retrans", "Retr", "Segments its sockets retransmitted", COUNT, 6, 2,
	      get_bytes),
	TEXT("unit", "Unit", "systemd unit or container of the process", 12, 7,
	     SK_COL_DEFAULT, UNIT),
	TEXT("cgroup", "Cgroup", "Control group of the process", 12, 9, SK_COL_WIDE, CGROUP),
	TEXT("command", "Command", "Command line", 16, 8, SK_COL_DEFAULT | SK_COL_WIDE,
	     COMMAND),
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	(void)sample;
	return ((const struct sk_group *)row)->key;
}

const struct sk_table sk_table_processes = {
	.name = "processes",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_group),
	.sort = "rate-10s",
	.sort_once = "total",
	.row_id = row_id,
	.of_sockets = true,
	.needs = SK_NEED_OWNERS,
};
