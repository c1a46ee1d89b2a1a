/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <stdio.h>
#include <string.h>
#include "kernel/netlink/attrs.h"
#include "kernel/sockets/kind.h"
#include "kernel/sockets/inet_diag_attrs.h"
#include <sktop/array.h>
#include <sktop/identity.h>
#include "kernel/sockets/inet_kinds.h"

/* These layouts are newer than the headers of older distributions. */
enum {
	SUBFLOW_TOKEN_LOCAL = 2,
	/* struct mptcp_info */
	MPTCP_INFO_TOKEN = 12,
	MPTCP_INFO_RETRANSMITS = 44,
	MPTCP_INFO_BYTES_SENT = 56,
	MPTCP_INFO_BYTES_RECEIVED = 64,
	/* the address lists consist of struct sockaddr_storage */
	STORAGE = 128,
};

/** This is one number of a kernel structure. */
struct number {
	uint16_t offset;
	uint8_t size; /* bytes: 1, 2, 4, 8 */
	bool hex;
	const char *label, *help;
};

static const struct number mptcp_numbers[] = {
	{ 0, 1, false, "subflows", "Subflows beside the first" },
	{ 80, 1, false, "subflows in all", "Subflows, the first one with them" },
	{ 3, 1, false, "subflows allowed", "Limit of subflows beside the first" },
	{ 1, 1, false, "addresses signalled", "Addresses announced to the peer" },
	{ 4, 1, false, "signals allowed", "Limit of addresses announced" },
	{ 2, 1, false, "addresses accepted", "Announced addresses connected to" },
	{ 5, 1, false, "accepts allowed", "Limit of announced addresses connected to" },
	{ 40, 1, false, "local addresses", "Local addresses in use for subflows" },
	{ 41, 1, false, "local allowed", "Limit of local addresses in use" },
	{ 8, 4, true, "flags", "1 fallen back to TCP, 2 the peer's key is known" },
	{ 12, 4, true, "token", "Name of the connection to both ends" },
	{ 16, 8, false, "next to write", "Sequence number of the next byte to send" },
	{ 24, 8, false, "unacknowledged", "First byte the peer has not acknowledged" },
	{ 32, 8, false, "next to receive", "Sequence number expected next" },
	{ 42, 1, false, "checksums", "1: data carries checksums of its own" },
	{ 44, 4, false, "retransmissions", "Times data was sent again on any subflow" },
	{ 48, 8, false, "bytes retransmitted", "Bytes sent again" },
	{ 72, 8, false, "bytes acknowledged", "Bytes the peer has acknowledged" },
	{ 84, 4, false, "last sent", "Milliseconds since data was last sent" },
	{ 88, 4, false, "last received", "Milliseconds since data last came" },
	{ 92, 4, false, "last acknowledged", "Milliseconds since the last acknowledgment" },
};

static const struct number sctp_numbers[] = {
	{ 0, 4, true, "tag", "Verification tag of this end" },
	{ 48, 4, true, "peer's tag", "Verification tag of the peer" },
	{ 8, 4, false, "receive window", "Bytes this end can still take" },
	{ 44, 4, false, "peer's window", "Bytes the peer can still take" },
	{ 12, 2, false, "unacknowledged", "Chunks the peer has not acknowledged" },
	{ 14, 2, false, "pending", "Chunks not yet sent" },
	{ 16, 2, false, "streams in", "Streams from the peer" },
	{ 18, 2, false, "streams out", "Streams to the peer" },
	{ 20, 4, false, "fragmentation", "Size at which messages are split" },
	{ 24, 4, false, "in queue", "Chunks in the receive queue" },
	{ 28, 4, false, "out queue", "Chunks in the send queue" },
	{ 32, 4, false, "errors", "Errors in a row on all paths" },
	{ 36, 4, false, "maximum burst", "Packets that may be sent at once" },
	{ 72, 8, false, "packets out", "Packets sent" },
	{ 80, 8, false, "packets in", "Packets received" },
	{ 88, 8, false, "retransmitted", "Chunks sent again" },
	{ 96, 8, false, "out of order", "Transmission numbers out of sequence" },
	{ 104, 8, false, "duplicates", "Duplicate chunks received" },
	{ 120, 8, false, "unordered out", "Unordered chunks sent" },
	{ 128, 8, false, "unordered in", "Unordered chunks received" },
	{ 136, 8, false, "ordered out", "Ordered chunks sent" },
	{ 144, 8, false, "ordered in", "Ordered chunks received" },
	{ 300, 4, false, "path window", "Congestion window of the primary path, bytes" },
	{ 304, 4, false, "path round trip", "Smoothed, of the primary path, milliseconds" },
	{ 308, 4, false, "path timeout", "Retransmission timeout, milliseconds" },
	{ 312, 4, false, "heartbeats", "Time between heartbeats, milliseconds" },
	{ 316, 4, false, "path tries", "Retransmissions until the path counts as dead" },
};

/** These are the attributes of one message that this file needs. */
struct found {
	struct attr info, locals, peers;
};

static struct found find_attrs(const struct nlmsghdr *message)
{
	struct found found = { .info.data = NULL };
	struct attrs attrs;
	struct attr attr;

	if (attrs_of_message(message, message->nlmsg_len, sizeof(struct inet_diag_msg),
			     &attrs))
		return found;
	while (attr_next(&attrs, &attr)) {
		if (attr.type == INET_DIAG_INFO)
			found.info = attr;
		else if (attr.type == INET_DIAG_LOCALS)
			found.locals = attr;
		else if (attr.type == INET_DIAG_PEERS)
			found.peers = attr;
	}
	return found;
}

static void add_numbers(const struct kind_row *row, const struct attr *info,
			const struct number *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct number *number = &numbers[i];
		uint64_t value = number->size == 8 ? attr_u64(info, number->offset) :
				 number->size == 4 ? attr_u32(info, number->offset) :
				 number->size == 2 ? attr_u16(info, number->offset) :
						     attr_u8(info, number->offset);

		if (number->offset + (size_t)number->size > info->len)
			continue;
		kind_line(row, number->label, number->help,
			  number->hex ? "0x%" PRIx64 : "%" PRIu64, value);
	}
}

/* Reads one address of a list. Returns false if its address family is unknown. */
static bool read_address(const struct attr *list, size_t at, struct sk_addr *addr)
{
	uint16_t family = attr_u16(list, at);

	if (at + STORAGE > list->len)
		return false;
	if (family == AF_INET)
		*addr = sk_addr_from_v4(list->data + at + 4);
	else if (family == AF_INET6)
		memcpy(addr->b, list->data + at + 8, sizeof(addr->b));
	return family == AF_INET || family == AF_INET6;
}

/*
 * Corrects an address that was read from the fixed part. On an IPv6 socket it was read as IPv6,
 * even if it is IPv4. So it is right only if the list has it.
 */
static void correct_address(const struct attr *list, struct sk_addr *addr)
{
	struct sk_addr first = *addr, here;

	for (size_t at = 0; read_address(list, at, &here); at += STORAGE) {
		if (memcmp(&here, addr, sizeof(here)) == 0)
			return;
		if (at == 0)
			first = here;
	}
	*addr = first;
}

static void add_addresses(const struct kind_row *row, const struct attr *list,
			  const char *label, const char *help)
{
	struct sk_addr addr;
	char text[SK_ADDR_STRLEN];

	for (size_t at = 0; read_address(list, at, &addr); at += STORAGE)
		kind_line(row, label, help, "%s", sk_addr_format(&addr, false, text));
}

/* The index is a number of enum sctp_state. */
static const uint8_t sctp_states[] = {
	SK_STATE_CLOSE,	     SK_STATE_SYN_SENT,	 SK_STATE_SYN_RECV,   SK_STATE_ESTABLISHED,
	SK_STATE_FIN_WAIT1, SK_STATE_FIN_WAIT2, SK_STATE_CLOSE_WAIT, SK_STATE_LAST_ACK,
};

static int decode_association(const struct inet_diag_msg *m, struct sk_socket *s)
{
	uint64_t ports = (uint64_t)s->lport << 16 | s->rport, words[2];

	if (m->idiag_state >= sizeof(sctp_states))
		return -EBADMSG;
	memcpy(words, s->remote.b, sizeof(words));
	s->state = (uint8_t)sctp_states[m->idiag_state];
	s->cookie = kind_cookie(SK_PROTO_SCTP, s->cookie ^ words[0] << 1 ^ words[1],
				ports);
	s->flags |= SK_F_SUBFLOW | SK_F_NO_COOKIE;
	return 0;
}

static int decode_sctp(const struct inet_diag_msg *m, const struct found *found,
		       const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	int err = 0;

	/* SCTP has no mini sockets, so the owner is valid in every state. */
	kind_owner(row, m->idiag_inode, m->idiag_uid);
	s->timer = m->idiag_timer ? SK_TIMER_ON : SK_TIMER_OFF;
	if (found->peers.data) {
		correct_address(&found->locals, &row->attrs->local);
		correct_address(&found->peers, &s->remote);
		err = decode_association(m, s);
	} else if (!s->state) {
		err = -EBADMSG;
	}
	add_addresses(row, &found->locals, "local address", "All addresses of this end");
	add_addresses(row, &found->peers, "peer address", "All addresses of the peer");
	if (found->peers.data)
		add_numbers(row, &found->info, sctp_numbers,
			    ARRAY_SIZE(sctp_numbers));
	return err;
}

/* bytes_sent counts each byte once. Before Linux 6.5 there are no byte counts. */
static void decode_mptcp(const struct found *found, const struct kind_row *row)
{
	const struct attr *info = &found->info;
	struct sk_socket *s = row->socket;

	add_numbers(row, info, mptcp_numbers,
		    ARRAY_SIZE(mptcp_numbers));
	if (s->state == SK_STATE_LISTEN ||
	    info->len < MPTCP_INFO_BYTES_RECEIVED + sizeof(uint64_t))
		return;
	s->tx_total = attr_u64(info, MPTCP_INFO_BYTES_SENT);
	s->rx_total = attr_u64(info, MPTCP_INFO_BYTES_RECEIVED);
	s->retrans = attr_u32(info, MPTCP_INFO_RETRANSMITS);
	s->flags |= SK_F_INFO;
}

int inet_kinds_decode(const struct nlmsghdr *message, enum sk_proto proto,
		      struct sk_socket *socket, struct sk_attrs *attrs,
		      struct sk_detail *detail)
{
	struct kind_row row = { .socket = socket, .attrs = attrs, .detail = detail };
	struct found found = find_attrs(message);
	int err = 0;

	if (proto == SK_PROTO_SCTP)
		err = decode_sctp(NLMSG_DATA(message), &found, &row);
	else
		decode_mptcp(&found, &row);
	/* The attribute is not a tcp_info, although it came in its place. */
	if (detail)
		detail->tcp_info_len = 0;
	return err;
}

/* Returns the token in the attributes of a TCP socket that carries MPTCP, or 0 if there is none. */
static uint32_t subflow_token(const struct nlmsghdr *message)
{
	struct attrs outer;
	struct attr ulp, mptcp, attr;

	if (attrs_of_message(message, message->nlmsg_len, sizeof(struct inet_diag_msg),
			     &outer))
		return 0;
	while (attr_next(&outer, &ulp)) {
		struct attrs nest = { ulp.data, ulp.len };

		while (ulp.type == ATTR_ULP_INFO && attr_next(&nest, &mptcp)) {
			struct attrs inner = { mptcp.data, mptcp.len };

			while (mptcp.type == ULP_INFO_MPTCP && attr_next(&inner, &attr)) {
				if (attr.type == SUBFLOW_TOKEN_LOCAL)
					return attr_u32(&attr, 0);
			}
		}
	}
	return 0;
}

int inet_kinds_tokens(const struct nlmsghdr *message, const struct sk_socket *socket,
		      const struct sk_attrs *attrs, struct token_pairs *tokens)
{
	struct found found;
	uint32_t token;

	if (socket->proto == SK_PROTO_TCP) {
		token = subflow_token(message);
		return token ? pairs_add(&tokens->subflows, socket->cookie, token) : 0;
	}
	if (socket->proto != SK_PROTO_MPTCP)
		return 0;
	found = find_attrs(message);
	token = attr_u32(&found.info, MPTCP_INFO_TOKEN);
	return token ? pairs_add(&tokens->parents, token, sk_socket_id(socket, attrs)) : 0;
}
