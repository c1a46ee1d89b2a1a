/* SPDX-License-Identifier: MIT */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include "kernel/netlink/attrs.h"
#include "kernel/netlink/dump.h"
#include "kernel/net/neighbours.h"
#include "kernel/text.h"

static uint16_t translate_flags(uint32_t kernel)
{
	static const struct {
		uint32_t kernel;
		uint16_t ours;
	} names[] = {
		{ IFA_F_SECONDARY, SK_ADDRESS_SECONDARY },
		{ IFA_F_TENTATIVE, SK_ADDRESS_TENTATIVE },
		{ IFA_F_DEPRECATED, SK_ADDRESS_DEPRECATED },
		{ IFA_F_DADFAILED, SK_ADDRESS_DUPLICATE },
		{ IFA_F_PERMANENT, SK_ADDRESS_PERMANENT },
	};
	unsigned ours = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ours |= kernel & names[i].kernel ? names[i].ours : 0U;
	return (uint16_t)ours;
}

static void decode_lifetimes(const struct attr *attr, struct sk_address *a)
{
	struct ifa_cacheinfo info;

	if (attr->len < sizeof(info))
		return;
	memcpy(&info, attr->data, sizeof(info));
	a->preferred_s = info.ifa_prefered;
	a->valid_s = info.ifa_valid;
	a->flags |= SK_ADDRESS_LIFETIME;
}

/** These parts are put together when all attributes are known. */
struct ends {
	struct sk_addr local, address;
	bool has_local, has_address;
	uint32_t flags;
};

static void decode_attr(const struct attr *attr, struct ends *ends, struct sk_address *a)
{
	switch (attr->type) {
	case IFA_LOCAL:
		ends->has_local = attr_addr(attr, &ends->local);
		break;
	case IFA_ADDRESS:
		ends->has_address = attr_addr(attr, &ends->address);
		break;
	case IFA_BROADCAST:
		if (attr_addr(attr, &a->broadcast))
			a->flags |= SK_ADDRESS_BROADCAST;
		break;
	case IFA_FLAGS:
		attr_get_u32(attr, &ends->flags);
		break;
	case IFA_LABEL:
		text_copy(a->label, sizeof(a->label), (const char *)attr->data, attr->len);
		break;
	case IFA_CACHEINFO:
		decode_lifetimes(attr, a);
		break;
	default:
		break;
	}
}

int addresses_decode(const struct nlmsghdr *message, size_t size, struct sk_address *a)
{
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	struct ends ends = { .has_local = false };
	struct attrs attrs;
	struct attr attr;
	int err = attrs_of_message(message, size, sizeof(*head), &attrs);

	if (err)
		return err;
	if ((head->ifa_family != AF_INET && head->ifa_family != AF_INET6) ||
	    head->ifa_prefixlen > (head->ifa_family == AF_INET ? 32 : 128))
		return -EBADMSG;
	*a = (struct sk_address){ .ifindex = head->ifa_index,
				  .prefix_len = head->ifa_prefixlen,
				  .scope = head->ifa_scope };
	ends.flags = head->ifa_flags;
	while ((err = attrs_next(&attrs, &attr)) > 0)
		decode_attr(&attr, &ends, a);
	if (err)
		return err;
	if (!ends.has_local && !ends.has_address)
		return -EBADMSG;
	a->flags |= translate_flags(ends.flags);
	if (head->ifa_family == AF_INET6)
		a->flags |= SK_ADDRESS_V6;
	a->address = ends.has_local ? ends.local : ends.address;
	a->peer = ends.address;
	if (ends.has_local && ends.has_address &&
	    memcmp(&a->peer, &a->address, sizeof(a->peer)) != 0)
		a->flags |= SK_ADDRESS_PEER;
	return 0;
}

/**
 * This is the number of rows before a dump, so that its rows can be dropped when it begins again.
 */
struct part {
	struct sk_sample *sample;
	uint32_t begin;
};

static void restart(void *arg)
{
	struct part *part = arg;

	part->sample->n_addresses = part->begin;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	struct sk_sample *sample = ((struct part *)arg)->sample;
	struct sk_address *address;
	int err = sk_sample_add_address(sample, &address);

	if (err)
		return err;
	err = addresses_decode(message, message->nlmsg_len, address);
	if (err)
		sample->n_addresses--;
	return err;
}

/* Sorts IPv4 before IPv6, and wide scopes before narrow ones. */
static int compare(const void *left, const void *right)
{
	const struct sk_address *a = left, *b = right;
	bool a6 = a->flags & SK_ADDRESS_V6, b6 = b->flags & SK_ADDRESS_V6;

	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	if (a6 != b6)
		return a6 ? 1 : -1;
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	return memcmp(&a->address, &b->address, sizeof(a->address));
}

int addresses_dump(struct netlink *netlink, struct sk_sample *sample)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg address;
	} message = { .head = { .nlmsg_len = sizeof(message),
				.nlmsg_type = RTM_GETADDR } };
	struct part part = { sample, sample->n_addresses };
	const struct dump dump = { &message.head, RTM_NEWADDR, sample, restart, take, &part,
				   SK_PART_ADDRESSES };
	int err = dump_run(netlink, &dump);

	if (!err && sample->n_addresses > part.begin)
		qsort(sample->addresses + part.begin, sample->n_addresses - part.begin,
		      sizeof(*sample->addresses), compare);
	return err;
}
