/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/field.h"
#include "kernel/net/mcast.h"
#include "kernel/text.h"

#define SKIP(at) ((at) += strspn((at), " \t"))

/* Parses the line before the multicast groups of an interface: "2\teth0      :     3      V3". */
static int parse_device(const char *line, uint32_t *ifindex, char name[SK_DEVICE_STRLEN])
{
	uint64_t index;
	size_t len;

	if (!field_number(&line, 10, ' ', UINT32_MAX, &index))
		return -EINVAL;
	SKIP(line);
	len = strcspn(line, " \t\n");
	if (len == 0)
		return -EINVAL;
	*ifindex = (uint32_t)index;
	text_copy(name, SK_DEVICE_STRLEN, line, len);
	return 0;
}

/*
 * Parses "\t\t\t\tFB0000E0 1 0:00000000\t\t0". The bytes of the group are printed as a number of
 * this machine.
 */
static int parse_group(const char *line, struct sk_membership *m)
{
	uint64_t group, users;
	uint32_t bytes;

	if (!field_number(&line, 16, ' ', UINT32_MAX, &group) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &users))
		return -EINVAL;
	bytes = (uint32_t)group;
	m->group = sk_addr_from_v4(&bytes);
	m->users = (uint32_t)users;
	return 0;
}

int mcast_parse_igmp(const char *text, struct sk_sample *sample)
{
	const char *line = strchr(text, '\n'); /* skips a line of headings */
	uint32_t ifindex = 0;
	char name[SK_DEVICE_STRLEN] = "";

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		struct sk_membership *m;
		int err;

		if (line[1] != '\t' && line[1] != ' ') {
			if (parse_device(line + 1, &ifindex, name)) {
				sample->losses.malformed++;
				name[0] = '\0';
			}
			continue;
		}
		err = sk_sample_add_membership(sample, &m);
		if (err)
			return err;
		m->ifindex = ifindex;
		memcpy(m->interface, name, sizeof(m->interface));
		if (!name[0] || parse_group(line + 1, m)) {
			sample->losses.malformed++;
			sample->n_memberships--;
		}
	}
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Parses "2    eth0            ff0200000000000000000001ff000001     1 00000004 0". */
static int parse_line6(const char *line, struct sk_membership *m)
{
	uint64_t users;

	if (parse_device(line, &m->ifindex, m->interface))
		return -EINVAL;
	field_skip(&line);
	field_skip(&line);
	SKIP(line);
	for (unsigned i = 0; i < 16; i++, line += 2) {
		int high = hex_digit(line[0]), low = high < 0 ? -1 : hex_digit(line[1]);

		if (low < 0)
			return -EINVAL;
		m->group.b[i] = (uint8_t)(high << 4 | low);
	}
	if (!field_number(&line, 10, ' ', UINT32_MAX, &users))
		return -EINVAL;
	m->users = (uint32_t)users;
	m->v6 = true;
	return 0;
}

int mcast_parse_igmp6(const char *text, struct sk_sample *sample)
{
	const char *line = text;

	for (; line && *line; line = text_next_line(line)) {
		struct sk_membership *m;
		int err = sk_sample_add_membership(sample, &m);

		if (err)
			return err;
		if (parse_line6(line, m)) {
			sample->losses.malformed++;
			sample->n_memberships--;
		}
	}
	return 0;
}
