/* SPDX-License-Identifier: MIT */
/*
 * This header decodes attributes of inet_diag that only SCTP or MPTCP has.
 */
#ifndef SKTOP_KERNEL_SOCKETS_INET_KINDS_H
#define SKTOP_KERNEL_SOCKETS_INET_KINDS_H

#include <linux/netlink.h>
#include <sktop/detail.h>
#include "kernel/sockets/pairs.h"

/** These are tokens of MPTCP. Connections and their subflows find each other by them. */
struct token_pairs {
	struct pairs parents;  /* token, sk_socket_id() of the connection */
	struct pairs subflows; /* cookie of the TCP socket, token */
};

/**
 * Completes a socket that inet_diag_decode() has read from a checked message. An SCTP association
 * gets SK_F_SUBFLOW, SK_F_NO_COOKIE (because it shares the cookie of its endpoint), and a TCP
 * state with the same meaning. An MPTCP socket gets bytes and retransmissions. detail may be
 * NULL. Returns 0, or -EBADMSG if the answer is not sound.
 */
int inet_kinds_decode(const struct nlmsghdr *message, enum sk_proto proto,
		      struct sk_socket *socket, struct sk_attrs *attrs,
		      struct sk_detail *detail);

/**
 * Notes the token of a connection or subflow, if the message has one (newer kernels require
 * CAP_NET_ADMIN for it). Returns 0 or -ENOMEM.
 */
int inet_kinds_tokens(const struct nlmsghdr *message, const struct sk_socket *socket,
		      const struct sk_attrs *attrs, struct token_pairs *tokens);

#endif
