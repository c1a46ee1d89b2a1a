/* SPDX-License-Identifier: MIT */
/*
 * This file reads TIPC sockets, from tipc_diag. Its answers have no fixed part: they consist of
 * nested attributes.
 */
#include <errno.h>
#include <linux/tipc_netlink.h>
#include <linux/tipc_sockets_diag.h>
#include <string.h>
#include <sys/socket.h>
#include "kernel/netlink/attr.h"
#include "kernel/sockets/kind.h"

static size_t request(void *payload, uint32_t needs, bool all)
{
	struct tipc_sock_diag_req *req = payload;

	(void)needs;
	(void)all;
	req->sdiag_family = AF_TIPC;
	req->tidiag_states = SK_STATES_ALL;
	return sizeof(*req);
}

/* Decodes the peer of a connection, and the published name that it was made with. */
static int decode_connection(const struct kind_row *row, const struct attr *nest)
{
	struct attrs attrs = { nest->data, nest->len };
	struct sk_name *remote = &row->socket->remote_name;
	uint32_t type = 0, instance = 0;
	bool named = false;
	struct attr attr;

	while (attr_next(&attrs, &attr)) {
		if (attr.type == TIPC_NLA_CON_NODE)
			remote->id = attr_u32(&attr, 0);
		else if (attr.type == TIPC_NLA_CON_SOCK)
			remote->extra = attr_u32(&attr, 0);
		else if (attr.type == TIPC_NLA_CON_FLAG)
			named = true;
		else if (attr.type == TIPC_NLA_CON_TYPE)
			type = attr_u32(&attr, 0);
		else if (attr.type == TIPC_NLA_CON_INST)
			instance = attr_u32(&attr, 0);
	}
	if (named)
		kind_line(row, "connected by", "Published name it was reached by",
			  "type %u, instance %u", type, instance);
	return kind_name(row, &remote->text, "%u:%u", remote->id, remote->extra);
}

static void decode_stat(const struct kind_row *row, const struct attr *nest)
{
	struct attrs attrs = { nest->data, nest->len };
	const char *congested = "no";
	struct attr attr;

	while (attr_next(&attrs, &attr)) {
		if (attr.type == TIPC_NLA_SOCK_STAT_RCVQ)
			row->socket->recv_q = attr_u32(&attr, 0);
		else if (attr.type == TIPC_NLA_SOCK_STAT_SENDQ)
			row->socket->send_q = attr_u32(&attr, 0);
		else if (attr.type == TIPC_NLA_SOCK_STAT_LINK_CONG)
			congested = "link";
		else if (attr.type == TIPC_NLA_SOCK_STAT_CONN_CONG)
			congested = "connection";
		else if (attr.type == TIPC_NLA_SOCK_STAT_DROP)
			kind_line(row, "dropped", "Messages dropped at this socket",
				  "%u", attr_u32(&attr, 0));
	}
	kind_line(row, "congested", "What keeps it from sending", "%s", congested);
}

/** This is the content of one answer, before it is known to be complete. */
struct facts {
	uint32_t state, inode, uid;
};

static int decode_attr(const struct kind_row *row, const struct attr *attr,
		       struct facts *facts)
{
	struct sk_socket *s = row->socket;

	switch (attr->type) {
	case TIPC_NLA_SOCK_ADDR:
		row->attrs->local_name.id = attr_u32(attr, 0);
		break;
	case TIPC_NLA_SOCK_REF:
		row->attrs->local_name.extra = attr_u32(attr, 0);
		break;
	case TIPC_NLA_SOCK_CON:
		return decode_connection(row, attr);
	case TIPC_NLA_SOCK_HAS_PUBL:
		kind_line(row, "published", "It offers a name to the cluster", "yes");
		break;
	case TIPC_NLA_SOCK_STAT:
		decode_stat(row, attr);
		break;
	case TIPC_NLA_SOCK_TYPE:
		row->attrs->local_name.kind = attr_u32(attr, 0);
		break;
	case TIPC_NLA_SOCK_INO:
		facts->inode = attr_u32(attr, 0);
		break;
	case TIPC_NLA_SOCK_UID:
		facts->uid = attr_u32(attr, 0);
		break;
	case TIPC_NLA_SOCK_TIPC_STATE:
		facts->state = attr_u32(attr, 0);
		break;
	case TIPC_NLA_SOCK_COOKIE:
		s->cookie = attr_u64(attr, 0);
		break;
	default:
		break;
	}
	return 0;
}

static int decode(const uint8_t *payload, size_t len, const struct kind_row *row)
{
	struct attrs outer = { payload, len }, attrs;
	struct facts facts = { .uid = SK_UID_UNKNOWN };
	struct sk_socket *s = row->socket;
	struct attr attr;
	int err = 0;

	do {
		if (!attr_next(&outer, &attr))
			return -EBADMSG;
	} while (attr.type != TIPC_NLA_SOCK);
	attrs = (struct attrs){ attr.data, attr.len };
	while (!err && attr_next(&attrs, &attr))
		err = decode_attr(row, &attr, &facts);
	if (err)
		return err;
	if (!facts.state || facts.state >= SK_STATE_COUNT)
		return -EBADMSG;
	s->state = (uint8_t)facts.state;
	kind_owner(row, facts.inode, facts.uid);
	return kind_name(row, &row->attrs->local_name.text, "%u:%u", row->attrs->local_name.id,
			 row->attrs->local_name.extra);
}

const struct socket_kind kind_tipc = { SK_PROTO_TIPC, request, decode, NULL, NULL };
