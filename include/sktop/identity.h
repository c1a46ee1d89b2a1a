/* SPDX-License-Identifier: MIT */
/*
 * These functions tell whether two records are of the same socket: found twice in one
 * walk, or in two samples.
 *
 * A cookie alone does not tell. The kernel gives each cookie to one socket only, except
 * with MPTCP: an accepted connection begins as a copy of its listener, and since Linux
 * 6.18 it has the listener's cookie too, if somebody had asked for that cookie. So the
 * inode decides if both records have one; otherwise the two ends decide.
 */
#ifndef SKTOP_IDENTITY_H
#define SKTOP_IDENTITY_H

#include <sktop/sample.h>

/**
 * The slow half of sk_socket_same(), for two records that have the same cookie,
 * namespace and protocol, but not the same inode. It compares the ends; if both inodes
 * are known, they differ, and so do the sockets.
 */
bool sk_socket_same_ends(const struct sk_socket *old, const struct sk_attrs *old_attrs,
			 const struct sk_socket *now, const struct sk_attrs *now_attrs);

/**
 * True if two records are of the same socket. Each record comes with the table of
 * endpoint attributes of its own sample; old is not younger than now.
 */
static inline bool sk_socket_same(const struct sk_socket *old,
				  const struct sk_attrs_table *old_table,
				  const struct sk_socket *now,
				  const struct sk_attrs_table *now_table)
{
	if (old->cookie != now->cookie || old->netns != now->netns ||
	    old->proto != now->proto)
		return false;
	if (old->inode && old->inode == now->inode)
		return true;
	return sk_socket_same_ends(old, sk_attrs_table_at(old_table, old->attrs), now,
				   sk_attrs_table_at(now_table, now->attrs));
}

/** Compares two detached copies in the same way. */
static inline bool sk_detached_same(const struct sk_detached *old,
				    const struct sk_detached *now)
{
	return old->socket.cookie == now->socket.cookie &&
	       old->socket.netns == now->socket.netns &&
	       old->socket.proto == now->socket.proto &&
	       ((old->socket.inode && old->socket.inode == now->socket.inode) ||
		sk_socket_same_ends(&old->socket, &old->attrs, &now->socket, &now->attrs));
}

/**
 * The slow half of sk_socket_id(), for a socket that may share its cookie with another
 * one.
 */
uint64_t sk_socket_shared_id(const struct sk_socket *socket, const struct sk_attrs *attrs);

/**
 * Returns one number that identifies a socket over its whole life. It is made of its
 * cookie and namespace, and also of its ends if other sockets may have the same cookie.
 */
static inline uint64_t sk_socket_id(const struct sk_socket *socket,
				    const struct sk_attrs *attrs)
{
	/* older kernels count cookies by namespace; they begin at 1 and stay small */
	if (socket->proto != SK_PROTO_MPTCP)
		return socket->cookie ^ (uint64_t)socket->netns << 48;
	return sk_socket_shared_id(socket, attrs);
}

#endif
