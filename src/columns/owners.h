/* SPDX-License-Identifier: MIT */
/*
 * These columns of connections tell who holds the socket.
 */
#ifndef SKTOP_COLUMNS_OWNERS_H
#define SKTOP_COLUMNS_OWNERS_H

#include "columns/columns.h"

/** The columns of owners; the arg of columns_owners_get(). */
enum owner_field {
	OWNER_PROCESS,
	OWNER_PID,
	OWNER_FD,
	OWNER_COMMAND,
	OWNER_OWNERS,
	OWNER_TIDS,
	OWNER_UNIT,
	OWNER_CGROUP,
	OWNER_FIELD_COUNT,
};

void columns_owners_get(const struct sk_context *context, const void *row, int field,
			struct sk_value *value);

/**
 * The value of such a column for holder i of the socket, for filters: any of them
 * may match. Returns false when there is no such holder.
 */
bool columns_owner_value(const struct sk_context *context, const struct sk_socket *s,
			 int field, uint32_t i, struct sk_value *value);

/** Says why a socket has no owner here. */
const char *columns_no_process(const struct sk_context *context,
			       const struct sk_socket *socket);

#define OWNER(id, title, help, unit, width, priority, flags, needs, field)            \
	{ id, title, help, SK_UNIT_##unit, width, priority, flags, needs, NULL,       \
	  OWNER_##field, columns_owners_get }

#define COLUMNS_OWNERS                                                                \
	OWNER("process", "Process",                                                   \
	      "Process that holds it, the oldest of them, +N more; in brackets: the " \
	      "listener's, it waits for accept()",                                    \
	      TEXT, 12, 1, SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_OWNERS,              \
	      SK_NEED_OWNERS, PROCESS),                                               \
	OWNER("pid", "PID", "Number of that process; a filter looks at all owners",   \
	      NUMBER, 7, 9, SK_COL_OWNERS, SK_NEED_OWNERS, PID),                      \
	OWNER("fd", "FD", "Its descriptor of the socket", NUMBER, 5, 9,               \
	      SK_COL_OWNERS, SK_NEED_OWNERS, FD),                                     \
	OWNER("command", "Command", "Command line of that process", TEXT, 20, 9,      \
	      SK_COL_LEFT | SK_COL_WIDE | SK_COL_OWNERS, SK_NEED_OWNERS, COMMAND),    \
	OWNER("owners", "Owners", "All that hold it: name/pid:fd", TEXT, 20, 9,       \
	      SK_COL_LEFT | SK_COL_WIDE, SK_NEED_OWNERS, OWNERS),                     \
	OWNER("threads", "Threads", "Thread ids of that process", TEXT, 12, 9,        \
	      SK_COL_LEFT, SK_NEED_OWNERS | SK_NEED_THREADS, TIDS),                   \
	OWNER("unit", "Unit",                                                         \
	      "systemd unit or container, from the socket's cgroup or its process's", \
	      TEXT, 16, 8, SK_COL_LEFT, SK_NEED_CGROUPS | SK_NEED_OWNERS, UNIT),      \
	OWNER("cgroup", "Cgroup", "Path of its cgroup v2; known without root", TEXT, 16, \
	      9, SK_COL_LEFT | SK_COL_WIDE, SK_NEED_CGROUPS, CGROUP),

#endif
