/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/array.h>
#include <sktop/identity.h>
#include "columns/columns.h"
#include "columns/kind.h"
#include "columns/flags.h"
#include "columns/flows.h"
#include "columns/tcp_ext.h"
#include "columns/owners.h"

#define GETTER(name)                                                                 \
	static void get_##name(const struct sk_context *context, const void *row,    \
			       struct sk_value *value)
#define SOCKET const struct sk_socket *s = row

const char *value_no_info(const struct sk_context *context, const struct sk_socket *s)
{
	if (s->proto == SK_PROTO_MPTCP && s->state != SK_STATE_LISTEN)
		return "this kernel's mptcp_info has no byte counts (Linux 6.5 has)";
	if (s->proto != SK_PROTO_TCP && s->proto != SK_PROTO_MPTCP)
		return "the kernel counts no bytes for sockets of this kind";
	if (s->flags & SK_F_NO_COOKIE)
		return "/proc/net has no tcp_info; sock_diag is refused";
	if (!(context->sample->needs & SK_NEED_INFO))
		return "not asked for";
	return "the kernel keeps no tcp_info in this state";
}

GETTER(proto)
{
	SOCKET;
	const struct sk_sample *sample = context->sample;
	unsigned v6 = (s->flags & SK_F_V6) != 0;
	uint32_t kind = 0;

	if (!sk_proto_has_ip(s->proto))
		kind = sk_attrs(sample, s)->local_name.kind;
	value_enum(value, (s->proto * 2U + v6) * 16 + kind % 16,
		   sk_proto_kind_name(s->proto, v6, kind));
	value->also = sk_proto_name(s->proto, v6);
	/* a copy, as in the listeners pane, does not stand under its parent */
	value->nested = (s->flags & SK_F_SUBFLOW) && s >= sample->sockets &&
			s < sample->sockets + sample->n_sockets + sample->n_gone;
}

GETTER(state)
{
	SOCKET;

	(void)context;
	value_enum(value, s->state, sk_state_name(s->proto, s->state));
}

/* The end of a socket without IP addresses: a text of its own. */
static void get_name(const struct sk_context *context, const struct sk_socket *s,
		     int remote, struct sk_value *value)
{
	const struct sk_name *name = remote ? &s->remote_name :
					     &sk_attrs(context->sample, s)->local_name;
	const char *text = sk_sample_text(context->sample, name->text);

	value_text(value, *text ? text : "*");
	/* unix sockets without a name are known by their inodes, as in ss */
	if (!*text && s->proto == SK_PROTO_UNIX) {
		value->uint = remote ? name->id : s->inode;
		value->has_port = value->uint != 0;
	}
}

static const char no_queue[] = "/proc/net (of vsock: the kernel) does not tell it";

GETTER(recv_q)
{
	SOCKET;

	(void)context;
	if (s->flags & SK_F_NO_RECV_Q)
		value_none(value, no_queue);
	else
		value_uint(value, s->recv_q);
}

GETTER(send_q)
{
	SOCKET;

	(void)context;
	if (s->flags & SK_F_NO_SEND_Q)
		value_none(value, no_queue);
	else
		value_uint(value, s->send_q);
}

static void get_address(const struct sk_context *context, const void *row, int remote,
			struct sk_value *value)
{
	SOCKET;
	const struct sk_attrs *attrs;

	if (!sk_proto_has_ip(s->proto)) {
		get_name(context, s, remote, value);
		return;
	}
	value->kind = SK_VALUE_ADDR;
	attrs = sk_attrs(context->sample, s);
	value->addr = remote ? &s->remote : &attrs->local;
	value->port = remote ? s->rport : s->lport;
	/* a link-local peer is one of the device's link; of others it says nothing */
	value->ifindex = !remote || sk_addr_is_link_local(value->addr) ? attrs->ifindex : 0;
	value->netns = s->netns;
	value->v6 = (s->flags & SK_F_V6) != 0;
	value->proto = s->proto;
	value->has_port = true;
}

static void get_port(const struct sk_context *context, const void *row, int remote,
		     struct sk_value *value)
{
	SOCKET;

	(void)context;
	value->proto = s->proto;
	if (sk_proto_has_ip(s->proto))
		value_uint(value, remote ? s->rport : s->lport);
	else
		value_none(value, "sockets of this kind have no ports");
}

static void get_host(const struct sk_context *context, const void *row, int remote,
		     struct sk_value *value)
{
	SOCKET;
	const char *name;

	if (!sk_proto_has_ip(s->proto)) {
		value_none(value, "sockets of this kind have no address");
		return;
	}
	name = value_host(context, remote ? &s->remote : sk_local(context->sample, s));
	if (name)
		value_text(value, name);
	else
		value_none(value, value_no_host(context));
}

/* The local port tells what a server serves, the remote one what a client uses. */
GETTER(service)
{
	SOCKET;
	const char *name = value_service(context, s->proto, s->lport);

	if (!name)
		name = value_service(context, s->proto, s->rport);
	if (name)
		value_text(value, name);
	else
		value_none(value, "neither port has a name");
}

static void get_total(const struct sk_context *context, const void *row, int rx,
		      struct sk_value *value)
{
	SOCKET;

	if (sk_socket_is_counted(s))
		value_uint(value, rx ? s->rx_total : s->tx_total);
	else
		value_none(value, value_no_info(context, s));
	value->at_least = (s->flags & (SK_F_TRACED | SK_F_TRACED_WHOLE)) == SK_F_TRACED;
}

GETTER(rtt)
{
	SOCKET;

	if (!(s->flags & SK_F_INFO))
		value_none(value, value_no_info(context, s));
	else if (!s->rtt_us)
		value_none(value, "not measured yet");
	else
		value_real(value, s->rtt_us / 1e6);
}

GETTER(retrans)
{
	SOCKET;

	if (s->flags & SK_F_INFO)
		value_uint(value, s->retrans);
	else
		value_none(value, value_no_info(context, s));
}

GETTER(timer)
{
	SOCKET;

	(void)context;
	if (s->timer == SK_TIMER_OFF) {
		value_none(value, "no timer runs");
		return;
	}
	value_enum(value, s->timer, sk_timer_name(s->timer));
	value->has_time = true;
	value->real = s->timer_ms / 1e3;
}

GETTER(expires)
{
	SOCKET;

	(void)context;
	if (s->timer == SK_TIMER_OFF)
		value_none(value, "no timer runs");
	else
		value_real(value, s->timer_ms / 1e3);
}

GETTER(age)
{
	SOCKET;
	uint32_t now = (uint32_t)(context->sample->time_ns / 10000000);

	if ((s->flags & SK_F_AGE_MIN) && now == s->first_seen) {
		value_none(value, "older than sktop"); /* "at least 0 s" would say nothing */
		return;
	}
	value_real(value, (now - s->first_seen) / 100.0);
	value->at_least = (s->flags & SK_F_AGE_MIN) != 0;
}

static const char *no_owner(const struct sk_socket *s)
{
	if (s->timer == SK_TIMER_TIMEWAIT)
		return "the kernel forgets the owner in this state";
	return "not accepted yet, or no process has it";
}

static const char *no_uid(const struct sk_socket *s)
{
	return sk_proto_has_ip(s->proto) ?
		       "its user has no number in our user namespace" :
		       "the kernel tells no user of sockets of this kind, or none of our user "
		       "namespace";
}

GETTER(user)
{
	SOCKET;
	const char *name;
	uint32_t uid;

	if (!(s->flags & SK_F_OWNER)) {
		value_none(value, no_owner(s));
		return;
	}
	uid = sk_attrs(context->sample, s)->uid;
	if (uid == SK_UID_UNKNOWN) {
		value_none(value, no_uid(s));
		return;
	}
	name = value_user(context, uid);
	if (name) {
		value_text(value, name);
		return;
	}
	snprintf(value->buffer, sizeof(value->buffer), "%u", uid);
	value_text(value, value->buffer);
}

static void get_owner(const struct sk_context *context, const void *row, int inode,
		      struct sk_value *value)
{
	SOCKET;
	uint32_t uid = sk_attrs(context->sample, s)->uid;

	if ((s->flags & SK_F_OWNER) && !inode && uid == SK_UID_UNKNOWN)
		value_none(value, no_uid(s));
	else if (s->flags & SK_F_OWNER)
		value_uint(value, inode ? s->inode : uid);
	else
		value_none(value, no_owner(s));
}

GETTER(cookie)
{
	SOCKET;

	(void)context;
	if (s->flags & SK_F_NO_COOKIE)
		value_none(value, s->proto == SK_PROTO_SCTP && (s->flags & SK_F_SUBFLOW) ?
					  "an association has its socket's, see parent" :
					  "/proc/net has no cookies");
	else
		value_uint(value, s->cookie);
}

GETTER(cgroup)
{
	SOCKET;

	if (s->flags & SK_F_CGROUP)
		value_uint(value, sk_attrs(context->sample, s)->cgroup);
	else
		value_none(value, "the kernel tells no cgroup");
}

GETTER(dev)
{
	SOCKET;
	uint32_t ifindex = sk_attrs(context->sample, s)->ifindex;

	if (ifindex)
		value_interface(context, s->netns, ifindex, value);
	else
		value_none(value, "not bound to a device");
}

GETTER(netns)
{
	SOCKET;

	value_text(value, sk_sample_netns_name(context->sample, s->netns));
}

static const struct sk_column columns[] = {
	{ "proto", "Proto", "Protocol and family: tcp, tcp6, udp... u_str, p_raw, nl as in ss",
	  SK_UNIT_TEXT, 5, 0, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_proto, 0, NULL },
	{ "state", "State", "State as the RFC names it; UNCONN for unconnected UDP",
	  SK_UNIT_TEXT, 11, 0, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_state, 0, NULL },
	{ "recv-q", "Recv-Q",
	  "Bytes received and not yet read; for LISTEN, connections waiting for accept()",
	  SK_UNIT_NUMBER, 6, 2, SK_COL_DEFAULT | SK_COL_DESC, 0, get_recv_q, 0, NULL },
	{ "send-q", "Send-Q",
	  "Bytes sent and not yet acknowledged; for LISTEN, the limit of the backlog",
	  SK_UNIT_NUMBER, 6, 2, SK_COL_DEFAULT | SK_COL_DESC, 0, get_send_q, 0, NULL },
	{ "local", "Local Address", "Local address; %dev when bound to a device",
	  SK_UNIT_TEXT, 18, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS | SK_COL_HOST, 0,
	  NULL, 0, get_address },
	{ "lport", "LPort", "Local port", SK_UNIT_PORT, 6, 9, 0, 0, NULL, 0, get_port },
	{ "remote", "Remote Address", "Remote address", SK_UNIT_TEXT, 18, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE | SK_COL_ADDRESS | SK_COL_HOST, 0,
	  NULL, 1, get_address },
	{ "rport", "RPort", "Remote port", SK_UNIT_PORT, 6, 9, 0, 0, NULL, 1, get_port },
	{ "local-name", "Local Name", "Host name of the local address (--resolve, D)",
	  SK_UNIT_TEXT, 18, 9, SK_COL_LEFT | SK_COL_WIDE | SK_COL_HOST, 0, NULL, 0, get_host },
	{ "remote-name", "Remote Name", "Host name of the remote address (--resolve, D)",
	  SK_UNIT_TEXT, 18, 9, SK_COL_LEFT | SK_COL_WIDE | SK_COL_HOST, 0, NULL, 1, get_host },
	{ "service", "Service", "Name of the local port, or else of the remote one",
	  SK_UNIT_TEXT, 8, 9, SK_COL_LEFT, 0, get_service, 0, NULL },
	FLOW("tx", "TX/s", "Payload bytes sent per second, retransmissions left out", BYTES_RATE,
	     5, 0, SK_COL_DEFAULT, SK_NEED_INFO, NOW, TX, socket),
	FLOW("rx", "RX/s", "Payload bytes received per second", BYTES_RATE, 5, 0, SK_COL_DEFAULT,
	     SK_NEED_INFO, NOW, RX, socket),
	FLOW_MEANS("Payload bytes", SK_COL_DEFAULT, SK_NEED_INFO, socket),
	{ "tx-total", "TX-tot", "Payload bytes sent since the connection began",
	  SK_UNIT_BYTES, 6, 5, SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_INFO, NULL, 0,
	  get_total },
	{ "rx-total", "RX-tot", "Payload bytes received since the connection began",
	  SK_UNIT_BYTES, 6, 5, SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_INFO, NULL, 1,
	  get_total },
	{ "rtt", "RTT", "Smoothed round-trip time", SK_UNIT_SECONDS, 7, 3,
	  SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_INFO, get_rtt, 0, NULL },
	{ "retrans", "Retr", "Segments retransmitted since the connection began",
	  SK_UNIT_COUNT, 5, 4, SK_COL_DEFAULT | SK_COL_DESC, SK_NEED_INFO, get_retrans, 0,
	  NULL },
	{ "timer", "Timer", "Timer that runs, and the time to its end", SK_UNIT_TEXT, 14,
	  7, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_timer, 0, NULL },
	{ "expires", "Expires", "Time to the end of the timer", SK_UNIT_SECONDS, 7, 9, 0,
	  0, get_expires, 0, NULL },
	{ "age", "Age", "Time since sktop first saw it; + when it is older than sktop",
	  SK_UNIT_SECONDS, 7, 6, SK_COL_DEFAULT | SK_COL_DESC | SK_COL_SERIES, 0, get_age, 0,
	  NULL },
	{ "user", "User", "Owner of the socket; kept after the kernel forgets it",
	  SK_UNIT_TEXT, 8, 6, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_user, 0, NULL },
	{ "uid", "UID", "Owner's number", SK_UNIT_NUMBER, 6, 9, 0, 0, NULL, 0, get_owner },
	{ "inode", "Inode", "Inode of the socket, as in /proc/PID/fd", SK_UNIT_NUMBER, 8,
	  9, 0, 0, NULL, 1, get_owner },
	{ "cookie", "Cookie", "The kernel's name for the socket, stable over its life",
	  SK_UNIT_HEX, 8, 9, 0, 0, get_cookie, 0, NULL },
	{ "cgroup-id", "CgroupId",
	  "Id of its cgroup v2: the inode of the cgroup's directory", SK_UNIT_NUMBER, 8, 9,
	  0, 0, get_cgroup, 0, NULL },
	{ "netns", "NetNS", "Network namespace: of ip netns, of a unit, container or "
	  "process in it; self = ours (-N)", SK_UNIT_TEXT, 8, 1, SK_COL_LEFT, 0, get_netns,
	  0, NULL },
	{ "dev", "Dev", "Device the socket is bound to", SK_UNIT_TEXT, 8, 9,
	  SK_COL_LEFT | SK_COL_INTERFACE, 0, get_dev, 0, NULL },
	COLUMNS_KIND COLUMNS_OWNERS COLUMNS_LIMITS COLUMNS_TCP_EXT
	COLUMNS_TCP COLUMNS_FLAGS
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	SOCKET;

	return sk_socket_id(s, sk_attrs(sample, s));
}

const struct sk_table sk_table_connections = {
	.name = "connections",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_socket),
	.sort = "rate-10s",
	.socket_rows = true,
	.row_id = row_id,
	.of_sockets = true,
};
