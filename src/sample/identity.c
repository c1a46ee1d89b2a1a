/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/identity.h>

/* Returns how far a TCP connection has come: it goes this way only. */
static unsigned age_of(unsigned state)
{
	switch (state) {
	case SK_STATE_SYN_SENT:
	case SK_STATE_SYN_RECV:
		return 1;
	case SK_STATE_ESTABLISHED:
		return 2;
	case SK_STATE_FIN_WAIT1:
	case SK_STATE_CLOSE_WAIT:
		return 3;
	case SK_STATE_FIN_WAIT2:
	case SK_STATE_CLOSING:
	case SK_STATE_LAST_ACK:
		return 4;
	case SK_STATE_TIME_WAIT:
		return 5;
	default:
		return 0;
	}
}

/*
 * If neither inode nor cookie tells, a younger connection with the same ends is another
 * one. A connection that was accepted is not given back to the queue, either.
 */
static bool may_become(const struct sk_socket *old, const struct sk_socket *now)
{
	bool accepted = old->inode && !now->inode;

	return age_of(now->state) >= age_of(old->state) &&
	       !(accepted && age_of(now->state) <= age_of(SK_STATE_ESTABLISHED));
}

bool sk_socket_same_ends(const struct sk_socket *old, const struct sk_attrs *old_attrs,
			 const struct sk_socket *now, const struct sk_attrs *now_attrs)
{
	if (old->inode && now->inode)
		return old->inode == now->inode;
	if (!sk_proto_has_ip(old->proto))
		return true;
	if (old->lport != now->lport || old->rport != now->rport ||
	    memcmp(&old->remote, &now->remote, sizeof(old->remote)) != 0 ||
	    memcmp(&old_attrs->local, &now_attrs->local, sizeof(old_attrs->local)) !=
		    0 ||
	    (old->state == SK_STATE_LISTEN) != (now->state == SK_STATE_LISTEN))
		return false;
	return !(old->flags & SK_F_NO_COOKIE) && old->proto != SK_PROTO_MPTCP ?
		       true : may_become(old, now);
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ b[i]) * 0x100000001b3ULL;
	return hash;
}

uint64_t sk_socket_shared_id(const struct sk_socket *socket,
			     const struct sk_attrs *attrs)
{
	uint64_t hash = socket->cookie * 0x9e3779b97f4a7c15ULL;
	const uint16_t numbers[] = { socket->lport, socket->rport,
				     socket->state == SK_STATE_LISTEN };

	hash = mix(hash, numbers, sizeof(numbers));
	hash = mix(hash, &socket->remote, sizeof(socket->remote));
	hash = mix(hash, &attrs->local, sizeof(attrs->local));
	return hash ^ (uint64_t)socket->netns << 48;
}
