/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/netlink/attrs.h"
#include "kernel/netlink/dump.h"
#include "kernel/field.h"
#include "kernel/net/links.h"
#include "kernel/netlink/netlink.h"
#include "kernel/text.h"

#define BUFFER_SIZE (1 << 16)

struct links {
	struct netlink netlink;
};

int links_open(struct links **out)
{
	struct links *links = calloc(1, sizeof(*links));
	int err;

	if (!links)
		return -ENOMEM;
	err = netlink_open(&links->netlink, NETLINK_ROUTE, BUFFER_SIZE);
	if (err) {
		free(links);
		return err;
	}
	*out = links;
	return 0;
}

void links_close(struct links *links)
{
	if (!links)
		return;
	netlink_close(&links->netlink);
	free(links);
}

void links_kernel_name(const struct sk_link *link, char out[LINKS_NAME])
{
	char raw[SK_DEVICE_STRLEN];
	size_t len = sk_text_bytes(link->name, raw);

	if (len >= LINKS_NAME)
		len = LINKS_NAME - 1;
	memcpy(out, raw, len);
	out[len] = '\0';
}

/* Reads the kind of software that made the interface. Drivers of devices do not send it. */
static void decode_info(const struct attr *attr, struct sk_link *link)
{
	struct attrs attrs = attr_nested(attr);
	struct attr info;

	while (attrs_next(&attrs, &info) > 0) {
		if (info.type == IFLA_INFO_KIND)
			text_copy(link->kind, sizeof(link->kind), (const char *)info.data,
				  info.len);
	}
}

static void decode_attr(const struct attr *attr, struct sk_link *link)
{
	size_t room;

	switch (attr->type) {
	case IFLA_IFNAME:
		text_copy(link->name, sizeof(link->name), (const char *)attr->data,
			  attr->len);
		break;
	case IFLA_MASTER:
		attr_get_u32(attr, &link->master);
		break;
	case IFLA_LINK:
		attr_get_u32(attr, &link->lower);
		break;
	case IFLA_LINK_NETNSID:
		link->flags |= SK_LINK_ELSEWHERE;
		break;
	case IFLA_LINKINFO:
		decode_info(attr, link);
		break;
	case IFLA_MTU:
		attr_get_u32(attr, &link->mtu);
		break;
	case IFLA_TXQLEN:
		attr_get_u32(attr, &link->txqlen);
		break;
	case IFLA_CARRIER_CHANGES:
		attr_get_u32(attr, &link->carrier_changes);
		break;
	case IFLA_OPERSTATE:
		attr_get_u8(attr, &link->operstate);
		break;
	case IFLA_ADDRESS:
		room = attr->len < sizeof(link->address) ? attr->len :
							   sizeof(link->address);
		memcpy(link->address, attr->data, room);
		link->address_len = (uint8_t)room;
		break;
	case IFLA_STATS64:
		room = attr->len < sizeof(link->stat) ? attr->len : sizeof(link->stat);
		link->n_stats = (uint8_t)(room / sizeof(link->stat[0]));
		memcpy(link->stat, attr->data, link->n_stats * sizeof(link->stat[0]));
		break;
	default:
		break;
	}
}

int links_decode(const struct nlmsghdr *message, size_t size, struct sk_link *link)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	struct attrs attrs;
	struct attr attr;
	int err = attrs_of_message(message, size, sizeof(*info), &attrs);

	if (err)
		return err;
	link->ifindex = (uint32_t)info->ifi_index;
	link->ifi_flags = info->ifi_flags;
	link->flags = SK_LINK_TIES;
	while ((err = attrs_next(&attrs, &attr)) > 0)
		decode_attr(&attr, link);
	return err ? err : link->name[0] ? 0 : -EBADMSG;
}

/* Adds the other names of an interface, one a line. Returns 0 or -ENOMEM. */
static int add_altnames(const struct attr *list, struct sk_sample *sample,
			struct sk_link *link)
{
	struct attrs attrs = attr_nested(list);
	/* The attribute head of each name leaves room for the line's end before it. */
	size_t n = 0, size = SK_TEXT_ROOM(list->len);
	char *text = malloc(size);
	struct attr attr;
	int err;

	if (!text)
		return -ENOMEM;
	while (attr_next(&attrs, &attr)) {
		if (attr.type != IFLA_ALT_IFNAME)
			continue;
		if (n)
			text[n++] = '\n';
		n += text_copy(text + n, size - n, (const char *)attr.data, attr.len);
	}
	err = sk_sample_add_text(sample, text, n, &link->altnames);
	free(text);
	return err;
}

static int take_altnames(const struct nlmsghdr *message, struct sk_sample *sample,
			 struct sk_link *link)
{
	struct attrs attrs;
	struct attr attr;
	int err = attrs_of_message(message, message->nlmsg_len, sizeof(struct ifinfomsg),
				   &attrs);

	while (!err && attr_next(&attrs, &attr)) {
		if (attr.type == IFLA_PROP_LIST)
			err = add_altnames(&attr, sample, link);
	}
	return err;
}

/** These are interfaces of one namespace. Interfaces of other namespaces may stand before them. */
struct part {
	struct sk_sample *sample;
	uint32_t begin;
};

static void restart(void *arg)
{
	struct part *part = arg;

	part->sample->n_links = part->begin;
}

static int take_link(const struct nlmsghdr *message, void *arg)
{
	struct sk_sample *sample = ((struct part *)arg)->sample;
	struct sk_link *link;
	int err = sk_sample_add_link(sample, &link);

	if (err)
		return err;
	err = links_decode(message, message->nlmsg_len, link);
	if (!err)
		err = take_altnames(message, sample, link);
	if (err)
		sample->n_links--;
	return err;
}

int links_dump(struct links *links, struct sk_sample *sample)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} message = { .head.nlmsg_len = sizeof(message),
		      .head.nlmsg_type = RTM_GETLINK };
	struct part part = { sample, sample->n_links };
	const struct dump dump = { &message.head, RTM_NEWLINK, sample, restart,
				   take_link, &part, SK_PART_LINKS };

	return dump_run(&links->netlink, &dump);
}

/* This is the order of the columns of /proc/net/dev. */
static const enum sk_link_stat proc_columns[16] = {
	SK_LINK_RX_BYTES,	SK_LINK_RX_PACKETS,	SK_LINK_RX_ERRORS,
	SK_LINK_RX_DROPPED,	SK_LINK_RX_FIFO_ERRORS, SK_LINK_RX_FRAME_ERRORS,
	SK_LINK_RX_COMPRESSED,	SK_LINK_MULTICAST,	SK_LINK_TX_BYTES,
	SK_LINK_TX_PACKETS,	SK_LINK_TX_ERRORS,	SK_LINK_TX_DROPPED,
	SK_LINK_TX_FIFO_ERRORS, SK_LINK_COLLISIONS,	SK_LINK_TX_CARRIER_ERRORS,
	SK_LINK_TX_COMPRESSED,
};

/*
 * Parses " eth0: 1 2 3 ..." up to the end of the line. The name of an alias contains a colon
 * (eth0:1), and old kernels put no blank behind the colon that ends the name, so the last colon
 * ends it.
 */
static int parse_proc_line(const char *line, size_t len, struct sk_link *link)
{
	const char *name = line + strspn(line, " ");
	const char *colon = memrchr(line, ':', len);
	const char *at;

	if (!colon || colon <= name || (size_t)(colon - name) >= sizeof(link->name))
		return -EINVAL;
	text_copy(link->name, sizeof(link->name), name, (size_t)(colon - name));
	at = colon + 1;
	for (unsigned i = 0; i < 16; i++) {
		if (!field_number(&at, 10, ' ', UINT64_MAX, &link->stat[proc_columns[i]]))
			return -EINVAL;
	}
	/* The file adds up the other kinds of errors, or does not have them. */
	link->n_stats = SK_LINK_COLLISIONS + 1;
	link->flags = SK_LINK_FROM_PROC;
	return 0;
}

int links_parse_proc(const char *text, struct sk_sample *sample)
{
	const char *line = strchr(text, '\n');

	line = line ? strchr(line + 1, '\n') : NULL; /* skips two lines of headings */
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		struct sk_link *link;
		int err = sk_sample_add_link(sample, &link);

		if (err)
			return err;
		if (parse_proc_line(line + 1, strcspn(line + 1, "\n"), link)) {
			sample->losses.malformed++;
			sample->n_links--;
		}
	}
	return 0;
}
