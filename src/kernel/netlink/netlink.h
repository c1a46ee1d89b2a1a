/* SPDX-License-Identifier: MIT */
/*
 * One netlink socket and its receive buffer.
 */
#ifndef SKTOP_KERNEL_NETLINK_NETLINK_H
#define SKTOP_KERNEL_NETLINK_NETLINK_H

#include <errno.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* MAX_ERRNO of the kernel. */
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
 * Replaces the socket, and so drops the rest of a dump that was given up: one socket runs
 * one dump at a time and answers EBUSY until that dump is read. Returns 0 or -errno; the
 * socket is closed then and the next send tries again.
 */
int netlink_reopen(struct netlink *netlink);

/** Sets a NETLINK_* option, one a socket, for good; an old kernel may refuse. */
void netlink_set_option(struct netlink *netlink, int option, int value);

/** Numbers and sends a request. Returns 0 or -errno. */
int netlink_send(struct netlink *netlink, struct nlmsghdr *message);

/** The same for several messages that fill size bytes: they are numbered in turn. */
int netlink_send_all(struct netlink *netlink, struct nlmsghdr *messages, size_t size);

/**
 * Waits for the next datagram of the kernel. Returns its size, or -errno: -ENOBUFS
 * when replies were dropped (reading may go on), -ETIMEDOUT when the kernel is
 * silent, which it never is while it owes an answer.
 */
ssize_t netlink_receive(struct netlink *netlink);

/**
 * The message at *at of size bytes, and moves *at behind it; NULL at the end, or
 * where the rest is no message: *at is less than size then. (libmnl's walk compares
 * lengths as int and would follow one of 2^31.)
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
	/* the padding of the last one may be missing */
	while (*at % NLMSG_ALIGNTO && left--)
		(*at)++;
	return message;
}

/**
 * The int inside NLMSG_DONE and NLMSG_ERROR: 0 or -errno, which may be negated; -EPROTO
 * for a number that is none, -EBADMSG for an error without one.
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
