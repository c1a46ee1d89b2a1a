/* SPDX-License-Identifier: MIT */
/*
 * One inet_diag reply into one socket. A busy machine sends a million of these a
 * second, so what every socket has is decoded in the loop itself and the rest only
 * when somebody looks at it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stddef.h>
#include <string.h>
#include "kernel/inet_diag.h"
#include "kernel/tcp_info.h"
#include "kernel/text.h"

/* Attributes newer than the headers of older distributions. */
enum {
	ATTR_CLASS_ID = 17,
	ATTR_ULP_INFO = 20,
	ATTR_CGROUP_ID = 21,
	ATTR_SOCKOPT = 22,
	ULP_INFO_NAME = 1,
};

/** One attribute: where its payload lies. */
struct attr {
	const uint8_t *data; /* NULL = was not sent */
	size_t len;
	unsigned type;
};

/** The attributes of a message that were not looked at yet. */
struct attrs {
	const uint8_t *at;
	size_t left;
};

/* Takes the next attribute; what does not fit ends the walk. */
static inline bool next_attr(struct attrs *attrs, struct attr *attr)
{
	struct nlattr head;
	size_t step;

	if (attrs->left < sizeof(head))
		return false;
	memcpy(&head, attrs->at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > attrs->left)
		return false;
	attr->type = head.nla_type & (unsigned)NLA_TYPE_MASK;
	attr->data = attrs->at + sizeof(head);
	attr->len = head.nla_len - sizeof(head);
	step = (head.nla_len + 3U) & ~(size_t)3;
	if (step > attrs->left)
		step = attrs->left;
	attrs->at += step;
	attrs->left -= step;
	return true;
}

/* A number of tcp_info, 0 where this kernel's struct ends before it. */
static inline uint32_t info32(const struct attr *info, size_t offset)
{
	uint32_t value = 0;

	if (offset + sizeof(value) <= info->len)
		memcpy(&value, info->data + offset, sizeof(value));
	return value;
}

static inline uint64_t info64(const struct attr *info, size_t offset)
{
	uint64_t value = 0;

	if (offset + sizeof(value) <= info->len)
		memcpy(&value, info->data + offset, sizeof(value));
	return value;
}

/*
 * Payload bytes. The kernel counts the peer's FIN as one received byte and, before
 * Linux 4.19, has no bytes_sent: there bytes_acked is the nearest.
 */
static inline void decode_info(const struct attr *info, struct sk_socket *socket)
{
	const unsigned fin_states = SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
				    SK_STATE_BIT(SK_STATE_LAST_ACK) |
				    SK_STATE_BIT(SK_STATE_CLOSING);
	uint64_t sent = info64(info, TCP_INFO_BYTES_SENT);
	uint64_t retrans = info64(info, TCP_INFO_BYTES_RETRANS);
	uint64_t received = info64(info, TCP_INFO_BYTES_RECEIVED);
	bool fin = (fin_states >> socket->state) & 1;

	if (info->len < TCP_INFO_BYTES_RECEIVED + sizeof(received))
		return;
	if (info->len < TCP_INFO_BYTES_RETRANS + sizeof(retrans)) {
		sent = info64(info, TCP_INFO_BYTES_ACKED);
		retrans = 0;
	}
	socket->tx_total = sent > retrans ? sent - retrans : 0;
	socket->rx_total = received - (fin && received);
	socket->rtt_us = info32(info, TCP_INFO_RTT);
	socket->retrans = info32(info, TCP_INFO_TOTAL_RETRANS);
	socket->flags |= SK_F_INFO;
}

static void decode_more_info(const struct attr *info, struct sk_more *more)
{
	more->bytes_sent = info64(info, TCP_INFO_BYTES_SENT);
	more->bytes_retrans = info64(info, TCP_INFO_BYTES_RETRANS);
	more->pacing_rate = info64(info, TCP_INFO_PACING_RATE);
	more->delivery_rate = info64(info, TCP_INFO_DELIVERY_RATE);
	more->busy_us = info64(info, TCP_INFO_BUSY_TIME);
	more->rwnd_limited_us = info64(info, TCP_INFO_RWND_LIMITED);
	more->sndbuf_limited_us = info64(info, TCP_INFO_SNDBUF_LIMITED);
	more->segs_out = info32(info, TCP_INFO_SEGS_OUT);
	more->segs_in = info32(info, TCP_INFO_SEGS_IN);
	more->rttvar_us = info32(info, TCP_INFO_RTTVAR);
	more->minrtt_us = info->len < TCP_INFO_MIN_RTT + sizeof(uint32_t)
				  ? UINT32_MAX
				  : info32(info, TCP_INFO_MIN_RTT);
	more->rto_us = info32(info, TCP_INFO_RTO);
	more->mss = info32(info, TCP_INFO_SND_MSS);
	more->pmtu = info32(info, TCP_INFO_PMTU);
	more->ssthresh = info32(info, TCP_INFO_SND_SSTHRESH);
	more->lastsnd_ms = info32(info, TCP_INFO_LAST_DATA_SENT);
	more->lastrcv_ms = info32(info, TCP_INFO_LAST_DATA_RECV);
	more->unacked = info32(info, TCP_INFO_UNACKED);
	more->lost = info32(info, TCP_INFO_LOST);
	more->notsent = info32(info, TCP_INFO_NOTSENT_BYTES);
	more->snd_wnd = info32(info, TCP_INFO_SND_WND);
	more->cwnd = info32(info, TCP_INFO_SND_CWND);
	more->flags |= SK_MORE_INFO;
}

static void decode_more(const struct attr *attr, struct sk_more *more)
{
	switch (attr->type) {
	case INET_DIAG_SKMEMINFO:
		memcpy(more->skmem, attr->data,
		       attr->len < sizeof(more->skmem) ? attr->len
						       : sizeof(more->skmem));
		more->flags |= SK_MORE_SKMEM;
		break;
	case INET_DIAG_CONG:
		text_copy(more->congestion, sizeof(more->congestion),
			  (const char *)attr->data, attr->len);
		break;
	case INET_DIAG_TOS:
		more->tos = attr->len ? attr->data[0] : 0;
		more->flags |= SK_MORE_TOS;
		break;
	case INET_DIAG_TCLASS:
		more->tclass = attr->len ? attr->data[0] : 0;
		more->flags |= SK_MORE_TCLASS;
		break;
	case INET_DIAG_MARK:
		if (attr->len < sizeof(more->mark))
			break;
		memcpy(&more->mark, attr->data, sizeof(more->mark));
		more->flags |= SK_MORE_MARK;
		break;
	case INET_DIAG_SHUTDOWN:
		more->shutdown = attr->len ? attr->data[0] : 0;
		more->flags |= SK_MORE_SHUTDOWN;
		break;
	default:
		break;
	}
}

static void decode_ulp(const struct attr *ulp, struct sk_detail *detail)
{
	struct attrs nest = { ulp->data, ulp->len };
	struct attr attr;

	while (next_attr(&nest, &attr)) {
		if (attr.type == ULP_INFO_NAME)
			text_copy(detail->ulp, sizeof(detail->ulp),
				  (const char *)attr.data, attr.len);
	}
}

static void decode_detail(const struct attr *attr, struct sk_detail *detail)
{
	size_t len = attr->len;

	switch (attr->type) {
	case INET_DIAG_INFO:
		if (len > SK_TCP_INFO_MAX)
			len = SK_TCP_INFO_MAX;
		memcpy(detail->tcp_info, attr->data, len);
		detail->tcp_info_len = (uint16_t)len;
		break;
	case INET_DIAG_VEGASINFO:
	case INET_DIAG_DCTCPINFO:
	case INET_DIAG_BBRINFO:
		if (len > sizeof(detail->cc_info))
			len = sizeof(detail->cc_info);
		memcpy(detail->cc_info, attr->data, len);
		detail->cc_info_len = (uint8_t)len;
		detail->cc_info_type = (uint8_t)attr->type;
		break;
	case ATTR_SOCKOPT:
		if (len < 2)
			break;
		detail->sockopt = (uint16_t)(attr->data[0] | attr->data[1] << 8);
		detail->has_sockopt = true;
		break;
	case ATTR_CLASS_ID:
		detail->class_id = info32(attr, 0);
		break;
	case ATTR_ULP_INFO:
		decode_ulp(attr, detail);
		break;
	default:
		break;
	}
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
			       struct sk_socket *socket)
{
	uint8_t timer = m->idiag_timer < SK_TIMER_COUNT ? m->idiag_timer : SK_TIMER_ON;
	/* these never have an owner, whatever stands in the fields */
	bool mini = timer == SK_TIMER_TIMEWAIT || m->idiag_state == SK_STATE_SYN_RECV;
	bool owner = m->idiag_inode != 0 && !mini;

	socket->cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	decode_address(m->idiag_family, m->id.idiag_src, &socket->local);
	decode_address(m->idiag_family, m->id.idiag_dst, &socket->remote);
	socket->flags = (uint16_t)((m->idiag_family == AF_INET6 ? SK_F_V6 : 0) |
				   (owner ? SK_F_OWNER : 0));
	socket->lport = ntohs(m->id.idiag_sport);
	socket->rport = ntohs(m->id.idiag_dport);
	socket->ifindex = m->id.idiag_if;
	socket->state = m->idiag_state & 15U;
	socket->proto = (uint8_t)(proto & 15U);
	socket->timer = timer & 15U;
	socket->timer_retrans = m->idiag_retrans;
	socket->timer_ms = m->idiag_expires;
	socket->recv_q = m->idiag_rqueue;
	socket->send_q = m->idiag_wqueue;
	if (owner) {
		socket->inode = m->idiag_inode;
		socket->uid = m->idiag_uid;
	}
}

/* Inlined twice: once with more and detail NULL, for the common list. */
static inline __attribute__((always_inline)) void decode_attrs(struct attrs attrs,
							       struct sk_socket *socket,
							       struct sk_more *more,
							       struct sk_detail *detail)
{
	struct attr attr, info = { .data = NULL };

	while (next_attr(&attrs, &attr)) {
		switch (attr.type) {
		case INET_DIAG_INFO:
			info = attr;
			break;
		case ATTR_CGROUP_ID:
			if (attr.len < sizeof(socket->cgroup))
				break;
			memcpy(&socket->cgroup, attr.data, sizeof(socket->cgroup));
			socket->flags |= SK_F_CGROUP;
			break;
		case INET_DIAG_SKV6ONLY:
			if (!attr.len)
				break;
			socket->flags |= (uint16_t)(attr.data[0] ? SK_F_V6ONLY |
								   SK_F_V6ONLY_KNOWN :
							   SK_F_V6ONLY_KNOWN);
			break;
		default:
			if (more)
				decode_more(&attr, more);
			break;
		}
		if (detail)
			decode_detail(&attr, detail);
	}
	/* A listener's tcp_info reuses fields for its queue: no traffic in it. */
	if (info.data && socket->proto == SK_PROTO_TCP &&
	    socket->state != SK_STATE_LISTEN)
		decode_info(&info, socket);
	if (more && (socket->flags & SK_F_INFO))
		decode_more_info(&info, more);
}

int inet_diag_decode(const struct nlmsghdr *message, size_t size, enum sk_proto proto,
		     struct sk_socket *socket, struct sk_more *more,
		     struct sk_detail *detail)
{
	const struct inet_diag_msg *m = NLMSG_DATA(message);
	struct attrs attrs = { .at = (const uint8_t *)(m + 1) };

	_Static_assert(sizeof(*m) % NLMSG_ALIGNTO == 0, "attributes follow at once");
	if (size < NLMSG_LENGTH(sizeof(*m)) || message->nlmsg_len > size ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return -EBADMSG;
	if ((m->idiag_family != AF_INET && m->idiag_family != AF_INET6) ||
	    m->idiag_state == 0 || m->idiag_state >= SK_STATE_COUNT)
		return -EBADMSG;
	attrs.left = message->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	decode_base(m, proto, socket);
	if (more || detail)
		decode_attrs(attrs, socket, more, detail);
	else
		decode_attrs(attrs, socket, NULL, NULL);
	return 0;
}
