/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include "model/columns_more.h"

enum reading { U8, U32, U64, FLOAT, TEXT };

/** How one field is read. */
struct field {
	uint16_t offset;
	uint8_t reading;
	uint8_t needs;	   /* enum sk_more_flag */
	double scale;	   /* 0 = an integer, else seconds per unit */
	uint64_t none;	   /* this number means "none"; 0 = no number does */
};

#define AT(member) offsetof(struct sk_more, member)
#define SKMEM(i) { AT(skmem) + (i) * 4, U32, SK_MORE_SKMEM, 0, 0 }

static const struct field fields[MORE_FIELD_COUNT] = {
	[MORE_TX_PACKETS] = { AT(tx_packets), FLOAT, SK_MORE_RATE, 0, 0 },
	[MORE_RX_PACKETS] = { AT(rx_packets), FLOAT, SK_MORE_RATE, 0, 0 },
	[MORE_RETRANS_RATE] = { AT(retrans_rate), FLOAT, SK_MORE_RATE, 0, 0 },
	[MORE_CWND] = { AT(cwnd), U32, SK_MORE_INFO, 0, 0 },
	[MORE_MARK] = { AT(mark), U32, SK_MORE_MARK, 0, 0 },
	[MORE_RTTVAR] = { AT(rttvar_us), U32, SK_MORE_INFO, 1e-6, 0 },
	[MORE_MINRTT] = { AT(minrtt_us), U32, SK_MORE_INFO, 1e-6, UINT32_MAX },
	[MORE_RTO] = { AT(rto_us), U32, SK_MORE_INFO, 1e-6, 0 },
	[MORE_MSS] = { AT(mss), U32, SK_MORE_INFO, 0, 0 },
	[MORE_PMTU] = { AT(pmtu), U32, SK_MORE_INFO, 0, 0 },
	[MORE_SSTHRESH] = { AT(ssthresh), U32, SK_MORE_INFO, 0, INT32_MAX },
	[MORE_UNACKED] = { AT(unacked), U32, SK_MORE_INFO, 0, 0 },
	[MORE_LOST] = { AT(lost), U32, SK_MORE_INFO, 0, 0 },
	[MORE_NOTSENT] = { AT(notsent), U32, SK_MORE_INFO, 0, 0 },
	[MORE_SND_WND] = { AT(snd_wnd), U32, SK_MORE_INFO, 0, 0 },
	[MORE_SEGS_OUT] = { AT(segs_out), U32, SK_MORE_INFO, 0, 0 },
	[MORE_SEGS_IN] = { AT(segs_in), U32, SK_MORE_INFO, 0, 0 },
	[MORE_BYTES_SENT] = { AT(bytes_sent), U64, SK_MORE_INFO, 0, 0 },
	[MORE_BYTES_RETRANS] = { AT(bytes_retrans), U64, SK_MORE_INFO, 0, 0 },
	[MORE_PACING_RATE] = { AT(pacing_rate), U64, SK_MORE_INFO, 0, UINT64_MAX },
	[MORE_DELIVERY_RATE] = { AT(delivery_rate), U64, SK_MORE_INFO, 0, 0 },
	[MORE_BUSY] = { AT(busy_us), U64, SK_MORE_INFO, 1e-6, 0 },
	[MORE_RWND_LIMITED] = { AT(rwnd_limited_us), U64, SK_MORE_INFO, 1e-6, 0 },
	[MORE_SNDBUF_LIMITED] = { AT(sndbuf_limited_us), U64, SK_MORE_INFO, 1e-6, 0 },
	[MORE_LAST_SEND] = { AT(lastsnd_ms), U32, SK_MORE_INFO, 1e-3, 0 },
	[MORE_LAST_RECV] = { AT(lastrcv_ms), U32, SK_MORE_INFO, 1e-3, 0 },
	[MORE_CONGESTION] = { AT(congestion), TEXT, 0, 0, 0 },
	[MORE_TOS] = { AT(tos), U8, SK_MORE_TOS, 0, 0 },
	[MORE_TCLASS] = { AT(tclass), U8, SK_MORE_TCLASS, 0, 0 },
	[MORE_SHUTDOWN] = { AT(shutdown), U8, SK_MORE_SHUTDOWN, 0, 0 },
	[MORE_RMEM] = SKMEM(0),	      [MORE_RCVBUF] = SKMEM(1),
	[MORE_WMEM] = SKMEM(2),	      [MORE_SNDBUF] = SKMEM(3),
	[MORE_FWD] = SKMEM(4),	      [MORE_WMEM_QUEUED] = SKMEM(5),
	[MORE_OPTMEM] = SKMEM(6),     [MORE_BACKLOG] = SKMEM(7),
	[MORE_DROPS] = SKMEM(8),
};

static uint64_t read_integer(const struct field *field, const char *at)
{
	uint64_t wide;
	uint32_t word;

	switch (field->reading) {
	case U8:
		return *(const uint8_t *)at;
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
			value_none(value, "the kernel tells none in this state");
		return;
	}
	if (field->reading == FLOAT) {
		memcpy(&real, at, sizeof(real));
		value_real(value, (double)real);
		return;
	}
	number = read_integer(field, at);
	if (field->none && number == field->none)
		value_none(value, "not set or not measured yet");
	else if (field->scale > 0)
		value_real(value, (double)number * field->scale);
	else
		value_uint(value, number);
}

static const char *no_field(const struct sk_sample *sample,
			    const struct sk_socket *socket, const struct field *field)
{
	if (field->needs == SK_MORE_MARK)
		return sample->losses.missing & SK_MISSING_NET_ADMIN ?
			       "needs CAP_NET_ADMIN" :
			       "the kernel tells no mark";
	if (field->needs == SK_MORE_RATE && (socket->flags & SK_F_INFO))
		return "a rate needs two samples";
	if (socket->proto != SK_PROTO_TCP && field->needs != SK_MORE_SKMEM)
		return "the kernel tells none for sockets of this kind";
	return "the kernel tells none in this state";
}

void columns_more_get(const struct sk_context *context, const void *row, int arg,
		      struct sk_value *value)
{
	const struct sk_sample *sample = context->sample;
	const struct sk_socket *socket = row;
	const struct field *field = &fields[arg];
	size_t i = (size_t)(socket - sample->sockets);

	if (socket->flags & SK_F_GONE)
		value_none(value, "the socket is gone");
	else if (!sample->more || i >= sample->n_sockets)
		value_none(value, "not sampled yet");
	else if ((sample->more[i].flags & field->needs) != field->needs)
		value_none(value, no_field(sample, socket, field));
	else
		read_field(field, (const char *)&sample->more[i] + field->offset, value);
}
