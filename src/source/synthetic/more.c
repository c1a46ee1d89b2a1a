/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include "kernel/sockets/inet_diag_attrs.h"
#include "kernel/sockets/tcp_info.h"
#include "source/synthetic/more.h"

/* As long as that of Linux 6.18. */
#define INFO_LEN 280

/** What holds a made-up connection back; chosen by its cookie. */
enum { BY_NETWORK, BY_WINDOW, BY_BUFFER, BY_APPLICATION, KINDS };

static void put16(uint8_t *info, size_t offset, uint16_t value)
{
	memcpy(info + offset, &value, sizeof(value));
}

static void put32(uint8_t *info, size_t offset, uint32_t value)
{
	memcpy(info + offset, &value, sizeof(value));
}

static void put64(uint8_t *info, size_t offset, uint64_t value)
{
	memcpy(info + offset, &value, sizeof(value));
}

/* Every byte took a microsecond to send: totals that grow as the sockets do. */
static void make_totals(const struct sk_socket *s, uint8_t *info)
{
	uint64_t again = (uint64_t)s->retrans * 1448;
	unsigned kind = s->cookie % KINDS;

	put64(info, TCP_INFO_BYTES_SENT, s->tx_total + again);
	put64(info, TCP_INFO_BYTES_RETRANS, again);
	put64(info, TCP_INFO_BYTES_ACKED, s->tx_total + 1);
	put64(info, TCP_INFO_BYTES_RECEIVED, s->rx_total);
	put32(info, TCP_INFO_SEGS_OUT, (uint32_t)(s->tx_total / 1000) + s->retrans);
	put32(info, TCP_INFO_SEGS_IN, (uint32_t)(s->rx_total / 1000));
	put32(info, TCP_INFO_DATA_SEGS_OUT, (uint32_t)(s->tx_total / 1448) + s->retrans);
	put32(info, TCP_INFO_DATA_SEGS_IN, (uint32_t)(s->rx_total / 1448));
	put32(info, TCP_INFO_DELIVERED, (uint32_t)(s->tx_total / 1448));
	put32(info, TCP_INFO_TOTAL_RETRANS, s->retrans);
	put16(info, TCP_INFO_TOTAL_RTO, (uint16_t)(s->retrans / 4));
	put64(info, TCP_INFO_BUSY_TIME, s->tx_total);
	if (kind == BY_WINDOW)
		put64(info, TCP_INFO_RWND_LIMITED, s->tx_total * 8 / 10);
	if (kind == BY_BUFFER)
		put64(info, TCP_INFO_SNDBUF_LIMITED, s->tx_total * 6 / 10);
}

static void make_levels(const struct sk_socket *s, uint8_t *info)
{
	uint32_t cwnd = 10 + (uint32_t)(s->cookie % 80);
	bool app = s->cookie % KINDS == BY_APPLICATION;

	info[TCP_INFO_OPTIONS] = 7; /* timestamps, SACK, window scale */
	info[TCP_INFO_WSCALE] = 0x77;
	info[TCP_INFO_APP_LIMITED] = app;
	put32(info, TCP_INFO_RTO, 200000 + s->rtt_us);
	put32(info, TCP_INFO_RTT, s->rtt_us);
	put32(info, TCP_INFO_RTTVAR, s->rtt_us / 4);
	put32(info, TCP_INFO_MIN_RTT, s->rtt_us - s->rtt_us / 3);
	put32(info, TCP_INFO_SND_MSS, 1448);
	put32(info, TCP_INFO_RCV_MSS, 1448);
	put32(info, TCP_INFO_ADVMSS, 1448);
	put32(info, TCP_INFO_PMTU, 1500);
	put32(info, TCP_INFO_SND_CWND, cwnd);
	put32(info, TCP_INFO_SND_SSTHRESH, s->retrans ? cwnd / 2 : INT32_MAX);
	put32(info, TCP_INFO_REORDERING, 3);
	put32(info, TCP_INFO_UNACKED, app ? 0 : cwnd);
	put32(info, TCP_INFO_NOTSENT_BYTES, app ? 0 : s->send_q);
	put32(info, TCP_INFO_SND_WND, 65535 + cwnd * 1448);
	put32(info, TCP_INFO_RCV_WND, 131072);
	put32(info, TCP_INFO_RCV_SPACE, 14480);
	put32(info, TCP_INFO_RCV_SSTHRESH, 64088);
	put64(info, TCP_INFO_PACING_RATE, UINT64_MAX);
	put64(info, TCP_INFO_MAX_PACING_RATE, UINT64_MAX);
	if (s->rtt_us)
		put64(info, TCP_INFO_DELIVERY_RATE, cwnd * 1448 * 1000000ULL / s->rtt_us);
}

static void make_info(const struct sk_socket *socket, uint8_t info[INFO_LEN])
{
	memset(info, 0, INFO_LEN);
	make_totals(socket, info);
	make_levels(socket, info);
}

void synthetic_more(const struct sk_socket *socket, struct sk_more *more)
{
	uint8_t info[INFO_LEN];
	const struct attr attr = { .data = info, .len = sizeof(info) };

	if (socket->flags & SK_F_INFO) {
		make_info(socket, info);
		inet_diag_more_info(&attr, more);
		snprintf(more->congestion, sizeof(more->congestion), "cubic");
	}
	if (!(socket->flags & SK_F_OWNER))
		return;
	more->n_skmem = 9;
	more->skmem[1] = 131072;
	more->skmem[3] = 87040;
	more->sockopt = socket->proto == SK_PROTO_TCP ? 0x52 : 0x50; /* is_icsk mc_loop mc_all */
	more->flags |= SK_MORE_SKMEM | SK_MORE_TOS | SK_MORE_SHUTDOWN | SK_MORE_SOCKOPT;
}

struct sk_detail *synthetic_detail(const struct sk_pin *pin)
{
	const struct sk_socket *socket = &pin->socket;
	struct sk_detail *detail = calloc(1, sizeof(*detail));

	if (!detail)
		return NULL;
	detail->pin = *pin;
	synthetic_more(socket, &detail->more);
	if (!(socket->flags & SK_F_INFO))
		return detail;
	make_info(socket, detail->tcp_info);
	detail->tcp_info_len = INFO_LEN;
	return detail;
}
