/* SPDX-License-Identifier: MIT */
/*
 * Columns of the connections table that mean something for a few kinds of sockets.
 */
#ifndef SKTOP_COLUMNS_FAMILY_H
#define SKTOP_COLUMNS_FAMILY_H

#include "columns/columns.h"

enum family_field {
	FAMILY_TYPE,
	FAMILY_PROTOCOL,
	FAMILY_PEER,
	FAMILY_PENDING,
	FAMILY_PARENT,
	FAMILY_GROUPS,
	FAMILY_FILE_INODE,
	FAMILY_FILE_DEVICE,
	FAMILY_REFERENCES,
	FAMILY_FIELD_COUNT,
};

void columns_family_get(const struct sk_context *context, const void *row, int arg,
			struct sk_value *value);

#define FAMILY(id, title, help, unit, width, flags, field) \
	{ id, title, help, unit, width, 9, flags, 0, NULL, field, columns_family_get }

#define COLUMNS_FAMILY                                                                  \
	FAMILY("type", "Type", "Type of socket: stream, dgram, seqpacket, raw, rdm",    \
	       SK_UNIT_TEXT, 9, SK_COL_LEFT, FAMILY_TYPE),                              \
	FAMILY("protocol", "Protocol",                                                  \
	       "What a raw, packet or netlink socket speaks: icmp, arp, route, audit",  \
	       SK_UNIT_TEXT, 10, SK_COL_LEFT, FAMILY_PROTOCOL),                         \
	FAMILY("peer", "Peer", "Unix: inode of the socket at the other end",            \
	       SK_UNIT_NUMBER, 8, 0, FAMILY_PEER),                                      \
	FAMILY("pending", "Pending", "Listeners: connections waiting for accept()",     \
	       SK_UNIT_NUMBER, 7, SK_COL_DESC, FAMILY_PENDING),                         \
	FAMILY("parent", "Parent",                                                      \
	       "Cookie of the MPTCP connection or SCTP socket it is a part of",         \
	       SK_UNIT_HEX, 8, 0, FAMILY_PARENT),                                       \
	FAMILY("groups", "Groups", "Netlink: bit mask of multicast groups 1 to 32",     \
	       SK_UNIT_HEX, 8, 0, FAMILY_GROUPS),                                       \
	FAMILY("file-inode", "File", "Unix: inode of its name in the file system",      \
	       SK_UNIT_NUMBER, 8, 0, FAMILY_FILE_INODE),                                \
	FAMILY("file-dev", "FileDev", "Unix: device of that file system, MAJOR:MINOR",  \
	       SK_UNIT_TEXT, 7, SK_COL_LEFT, FAMILY_FILE_DEVICE),                       \
	FAMILY("refs", "Refs", "Unix: references, which only /proc/net/unix tells",     \
	       SK_UNIT_NUMBER, 5, 0, FAMILY_REFERENCES),

#endif
