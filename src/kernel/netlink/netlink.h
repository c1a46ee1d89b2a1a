/* SPDX-License-Identifier: MIT */
/*
 * This is one netlink socket with its receive buffer.
 */
#ifndef SKTOP_KERNEL_NETLINK_NETLINK_H
#define SKTOP_KERNEL_NETLINK_NETLINK_H

#include <errno.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* This is MAX_ERRNO of the kernel. */
#define NETLINK_ERRNO_MAX 4095

struct mnl_socket;

struct netlink {
	struct mnl_socket *socket; /* NULL = closed */
	uint8_t *buffer;
	size_t size;  /* of the buffer */
	uint32_t seq; /* of the last request */
	int protocol; /* NETLINK_* */
	int option, value; /* of netlink_set_option(); 0 = none */
};

/** Opens a socket with a buffer of size bytes. Returns 0 or -errno. */
int netlink_open(struct netlink *netlink, int protocol, size_t size);
void netlink_close(struct netlink *netlink);

/**
 * Replaces the socket, and so drops the rest of a dump that was given up. This is needed because
 * a socket runs one dump at a time and answers EBUSY until that dump has been read. Returns 0 or
 * -errno. After an error the socket is closed, and the next send tries to open it.
 */
int netlink_reopen(struct netlink *netlink);

/**
 * Sets a NETLINK_* option, and sets it again after a reopen. A handle keeps one option only. An
 * old kernel may refuse it, and then nothing happens.
 */
void netlink_set_option(struct netlink *netlink, int option, int value);

/** Numbers and sends a request. Returns 0 or -errno. */
int netlink_send(struct netlink *netlink, struct nlmsghdr *message);

/** Does the same for several messages that fill size bytes. They are numbered in turn. */
int netlink_send_all(struct netlink *netlink, struct nlmsghdr *messages, size_t size);

/**
 * Waits for the next datagram of the kernel. Returns its size, or -errno: -ENOBUFS if replies
 * were dropped (the caller may go on reading), or -ETIMEDOUT if the kernel is silent, although it
 * is never silent while it owes an answer.
 */
ssize_t netlink_receive(struct netlink *netlink);

/**
 * Returns the message at *at of size bytes, and moves *at behind it. Returns NULL at the end, and
 * also if the rest is not a message: then *at is less than size. (The walk of libmnl compares
 * lengths as int, so it would follow a length of 2^31.)
 */
static inline const struct nlmsghdr *netlink_next(const uint8_t *bytes, size_t size,
						  size_t *at)
{
	const struct nlmsghdr *message = (const void *)(bytes + *at);
	size_t left = size - *at;

	if (left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    message->nlmsg_len > left)
		return NULL;
	left -= message->nlmsg_len;
	*at += message->nlmsg_len;
	/* The padding of the last message may be missing. */
	while (*at % NLMSG_ALIGNTO && left--)
		(*at)++;
	return message;
}

/**
 * Returns the int inside NLMSG_DONE or NLMSG_ERROR: 0 or -errno, so a caller may negate it.
 * Returns -EPROTO if the number is not an errno, and -EBADMSG if an error message has no number.
 */
static inline int netlink_status(const struct nlmsghdr *message)
{
	int status;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(status)))
		return message->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&status, NLMSG_DATA(message), sizeof(status));
	return status > 0 || status < -NETLINK_ERRNO_MAX ? -EPROTO : status;
}

#endif
