/* SPDX-License-Identifier: MIT */
/*
 * These functions find the attributes of a whole message, and read values of more types than
 * attr.h.
 */
#ifndef SKTOP_KERNEL_NETLINK_ATTRS_H
#define SKTOP_KERNEL_NETLINK_ATTRS_H

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <sktop/types.h>
#include "kernel/netlink/attr.h"

/** Returns the attributes that are nested in an attribute. */
static inline struct attrs attr_nested(const struct attr *attr)
{
	return (struct attrs){ attr->data, attr->len };
}

/**
 * Finds the attributes behind the fixed head (of `head` bytes) of a message with `size` valid
 * bytes. Returns 0, or -EBADMSG if there is no room for the head.
 */
static inline int attrs_of_message(const struct nlmsghdr *message, size_t size,
				   size_t head, struct attrs *attrs)
{
	size_t begin = NLMSG_LENGTH(head), aligned = NLMSG_SPACE(head);

	if (size < begin || message->nlmsg_len > size || message->nlmsg_len < begin)
		return -EBADMSG;
	if (aligned > message->nlmsg_len)
		aligned = message->nlmsg_len;
	*attrs = (struct attrs){ (const uint8_t *)message + aligned,
				 message->nlmsg_len - aligned };
	return 0;
}

/**
 * Does the same as attr_next(), but reports a broken length. Returns 1, 0 at the end, or
 * -EBADMSG.
 */
static inline int attrs_next(struct attrs *attrs, struct attr *attr)
{
	if (attr_next(attrs, attr))
		return 1;
	return attrs->left < sizeof(struct nlattr) ? 0 : -EBADMSG;
}

/*
 * These functions read numbers in host order. If the payload is too short, they leave *out alone.
 */

static inline void attr_get_u8(const struct attr *attr, uint8_t *out)
{
	if (attr->len >= 1)
		*out = attr->data[0];
}

static inline void attr_get_u16(const struct attr *attr, uint16_t *out)
{
	if (attr->len >= sizeof(*out))
		memcpy(out, attr->data, sizeof(*out));
}

static inline void attr_get_u32(const struct attr *attr, uint32_t *out)
{
	if (attr->len >= sizeof(*out))
		memcpy(out, attr->data, sizeof(*out));
}

/* These functions read numbers in network order. */

static inline void attr_get_be16(const struct attr *attr, uint16_t *out)
{
	uint16_t raw;

	if (attr->len < sizeof(raw))
		return;
	memcpy(&raw, attr->data, sizeof(raw));
	*out = ntohs(raw);
}

static inline void attr_get_be32(const struct attr *attr, uint32_t *out)
{
	uint32_t raw;

	if (attr->len < sizeof(raw))
		return;
	memcpy(&raw, attr->data, sizeof(raw));
	*out = ntohl(raw);
}

static inline void attr_get_be64(const struct attr *attr, uint64_t *out)
{
	uint64_t raw;

	if (attr->len < sizeof(raw))
		return;
	memcpy(&raw, attr->data, sizeof(raw));
	*out = be64toh(raw);
}

/** Reads an address of 4 or 16 bytes. Returns false for any other length. */
static inline bool attr_addr(const struct attr *attr, struct sk_addr *out)
{
	if (attr->len == 4)
		*out = sk_addr_from_v4(attr->data);
	else if (attr->len == sizeof(out->b))
		memcpy(out->b, attr->data, sizeof(out->b));
	else
		return false;
	return true;
}

#endif
