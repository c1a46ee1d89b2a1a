/* SPDX-License-Identifier: MIT */
/*
 * These columns of connections read struct sk_tcp_ext. A row has an offset, the type of
 * the field, and the part of the record that the kernel must have sent.
 */
#ifndef SKTOP_COLUMNS_TCP_EXT_H
#define SKTOP_COLUMNS_TCP_EXT_H

#include "columns/columns.h"

/** Fields of struct sk_tcp_ext that are none of tcp_info; the arg of their columns. */
enum tcp_ext_field {
	TCP_EXT_TX_PACKETS,
	TCP_EXT_RX_PACKETS,
	TCP_EXT_RETRANS_RATE,
	TCP_EXT_CONGESTION,
	TCP_EXT_ULP,
	TCP_EXT_MARK,
	TCP_EXT_CLASS_ID,
	TCP_EXT_TOS,
	TCP_EXT_TCLASS,
	TCP_EXT_RMEM,
	TCP_EXT_RCVBUF,
	TCP_EXT_WMEM,
	TCP_EXT_SNDBUF,
	TCP_EXT_FWD,
	TCP_EXT_WMEM_QUEUED,
	TCP_EXT_OPTMEM,
	TCP_EXT_BACKLOG,
	TCP_EXT_DROPS,
	TCP_EXT_FIELD_COUNT,
};

/**
 * Returns the extension record of a socket, if the kernel told `needs` (enum sk_tcp_ext_flag)
 * and at least `since` bytes of tcp_info; else NULL, and the value says why.
 */
const struct sk_tcp_ext *columns_tcp_ext_of(const struct sk_context *context,
					    const struct sk_socket *socket,
					    unsigned needs, unsigned since,
					    struct sk_value *value);

#define MORE(id, title, help, unit, width, flags, field)                              \
	{ id, title, help, SK_UNIT_##unit, width, 9, flags,                           \
	  SK_NEED_INFO | SK_NEED_TCP_EXT, NULL, TCP_EXT_##field, columns_tcp_ext_get }
#define TCP_EXT_MEM(id, title, help, unit, field)                                     \
	{ id, title, help, SK_UNIT_##unit, 7, 9, SK_COL_DESC, SK_NEED_TCP_EXT, NULL,  \
	  TCP_EXT_##field, columns_tcp_ext_get }

#define COLUMNS_TCP_EXT \
	MORE("tx-packets", "TXpk/s", "Segments sent per second", \
	     RATE, 6, SK_COL_DESC, TX_PACKETS), \
	MORE("rx-packets", "RXpk/s", "Segments received per second", \
	     RATE, 6, SK_COL_DESC, RX_PACKETS), \
	MORE("retrans-rate", "Retr/s", "Segments retransmitted per second", \
	     RATE, 6, SK_COL_DESC, RETRANS_RATE), \
	TCP_EXT_MEM("mark", "Mark", "Firewall mark (needs CAP_NET_ADMIN)", HEX, MARK), \
	MORE("congestion", "CC", "Congestion control algorithm", \
	     TEXT, 6, SK_COL_LEFT, CONGESTION), \
	TCP_EXT_MEM("tos", "TOS", "Type of service byte it sends with", HEX, TOS), \
	TCP_EXT_MEM("tclass", "TClass", "Traffic class byte of IPv6", HEX, TCLASS), \
	TCP_EXT_MEM("class-id", "Class", "Traffic class of its cgroup, or SO_PRIORITY", \
	     HEX, CLASS_ID), \
	MORE("ulp", "ULP", "Protocol the kernel speaks above TCP: tls, mptcp...", \
	     TEXT, 6, SK_COL_LEFT, ULP), \
	TCP_EXT_MEM("rmem", "Rmem", "Memory of the receive queue", BYTES, RMEM), \
	TCP_EXT_MEM("rcvbuf", "Rcvbuf", "Limit of it", BYTES, RCVBUF), \
	TCP_EXT_MEM("wmem", "Wmem", "Memory handed to the device", BYTES, WMEM), \
	TCP_EXT_MEM("sndbuf", "Sndbuf", "Limit of the send buffer", BYTES, SNDBUF), \
	TCP_EXT_MEM("fwd", "Fwd", "Memory set aside for later", BYTES, FWD), \
	TCP_EXT_MEM("wmem-queued", "Wqueue", "Memory of the send queue", BYTES, WMEM_QUEUED), \
	TCP_EXT_MEM("optmem", "Optmem", "Memory for options", BYTES, OPTMEM), \
	TCP_EXT_MEM("backlog", "Backlog", "Bytes waiting while the owner held the lock", \
	     BYTES, BACKLOG), \
	TCP_EXT_MEM("drops", "Drops", "Packets dropped since it began: no room", COUNT, DROPS),

/* The numbers of tcp_info: SK_TCP_FIELDS of <sktop/tcp.h>. */
#define TCP_UNIT_COUNT SK_UNIT_COUNT, SK_COL_DESC
#define TCP_UNIT_BYTES SK_UNIT_BYTES, SK_COL_DESC
#define TCP_UNIT_SIZE SK_UNIT_NUMBER, 0
#define TCP_UNIT_BYTES_RATE SK_UNIT_BYTES_RATE, SK_COL_DESC
#define TCP_UNIT_US SK_UNIT_SECONDS, SK_COL_DESC
#define TCP_UNIT_BUSY_SHARE SK_UNIT_SECONDS, SK_COL_DESC
#define TCP_UNIT_MS SK_UNIT_SECONDS, SK_COL_DESC
#define TCP_UNIT_MS_AGO SK_UNIT_SECONDS, SK_COL_DESC
#define TCP_UNIT_CA_STATE SK_UNIT_TEXT, SK_COL_LEFT
#define TCP_UNIT_OPTIONS SK_UNIT_TEXT, SK_COL_LEFT
#define TCP_UNIT_WSCALE SK_UNIT_TEXT, SK_COL_LEFT
#define TCP_UNIT_APP_LIMITED SK_UNIT_TEXT, SK_COL_LEFT
#define TCP_COLUMN_ROW(name, id, title, help, width, ...) \
	TCP_ROW(name, id, title, help, width, __VA_ARGS__)
#define TCP_ROW(name, id, title, help, width, unit, flags) \
	{ id, title, help " (tcpi_" #name ")", unit, width, 9, flags,      \
	  SK_NEED_INFO | SK_NEED_TCP_EXT, NULL,                              \
	  SK_TCP_FIELD_##name, columns_tcp_get },
#define TCP_COLUMN(name, bits, offset, kind, none, id, title, width, section, label, help, built) \
	TCP_COLUMN_ROW(name, id, title, help, width, TCP_UNIT_##kind)
#define COLUMNS_TCP SK_TCP_FIELDS(TCP_COLUMN, SK_TCP_SKIP)

#endif
