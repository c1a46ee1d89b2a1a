/* SPDX-License-Identifier: MIT */
#include <linux/fib_rules.h>
#include <sys/socket.h>
#include "kernel/netlink/attrs.h"
#include "kernel/net/routes.h"
#include "kernel/text.h"

static void decode_range(const struct attr *attr, uint16_t *first, uint16_t *last)
{
	struct fib_rule_port_range range;

	if (attr->len < sizeof(range))
		return;
	memcpy(&range, attr->data, sizeof(range));
	*first = range.start;
	*last = range.end;
}

static void decode_name(const struct attr *attr, char name[SK_DEVICE_STRLEN])
{
	text_copy(name, SK_DEVICE_STRLEN, (const char *)attr->data, attr->len);
}

static void decode_users(const struct attr *attr, struct sk_rule *rule)
{
	struct fib_rule_uid_range range;

	if (attr->len < sizeof(range))
		return;
	memcpy(&range, attr->data, sizeof(range));
	rule->uid_first = range.start;
	rule->uid_last = range.end;
}

static void decode_match(const struct attr *attr, struct sk_rule *rule)
{
	switch (attr->type) {
	case FRA_SRC:
		attr_addr(attr, &rule->from);
		break;
	case FRA_DST:
		attr_addr(attr, &rule->to);
		break;
	case FRA_IIFNAME:
		decode_name(attr, rule->iif);
		break;
	case FRA_OIFNAME:
		decode_name(attr, rule->oif);
		break;
	case FRA_FWMARK:
		attr_get_u32(attr, &rule->mark);
		break;
	case FRA_FWMASK:
		attr_get_u32(attr, &rule->mask);
		break;
	case FRA_UID_RANGE:
		decode_users(attr, rule);
		break;
	case FRA_IP_PROTO:
		attr_get_u8(attr, &rule->ip_proto);
		break;
	case FRA_SPORT_RANGE:
		decode_range(attr, &rule->sport_first, &rule->sport_last);
		break;
	case FRA_DPORT_RANGE:
		decode_range(attr, &rule->dport_first, &rule->dport_last);
		break;
	default:
		break;
	}
}

static void decode_attr(const struct attr *attr, struct sk_rule *rule)
{
	uint8_t on = 0;

	switch (attr->type) {
	case FRA_PRIORITY:
		attr_get_u32(attr, &rule->priority);
		break;
	case FRA_TABLE:
		attr_get_u32(attr, &rule->table);
		break;
	case FRA_PROTOCOL:
		attr_get_u8(attr, &rule->protocol);
		break;
	case FRA_L3MDEV:
		attr_get_u8(attr, &on);
		rule->l3mdev = on;
		break;
	default:
		decode_match(attr, rule);
		break;
	}
}

int rules_decode(const struct nlmsghdr *message, size_t size, struct sk_rule *rule)
{
	const struct fib_rule_hdr *head = NLMSG_DATA(message);
	struct attrs attrs;
	struct attr attr;
	int err = attrs_of_message(message, size, sizeof(*head), &attrs);
	unsigned longest;

	if (err)
		return err;
	if (head->family != AF_INET && head->family != AF_INET6)
		return -EBADMSG;
	*rule = (struct sk_rule){
		.v6 = head->family == AF_INET6, .from_len = head->src_len,
		.to_len = head->dst_len, .table = head->table, .action = head->action,
		.tos = head->tos, .inverted = (head->flags & FIB_RULE_INVERT) != 0,
		.uid_first = UINT32_MAX, .uid_last = UINT32_MAX,
	};
	if (!rule->v6)
		rule->from = rule->to = sk_addr_from_v4("\0\0\0\0");
	longest = rule->v6 ? 128 : 32;
	while ((err = attrs_next(&attrs, &attr)) > 0)
		decode_attr(&attr, rule);
	return err				   ? err
	       : rule->from_len > longest ||
			 rule->to_len > longest ? -EBADMSG
						: 0;
}
