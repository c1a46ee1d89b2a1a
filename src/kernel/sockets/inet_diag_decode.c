/* SPDX-License-Identifier: MIT */
/*
 * This file decodes one inet_diag reply into one socket. A busy machine sends a million replies a
 * second, so the loop decodes only the attributes that every socket has. Other attributes are
 * decoded if the caller wants them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stddef.h>
#include <string.h>
#include "kernel/netlink/attrs.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/sockets/inet_diag_attrs.h"
#include "kernel/sockets/inet_kinds.h"

/*
 * Counts payload bytes. The kernel counts the peer's FIN as one received byte. Before Linux 4.19
 * it has no bytes_sent: then bytes_acked is the nearest value.
 */
static inline void decode_info(const struct attr *info, struct sk_socket *socket)
{
	const unsigned fin_states = SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
				    SK_STATE_BIT(SK_STATE_LAST_ACK) |
				    SK_STATE_BIT(SK_STATE_CLOSING);
	uint64_t sent = attr_u64(info, SK_TCP_OFFSET_bytes_sent);
	uint64_t retrans = attr_u64(info, SK_TCP_OFFSET_bytes_retrans);
	uint64_t received = attr_u64(info, SK_TCP_OFFSET_bytes_received);
	bool fin = (fin_states >> socket->state) & 1;

	if (info->len < SK_TCP_OFFSET_bytes_received + sizeof(received))
		return;
	if (info->len < SK_TCP_OFFSET_bytes_retrans + sizeof(retrans)) {
		sent = attr_u64(info, SK_TCP_OFFSET_bytes_acked);
		retrans = 0;
	}
	socket->tx_total = sent > retrans ? sent - retrans : 0;
	socket->rx_total = received - (fin && received);
	socket->rtt_us = attr_u32(info, SK_TCP_OFFSET_rtt);
	socket->retrans = attr_u32(info, SK_TCP_OFFSET_total_retrans);
	socket->flags |= SK_F_INFO;
}

static inline void decode_address(uint8_t family, const void *from, struct sk_addr *to)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET6) {
		memcpy(to->b, from, 16);
		return;
	}
	memcpy(to->b, mapped, 12);
	memcpy(to->b + 12, from, 4);
}

static inline void decode_base(const struct inet_diag_msg *m, enum sk_proto proto,
			       struct sk_socket *socket, struct sk_attrs *attrs)
{
	uint8_t timer = m->idiag_timer < SK_TIMER_COUNT ? m->idiag_timer : SK_TIMER_ON;
	/*
	 * A mini socket of TIME_WAIT never has an owner, even if the inode field is not 0.
	 * A mini socket in SYN_RECV may have one: accept() has given it to a process
	 * already (TCP Fast Open).
	 */
	bool owner = m->idiag_inode != 0 && timer != SK_TIMER_TIMEWAIT;

	socket->cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	decode_address(m->idiag_family, m->id.idiag_src, &attrs->local);
	decode_address(m->idiag_family, m->id.idiag_dst, &socket->remote);
	socket->flags = (m->idiag_family == AF_INET6 ? (uint32_t)SK_F_V6 : 0) |
			(owner ? (uint32_t)SK_F_OWNER : 0);
	socket->lport = ntohs(m->id.idiag_sport);
	socket->rport = ntohs(m->id.idiag_dport);
	attrs->ifindex = m->id.idiag_if;
	socket->state = m->idiag_state;
	socket->proto = (uint8_t)proto;
	socket->timer = timer;
	socket->timer_retrans = m->idiag_retrans;
	socket->timer_ms = m->idiag_expires;
	socket->recv_q = m->idiag_rqueue;
	socket->send_q = m->idiag_wqueue;
	if (owner) {
		socket->inode = m->idiag_inode;
		attrs->uid = m->idiag_uid;
	}
}

/* The compiler inlines this twice: once with tcp_ext and detail NULL, for the common list. */
static inline __attribute__((always_inline)) void
decode_attrs(struct attrs nl_attrs, struct sk_socket *socket, struct sk_attrs *attrs,
	     struct sk_tcp_ext *tcp_ext, struct sk_detail *detail)
{
	struct attr attr, info = { .data = NULL };

	while (attr_next(&nl_attrs, &attr)) {
		switch (attr.type) {
		case INET_DIAG_INFO:
			info = attr;
			break;
		case ATTR_CGROUP_ID:
			if (attr.len < sizeof(attrs->cgroup))
				break;
			memcpy(&attrs->cgroup, attr.data, sizeof(attrs->cgroup));
			socket->flags |= SK_F_CGROUP;
			break;
		case INET_DIAG_SKV6ONLY:
			if (!attr.len)
				break;
			socket->flags |= (uint32_t)(attr.data[0] ? SK_F_V6ONLY |
								   SK_F_V6ONLY_KNOWN :
							   SK_F_V6ONLY_KNOWN);
			break;
		default:
			if (tcp_ext)
				inet_diag_ext_attr(&attr, tcp_ext);
			break;
		}
		if (detail)
			inet_diag_detail_attr(&attr, detail);
	}
	/* A listener's tcp_info uses some fields for its queue, so it has no traffic. */
	if (info.data && socket->proto == SK_PROTO_TCP &&
	    socket->state != SK_STATE_LISTEN)
		decode_info(&info, socket);
	if (tcp_ext && (socket->flags & SK_F_INFO))
		inet_diag_ext_info(&info, tcp_ext);
}

int inet_diag_decode(const struct nlmsghdr *message, size_t size, enum sk_proto proto,
		     struct sk_socket *socket, struct sk_attrs *attrs,
		     struct sk_tcp_ext *tcp_ext, struct sk_detail *detail)
{
	const struct inet_diag_msg *m = NLMSG_DATA(message);
	struct attrs nl_attrs;

	if (attrs_of_message(message, size, sizeof(*m), &nl_attrs))
		return -EBADMSG;
	/* Associations of SCTP have states of their own, which count from 0. */
	if ((m->idiag_family != AF_INET && m->idiag_family != AF_INET6) ||
	    (m->idiag_state == 0 && proto != SK_PROTO_SCTP) ||
	    m->idiag_state >= SK_STATE_COUNT)
		return -EBADMSG;
	decode_base(m, proto, socket, attrs);
	if (tcp_ext || detail)
		decode_attrs(nl_attrs, socket, attrs, tcp_ext, detail);
	else
		decode_attrs(nl_attrs, socket, attrs, NULL, NULL);
	if (proto == SK_PROTO_SCTP || proto == SK_PROTO_MPTCP)
		return inet_kinds_decode(message, proto, socket, attrs, detail);
	return 0;
}
