/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stddef.h>
#include <string.h>
#include "kernel/inet_diag.h"
#include "kernel/tcp_info.h"
#include "kernel/text.h"

/* Attributes newer than the headers of Debian 12 or older kernels. */
enum {
	ATTR_CLASS_ID = 17,
	ATTR_ULP_INFO = 20,
	ATTR_CGROUP_ID = 21,
	ATTR_SOCKOPT = 22,
	ATTR_COUNT,
	ULP_INFO_NAME = 1,
};

/** One attribute: where its payload lies, if it was sent. */
struct attr {
	const void *data;
	size_t len;
};

/* Files every known attribute under its number; what does not fit ends the walk. */
static void collect_attrs(const uint8_t *at, size_t left, struct attr *attrs,
			  size_t count)
{
	while (left >= sizeof(struct nlattr)) {
		struct nlattr head;
		size_t type, step;

		memcpy(&head, at, sizeof(head));
		if (head.nla_len < sizeof(head) || head.nla_len > left)
			return;
		type = (uint16_t)(head.nla_type & NLA_TYPE_MASK);
		if (type < count)
			attrs[type] = (struct attr){ at + sizeof(head),
						     head.nla_len - sizeof(head) };
		step = (size_t)NLA_ALIGN(head.nla_len);
		if (step >= left)
			return;
		at += step;
		left -= step;
	}
}

/* A number of tcp_info, 0 where this kernel's struct ends before it. */
static inline uint32_t info32(const struct attr *info, size_t offset)
{
	uint32_t value = 0;

	if (offset + sizeof(value) <= info->len)
		memcpy(&value, (const uint8_t *)info->data + offset, sizeof(value));
	return value;
}

static inline uint64_t info64(const struct attr *info, size_t offset)
{
	uint64_t value = 0;

	if (offset + sizeof(value) <= info->len)
		memcpy(&value, (const uint8_t *)info->data + offset, sizeof(value));
	return value;
}

static uint32_t attr32(const struct attr *attr)
{
	uint32_t value = 0;

	if (attr->len >= sizeof(value))
		memcpy(&value, attr->data, sizeof(value));
	return value;
}

static uint8_t attr8(const struct attr *attr)
{
	return attr->len ? *(const uint8_t *)attr->data : 0;
}

/*
 * Payload bytes. The kernel counts the peer's FIN as one received byte and, before
 * Linux 4.19, has no bytes_sent: there bytes_acked is the nearest.
 */
static void decode_info(const struct attr *info, struct sk_socket *socket)
{
	uint64_t sent = info64(info, TCP_INFO_BYTES_SENT);
	uint64_t retrans = info64(info, TCP_INFO_BYTES_RETRANS);
	uint64_t received = info64(info, TCP_INFO_BYTES_RECEIVED);
	bool fin = socket->state == SK_STATE_CLOSE_WAIT ||
		   socket->state == SK_STATE_LAST_ACK ||
		   socket->state == SK_STATE_CLOSING;

	if (info->len < TCP_INFO_BYTES_RECEIVED + 8)
		return;
	if (info->len < TCP_INFO_BYTES_RETRANS + 8)
		sent = info64(info, TCP_INFO_BYTES_ACKED);
	socket->tx_total = sent > retrans ? sent - retrans : 0;
	socket->rx_total = received - (fin && received);
	socket->rtt_us = info32(info, TCP_INFO_RTT);
	socket->cwnd = info32(info, TCP_INFO_SND_CWND);
	socket->retrans = info32(info, TCP_INFO_TOTAL_RETRANS);
	socket->flags |= SK_F_INFO;
}

static void decode_more_info(const struct attr *info, struct sk_more *more)
{
	static const struct {
		uint16_t to, from;
	} words[] = {
		{ offsetof(struct sk_more, segs_out), TCP_INFO_SEGS_OUT },
		{ offsetof(struct sk_more, segs_in), TCP_INFO_SEGS_IN },
		{ offsetof(struct sk_more, rttvar_us), TCP_INFO_RTTVAR },
		{ offsetof(struct sk_more, minrtt_us), TCP_INFO_MIN_RTT },
		{ offsetof(struct sk_more, rto_us), TCP_INFO_RTO },
		{ offsetof(struct sk_more, mss), TCP_INFO_SND_MSS },
		{ offsetof(struct sk_more, pmtu), TCP_INFO_PMTU },
		{ offsetof(struct sk_more, ssthresh), TCP_INFO_SND_SSTHRESH },
		{ offsetof(struct sk_more, lastsnd_ms), TCP_INFO_LAST_DATA_SENT },
		{ offsetof(struct sk_more, lastrcv_ms), TCP_INFO_LAST_DATA_RECV },
		{ offsetof(struct sk_more, unacked), TCP_INFO_UNACKED },
		{ offsetof(struct sk_more, lost), TCP_INFO_LOST },
		{ offsetof(struct sk_more, notsent), TCP_INFO_NOTSENT_BYTES },
		{ offsetof(struct sk_more, snd_wnd), TCP_INFO_SND_WND },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		uint32_t value = info32(info, words[i].from);

		memcpy((char *)more + words[i].to, &value, sizeof(value));
	}
	more->bytes_sent = info64(info, TCP_INFO_BYTES_SENT);
	more->bytes_retrans = info64(info, TCP_INFO_BYTES_RETRANS);
	more->pacing_rate = info64(info, TCP_INFO_PACING_RATE);
	more->delivery_rate = info64(info, TCP_INFO_DELIVERY_RATE);
	more->busy_us = info64(info, TCP_INFO_BUSY_TIME);
	more->rwnd_limited_us = info64(info, TCP_INFO_RWND_LIMITED);
	more->sndbuf_limited_us = info64(info, TCP_INFO_SNDBUF_LIMITED);
	more->flags |= SK_MORE_INFO;
}

static void decode_more(const struct attr *attrs, const struct sk_socket *socket,
			struct sk_more *more)
{
	static const struct {
		uint8_t attr, flag;
		uint16_t to;
	} bytes[] = {
		{ INET_DIAG_TOS, SK_MORE_TOS, offsetof(struct sk_more, tos) },
		{ INET_DIAG_TCLASS, SK_MORE_TCLASS, offsetof(struct sk_more, tclass) },
		{ INET_DIAG_SHUTDOWN, SK_MORE_SHUTDOWN,
		  offsetof(struct sk_more, shutdown) },
	};
	const struct attr *mem = &attrs[INET_DIAG_SKMEMINFO];
	const struct attr *cong = &attrs[INET_DIAG_CONG];

	if (socket->flags & SK_F_INFO)
		decode_more_info(&attrs[INET_DIAG_INFO], more);
	if (mem->data) {
		memcpy(more->skmem, mem->data,
		       mem->len < sizeof(more->skmem) ? mem->len : sizeof(more->skmem));
		more->flags |= SK_MORE_SKMEM;
	}
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		if (!attrs[bytes[i].attr].data)
			continue;
		*((uint8_t *)more + bytes[i].to) = attr8(&attrs[bytes[i].attr]);
		more->flags |= bytes[i].flag;
	}
	if (cong->data)
		text_copy(more->congestion, sizeof(more->congestion), cong->data,
			  cong->len);
}

static void decode_detail(const struct attr *attrs, struct sk_detail *detail)
{
	static const uint8_t cc_types[] = { INET_DIAG_VEGASINFO, INET_DIAG_DCTCPINFO,
					    INET_DIAG_BBRINFO };
	const struct attr *info = &attrs[INET_DIAG_INFO];
	const struct attr *ulp = &attrs[ATTR_ULP_INFO];
	struct attr nested[ULP_INFO_NAME + 1] = { 0 };

	if (info->data) {
		detail->tcp_info_len = (uint16_t)(info->len < SK_TCP_INFO_MAX ?
							  info->len :
							  SK_TCP_INFO_MAX);
		memcpy(detail->tcp_info, info->data, detail->tcp_info_len);
	}
	for (size_t i = 0; i < sizeof(cc_types); i++) {
		const struct attr *cc = &attrs[cc_types[i]];

		if (!cc->data || cc->len > sizeof(detail->cc_info))
			continue;
		memcpy(detail->cc_info, cc->data, cc->len);
		detail->cc_info_len = (uint8_t)cc->len;
		detail->cc_info_type = cc_types[i];
	}
	if (attrs[ATTR_SOCKOPT].len >= 2) {
		memcpy(&detail->sockopt, attrs[ATTR_SOCKOPT].data, 2);
		detail->has_sockopt = true;
	}
	detail->class_id = attr32(&attrs[ATTR_CLASS_ID]);
	if (ulp->data)
		collect_attrs(ulp->data, ulp->len, nested, ULP_INFO_NAME + 1);
	if (nested[ULP_INFO_NAME].data)
		text_copy(detail->ulp, sizeof(detail->ulp), nested[ULP_INFO_NAME].data,
			  nested[ULP_INFO_NAME].len);
}

static void decode_base(const struct inet_diag_msg *m, enum sk_proto proto,
			struct sk_socket *socket)
{
	uint8_t timer = m->idiag_timer < SK_TIMER_COUNT ? m->idiag_timer : SK_TIMER_ON;
	bool mini = timer == SK_TIMER_TIMEWAIT || m->idiag_state == SK_STATE_SYN_RECV;

	socket->cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	if (m->idiag_family == AF_INET) {
		socket->local = sk_addr_from_v4(m->id.idiag_src);
		socket->remote = sk_addr_from_v4(m->id.idiag_dst);
	} else {
		memcpy(&socket->local, m->id.idiag_src, sizeof(socket->local));
		memcpy(&socket->remote, m->id.idiag_dst, sizeof(socket->remote));
		socket->flags = SK_F_V6;
	}
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
	socket->inode = m->idiag_inode;
	socket->uid = m->idiag_uid;
	if (m->idiag_inode && !mini)
		socket->flags |= SK_F_OWNER;
}

int inet_diag_decode(const struct nlmsghdr *message, size_t size, enum sk_proto proto,
		     struct sk_socket *socket, struct sk_more *more,
		     struct sk_detail *detail)
{
	const struct inet_diag_msg *m;
	struct attr attrs[ATTR_COUNT] = { 0 };

	if (size < NLMSG_LENGTH(sizeof(*m)) || message->nlmsg_len > size ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return -EBADMSG;
	m = NLMSG_DATA(message);
	if ((m->idiag_family != AF_INET && m->idiag_family != AF_INET6) ||
	    m->idiag_state == 0 || m->idiag_state >= SK_STATE_COUNT)
		return -EBADMSG;
	collect_attrs((const uint8_t *)message + NLMSG_SPACE(sizeof(*m)),
		      message->nlmsg_len - NLMSG_LENGTH(sizeof(*m)), attrs, ATTR_COUNT);
	decode_base(m, proto, socket);
	if (attrs[INET_DIAG_MARK].len >= 4) {
		socket->mark = attr32(&attrs[INET_DIAG_MARK]);
		socket->flags |= SK_F_MARK;
	}
	if (attrs[ATTR_CGROUP_ID].len >= 8) {
		memcpy(&socket->cgroup, attrs[ATTR_CGROUP_ID].data, 8);
		socket->flags |= SK_F_CGROUP;
	}
	if (attr8(&attrs[INET_DIAG_SKV6ONLY]))
		socket->flags |= SK_F_V6ONLY;
	/* A listener's tcp_info reuses fields for its queue: no traffic in it. */
	if (attrs[INET_DIAG_INFO].data && proto == SK_PROTO_TCP &&
	    socket->state != SK_STATE_LISTEN)
		decode_info(&attrs[INET_DIAG_INFO], socket);
	if (more)
		decode_more(attrs, socket, more);
	if (detail)
		decode_detail(attrs, detail);
	return 0;
}
