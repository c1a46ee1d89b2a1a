/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "columns/borrowed.h"

static const char *const ids[] = {
	[BORROW_PROTO] = "proto",	[BORROW_STATE] = "state",
	[BORROW_RECV_Q] = "recv-q",	[BORROW_LOCAL] = "local",
	[BORROW_LPORT] = "lport",	[BORROW_REMOTE] = "remote",
	[BORROW_RPORT] = "rport",	[BORROW_TX_TOTAL] = "tx-total",
	[BORROW_RX_TOTAL] = "rx-total", [BORROW_RTT] = "rtt",
	[BORROW_RETRANS] = "retrans",	[BORROW_AGE] = "age",
	[BORROW_USER] = "user",		[BORROW_UID] = "uid",
	[BORROW_INODE] = "inode",	[BORROW_COOKIE] = "cookie",
	[BORROW_DEV] = "dev",		[BORROW_NETNS] = "netns",
	[BORROW_PROCESS] = "process",	[BORROW_PID] = "pid",
	[BORROW_FD] = "fd",		[BORROW_COMMAND] = "command",
	[BORROW_UNIT] = "unit",		[BORROW_CGROUP] = "cgroup",
};

void columns_borrow(const struct sk_context *context, const void *row, int which,
		    struct sk_value *value)
{
	const char *id = ids[which];

	sk_column_get(sk_column_find(&sk_table_connections, id, strlen(id)), context, row,
		      value);
}
