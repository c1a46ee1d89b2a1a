/* SPDX-License-Identifier: MIT */
/*
 * Netlink attributes of a message that may hold anything: each is checked against
 * what is left before it is looked at.
 */
#ifndef SKTOP_KERNEL_NETLINK_ATTR_H
#define SKTOP_KERNEL_NETLINK_ATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** One attribute: where its payload lies. */
struct attr {
	const uint8_t *data; /* NULL = was not sent */
	size_t len;
	unsigned type;
};

/** The attributes of a message that were not looked at yet. */
struct attrs {
	const uint8_t *at;
	size_t left;
};

/** Takes the next attribute; what does not fit ends the walk. */
static inline bool attr_next(struct attrs *attrs, struct attr *attr)
{
	struct nlattr head;
	size_t step;

	if (attrs->left < sizeof(head))
		return false;
	memcpy(&head, attrs->at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > attrs->left)
		return false;
	attr->type = head.nla_type & (unsigned)NLA_TYPE_MASK;
	attr->data = attrs->at + sizeof(head);
	attr->len = head.nla_len - sizeof(head);
	step = (head.nla_len + 3U) & ~(size_t)3;
	if (step > attrs->left)
		step = attrs->left;
	attrs->at += step;
	attrs->left -= step;
	return true;
}

/** Numbers at an offset of the payload, 0 where it ends before them. */
static inline uint8_t attr_u8(const struct attr *attr, size_t offset)
{
	return offset < attr->len ? attr->data[offset] : 0;
}

static inline uint16_t attr_u16(const struct attr *attr, size_t offset)
{
	uint16_t value = 0;

	if (offset + sizeof(value) <= attr->len)
		memcpy(&value, attr->data + offset, sizeof(value));
	return value;
}

static inline uint32_t attr_u32(const struct attr *attr, size_t offset)
{
	uint32_t value = 0;

	if (offset + sizeof(value) <= attr->len)
		memcpy(&value, attr->data + offset, sizeof(value));
	return value;
}

static inline uint64_t attr_u64(const struct attr *attr, size_t offset)
{
	uint64_t value = 0;

	if (offset + sizeof(value) <= attr->len)
		memcpy(&value, attr->data + offset, sizeof(value));
	return value;
}

#endif
