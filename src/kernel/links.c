/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/links.h"
#include "kernel/netlink.h"
#include "kernel/text.h"

#define BUFFER_SIZE (1 << 16)
/* An interrupted dump mixes two states of the machine: read it again, a few times. */
#define ATTEMPTS 4

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

static void decode_u32(const uint8_t *data, size_t len, uint32_t *out)
{
	if (len >= sizeof(*out))
		memcpy(out, data, sizeof(*out));
}

static void decode_attr(uint16_t type, const uint8_t *data, size_t len,
			struct sk_link *link)
{
	size_t room;

	switch (type) {
	case IFLA_IFNAME:
		text_copy(link->name, sizeof(link->name), (const char *)data, len);
		break;
	case IFLA_MTU:
		decode_u32(data, len, &link->mtu);
		break;
	case IFLA_TXQLEN:
		decode_u32(data, len, &link->txqlen);
		break;
	case IFLA_CARRIER_CHANGES:
		decode_u32(data, len, &link->carrier_changes);
		break;
	case IFLA_OPERSTATE:
		link->operstate = len ? data[0] : 0;
		break;
	case IFLA_ADDRESS:
		room = len < sizeof(link->address) ? len : sizeof(link->address);
		memcpy(link->address, data, room);
		link->address_len = (uint8_t)room;
		break;
	case IFLA_STATS64:
		room = len < sizeof(link->stat) ? len : sizeof(link->stat);
		link->n_stats = (uint8_t)(room / sizeof(link->stat[0]));
		memcpy(link->stat, data, link->n_stats * sizeof(link->stat[0]));
		break;
	default:
		break;
	}
}

int links_decode(const struct nlmsghdr *message, size_t size, struct sk_link *link)
{
	const size_t head = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const uint8_t *at = (const uint8_t *)message + head;
	size_t left;

	if (size < head || message->nlmsg_len > size || message->nlmsg_len < head)
		return -EBADMSG;
	link->ifindex = (uint32_t)info->ifi_index;
	link->ifi_flags = info->ifi_flags;
	left = message->nlmsg_len - head;
	while (left >= sizeof(struct nlattr)) {
		struct nlattr attr;
		size_t step;

		memcpy(&attr, at, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > left)
			return -EBADMSG;
		decode_attr((uint16_t)(attr.nla_type & NLA_TYPE_MASK),
			    at + sizeof(attr), attr.nla_len - sizeof(attr), link);
		step = (size_t)NLA_ALIGN(attr.nla_len);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return link->name[0] ? 0 : -EBADMSG;
}

static int send_request(struct links *links)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} message = { .head.nlmsg_len = sizeof(message) };

	message.head.nlmsg_type = RTM_GETLINK;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	return netlink_send(&links->netlink, &message.head);
}

static int take_link(const struct nlmsghdr *message, struct sk_sample *sample)
{
	struct sk_link *link;
	int err = sk_sample_add_link(sample, &link);

	if (err)
		return err;
	if (links_decode(message, message->nlmsg_len, link)) {
		sample->losses.malformed++;
		sample->n_links--;
	}
	return 0;
}

/* Returns 1 to go on, 0 at the end of the dump, with its status, or -ENOMEM. */
static int take_buffer(const struct netlink *netlink, size_t size,
		       struct sk_sample *sample, bool *interrupted, int *status)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(netlink->buffer, size, &at))) {
		int err;

		if (message->nlmsg_seq != netlink->seq)
			continue;
		*interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			*status = netlink_status(message);
			return 0;
		}
		if (message->nlmsg_type != RTM_NEWLINK)
			continue;
		err = take_link(message, sample);
		if (err)
			return err;
	}
	sample->losses.malformed += at < size;
	return 1;
}

static int read_dump(struct links *links, struct sk_sample *sample, bool *interrupted)
{
	int status = 0;

	for (;;) {
		ssize_t n = netlink_receive(&links->netlink);
		int more;

		if (n == -ENOBUFS) {
			/* what is missing is not known: read it all again */
			sample->losses.overruns++;
			*interrupted = true;
			continue;
		}
		if (n < 0) {
			netlink_reopen(&links->netlink);
			return (int)n;
		}
		more = take_buffer(&links->netlink, (size_t)n, sample, interrupted,
				   &status);
		if (more < 0)
			netlink_reopen(&links->netlink);
		if (more <= 0)
			return more < 0 ? more : status;
	}
}

int links_dump(struct links *links, struct sk_sample *sample)
{
	uint32_t begin = sample->n_links;
	int err = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		bool interrupted = false;

		sample->n_links = begin;
		err = send_request(links);
		if (!err)
			err = read_dump(links, sample, &interrupted);
		if (err == -EBUSY) {
			sample->losses.busy++;
			netlink_reopen(&links->netlink);
		} else if (err || !interrupted) {
			return err;
		} else {
			sample->losses.interrupted++;
		}
	}
	return err;
}

/* The order of the columns of /proc/net/dev. */
static const enum sk_link_stat proc_columns[16] = {
	SK_LINK_RX_BYTES,	SK_LINK_RX_PACKETS,	SK_LINK_RX_ERRORS,
	SK_LINK_RX_DROPPED,	SK_LINK_RX_FIFO_ERRORS, SK_LINK_RX_FRAME_ERRORS,
	SK_LINK_RX_COMPRESSED,	SK_LINK_MULTICAST,	SK_LINK_TX_BYTES,
	SK_LINK_TX_PACKETS,	SK_LINK_TX_ERRORS,	SK_LINK_TX_DROPPED,
	SK_LINK_TX_FIFO_ERRORS, SK_LINK_COLLISIONS,	SK_LINK_TX_CARRIER_ERRORS,
	SK_LINK_TX_COMPRESSED,
};

/* "  eth0: 1 2 3 ..." up to the end of the line. */
static int parse_proc_line(const char *line, size_t len, struct sk_link *link)
{
	const char *name = line + strspn(line, " ");
	const char *colon = memchr(line, ':', len);
	const char *at;

	if (!colon || colon <= name)
		return -EINVAL;
	text_copy(link->name, sizeof(link->name), name, (size_t)(colon - name));
	at = colon + 1;
	for (unsigned i = 0; i < 16; i++) {
		char *end;

		at += strspn(at, " ");
		if (*at < '0' || *at > '9')
			return -EINVAL;
		link->stat[proc_columns[i]] = strtoull(at, &end, 10);
		at = end;
	}
	/* the error kinds behind these are lumped together or not told here */
	link->n_stats = SK_LINK_COLLISIONS + 1;
	link->flags = SK_LINK_FROM_PROC;
	return at <= line + len ? 0 : -EINVAL;
}

int links_parse_proc(const char *text, struct sk_sample *sample)
{
	const char *line = strchr(text, '\n');

	line = line ? strchr(line + 1, '\n') : NULL; /* two lines of headings */
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
