/* SPDX-License-Identifier: MIT */
/*
 * Which records are of one socket: met twice in a walk, or in two samples.
 *
 * A cookie alone does not tell. The kernel gives it to one socket only, but for MPTCP: a
 * connection that is accepted begins as a copy of its listener, and since Linux 6.18 with
 * the listener's cookie, if somebody has asked for that. So the inode decides where both
 * records have one, and the two ends where one of them has none.
 */
#ifndef SKTOP_IDENTITY_H
#define SKTOP_IDENTITY_H

#include <sktop/sample.h>

/**
 * The slow half of sk_socket_same(), for two records that have cookie, namespace and protocol
 * in common, but no inode: compares the ends, or tells that both inodes are known and differ.
 */
bool sk_socket_same_ends(const struct sk_socket *old, const struct sk_home *old_home,
			 const struct sk_socket *now, const struct sk_home *now_home);

/**
 * Whether two records are of the same socket, each with the home of its own sample; old is
 * not younger than now.
 */
static inline bool sk_socket_same(const struct sk_socket *old, const struct sk_homes *old_homes,
				  const struct sk_socket *now,
				  const struct sk_homes *now_homes)
{
	if (old->cookie != now->cookie || old->netns != now->netns ||
	    old->proto != now->proto)
		return false;
	if (old->inode && old->inode == now->inode)
		return true;
	return sk_socket_same_ends(old, sk_homes_at(old_homes, old->home), now,
				   sk_homes_at(now_homes, now->home));
}

/** The same of copies that have left their samples. */
static inline bool sk_pin_same(const struct sk_pin *old, const struct sk_pin *now)
{
	return old->socket.cookie == now->socket.cookie &&
	       old->socket.netns == now->socket.netns &&
	       old->socket.proto == now->socket.proto &&
	       ((old->socket.inode && old->socket.inode == now->socket.inode) ||
		sk_socket_same_ends(&old->socket, &old->home, &now->socket, &now->home));
}

/** The slow half of sk_socket_id(), for a socket whose cookie another one may have, too. */
uint64_t sk_socket_shared_id(const struct sk_socket *socket, const struct sk_home *home);

/**
 * One number for a socket, over its whole life: its cookie and namespace, and its ends
 * where others may have the same cookie.
 */
static inline uint64_t sk_socket_id(const struct sk_socket *socket,
				    const struct sk_home *home)
{
	/* older kernels count cookies by namespace; they begin at 1 and stay small */
	if (socket->proto != SK_PROTO_MPTCP)
		return socket->cookie ^ (uint64_t)socket->netns << 48;
	return sk_socket_shared_id(socket, home);
}

#endif
