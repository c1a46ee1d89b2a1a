/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>
#include <string.h>
#include "kernel/bpf/prog/record.h"
#include "kernel/bpf/sockets.h"

static void decode_address(const __u8 from[16], bool v6, struct sk_addr *to)
{
	if (v6)
		memcpy(to->b, from, 16);
	else
		*to = sk_addr_from_v4(from);
}

static uint32_t decode_flags(const struct sock_record *r)
{
	uint32_t flags = 0;

	flags |= r->flags & SOCK_RECORD_V6 ? SK_F_V6 : 0;
	flags |= r->flags & SOCK_RECORD_CGROUP ? SK_F_CGROUP : 0;
	flags |= r->flags & SOCK_RECORD_V6ONLY ? SK_F_V6ONLY : 0;
	flags |= r->flags & SOCK_RECORD_V6ONLY_KNOWN ? SK_F_V6ONLY_KNOWN : 0;
	return flags;
}

/* Decodes as for inet_diag: the peer's FIN counts as one received byte. */
static void decode_info(const struct sock_record *r, struct sk_socket *socket)
{
	const unsigned fin_states = SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
				    SK_STATE_BIT(SK_STATE_LAST_ACK) |
				    SK_STATE_BIT(SK_STATE_CLOSING);
	bool fin = (fin_states >> r->state) & 1;

	socket->tx_total = r->sent;
	socket->rx_total = r->received - (fin && r->received);
	socket->rtt_us = r->rtt_us;
	socket->retrans = r->retrans;
	socket->flags |= SK_F_INFO;
}

static void decode_base(const struct sock_record *r, uint32_t tick_hz,
			struct sk_socket *socket, struct sk_attrs *attrs)
{
	bool v6 = (r->flags & SOCK_RECORD_V6) != 0;

	socket->cookie = r->cookie;
	decode_address(r->local, v6, &attrs->local);
	decode_address(r->remote, v6, &socket->remote);
	socket->flags = decode_flags(r);
	attrs->cgroup = r->cgroup;
	socket->lport = r->lport;
	socket->rport = ntohs(r->rport);
	attrs->ifindex = r->ifindex;
	socket->state = r->state;
	socket->timer = r->timer;
	socket->timer_retrans = r->timer_retrans;
	socket->timer_ms = sk_timer_ms(r->timer_ticks * UINT64_C(1000) / tick_hz);
	socket->recv_q = r->recv_q;
	socket->send_q = r->send_q;
}

int sock_bpf_decode(const void *record, size_t size, enum sk_proto proto, bool info,
		     uint32_t tick_hz, struct sk_socket *socket, struct sk_attrs *attrs)
{
	struct sock_record r;

	if (size < sizeof(r))
		return -EBADMSG;
	memcpy(&r, record, sizeof(r));
	if (r.state == 0 || r.state >= SK_STATE_COUNT || r.timer >= SK_TIMER_COUNT)
		return -EBADMSG;
	decode_base(&r, tick_hz, socket, attrs);
	socket->proto = (uint8_t)proto;
	/* A mini socket has no owner. But one in SYN_RECV may have one, with TCP Fast Open. */
	if (r.inode && r.timer != SK_TIMER_TIMEWAIT) {
		socket->flags |= SK_F_OWNER;
		socket->inode = r.inode;
		attrs->uid = r.uid;
	}
	if (info && (r.flags & SOCK_RECORD_TCP_INFO))
		decode_info(&r, socket);
	return 0;
}
