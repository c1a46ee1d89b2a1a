/* SPDX-License-Identifier: MIT */
/*
 * The framing of netlink: lengths and statuses that no kernel sends, where size_t has 32
 * bits as well as 64.
 */
#include "../testing.h"
#include <errno.h>
#include <limits.h>
#include "kernel/netlink/attrs.h"
#include "kernel/netlink/netlink.h"

static const uint32_t huge[] = { UINT32_MAX,	 UINT32_MAX - 1, UINT32_MAX - 2, UINT32_MAX - 3,
				 UINT32_MAX - 15, UINT32_MAX - 19, 1U << 31,	 (1U << 31) - 1,
				 (1U << 31) + 16 };

TEST(test_lengths)
{
	_Alignas(8) uint8_t bytes[64] = { 0 };
	struct nlmsghdr *first = (void *)bytes, *second = (void *)(bytes + 20);

	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		size_t at = 0;

		first->nlmsg_len = huge[i];
		assert_null(netlink_next(bytes, sizeof(bytes), &at));
		assert_int_equal(at, 0);
		/* behind a good one, whose padding is skipped */
		first->nlmsg_len = 17;
		second->nlmsg_len = huge[i];
		assert_ptr_equal(netlink_next(bytes, sizeof(bytes), &at), first);
		assert_int_equal(at, 20);
		assert_null(netlink_next(bytes, sizeof(bytes), &at));
		assert_int_equal(at, 20);
	}
}

TEST(test_ends)
{
	_Alignas(8) uint8_t bytes[64] = { 0 };
	struct nlmsghdr *message = (void *)bytes;

	for (uint32_t len = 0; len <= sizeof(bytes) + 4; len++) {
		size_t at = 0;

		message->nlmsg_len = len;
		if (len < sizeof(*message) || len > sizeof(bytes)) {
			assert_null(netlink_next(bytes, sizeof(bytes), &at));
			assert_int_equal(at, 0);
			continue;
		}
		assert_ptr_equal(netlink_next(bytes, len, &at), message);
		assert_int_equal(at, len); /* the padding is not there */
		assert_null(netlink_next(bytes, len, &at));
	}
}

TEST(test_attributes)
{
	_Alignas(8) uint8_t bytes[64] = { 0 };
	struct nlmsghdr *message = (void *)bytes;
	struct nlattr *head = (void *)(bytes + 20);
	struct attrs attrs;
	struct attr attr;

	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		message->nlmsg_len = huge[i];
		assert_int_equal(attrs_of_message(message, sizeof(bytes), 4, &attrs), -EBADMSG);
	}
	message->nlmsg_len = sizeof(bytes);
	assert_int_equal(attrs_of_message(message, sizeof(bytes), 49, &attrs), -EBADMSG);
	for (uint32_t len = 0; len <= UINT16_MAX; len++) {
		assert_int_equal(attrs_of_message(message, sizeof(bytes), 4, &attrs), 0);
		assert_int_equal(attrs.left, 44);
		head->nla_len = (uint16_t)len;
		if (len < sizeof(*head) || len > attrs.left) {
			assert_false(attr_next(&attrs, &attr));
			continue;
		}
		assert_true(attr_next(&attrs, &attr));
		assert_int_equal(attr.len, len - sizeof(*head));
		assert_true(attrs.left < 44);
	}
}

static int status_of(uint16_t type, uint32_t len, int status)
{
	struct {
		struct nlmsghdr head;
		int status;
	} message = { { .nlmsg_len = len, .nlmsg_type = type }, status };

	return netlink_status(&message.head);
}

/* A status is negated to be printed: what has no negative is none. */
TEST(test_statuses)
{
	assert_int_equal(status_of(NLMSG_ERROR, 20, 0), 0);
	assert_int_equal(status_of(NLMSG_ERROR, 20, -ENOENT), -ENOENT);
	assert_int_equal(status_of(NLMSG_DONE, 20, -ENOENT), -ENOENT);
	assert_int_equal(status_of(NLMSG_ERROR, 20, -4095), -4095);
	assert_int_equal(status_of(NLMSG_ERROR, 20, -4096), -EPROTO);
	assert_int_equal(status_of(NLMSG_ERROR, 20, INT_MIN), -EPROTO);
	assert_int_equal(status_of(NLMSG_DONE, 20, INT_MIN), -EPROTO);
	assert_int_equal(status_of(NLMSG_ERROR, 20, 1), -EPROTO);
	assert_int_equal(status_of(NLMSG_ERROR, 20, INT_MAX), -EPROTO);
	assert_int_equal(status_of(NLMSG_DONE, 16, -1), 0);
	assert_int_equal(status_of(NLMSG_ERROR, 19, -1), -EBADMSG);
}
