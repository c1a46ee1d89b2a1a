/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/bits.h"
#include "columns/tcp_ext.h"

enum reading { U8, U32, FLOAT, TEXT };

/** Describes how one field is read. */
struct field {
	uint16_t offset;
	uint8_t reading;
	uint16_t needs; /* enum sk_tcp_ext_flag */
};

#define AT(member) offsetof(struct sk_tcp_ext, member)
#define SKMEM(i) { AT(skmem) + (i) * 4, U32, SK_TCP_EXT_SKMEM }

static const struct field fields[TCP_EXT_FIELD_COUNT] = {
	[TCP_EXT_TX_PACKETS] = { AT(tx_packets), FLOAT, SK_TCP_EXT_RATE },
	[TCP_EXT_RX_PACKETS] = { AT(rx_packets), FLOAT, SK_TCP_EXT_RATE },
	[TCP_EXT_RETRANS_RATE] = { AT(retrans_rate), FLOAT, SK_TCP_EXT_RATE },
	[TCP_EXT_CONGESTION] = { AT(congestion), TEXT, 0 },
	[TCP_EXT_ULP] = { AT(ulp), TEXT, 0 },
	[TCP_EXT_MARK] = { AT(mark), U32, SK_TCP_EXT_MARK },
	[TCP_EXT_CLASS_ID] = { AT(class_id), U32, SK_TCP_EXT_CLASS },
	[TCP_EXT_TOS] = { AT(tos), U8, SK_TCP_EXT_TOS },
	[TCP_EXT_TCLASS] = { AT(tclass), U8, SK_TCP_EXT_TCLASS },
	[TCP_EXT_RMEM] = SKMEM(0),	      [TCP_EXT_RCVBUF] = SKMEM(1),
	[TCP_EXT_WMEM] = SKMEM(2),	      [TCP_EXT_SNDBUF] = SKMEM(3),
	[TCP_EXT_FWD] = SKMEM(4),	      [TCP_EXT_WMEM_QUEUED] = SKMEM(5),
	[TCP_EXT_OPTMEM] = SKMEM(6),     [TCP_EXT_BACKLOG] = SKMEM(7),
	[TCP_EXT_DROPS] = SKMEM(8),
};

static void read_field(const struct field *field, const char *at, struct sk_value *value)
{
	uint32_t word;
	float real;

	switch ((enum reading)field->reading) {
	case TEXT:
		if (*at)
			value_text(value, at);
		else
			value_none(value, "none, or not told in this state");
		return;
	case FLOAT:
		memcpy(&real, at, sizeof(real));
		value_real(value, (double)real);
		return;
	case U8:
		value_uint(value, *(const uint8_t *)at);
		return;
	case U32:
		memcpy(&word, at, sizeof(word));
		value_uint(value, word);
		return;
	}
}

static const char *no_field(const struct sk_sample *sample,
			    const struct sk_socket *socket, unsigned needs)
{
	if (needs == SK_TCP_EXT_MARK)
		return sample->losses.missing & SK_MISSING_NET_ADMIN ?
			       "needs CAP_NET_ADMIN" :
			       "the kernel tells no mark";
	if (needs == SK_TCP_EXT_RATE && (socket->flags & SK_F_INFO))
		return "a rate needs two samples";
	if (socket->proto != SK_PROTO_TCP &&
	    (needs & (SK_TCP_EXT_INFO | SK_TCP_EXT_RATE)))
		return "the kernel tells none for sockets of this kind";
	return "the kernel tells none in this state";
}

const struct sk_tcp_ext *columns_tcp_ext_of(const struct sk_context *context,
					    const struct sk_socket *socket,
					    unsigned needs, unsigned since,
					    struct sk_value *value)
{
	const struct sk_sample *sample = context->sample;
	const struct sk_tcp_ext *tcp_ext =
		sk_sample_tcp_ext(sample, (size_t)(socket - sample->sockets));

	if (socket->flags & SK_F_GONE)
		value_none(value, "the socket is gone");
	else if (!tcp_ext)
		value_none(value, "not sampled yet");
	else if ((tcp_ext->flags & needs) != needs)
		value_none(value, no_field(sample, socket, needs));
	else if (tcp_ext->info_len < since)
		value_none(value, "this kernel is too old to tell");
	else
		return tcp_ext;
	return NULL;
}

void columns_tcp_ext_get(const struct sk_context *context, const void *row, int arg,
			 struct sk_value *value)
{
	const struct field *field = &fields[arg];
	const struct sk_tcp_ext *tcp_ext = columns_tcp_ext_of(context, row, field->needs, 0, value);

	if (!tcp_ext)
		return;
	if (field->needs == SK_TCP_EXT_SKMEM &&
	    field->offset >= AT(skmem) + tcp_ext->n_skmem * sizeof(tcp_ext->skmem[0]))
		value_none(value, "this kernel is too old to tell");
	else
		read_field(field, (const char *)tcp_ext + field->offset, value);
}

/* The kinds that are words. */
static void read_words(enum sk_tcp_kind kind, uint64_t number, const struct sk_tcp_ext *tcp_ext,
		       struct sk_value *value)
{
	char *text = value->buffer;

	switch (kind) {
	case SK_TCP_CA_STATE:
		value_enum(value, (unsigned)number, bits_ca_state((unsigned)number));
		return;
	case SK_TCP_APP_LIMITED:
		value_enum(value, number & 1, number & 1 ? "yes" : "no");
		return;
	case SK_TCP_OPTIONS:
		bits_tcp_options((unsigned)number, text, sizeof(value->buffer));
		if (*text)
			value_text(value, text);
		else
			value_none(value, "no options were agreed on");
		return;
	default:
		snprintf(text, sizeof(value->buffer), "%u,%u", (unsigned)number & 15U,
			 (unsigned)number >> 4U);
		if (bits_has_wscale(tcp_ext->options))
			value_text(value, text);
		else
			value_none(value, "windows are not scaled");
		return;
	}
}

void columns_tcp_get(const struct sk_context *context, const void *row, int arg,
		     struct sk_value *value)
{
	const struct sk_tcp_field *field = &sk_tcp_fields[arg];
	const struct sk_tcp_ext *tcp_ext = columns_tcp_ext_of(
		context, row, SK_TCP_EXT_INFO, field->offset + field->size, value);
	const char *no_data;
	uint64_t number;

	if (!tcp_ext)
		return;
	no_data = sk_tcp_no_data(field, tcp_ext);
	if (no_data) {
		value_none(value, no_data);
		return;
	}
	number = sk_tcp_number(field, (const char *)tcp_ext + field->kept);
	if (sk_tcp_is_none(field, number)) {
		value_none(value, "not set or not measured yet");
		return;
	}
	switch ((enum sk_tcp_kind)field->kind) {
	case SK_TCP_US:
	case SK_TCP_BUSY_SHARE:
		value_real(value, (double)number * 1e-6);
		return;
	case SK_TCP_MS:
	case SK_TCP_MS_AGO:
		value_real(value, (double)number * 1e-3);
		return;
	case SK_TCP_CA_STATE:
	case SK_TCP_OPTIONS:
	case SK_TCP_WSCALE:
	case SK_TCP_APP_LIMITED:
		read_words((enum sk_tcp_kind)field->kind, number, tcp_ext, value);
		return;
	default:
		value_uint(value, number);
		return;
	}
}
