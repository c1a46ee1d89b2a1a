/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include "columns/more.h"

enum reading { U8, U16, U32, U64, FLOAT, TEXT };

/** How one field is read. */
struct field {
	uint16_t offset;
	uint8_t reading;
	uint16_t needs; /* enum sk_more_flag */
	double scale;	/* 0 = an integer, else seconds per unit */
	uint64_t none;	/* this number means "none"; 0 = no number does */
	uint16_t since; /* bytes of tcp_info that a kernel with this field sends */
};

#define AT(member) offsetof(struct sk_more, member)
#define SKMEM(i) { AT(skmem) + (i) * 4, U32, SK_MORE_SKMEM, 0, 0, 0 }
#define ZERO (UINT64_MAX - 1) /* 0 itself means "none" */

static const struct field fields[MORE_FIELD_COUNT] = {
	[MORE_TX_PACKETS] = { AT(tx_packets), FLOAT, SK_MORE_RATE, 0, 0, 0 },
	[MORE_RX_PACKETS] = { AT(rx_packets), FLOAT, SK_MORE_RATE, 0, 0, 0 },
	[MORE_RETRANS_RATE] = { AT(retrans_rate), FLOAT, SK_MORE_RATE, 0, 0, 0 },
	[MORE_CONGESTION] = { AT(congestion), TEXT, 0, 0, 0, 0 },
	[MORE_ULP] = { AT(ulp), TEXT, 0, 0, 0, 0 },
	[MORE_MARK] = { AT(mark), U32, SK_MORE_MARK, 0, 0, 0 },
	[MORE_CLASS_ID] = { AT(class_id), U32, SK_MORE_CLASS, 0, 0, 0 },
	[MORE_TOS] = { AT(tos), U8, SK_MORE_TOS, 0, 0, 0 },
	[MORE_TCLASS] = { AT(tclass), U8, SK_MORE_TCLASS, 0, 0, 0 },
	[MORE_RMEM] = SKMEM(0),	      [MORE_RCVBUF] = SKMEM(1),
	[MORE_WMEM] = SKMEM(2),	      [MORE_SNDBUF] = SKMEM(3),
	[MORE_FWD] = SKMEM(4),	      [MORE_WMEM_QUEUED] = SKMEM(5),
	[MORE_OPTMEM] = SKMEM(6),     [MORE_BACKLOG] = SKMEM(7),
	[MORE_DROPS] = SKMEM(8),
	[MORE_BACKOFF] = { AT(backoff), U8, SK_MORE_INFO, 0, 0, 0 },
	[MORE_TIMEOUTS] = { AT(timeouts), U8, SK_MORE_INFO, 0, 0, 0 },
	[MORE_PROBES] = { AT(probes), U8, SK_MORE_INFO, 0, 0, 0 },
	[MORE_RTO] = { AT(rto_us), U32, SK_MORE_INFO, 1e-6, 0, 0 },
	[MORE_ATO] = { AT(ato_us), U32, SK_MORE_INFO, 1e-6, ZERO, 0 },
	[MORE_MSS] = { AT(mss), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_RCVMSS] = { AT(rcvmss), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_ADVMSS] = { AT(advmss), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_PMTU] = { AT(pmtu), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_UNACKED] = { AT(unacked), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_SACKED] = { AT(sacked), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_LOST] = { AT(lost), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_RETRANS_NOW] = { AT(retrans_now), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_LAST_SEND] = { AT(lastsnd_ms), U32, SK_MORE_INFO, 1e-3, 0, 0 },
	[MORE_LAST_RECV] = { AT(lastrcv_ms), U32, SK_MORE_INFO, 1e-3, 0, 0 },
	[MORE_LAST_ACK] = { AT(lastack_ms), U32, SK_MORE_INFO, 1e-3, 0, 0 },
	[MORE_RTTVAR] = { AT(rttvar_us), U32, SK_MORE_INFO, 1e-6, 0, 0 },
	[MORE_SSTHRESH] = { AT(ssthresh), U32, SK_MORE_INFO, 0, INT32_MAX, 0 },
	[MORE_CWND] = { AT(cwnd), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_REORDERING] = { AT(reordering), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_RCV_RTT] = { AT(rcv_rtt_us), U32, SK_MORE_INFO, 1e-6, ZERO, 0 },
	[MORE_RCV_SPACE] = { AT(rcv_space), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_RCV_SSTHRESH] = { AT(rcv_ssthresh), U32, SK_MORE_INFO, 0, 0, 0 },
	[MORE_PACING_RATE] = { AT(pacing_rate), U64, SK_MORE_INFO, 0, UINT64_MAX, 112 },
	[MORE_MAX_PACING_RATE] = { AT(max_pacing_rate), U64, SK_MORE_INFO, 0, UINT64_MAX, 120 },
	[MORE_BYTES_ACKED] = { AT(bytes_acked), U64, SK_MORE_INFO, 0, 0, 128 },
	[MORE_BYTES_RECEIVED] = { AT(bytes_received), U64, SK_MORE_INFO, 0, 0, 136 },
	[MORE_SEGS_OUT] = { AT(segs_out), U32, SK_MORE_INFO, 0, 0, 140 },
	[MORE_SEGS_IN] = { AT(segs_in), U32, SK_MORE_INFO, 0, 0, 144 },
	[MORE_NOTSENT] = { AT(notsent), U32, SK_MORE_INFO, 0, 0, 148 },
	[MORE_MINRTT] = { AT(minrtt_us), U32, SK_MORE_INFO, 1e-6, UINT32_MAX, 152 },
	[MORE_DATA_SEGS_IN] = { AT(data_segs_in), U32, SK_MORE_INFO, 0, 0, 156 },
	[MORE_DATA_SEGS_OUT] = { AT(data_segs_out), U32, SK_MORE_INFO, 0, 0, 160 },
	[MORE_DELIVERY_RATE] = { AT(delivery_rate), U64, SK_MORE_INFO, 0, 0, 168 },
	[MORE_BUSY] = { AT(busy_us), U64, SK_MORE_INFO, 1e-6, 0, 176 },
	[MORE_RWND_LIMITED] = { AT(rwnd_limited_us), U64, SK_MORE_INFO, 1e-6, 0, 184 },
	[MORE_SNDBUF_LIMITED] = { AT(sndbuf_limited_us), U64, SK_MORE_INFO, 1e-6, 0, 192 },
	[MORE_DELIVERED] = { AT(delivered), U32, SK_MORE_INFO, 0, 0, 196 },
	[MORE_DELIVERED_CE] = { AT(delivered_ce), U32, SK_MORE_INFO, 0, 0, 200 },
	[MORE_BYTES_SENT] = { AT(bytes_sent), U64, SK_MORE_INFO, 0, 0, 208 },
	[MORE_BYTES_RETRANS] = { AT(bytes_retrans), U64, SK_MORE_INFO, 0, 0, 216 },
	[MORE_DSACK_DUPS] = { AT(dsack_dups), U32, SK_MORE_INFO, 0, 0, 220 },
	[MORE_REORD_SEEN] = { AT(reord_seen), U32, SK_MORE_INFO, 0, 0, 224 },
	[MORE_RCV_OOOPACK] = { AT(rcv_ooopack), U32, SK_MORE_INFO, 0, 0, 228 },
	[MORE_SND_WND] = { AT(snd_wnd), U32, SK_MORE_INFO, 0, 0, 232 },
	[MORE_RCV_WND] = { AT(rcv_wnd), U32, SK_MORE_INFO, 0, 0, 236 },
	[MORE_REHASH] = { AT(rehash), U32, SK_MORE_INFO, 0, 0, 240 },
	[MORE_TOTAL_RTO] = { AT(total_rto), U16, SK_MORE_INFO, 0, 0, 242 },
	[MORE_RTO_RECOVERIES] = { AT(rto_recoveries), U16, SK_MORE_INFO, 0, 0, 244 },
	[MORE_TOTAL_RTO_TIME] = { AT(total_rto_ms), U32, SK_MORE_INFO, 1e-3, 0, 248 },
	[MORE_RECEIVED_CE] = { AT(received_ce), U32, SK_MORE_INFO, 0, 0, 252 },
};

static uint64_t read_integer(const struct field *field, const char *at)
{
	uint64_t wide;
	uint32_t word;
	uint16_t half;

	switch (field->reading) {
	case U8:
		return *(const uint8_t *)at;
	case U16:
		memcpy(&half, at, sizeof(half));
		return half;
	case U32:
		memcpy(&word, at, sizeof(word));
		return word;
	default:
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
}

static void read_field(const struct field *field, const char *at, struct sk_value *value)
{
	uint64_t number;
	float real;

	if (field->reading == TEXT) {
		if (*at)
			value_text(value, at);
		else
			value_none(value, "none, or not told in this state");
		return;
	}
	if (field->reading == FLOAT) {
		memcpy(&real, at, sizeof(real));
		value_real(value, (double)real);
		return;
	}
	number = read_integer(field, at);
	if (field->none == ZERO ? !number : field->none && number == field->none)
		value_none(value, "not set or not measured yet");
	else if (field->scale > 0)
		value_real(value, (double)number * field->scale);
	else
		value_uint(value, number);
}

static const char *no_field(const struct sk_sample *sample,
			    const struct sk_socket *socket, unsigned needs)
{
	if (needs == SK_MORE_MARK)
		return sample->losses.missing & SK_MISSING_NET_ADMIN ?
			       "needs CAP_NET_ADMIN" :
			       "the kernel tells no mark";
	if (needs == SK_MORE_RATE && (socket->flags & SK_F_INFO))
		return "a rate needs two samples";
	if (socket->proto != SK_PROTO_TCP && (needs & (SK_MORE_INFO | SK_MORE_RATE)))
		return "the kernel tells none for sockets of this kind";
	return "the kernel tells none in this state";
}

const struct sk_more *columns_more_of(const struct sk_context *context,
				      const struct sk_socket *socket, unsigned needs,
				      unsigned since, struct sk_value *value)
{
	const struct sk_sample *sample = context->sample;
	const struct sk_more *more =
		sk_sample_more(sample, (size_t)(socket - sample->sockets));

	if (socket->flags & SK_F_GONE)
		value_none(value, "the socket is gone");
	else if (!more)
		value_none(value, "not sampled yet");
	else if ((more->flags & needs) != needs)
		value_none(value, no_field(sample, socket, needs));
	else if (more->info_len < since)
		value_none(value, "this kernel is too old to tell");
	else
		return more;
	return NULL;
}

void columns_more_get(const struct sk_context *context, const void *row, int arg,
		      struct sk_value *value)
{
	const struct field *field = &fields[arg];
	const struct sk_more *more = columns_more_of(context, row, field->needs,
						     field->since, value);

	if (!more)
		return;
	if (field->needs == SK_MORE_SKMEM &&
	    field->offset >= AT(skmem) + more->n_skmem * sizeof(more->skmem[0]))
		value_none(value, "this kernel is too old to tell");
	else
		read_field(field, (const char *)more + field->offset, value);
}
