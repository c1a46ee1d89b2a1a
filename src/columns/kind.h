/* SPDX-License-Identifier: MIT */
/*
 * These columns of the connections table mean something for a few kinds of sockets
 * only.
 */
#ifndef SKTOP_COLUMNS_KIND_H
#define SKTOP_COLUMNS_KIND_H

#include "columns/columns.h"

enum kind_field {
	KIND_TYPE,
	KIND_PROTOCOL,
	KIND_PEER,
	KIND_PENDING,
	KIND_PARENT,
	KIND_GROUPS,
	KIND_FILE_INODE,
	KIND_FILE_DEVICE,
	KIND_REFERENCES,
	KIND_FIELD_COUNT,
};

void columns_kind_get(const struct sk_context *context, const void *row, int arg,
		      struct sk_value *value);

#define KIND(id, title, help, unit, width, flags, field)   \
	{ id, title, help, unit, width, 9, flags, 0, NULL, field, columns_kind_get }

#define COLUMNS_KIND                                                                    \
	KIND("type", "Type", "Type of socket: stream, dgram, seqpacket, raw, rdm",      \
	     SK_UNIT_TEXT, 9, SK_COL_LEFT, KIND_TYPE),                                  \
	KIND("protocol", "Protocol",                                                    \
	     "What a raw, packet or netlink socket speaks: icmp, arp, route, audit",    \
	     SK_UNIT_TEXT, 10, SK_COL_LEFT, KIND_PROTOCOL),                             \
	KIND("peer", "Peer", "Unix: inode of the socket at the other end",              \
	     SK_UNIT_NUMBER, 8, 0, KIND_PEER),                                          \
	KIND("pending", "Pending", "Listeners: connections waiting for accept()",       \
	     SK_UNIT_NUMBER, 7, SK_COL_DESC, KIND_PENDING),                             \
	KIND("parent", "Parent",                                                        \
	     "Cookie of the MPTCP connection or SCTP socket it is a part of",           \
	     SK_UNIT_HEX, 8, 0, KIND_PARENT),                                           \
	KIND("groups", "Groups", "Netlink: bit mask of multicast groups 1 to 32",       \
	     SK_UNIT_HEX, 8, 0, KIND_GROUPS),                                           \
	KIND("file-inode", "File", "Unix: inode of its name in the file system",        \
	     SK_UNIT_NUMBER, 8, 0, KIND_FILE_INODE),                                    \
	KIND("file-dev", "FileDev", "Unix: device of that file system, MAJOR:MINOR",    \
	     SK_UNIT_TEXT, 7, SK_COL_LEFT, KIND_FILE_DEVICE),                           \
	KIND("refs", "Refs", "Unix: references, which only /proc/net/unix tells",       \
	     SK_UNIT_NUMBER, 5, 0, KIND_REFERENCES),

#endif
