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
 * Appends every socket of one protocol that the request wants. Errors on the way are counted in
 * sample->losses. Returns 0, -ENOMEM, or -errno if the kernel answered for no address family at
 * all (-ENOENT: it does not know the protocol).
 */
int inet_diag_dump(struct inet_diag *diag, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample);

/**
 * Looks up each TCP socket from `begin` on that has no cookie, by its ends. The socket gets its
 * cookie and all other data of the answer. Sockets that are gone are dropped. Returns 0 or
 * -errno.
 */
int inet_diag_complete(struct inet_diag *diag, const struct sk_request *request,
		       struct sk_sample *sample, uint32_t begin);

/** Returns the netlink handle, for kinds of sockets that inet_diag does not list. */
struct netlink *inet_diag_netlink(struct inet_diag *diag);

/**
 * Notes MPTCP tokens with inet_kinds_tokens() from now on, or no longer if tokens is NULL. The
 * kernel must send tcp_info for this.
 */
void inet_diag_note_tokens(struct inet_diag *diag, struct token_pairs *tokens);

/** Returns true while tokens are noted. */
bool inet_diag_notes_tokens(const struct inet_diag *diag);

/** Names a socket as the kernel does: by its ends, device and cookie. Other members of id stay. */
void inet_diag_name(const struct sk_socket *socket, const struct sk_attrs *attrs,
		    struct inet_diag_sockid *id);

/**
 * Looks up one socket by its exact name. *detail is allocated with calloc(). Returns 0 or -errno
 * (-ENOENT: gone).
 */
int inet_diag_lookup(struct inet_diag *diag, const struct sk_detached *detached,
		     struct sk_detail **detail);

/**
 * Decodes one reply of `size` valid bytes, with any content. The caller zeroes all four outputs.
 * The last two may be NULL. Returns 0, or -EBADMSG if it is not a sound inet_diag_msg. Then the
 * outputs have no useful content.
 */
int inet_diag_decode(const struct nlmsghdr *message, size_t size, enum sk_proto proto,
		     struct sk_socket *socket, struct sk_attrs *attrs,
		     struct sk_tcp_ext *tcp_ext, struct sk_detail *detail);

#endif
