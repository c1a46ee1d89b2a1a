/* SPDX-License-Identifier: MIT */
/*
 * This header lists sockets with IP addresses through NETLINK_SOCK_DIAG.
 */
#ifndef SKTOP_KERNEL_SOCKETS_INET_DIAG_H
#define SKTOP_KERNEL_SOCKETS_INET_DIAG_H

#include <linux/netlink.h>
#include <sktop/detail.h>
#include <sktop/source.h>

struct inet_diag;
struct inet_diag_sockid;
struct token_pairs;

/** Opens the netlink socket. Returns 0 or -errno. */
int inet_diag_open(struct inet_diag **out);
void inet_diag_close(struct inet_diag *diag);

/**
 * Appends every socket of one protocol that the request wants. Errors on the way are
 * counted in sample->losses. Returns 0, -ENOMEM, or -errno when the kernel answered for no
 * family at all (-ENOENT: it does not know the protocol).
 */
int inet_diag_dump(struct inet_diag *diag, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample);

/**
 * Looks up each TCP socket from `begin` on that has no cookie, by its ends: it gets one, and
 * what else is told of it. Drops those that are gone. Returns 0 or -errno.
 */
int inet_diag_complete(struct inet_diag *diag, const struct sk_request *request,
		       struct sk_sample *sample, uint32_t begin);

/** Returns its netlink socket, for kinds of sockets that inet_diag does not list. */
struct netlink *inet_diag_netlink(struct inet_diag *diag);

/**
 * From now on MPTCP's tokens are noted by inet_kinds_tokens(); NULL = no
 * longer. Costs asking for tcp_info.
 */
void inet_diag_note_tokens(struct inet_diag *diag, struct token_pairs *tokens);

/** True while tokens are noted. */
bool inet_diag_notes_tokens(const struct inet_diag *diag);

/** Names a socket as the kernel does: its ends, device and cookie. The rest stays as it is. */
void inet_diag_name(const struct sk_socket *socket, const struct sk_attrs *attrs,
		    struct inet_diag_sockid *id);

/** Exact lookup of one socket; *detail is calloc'd. 0 or -errno (-ENOENT: gone). */
int inet_diag_lookup(struct inet_diag *diag, const struct sk_detached *detached,
		     struct sk_detail **detail);

/**
 * Decodes one reply of `size` valid bytes, of any content. The caller zeroes all four
 * outputs; the last two may be NULL. Returns 0, or -EBADMSG when it is not a sound
 * inet_diag_msg; they then hold nothing of value.
 */
int inet_diag_decode(const struct nlmsghdr *message, size_t size, enum sk_proto proto,
		     struct sk_socket *socket, struct sk_attrs *attrs,
		     struct sk_tcp_ext *tcp_ext, struct sk_detail *detail);

#endif
