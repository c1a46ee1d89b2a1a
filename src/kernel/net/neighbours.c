/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <ctype.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include "kernel/netlink/attrs.h"
#include "kernel/netlink/dump.h"
#include "kernel/field.h"
#include "kernel/net/neighbours.h"

#ifndef NTF_OFFLOADED
#define NTF_OFFLOADED 0x20
#endif
/* These attributes are newer than the oldest header. */
#define ATTR_PROTOCOL 12
#define ATTR_FLAGS_EXT 15
#define EXT_MANAGED 1U

static void decode_lladdr(const struct attr *attr, struct sk_neighbour *n)
{
	size_t len = attr->len < sizeof(n->lladdr) ? attr->len : sizeof(n->lladdr);

	memcpy(n->lladdr, attr->data, len);
	n->lladdr_len = (uint8_t)len;
}

static void decode_cacheinfo(const struct attr *attr, struct sk_neighbour *n)
{
	struct nda_cacheinfo info;

	if (attr->len < sizeof(info))
		return;
	memcpy(&info, attr->data, sizeof(info));
	n->confirmed_cs = info.ndm_confirmed;
	n->used_cs = info.ndm_used;
	n->updated_cs = info.ndm_updated;
	n->references = info.ndm_refcnt;
	n->flags |= SK_NEIGHBOUR_TIMES;
}

static void decode_attr(const struct attr *attr, bool *has_address,
			struct sk_neighbour *n)
{
	uint32_t ext = 0;

	switch (attr->type) {
	case NDA_DST:
		*has_address = attr_addr(attr, &n->address);
		break;
	case NDA_LLADDR:
		decode_lladdr(attr, n);
		break;
	case NDA_CACHEINFO:
		decode_cacheinfo(attr, n);
		break;
	case NDA_PROBES:
		attr_get_u32(attr, &n->probes);
		break;
	case ATTR_PROTOCOL:
		attr_get_u8(attr, &n->protocol);
		break;
	case ATTR_FLAGS_EXT:
		attr_get_u32(attr, &ext);
		if (ext & EXT_MANAGED)
			n->flags |= SK_NEIGHBOUR_MANAGED;
		break;
	default:
		break;
	}
}

int neighbours_decode(const struct nlmsghdr *message, size_t size,
		      struct sk_neighbour *n)
{
	static const struct {
		uint8_t kernel;
		uint16_t ours;
	} flags[] = {
		{ NTF_ROUTER, SK_NEIGHBOUR_ROUTER },
		{ NTF_PROXY, SK_NEIGHBOUR_PROXY },
		{ NTF_EXT_LEARNED, SK_NEIGHBOUR_EXTERN },
		{ NTF_OFFLOADED, SK_NEIGHBOUR_OFFLOADED },
	};
	const struct ndmsg *head = NLMSG_DATA(message);
	struct attrs attrs;
	struct attr attr;
	bool has_address = false;
	int err = attrs_of_message(message, size, sizeof(*head), &attrs);

	if (err)
		return err;
	if (head->ndm_family != AF_INET && head->ndm_family != AF_INET6)
		return -EBADMSG;
	*n = (struct sk_neighbour){ .ifindex = (uint32_t)head->ndm_ifindex,
				    .state = (uint8_t)head->ndm_state };
	if (head->ndm_family == AF_INET6)
		n->flags |= SK_NEIGHBOUR_V6;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (head->ndm_flags & flags[i].kernel)
			n->flags |= flags[i].ours;
	}
	while ((err = attrs_next(&attrs, &attr)) > 0)
		decode_attr(&attr, &has_address, n);
	return err ? err : has_address ? 0 : -EBADMSG;
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

	part->sample->n_neighbours = part->begin;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	struct sk_sample *sample = ((struct part *)arg)->sample;
	struct sk_neighbour neighbour, *added;
	int err = neighbours_decode(message, message->nlmsg_len, &neighbour);

	if (err)
		return err;
	if (sample->n_neighbours >= SK_ROWS_CUT) {
		sample->losses.missing |= SK_MISSING_ROWS;
		return -EFBIG;
	}
	err = sk_sample_add_neighbour(sample, &added);
	if (!err)
		*added = neighbour;
	return err;
}

static int dump_family(struct netlink *netlink, uint8_t family, uint8_t flags,
		       struct sk_sample *sample)
{
	struct {
		struct nlmsghdr head;
		struct ndmsg neighbour;
	} message = { .head = { .nlmsg_len = sizeof(message),
				.nlmsg_type = RTM_GETNEIGH },
		      .neighbour = { .ndm_family = family, .ndm_flags = flags } };
	struct part part = { sample, sample->n_neighbours };
	const struct dump dump = { &message.head, RTM_NEWNEIGH, sample, restart, take,
				   &part, SK_PART_NEIGHBOURS };
	int err = dump_run(netlink, &dump);

	return family == AF_INET6 && (err == -EAFNOSUPPORT || err == -EOPNOTSUPP) ? 0 :
										     err;
}

int neighbours_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample)
{
	static const uint8_t numbers[2] = { AF_INET, AF_INET6 };
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		if (!(families & (1U << i)))
			continue;
		err = dump_family(netlink, numbers[i], 0, sample);
		if (!err)
			err = dump_family(netlink, numbers[i], NTF_PROXY, sample);
	}
	return err;
}

static uint8_t parse_lladdr(const char *text, uint8_t out[20])
{
	uint8_t n = 0;

	while (n < 20) {
		char *end;
		unsigned long byte = strtoul(text, &end, 16);

		if (end != text + 2 || !isxdigit((unsigned char)*text) || byte > 255)
			return 0;
		out[n++] = (uint8_t)byte;
		if (*end != ':')
			break;
		text = end + 1;
	}
	return n;
}

/* Parses "IP address  HW type  Flags  HW address  Mask  Device". The flags are ATF_*. */
static int parse_line(const char *line, struct sk_neighbour *n, int *error)
{
	char address[48], hardware[64], device[IF_NAMESIZE], number[16], copy[200];
	size_t len = strcspn(line, "\n");
	const char *at = number;
	uint64_t flags;
	uint8_t bytes[4];

	if (len >= sizeof(copy))
		return -EINVAL;
	/*
	 * sscanf() would measure all the text that follows, for each line, so it gets a copy of
	 * the line.
	 */
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (sscanf(copy, "%47s 0x%*x 0x%15s %63s %*s %15s", address, number, hardware,
		   device) != 4 ||
	    !field_number(&at, 16, ' ', UINT32_MAX, &flags) ||
	    inet_pton(AF_INET, address, bytes) != 1)
		return -EINVAL;
	n->address = sk_addr_from_v4(bytes);
	n->ifindex = if_nametoindex(device);
	if (!n->ifindex && errno != ENODEV && errno != ENXIO) /* the interface has not just
							       * gone */
		*error = -errno;
	n->lladdr_len = parse_lladdr(hardware, n->lladdr);
	/* The file only says if an entry is complete or permanent. */
	n->state = flags & 4 ? NUD_PERMANENT : flags & 2 ? NUD_STALE : NUD_INCOMPLETE;
	if (flags & 8)
		n->flags |= SK_NEIGHBOUR_PROXY;
	return 0;
}

int neighbours_parse_proc(const char *text, struct sk_sample *sample)
{
	const char *line = strchr(text, '\n'); /* skips a line of headings */

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		struct sk_neighbour *neighbour;
		int err, error = 0;

		if (sample->n_neighbours >= SK_ROWS_CUT) {
			sample->losses.missing |= SK_MISSING_ROWS;
			return 0;
		}
		err = sk_sample_add_neighbour(sample, &neighbour);
		if (err)
			return err;
		if (parse_line(line + 1, neighbour, &error)) {
			sample->losses.malformed++;
			sample->n_neighbours--;
		}
		if (error)
			sk_sample_lose(sample, SK_PART_NEIGHBOURS, SK_LOSS_SOME, error);
	}
	return 0;
}
