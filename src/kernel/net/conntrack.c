/* SPDX-License-Identifier: MIT */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include "kernel/netlink/attrs.h"
#include "kernel/net/conntrack.h"
#include "kernel/netlink/dump.h"
#include "kernel/text.h"

/* These bits are newer than the oldest header. */
#define STATUS_OFFLOAD (1U << 14 | 1U << 15)

static void decode_ip(const struct attr *nest, struct sk_tuple *t, bool *v6)
{
	struct attrs attrs = attr_nested(nest);
	struct attr attr;

	while (attrs_next(&attrs, &attr) > 0) {
		bool six = attr.type == CTA_IP_V6_SRC || attr.type == CTA_IP_V6_DST;

		if (attr.len != (six ? 16 : 4))
			continue;
		if (attr.type == CTA_IP_V4_SRC || attr.type == CTA_IP_V6_SRC)
			attr_addr(&attr, &t->source);
		else if (attr.type == CTA_IP_V4_DST || attr.type == CTA_IP_V6_DST)
			attr_addr(&attr, &t->destination);
		*v6 |= six;
	}
}

/** These are the protocol of a packet and the values that it has in place of ports. */
struct ends {
	uint8_t protocol;
	bool ports;
	uint16_t icmp_id;
	uint8_t icmp_type, icmp_code;
	bool icmp;
};

static void decode_proto_attr(const struct attr *attr, struct sk_tuple *t,
			      struct ends *ends)
{
	switch (attr->type) {
	case CTA_PROTO_NUM:
		attr_get_u8(attr, &ends->protocol);
		break;
	case CTA_PROTO_SRC_PORT:
		attr_get_be16(attr, &t->sport);
		ends->ports = true;
		break;
	case CTA_PROTO_DST_PORT:
		attr_get_be16(attr, &t->dport);
		ends->ports = true;
		break;
	case CTA_PROTO_ICMP_ID:
	case CTA_PROTO_ICMPV6_ID:
		attr_get_be16(attr, &ends->icmp_id);
		ends->icmp = true;
		break;
	case CTA_PROTO_ICMP_TYPE:
	case CTA_PROTO_ICMPV6_TYPE:
		attr_get_u8(attr, &ends->icmp_type);
		break;
	case CTA_PROTO_ICMP_CODE:
	case CTA_PROTO_ICMPV6_CODE:
		attr_get_u8(attr, &ends->icmp_code);
		break;
	default:
		break;
	}
}

static void decode_tuple(const struct attr *nest, struct sk_tuple *t,
			 struct sk_nat_entry *entry)
{
	struct attrs attrs = attr_nested(nest), inner;
	struct ends ends = { .ports = false };
	struct attr attr, one;
	bool v6 = false;

	while (attrs_next(&attrs, &attr) > 0) {
		if (attr.type == CTA_TUPLE_IP)
			decode_ip(&attr, t, &v6);
		if (attr.type != CTA_TUPLE_PROTO)
			continue;
		inner = attr_nested(&attr);
		while (attrs_next(&inner, &one) > 0)
			decode_proto_attr(&one, t, &ends);
	}
	if (v6)
		entry->flags |= SK_NAT_V6;
	if (ends.ports)
		entry->flags |= SK_NAT_PORTS;
	if (ends.icmp) {
		t->sport = ends.icmp_id;
		t->dport = (uint16_t)(ends.icmp_type << 8 | ends.icmp_code);
	}
	if (t == &entry->original)
		entry->protocol = ends.protocol;
}

static void decode_protoinfo(const struct attr *nest, struct sk_nat_entry *entry)
{
	struct attrs attrs = attr_nested(nest), inner;
	struct attr attr, one;

	while (attrs_next(&attrs, &attr) > 0) {
		if (attr.type != CTA_PROTOINFO_TCP)
			continue;
		inner = attr_nested(&attr);
		while (attrs_next(&inner, &one) > 0) {
			if (one.type != CTA_PROTOINFO_TCP_STATE || !one.len)
				continue;
			attr_get_u8(&one, &entry->state);
			entry->flags |= SK_NAT_STATE;
		}
	}
}

static void decode_counters(const struct attr *nest, unsigned direction,
			    struct sk_nat_entry *entry)
{
	struct attrs attrs = attr_nested(nest);
	struct attr attr;

	while (attrs_next(&attrs, &attr) > 0) {
		if (attr.type == CTA_COUNTERS_PACKETS)
			attr_get_be64(&attr, &entry->packets[direction]);
		else if (attr.type == CTA_COUNTERS_BYTES)
			attr_get_be64(&attr, &entry->bytes[direction]);
	}
	entry->flags |= SK_NAT_COUNTERS;
}

static void decode_helper(const struct attr *nest, struct sk_nat_entry *entry)
{
	struct attrs attrs = attr_nested(nest);
	struct attr attr;

	while (attrs_next(&attrs, &attr) > 0) {
		if (attr.type == CTA_HELP_NAME)
			text_copy(entry->helper, sizeof(entry->helper),
				  (const char *)attr.data, attr.len);
	}
}

static uint16_t translate_status(uint32_t status)
{
	static const struct {
		uint32_t kernel;
		uint16_t ours;
	} names[] = {
		{ IPS_SRC_NAT, SK_NAT_SOURCE },	 { IPS_DST_NAT, SK_NAT_DESTINATION },
		{ IPS_ASSURED, SK_NAT_ASSURED }, { IPS_SEEN_REPLY, SK_NAT_REPLIED },
		{ IPS_EXPECTED, SK_NAT_EXPECTED }, { IPS_DYING, SK_NAT_DYING },
		{ IPS_FIXED_TIMEOUT, SK_NAT_FIXED }, { STATUS_OFFLOAD, SK_NAT_OFFLOAD },
	};
	unsigned ours = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ours |= status & names[i].kernel ? names[i].ours : 0U;
	return (uint16_t)ours;
}

static void decode_number(const struct attr *attr, struct sk_nat_entry *entry)
{
	uint32_t status = 0;

	switch (attr->type) {
	case CTA_STATUS:
		attr_get_be32(attr, &status);
		entry->flags |= translate_status(status);
		break;
	case CTA_TIMEOUT:
		attr_get_be32(attr, &entry->timeout_s);
		entry->flags |= SK_NAT_TIMEOUT;
		break;
	case CTA_MARK:
		attr_get_be32(attr, &entry->mark);
		entry->flags |= SK_NAT_MARK;
		break;
	case CTA_ID:
		attr_get_be32(attr, &entry->id);
		break;
	case CTA_USE:
		attr_get_be32(attr, &entry->use);
		break;
	case CTA_ZONE:
		attr_get_be16(attr, &entry->zone);
		break;
	default:
		break;
	}
}

static void decode_attr(const struct attr *attr, struct sk_nat_entry *entry)
{
	switch (attr->type) {
	case CTA_TUPLE_ORIG:
		decode_tuple(attr, &entry->original, entry);
		break;
	case CTA_TUPLE_REPLY:
		decode_tuple(attr, &entry->reply, entry);
		break;
	case CTA_PROTOINFO:
		decode_protoinfo(attr, entry);
		break;
	case CTA_COUNTERS_ORIG:
		decode_counters(attr, 0, entry);
		break;
	case CTA_COUNTERS_REPLY:
		decode_counters(attr, 1, entry);
		break;
	case CTA_HELP:
		decode_helper(attr, entry);
		break;
	default:
		decode_number(attr, entry);
		break;
	}
}

int conntrack_decode(const struct nlmsghdr *message, size_t size,
		     struct sk_nat_entry *entry)
{
	struct attrs attrs;
	struct attr attr;
	int err = attrs_of_message(message, size, sizeof(struct nfgenmsg), &attrs);

	*entry = (struct sk_nat_entry){ 0 };
	if (err)
		return err;
	while ((err = attrs_next(&attrs, &attr)) > 0)
		decode_attr(&attr, entry);
	return err ? err : entry->protocol ? 0 : -EBADMSG;
}

uint16_t conntrack_translation(const struct sk_nat_entry *entry)
{
	const struct sk_tuple *original = &entry->original, *reply = &entry->reply;
	const bool ports = entry->flags & SK_NAT_PORTS;
	unsigned kind = 0;

	if (memcmp(&original->source, &reply->destination, sizeof(original->source)) ||
	    (ports && original->sport != reply->dport))
		kind |= SK_NAT_SOURCE;
	if (memcmp(&original->destination, &reply->source, sizeof(reply->source)) ||
	    (ports && original->dport != reply->sport))
		kind |= SK_NAT_DESTINATION;
	return (uint16_t)kind;
}

int conntrack_add(const struct sk_nat_entry *entry, struct sk_sample *sample)
{
	struct sk_nat_entry *added;
	int err;

	if (!(sample->needs & SK_NEED_TRACKED) &&
	    !(entry->flags & (SK_NAT_SOURCE | SK_NAT_DESTINATION)))
		return 0;
	if (sample->n_nats >= SK_ROWS_CUT) {
		sample->losses.missing |= SK_MISSING_ROWS;
		return -EFBIG;
	}
	err = sk_sample_add_nat(sample, &added);
	if (!err)
		*added = *entry;
	return err;
}

/**
 * This is the number of rows before a dump, so that its rows can be dropped when it begins again.
 */
struct part {
	struct sk_sample *sample;
	uint32_t begin, families;
};

static void restart(void *arg)
{
	struct part *part = arg;

	part->sample->n_nats = part->begin;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	struct part *part = arg;
	struct sk_nat_entry entry;
	int err = conntrack_decode(message, message->nlmsg_len, &entry);

	if (err || !(part->families & (entry.flags & SK_NAT_V6 ? 2U : 1U)))
		return err;
	return conntrack_add(&entry, part->sample);
}

int conntrack_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg body;
	} message = { .head = { .nlmsg_len = sizeof(message),
				.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
					      IPCTNL_MSG_CT_GET },
		      .body = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 } };
	struct part part = { sample, sample->n_nats, families };
	const struct dump dump = { &message.head,
				   NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, sample,
				   restart, take, &part, SK_PART_NAT };

	return dump_run(netlink, &dump);
}
