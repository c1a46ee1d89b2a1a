/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "columns/kind.h"

/* A getter of these: every socket is asked, few have an answer. */
typedef void get_fn(const struct sk_context *context, const struct sk_socket *s,
		    struct sk_value *value);

static const struct sk_name *local_name(const struct sk_context *context,
					const struct sk_socket *s)
{
	return &sk_attrs(context->sample, s)->local_name;
}

static void get_type(const struct sk_context *context, const struct sk_socket *s,
		     struct sk_value *value)
{
	static const uint8_t kinds[SK_PROTO_UNIX] = {
		[SK_PROTO_TCP] = 1,   [SK_PROTO_UDP] = 2, [SK_PROTO_UDPLITE] = 2,
		[SK_PROTO_MPTCP] = 1, [SK_PROTO_RAW] = 3, [SK_PROTO_PING] = 2,
	};
	uint32_t kind = sk_proto_has_ip(s->proto) ? kinds[s->proto] :
						      local_name(context, s)->kind;
	const char *name = sk_type_name(kind);

	if (name)
		value_enum(value, kind, name);
	else
		value_none(value, "the kernel does not tell it here");
}

/* IANA's numbers that raw sockets are made for. */
static const char *ip_protocol(uint16_t number)
{
	static const struct {
		uint16_t number;
		const char *name;
	} names[] = {
		{ 0, "ip" },	 { 1, "icmp" },	   { 2, "igmp" },   { 4, "ipip" },
		{ 6, "tcp" },	 { 17, "udp" },	   { 41, "ipv6" },  { 46, "rsvp" },
		{ 47, "gre" },	 { 50, "esp" },	   { 51, "ah" },    { 58, "icmp6" },
		{ 89, "ospf" },	 { 103, "pim" },   { 112, "vrrp" }, { 115, "l2tp" },
		{ 132, "sctp" }, { 136, "udplite" }, { 255, "raw" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return NULL;
}

/* By the kernel's names in linux/netlink.h. */
static const char *netlink_protocol(uint32_t number)
{
	static const char *const names[] = {
		"route",     "unused",	 "usersock",   "firewall",	 "sock_diag",
		"nflog",     "xfrm",	 "selinux",    "iscsi",		 "audit",
		"fib_lookup", "connector", "netfilter", "ip6_fw",	 "dnrtmsg",
		"uevent",    "generic",	 NULL,	       "scsi_transport", "ecryptfs",
		"rdma",	     "crypto",	 "smc",
	};

	return number < ARRAY_SIZE(names) ? names[number] : NULL;
}

static void get_protocol(const struct sk_context *context, const struct sk_socket *s,
			 struct sk_value *value)
{
	uint32_t number = local_name(context, s)->extra;
	const char *text, *name = NULL;

	switch (s->proto) {
	case SK_PROTO_RAW:
		number = s->lport;
		name = ip_protocol(s->lport);
		break;
	case SK_PROTO_NETLINK:
		name = netlink_protocol(number);
		break;
	case SK_PROTO_PACKET:
		/* stands in its name already, before the device */
		text = sk_sample_text(context->sample, local_name(context, s)->text);
		snprintf(value->buffer, sizeof(value->buffer), "%.*s",
			 (int)strcspn(text, ":"), text);
		name = value->buffer[0] ? value->buffer : NULL;
		break;
	default:
		value_none(value, "sockets of this kind are of one protocol");
		return;
	}
	if (!name)
		snprintf(value->buffer, sizeof(value->buffer), "%u", number);
	value_enum(value, number, name ? name : value->buffer);
}

static void get_peer(const struct sk_context *context, const struct sk_socket *s,
		     struct sk_value *value)
{
	(void)context;
	if (s->proto != SK_PROTO_UNIX)
		value_none(value, "only unix sockets have their peer on this machine");
	else if (s->flags & SK_F_NO_COOKIE)
		value_none(value, "/proc/net does not tell the peer");
	else if (s->remote_name.id)
		value_uint(value, s->remote_name.id);
	else
		value_none(value, s->remote_name.extra ? "not accepted yet" :
							 "not connected");
}

static void get_pending(const struct sk_context *context, const struct sk_socket *s,
			struct sk_value *value)
{
	(void)context;
	if (s->state != SK_STATE_LISTEN)
		value_none(value, "only listeners have connections to accept");
	else if (s->flags & SK_F_NO_RECV_Q)
		value_none(value, "/proc/net does not tell it");
	else
		value_uint(value, s->recv_q);
}

static void get_parent(const struct sk_context *context, const struct sk_socket *s,
		       struct sk_value *value)
{
	const struct sk_parent_link *parent_link = sk_sample_parent(context->sample, s);

	if (parent_link)
		value_uint(value, parent_link->cookie);
	else
		value_none(value, "no MPTCP or SCTP socket that is sampled has it");
}

static void get_groups(const struct sk_context *context, const struct sk_socket *s,
		       struct sk_value *value)
{
	(void)context;
	if (s->proto == SK_PROTO_NETLINK)
		value_uint(value, s->remote_name.extra);
	else
		value_none(value, "only netlink sockets join such groups");
}

static bool has_file(const struct sk_context *context, const struct sk_socket *s,
		     struct sk_value *value)
{
	if (s->proto != SK_PROTO_UNIX)
		value_none(value, "only unix sockets have names in a file system");
	else if (s->flags & SK_F_NO_COOKIE)
		value_none(value, "/proc/net does not tell it");
	else if (!local_name(context, s)->id)
		value_none(value, "its name is not in a file system");
	else
		return true;
	return false;
}

static void get_file_inode(const struct sk_context *context, const struct sk_socket *s,
			   struct sk_value *value)
{
	if (has_file(context, s, value))
		value_uint(value, local_name(context, s)->id);
}

/* dev_t as the kernel keeps it: 12 bits, then 20. */
static void get_file_device(const struct sk_context *context, const struct sk_socket *s,
			    struct sk_value *value)
{
	uint32_t device = local_name(context, s)->extra;

	if (!has_file(context, s, value))
		return;
	snprintf(value->buffer, sizeof(value->buffer), "%u:%u", device >> 20,
		 device & 0xfffffU);
	value_text(value, value->buffer);
}

static void get_references(const struct sk_context *context, const struct sk_socket *s,
			   struct sk_value *value)
{
	(void)context;
	if (s->proto == SK_PROTO_UNIX && (s->flags & SK_F_NO_COOKIE))
		value_uint(value, s->remote_name.kind);
	else
		value_none(value, "only /proc/net/unix tells references");
}

void columns_kind_get(const struct sk_context *context, const void *row, int arg,
		      struct sk_value *value)
{
	static get_fn *const getters[KIND_FIELD_COUNT] = {
		[KIND_TYPE] = get_type,
		[KIND_PROTOCOL] = get_protocol,
		[KIND_PEER] = get_peer,
		[KIND_PENDING] = get_pending,
		[KIND_PARENT] = get_parent,
		[KIND_GROUPS] = get_groups,
		[KIND_FILE_INODE] = get_file_inode,
		[KIND_FILE_DEVICE] = get_file_device,
		[KIND_REFERENCES] = get_references,
	};

	getters[arg](context, row, value);
}
