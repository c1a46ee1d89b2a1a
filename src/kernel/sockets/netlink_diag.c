/* SPDX-License-Identifier: MIT */
/*
 * This file reads netlink sockets, from netlink_diag or /proc/net/netlink.
 */
#include <errno.h>
#include <linux/netlink_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include "kernel/netlink/attr.h"
#include "kernel/sockets/kind.h"
#include "kernel/field.h"

/* This is NETLINK_CONNECTED of the kernel. */
#define CONNECTED 1

static size_t request(void *payload, uint32_t needs, bool all)
{
	struct netlink_diag_req *req = payload;

	(void)needs; /* the memory counters contain the queues */
	req->sdiag_family = AF_NETLINK;
	req->sdiag_protocol = NDIAG_PROTO_ALL;
	req->ndiag_show = NDIAG_SHOW_MEMINFO | NDIAG_SHOW_GROUPS |
			  (all ? NDIAG_SHOW_FLAGS : 0);
	return sizeof(*req);
}

/* Names a socket as ss does. Port 0 belongs to the kernel. */
static int name_end(const struct kind_row *row, uint32_t protocol, uint32_t port)
{
	static const char *const names[] = {
		"rtnl",	   "unused",  "usersock", "fw",	       "tcpdiag",   "nflog",
		"xfrm",	   "selinux", "iscsi",	  "audit",     "fiblookup", "connector",
		"nft",	   "ip6fw",   "dec-rt",	  "uevent",    "genl",	    NULL,
		"scsi-trans", "ecryptfs", "rdma", "crypto",    "smc",
	};
	const char *name = protocol < ARRAY_SIZE(names) ? names[protocol] :
									 NULL;
	struct sk_name *local = &row->attrs->local_name;
	char number[12], owner[12];

	snprintf(number, sizeof(number), "%u", protocol);
	snprintf(owner, sizeof(owner), "%d", (int32_t)port);
	local->id = port;
	local->extra = protocol;
	return kind_name(row, &local->text, "%s:%s", name ? name : number,
			 port ? owner : "kernel");
}

/*
 * Lists the multicast groups, which are numbered from 1. The first 32 are also kept in the
 * socket.
 */
static void decode_groups(const struct kind_row *row, const struct attr *attr)
{
	char text[112] = "";
	size_t len = 0;

	row->socket->remote_name.extra = attr_u32(attr, 0);
	for (size_t bit = 0; bit < attr->len * 8 && len < sizeof(text); bit++) {
		if (attr->data[bit / 8] >> (bit % 8) & 1)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%zu",
						len ? " " : "", bit + 1);
	}
	kind_line(row, "groups", "Multicast groups it has joined, by number", "%s",
		  len ? text : "none");
}

static void decode_flags(const struct kind_row *row, const struct attr *attr)
{
	static const char *const names[] = { "dump-running", "pktinfo", "broadcast-error",
					     "no-enobufs", "listen-all-nsid", "cap-ack",
					     "ext-ack", "strict-check" };
	uint32_t flags = attr_u32(attr, 0);
	char text[112] = "";

	for (size_t i = 0; i < 8; i++) {
		if (flags >> i & 1)
			strcat(strcat(text, *text ? " " : ""), names[i]);
	}
	kind_line(row, "flags", "Options of the socket, and whether a dump is running",
		  "%s", *text ? text : "none");
}

static int decode(const uint8_t *payload, size_t len, const struct kind_row *row)
{
	struct netlink_diag_msg m;
	struct attrs attrs = { payload + sizeof(m), len - sizeof(m) };
	struct sk_socket *s = row->socket;
	struct attr attr;
	int err = 0;

	if (len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.ndiag_family != AF_NETLINK)
		return -EBADMSG;
	s->cookie = (uint64_t)m.ndiag_cookie[1] << 32 | m.ndiag_cookie[0];
	s->state = m.ndiag_state == CONNECTED ? SK_STATE_ESTABLISHED : SK_STATE_CLOSE;
	row->attrs->local_name.kind = m.ndiag_type;
	s->remote_name.id = m.ndiag_dst_portid;
	s->remote_name.kind = m.ndiag_dst_group;
	kind_owner(row, m.ndiag_ino, SK_UID_UNKNOWN);
	while (attr_next(&attrs, &attr)) {
		if (attr.type == NETLINK_DIAG_MEMINFO)
			kind_memory(row, attr.data, attr.len, true);
		else if (attr.type == NETLINK_DIAG_GROUPS)
			decode_groups(row, &attr);
		else if (attr.type == NETLINK_DIAG_FLAGS)
			decode_flags(row, &attr);
	}
	if (m.ndiag_state == CONNECTED)
		err = kind_name(row, &s->remote_name.text, "%u:%d", m.ndiag_dst_group,
				(int32_t)m.ndiag_dst_portid);
	return err ? err : name_end(row, m.ndiag_protocol, m.ndiag_portid);
}

static int parse(const char *line, const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	uint64_t address, protocol, port, groups, rmem, wmem, drops, inode;

	if (!field_number(&line, 16, ' ', UINT64_MAX, &address) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &protocol) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &port) ||
	    !field_number(&line, 16, ' ', UINT32_MAX, &groups) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &rmem) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &wmem) || !field_skip(&line) ||
	    !field_skip(&line) || !field_number(&line, 10, ' ', UINT32_MAX, &drops) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &inode))
		return -EINVAL;
	s->state = SK_STATE_CLOSE;
	s->recv_q = (uint32_t)rmem;
	s->send_q = (uint32_t)wmem;
	s->remote_name.extra = (uint32_t)groups;
	kind_owner(row, (uint32_t)inode, SK_UID_UNKNOWN);
	s->cookie = kind_cookie(SK_PROTO_NETLINK, inode, inode ? 0 : address);
	return name_end(row, (uint32_t)protocol, (uint32_t)port);
}

const struct socket_kind kind_netlink = { SK_PROTO_NETLINK, request, decode,
				       "/proc/thread-self/net/netlink", parse };
