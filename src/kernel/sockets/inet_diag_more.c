/* SPDX-License-Identifier: MIT */
/*
 * What a socket has beside the hot record, for the columns that want it.
 */
#include <linux/inet_diag.h>
#include "kernel/sockets/inet_diag_attrs.h"
#include "kernel/sockets/tcp_info.h"
#include "kernel/text.h"

/* Queues, windows and sizes: all of the struct that Linux 2.6 had. */
static void decode_old(const struct attr *info, struct sk_more *more)
{
	more->ca_state = attr_u8(info, TCP_INFO_CA_STATE);
	more->timeouts = attr_u8(info, TCP_INFO_RETRANSMITS);
	more->probes = attr_u8(info, TCP_INFO_PROBES);
	more->backoff = attr_u8(info, TCP_INFO_BACKOFF);
	more->options = attr_u8(info, TCP_INFO_OPTIONS);
	more->wscale = attr_u8(info, TCP_INFO_WSCALE);
	more->app_limited = attr_u8(info, TCP_INFO_APP_LIMITED);
	more->rto_us = attr_u32(info, TCP_INFO_RTO);
	more->ato_us = attr_u32(info, TCP_INFO_ATO);
	more->mss = attr_u32(info, TCP_INFO_SND_MSS);
	more->rcvmss = attr_u32(info, TCP_INFO_RCV_MSS);
	more->unacked = attr_u32(info, TCP_INFO_UNACKED);
	more->sacked = attr_u32(info, TCP_INFO_SACKED);
	more->lost = attr_u32(info, TCP_INFO_LOST);
	more->retrans_now = attr_u32(info, TCP_INFO_RETRANS);
	more->lastsnd_ms = attr_u32(info, TCP_INFO_LAST_DATA_SENT);
	more->lastrcv_ms = attr_u32(info, TCP_INFO_LAST_DATA_RECV);
	more->lastack_ms = attr_u32(info, TCP_INFO_LAST_ACK_RECV);
	more->pmtu = attr_u32(info, TCP_INFO_PMTU);
	more->rcv_ssthresh = attr_u32(info, TCP_INFO_RCV_SSTHRESH);
	more->rttvar_us = attr_u32(info, TCP_INFO_RTTVAR);
	more->ssthresh = attr_u32(info, TCP_INFO_SND_SSTHRESH);
	more->cwnd = attr_u32(info, TCP_INFO_SND_CWND);
	more->advmss = attr_u32(info, TCP_INFO_ADVMSS);
	more->reordering = attr_u32(info, TCP_INFO_REORDERING);
	more->rcv_rtt_us = attr_u32(info, TCP_INFO_RCV_RTT);
	more->rcv_space = attr_u32(info, TCP_INFO_RCV_SPACE);
}

/* What was added since, in the order in which it was. */
static void decode_new(const struct attr *info, struct sk_more *more)
{
	more->pacing_rate = attr_u64(info, TCP_INFO_PACING_RATE);
	more->max_pacing_rate = attr_u64(info, TCP_INFO_MAX_PACING_RATE);
	more->bytes_acked = attr_u64(info, TCP_INFO_BYTES_ACKED);
	more->bytes_received = attr_u64(info, TCP_INFO_BYTES_RECEIVED);
	more->segs_out = attr_u32(info, TCP_INFO_SEGS_OUT);
	more->segs_in = attr_u32(info, TCP_INFO_SEGS_IN);
	more->notsent = attr_u32(info, TCP_INFO_NOTSENT_BYTES);
	more->minrtt_us = attr_u32(info, TCP_INFO_MIN_RTT);
	more->data_segs_in = attr_u32(info, TCP_INFO_DATA_SEGS_IN);
	more->data_segs_out = attr_u32(info, TCP_INFO_DATA_SEGS_OUT);
	more->delivery_rate = attr_u64(info, TCP_INFO_DELIVERY_RATE);
	more->busy_us = attr_u64(info, TCP_INFO_BUSY_TIME);
	more->rwnd_limited_us = attr_u64(info, TCP_INFO_RWND_LIMITED);
	more->sndbuf_limited_us = attr_u64(info, TCP_INFO_SNDBUF_LIMITED);
	more->delivered = attr_u32(info, TCP_INFO_DELIVERED);
	more->delivered_ce = attr_u32(info, TCP_INFO_DELIVERED_CE);
	more->bytes_sent = attr_u64(info, TCP_INFO_BYTES_SENT);
	more->bytes_retrans = attr_u64(info, TCP_INFO_BYTES_RETRANS);
	more->dsack_dups = attr_u32(info, TCP_INFO_DSACK_DUPS);
	more->reord_seen = attr_u32(info, TCP_INFO_REORD_SEEN);
	more->rcv_ooopack = attr_u32(info, TCP_INFO_RCV_OOOPACK);
	more->snd_wnd = attr_u32(info, TCP_INFO_SND_WND);
	more->rcv_wnd = attr_u32(info, TCP_INFO_RCV_WND);
	more->rehash = attr_u32(info, TCP_INFO_REHASH);
	more->total_rto = attr_u16(info, TCP_INFO_TOTAL_RTO);
	more->rto_recoveries = attr_u16(info, TCP_INFO_RTO_RECOVERIES);
	more->total_rto_ms = attr_u32(info, TCP_INFO_TOTAL_RTO_TIME);
	more->received_ce = attr_u32(info, TCP_INFO_RECEIVED_CE);
}

void inet_diag_more_info(const struct attr *info, struct sk_more *more)
{
	decode_old(info, more);
	decode_new(info, more);
	more->info_len = (uint16_t)info->len; /* nla_len has 16 bits */
	more->flags |= SK_MORE_INFO;
}

static void decode_skmem(const struct attr *attr, struct sk_more *more)
{
	size_t n = attr->len / sizeof(more->skmem[0]);
	const size_t max = sizeof(more->skmem) / sizeof(more->skmem[0]);

	more->n_skmem = (uint8_t)(n < max ? n : max);
	memcpy(more->skmem, attr->data, more->n_skmem * sizeof(more->skmem[0]));
	more->flags |= SK_MORE_SKMEM;
}

static void decode_byte(const struct attr *attr, struct sk_more *more, uint8_t *to,
			unsigned flag)
{
	*to = attr_u8(attr, 0);
	more->flags |= (uint16_t)flag;
}

static void decode_word(const struct attr *attr, struct sk_more *more, uint32_t *to,
			unsigned flag)
{
	if (attr->len < sizeof(*to))
		return;
	*to = attr_u32(attr, 0);
	more->flags |= (uint16_t)flag;
}

static void decode_ulp_name(const struct attr *ulp, struct sk_more *more)
{
	struct attrs nest = { ulp->data, ulp->len };
	struct attr attr;

	while (attr_next(&nest, &attr)) {
		if (attr.type == ULP_INFO_NAME)
			text_copy(more->ulp, sizeof(more->ulp), (const char *)attr.data,
				  attr.len);
	}
}

void inet_diag_more_attr(const struct attr *attr, struct sk_more *more)
{
	switch (attr->type) {
	case INET_DIAG_SKMEMINFO:
		decode_skmem(attr, more);
		break;
	case INET_DIAG_CONG:
		text_copy(more->congestion, sizeof(more->congestion),
			  (const char *)attr->data, attr->len);
		break;
	case INET_DIAG_TOS:
		decode_byte(attr, more, &more->tos, SK_MORE_TOS);
		break;
	case INET_DIAG_TCLASS:
		decode_byte(attr, more, &more->tclass, SK_MORE_TCLASS);
		break;
	case INET_DIAG_SHUTDOWN:
		decode_byte(attr, more, &more->shutdown, SK_MORE_SHUTDOWN);
		break;
	case INET_DIAG_MARK:
		decode_word(attr, more, &more->mark, SK_MORE_MARK);
		break;
	case ATTR_CLASS_ID:
		decode_word(attr, more, &more->class_id, SK_MORE_CLASS);
		break;
	case ATTR_SOCKOPT:
		if (attr->len < 2)
			break;
		more->sockopt = (uint16_t)(attr_u8(attr, 0) | attr_u8(attr, 1) << 8);
		more->flags |= SK_MORE_SOCKOPT;
		break;
	case ATTR_ULP_INFO:
		decode_ulp_name(attr, more);
		break;
	default:
		break;
	}
}
