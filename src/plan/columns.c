/* SPDX-License-Identifier: MIT */
/*
 * This table shows plans and results for JSON and CSV: the outcome of each target, and
 * the columns of connections that name it.
 */
#include <string.h>
#include <sktop/act.h>
#include <sktop/array.h>
#include <sktop/owners.h>
#include "columns/columns.h"

static void get_result(const struct sk_context *context, const void *row,
		       struct sk_value *value)
{
	(void)context;
	value_text(value, sk_target_word(row));
}

static void get_sockets(const struct sk_context *context, const void *row,
			struct sk_value *value)
{
	const struct sk_target *target = row;

	(void)context;
	value_uint(value, target->process ? target->sockets : 1);
}

static void get_reason(const struct sk_context *context, const void *row,
		       struct sk_value *value)
{
	const char *reason = sk_target_reason(row);

	(void)context;
	if (*reason)
		value_text(value, reason);
	else
		value_none(value, "nothing stands against it");
}

/** Columns of connections that a target has too; the process's own come with it. */
static const char *const shared[] = { "proto", "state",	 "local", "lport", "remote",
				      "rport", "uid", "inode", "cookie", "process",
				      "pid", "netns" };
enum { SHARED_PROCESS = 9, SHARED_PID = 10 };

static void get_shared(const struct sk_context *context, const void *row, int which,
		       struct sk_value *value)
{
	const struct sk_target *target = row;
	const struct sk_process *process = sk_owners_by_id(context->sample->owners,
							   target->process);
	const struct sk_column *column = sk_column_find(sk_table(SK_TABLE_CONNECTIONS),
							shared[which],
							strlen(shared[which]));

	if (process && which == SHARED_PROCESS)
		value_text(value, process->name);
	else if (process && which == SHARED_PID)
		value_uint(value, process->pid);
	else if (target->process)
		value_none(value, "this is about a process");
	else
		sk_column_get(column, context,
			      &context->sample->sockets[target->socket], value);
}

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	const struct sk_target *target = row;

	(void)sample;
	return (uint64_t)target->process << 32 | target->socket;
}

#define SHARED(id, title, help, unit, flags, which) \
	{ id, title, help, unit, 0, 0, flags, 0, NULL, which, get_shared }

static const struct sk_column columns[] = {
	{ "result", "Result", "close or signal; closed, signalled, kept, gone, failed, "
	  "refused, left or spared",
	  SK_UNIT_TEXT, 0, 0, SK_COL_LEFT, 0, get_result, 0, NULL },
	{ "sockets", "Sockets", "Chosen sockets that the process holds", SK_UNIT_NUMBER, 0,
	  0, 0, 0, get_sockets, 0, NULL },
	{ "reason", "Reason", "Why not", SK_UNIT_TEXT, 0, 0, SK_COL_LEFT, 0, get_reason, 0,
	  NULL },
	SHARED("proto", "Proto", "Protocol", SK_UNIT_TEXT, SK_COL_LEFT, 0),
	SHARED("state", "State", "State when it was planned", SK_UNIT_TEXT, SK_COL_LEFT, 1),
	SHARED("local", "Local", "Local address", SK_UNIT_TEXT, SK_COL_LEFT | SK_COL_ADDRESS, 2),
	SHARED("lport", "LPort", "Local port", SK_UNIT_PORT, 0, 3),
	SHARED("remote", "Remote", "Remote address", SK_UNIT_TEXT,
	       SK_COL_LEFT | SK_COL_ADDRESS, 4),
	SHARED("rport", "RPort", "Remote port", SK_UNIT_PORT, 0, 5),
	SHARED("uid", "UID", "Its user", SK_UNIT_NUMBER, 0, 6),
	SHARED("inode", "Inode", "Inode of the socket", SK_UNIT_NUMBER, 0, 7),
	SHARED("cookie", "Cookie", "What names it", SK_UNIT_HEX, 0, 8),
	SHARED("process", "Process", "Name of the process", SK_UNIT_TEXT, SK_COL_LEFT, 9),
	SHARED("pid", "PID", "Its number", SK_UNIT_NUMBER, 0, 10),
	SHARED("netns", "NetNS", "Network namespace of the socket", SK_UNIT_TEXT, SK_COL_LEFT,
	       11),
};

const struct sk_table sk_table_actions = {
	.name = "actions",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_target),
	.sort = NULL,
	.row_id = row_id,
};
