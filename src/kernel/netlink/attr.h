/* SPDX-License-Identifier: MIT */
/*
 * These functions read the netlink attributes of a message that may have any content. Each
 * attribute is compared with the bytes that are left before it is read.
 */
#ifndef SKTOP_KERNEL_NETLINK_ATTR_H
#define SKTOP_KERNEL_NETLINK_ATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** This is one attribute with the place of its payload. */
struct attr {
	const uint8_t *data; /* NULL = was not sent */
	size_t len;
	unsigned type;
};

/** These are the attributes of a message that have not been read yet. */
struct attrs {
	const uint8_t *at;
	size_t left;
};

/** Takes the next attribute. Returns false at the end, and where an attribute does not fit. */
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

/**
 * These functions return the number at an offset of the payload, or 0 if the payload is too
 * short.
 */
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
