/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "kernel/netlink/netlink.h"

/* The kernel makes a dump while we read it, so if no message comes, the end was lost. */
#define SILENCE_SECONDS 2

static int open_socket(struct netlink *netlink)
{
	struct timeval silence = { .tv_sec = SILENCE_SECONDS };
	int err;

	netlink->socket = mnl_socket_open2(netlink->protocol, SOCK_CLOEXEC);
	if (netlink->socket &&
	    mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    setsockopt(mnl_socket_get_fd(netlink->socket), SOL_SOCKET, SO_RCVTIMEO,
		       &silence, sizeof(silence)) == 0) {
		if (netlink->option)
			mnl_socket_setsockopt(netlink->socket, netlink->option,
					      &netlink->value, sizeof(netlink->value));
		return 0;
	}
	err = -errno;
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
	return err;
}

int netlink_open(struct netlink *netlink, int protocol, size_t size)
{
	int err;

	*netlink = (struct netlink){ .protocol = protocol, .size = size };
	netlink->buffer = malloc(size);
	err = netlink->buffer ? open_socket(netlink) : -ENOMEM;
	if (err)
		netlink_close(netlink);
	return err;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	free(netlink->buffer);
	netlink->socket = NULL;
	netlink->buffer = NULL;
}

int netlink_reopen(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	return open_socket(netlink);
}

void netlink_set_option(struct netlink *netlink, int option, int value)
{
	netlink->option = option;
	netlink->value = value;
	if (netlink->socket)
		mnl_socket_setsockopt(netlink->socket, option, &value, sizeof(value));
}

int netlink_send_all(struct netlink *netlink, struct nlmsghdr *messages, size_t size)
{
	int err = netlink->socket ? 0 : open_socket(netlink);

	if (err)
		return err;
	for (size_t at = 0; at < size;) {
		struct nlmsghdr *message = (void *)((uint8_t *)messages + at);

		message->nlmsg_seq = ++netlink->seq;
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	while (mnl_socket_sendto(netlink->socket, messages, size) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int netlink_send(struct netlink *netlink, struct nlmsghdr *message)
{
	return netlink_send_all(netlink, message, message->nlmsg_len);
}

ssize_t netlink_receive(struct netlink *netlink)
{
	int fd = mnl_socket_get_fd(netlink->socket);

	for (;;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, netlink->buffer, netlink->size, MSG_TRUNC,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (from_len != sizeof(from) || from.nl_pid != 0)
			continue; /* it is not from the kernel */
		return (size_t)n > netlink->size ? -EMSGSIZE : n;
	}
}
