/* SPDX-License-Identifier: MIT */
/*
 * This header decodes attributes of inet_diag that only SCTP or MPTCP has.
 */
#ifndef SKTOP_KERNEL_SOCKETS_INET_KINDS_H
#define SKTOP_KERNEL_SOCKETS_INET_KINDS_H

#include <linux/netlink.h>
#include <sktop/detail.h>
#include "kernel/sockets/pairs.h"

/** Tokens of MPTCP, by which connections and their subflows know each other. */
struct token_pairs {
	struct pairs parents;  /* token, sk_socket_id() of the connection */
	struct pairs subflows; /* cookie of the TCP socket, token */
};

/**
 * Completes what inet_diag_decode() made of a checked message. SCTP: an association
 * gets SK_F_SUBFLOW and SK_F_NO_COOKIE, since it shares the cookie of its endpoint,
 * and a state of TCP's that means the same. MPTCP: bytes and retransmissions. detail
 * may be NULL. Returns 0, or -EBADMSG when it is no sound answer.
 */
int inet_kinds_decode(const struct nlmsghdr *message, enum sk_proto proto,
		      struct sk_socket *socket, struct sk_attrs *attrs,
		      struct sk_detail *detail);

/**
 * Notes the token of a connection or subflow, if the message tells one (newer kernels
 * want CAP_NET_ADMIN for it). Returns 0 or -ENOMEM.
 */
int inet_kinds_tokens(const struct nlmsghdr *message, const struct sk_socket *socket,
		      const struct sk_attrs *attrs, struct token_pairs *tokens);

#endif
