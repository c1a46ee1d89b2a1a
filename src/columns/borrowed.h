/* SPDX-License-Identifier: MIT */
/*
 * Tables with rows that begin with a struct sk_socket can use the columns of
 * connections.
 */
#ifndef SKTOP_COLUMNS_BORROWED_H
#define SKTOP_COLUMNS_BORROWED_H

#include "columns/columns.h"

/** The columns of connections that other tables can use; the arg of columns_borrow(). */
enum borrowed {
	BORROW_PROTO,
	BORROW_STATE,
	BORROW_RECV_Q,
	BORROW_LOCAL,
	BORROW_LPORT,
	BORROW_REMOTE,
	BORROW_RPORT,
	BORROW_TX_TOTAL,
	BORROW_RX_TOTAL,
	BORROW_RTT,
	BORROW_RETRANS,
	BORROW_AGE,
	BORROW_USER,
	BORROW_UID,
	BORROW_INODE,
	BORROW_COOKIE,
	BORROW_DEV,
	BORROW_NETNS,
	BORROW_PROCESS,
	BORROW_PID,
	BORROW_FD,
	BORROW_COMMAND,
	BORROW_UNIT,
	BORROW_CGROUP,
};

void columns_borrow(const struct sk_context *context, const void *row, int which,
		    struct sk_value *value);

/** A row of a column table that borrows; needs are those of the original's. */
#define BORROWED(id, title, help, unit, width, priority, flags, needs, which)        \
	{ id, title, help, SK_UNIT_##unit, width, priority, flags, needs, NULL,      \
	  BORROW_##which, columns_borrow }

/** The columns of the process that holds the socket, behind its name. */
#define BORROWED_OF_PROCESS \
	BORROWED("pid", "PID", "Its process id", NUMBER, 7, 5, SK_COL_DEFAULT, \
		 SK_NEED_OWNERS, PID), \
	BORROWED("fd", "FD", "Descriptor there", NUMBER, 5, 9, 0, SK_NEED_OWNERS, FD), \
	BORROWED("unit", "Unit", "systemd unit or container", TEXT, 12, 9, SK_COL_LEFT, \
		 SK_NEED_OWNERS | SK_NEED_CGROUPS, UNIT), \
	BORROWED("cgroup", "Cgroup", "Control group", TEXT, 12, 9, \
		 SK_COL_LEFT | SK_COL_WIDE, SK_NEED_CGROUPS, CGROUP), \
	BORROWED("command", "Command", "Command line", TEXT, 16, 9, \
		 SK_COL_LEFT | SK_COL_WIDE, SK_NEED_OWNERS, COMMAND)

#endif
