/* SPDX-License-Identifier: MIT */
/*
 * A kernel that says what the test wants: stands in for src/kernel/netlink/netlink.c in
 * tests that include the file under test.
 */
#ifndef SKTOP_TESTS_FAKE_NETLINK_H
#define SKTOP_TESTS_FAKE_NETLINK_H

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/netlink/netlink.h"

#define FAKE_MAX 256

/** One answer: a datagram, or an error when result is negative. */
struct fake_answer {
	ssize_t result;
	uint8_t data[4096];
};

static struct {
	struct fake_answer answer[FAKE_MAX];
	unsigned n, next;
	unsigned sent, reopened;
	uint16_t sent_type[FAKE_MAX];
	uint8_t sent_data[FAKE_MAX][128];
} fake;

static void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

/* Begins a datagram; messages are appended with fake_message(). */
static struct fake_answer *fake_answer(ssize_t error)
{
	struct fake_answer *answer = &fake.answer[fake.n++];

	answer->result = error;
	return answer;
}

/* The request number is filled in when the message is read; skew makes it wrong. */
static void fake_message(struct fake_answer *answer, uint16_t type, uint16_t flags,
			 const void *payload, size_t len, uint32_t skew)
{
	struct nlmsghdr head = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
				 .nlmsg_type = type,
				 .nlmsg_flags = flags,
				 .nlmsg_seq = skew };

	memcpy(answer->data + answer->result, &head, sizeof(head));
	memcpy(answer->data + answer->result + NLMSG_HDRLEN, payload, len);
	answer->result += (ssize_t)NLMSG_SPACE(len);
}

/* A datagram that ends the dump. */
static inline void fake_done(int status)
{
	fake_message(fake_answer(0), NLMSG_DONE, NLM_F_MULTI, &status, sizeof(status),
		     0);
}

static inline void fake_error(int status)
{
	struct nlmsgerr error = { .error = status };

	fake_message(fake_answer(0), NLMSG_ERROR, 0, &error, sizeof(error), 0);
}

int netlink_open(struct netlink *netlink, int protocol, size_t size)
{
	*netlink = (struct netlink){ .protocol = protocol, .size = size };
	netlink->buffer = malloc(size);
	return netlink->buffer ? 0 : -ENOMEM;
}

void netlink_close(struct netlink *netlink)
{
	free(netlink->buffer);
}

int netlink_reopen(struct netlink *netlink)
{
	(void)netlink;
	fake.reopened++;
	return 0;
}

int netlink_send(struct netlink *netlink, struct nlmsghdr *message)
{
	message->nlmsg_seq = ++netlink->seq;
	if (fake.sent >= FAKE_MAX || message->nlmsg_len > sizeof(fake.sent_data[0]))
		return -ENOBUFS;
	fake.sent_type[fake.sent] = message->nlmsg_type;
	memcpy(fake.sent_data[fake.sent++], message, message->nlmsg_len);
	return 0;
}

int netlink_send_all(struct netlink *netlink, struct nlmsghdr *messages, size_t size)
{
	int err = 0;

	for (size_t at = 0; at < size && !err;) {
		struct nlmsghdr *message = (void *)((uint8_t *)messages + at);

		err = netlink_send(netlink, message);
		at += message->nlmsg_len;
	}
	return err;
}

ssize_t netlink_receive(struct netlink *netlink)
{
	struct fake_answer *answer = &fake.answer[fake.next];
	size_t at = 0;

	if (fake.next >= fake.n)
		return -ETIMEDOUT;
	fake.next++;
	if (answer->result < 0)
		return answer->result;
	memcpy(netlink->buffer, answer->data, (size_t)answer->result);
	for (size_t next = 0; netlink_next(netlink->buffer, (size_t)answer->result, &next);
	     at = next)
		((struct nlmsghdr *)(void *)(netlink->buffer + at))->nlmsg_seq += netlink->seq;
	return answer->result;
}

#endif
