/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/tcp.h>

#define ROW(field, column_, kept_, bits, offset_, kind_, none_, section_, label_, help_)      \
	[SK_TCP_FIELD_##field] = { .name = "tcpi_" #field,                                    \
				   .column = column_,                                         \
				   .label = label_,                                           \
				   .help = help_ " (tcpi_" #field ")",                        \
				   .offset = offset_,                                         \
				   .kept = kept_,                                             \
				   .size = (bits) / 8,                                        \
				   .kind = SK_TCP_##kind_,                                    \
				   .none = SK_TCP_##none_,                                    \
				   .section = SK_TCP_##section_ },
#define FIELD(name, bits, offset, kind, none, column, title, width, section, label, help, built) \
	ROW(name, column, offsetof(struct sk_tcp_ext, name), bits, offset, kind, none, section, \
	    label, help)
#define BESIDE(name, bits, offset, kind, none, section, label, help, built) \
	ROW(name, NULL, 0, bits, offset, kind, none, section, label, help)

const struct sk_tcp_field sk_tcp_fields[SK_TCP_FIELD_COUNT] = { SK_TCP_FIELDS(FIELD, BESIDE) };

uint64_t sk_tcp_number(const struct sk_tcp_field *field, const void *at)
{
	uint16_t half;
	uint32_t word;
	uint64_t wide;

	switch (field->size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		memcpy(&half, at, sizeof(half));
		return half;
	case 4:
		memcpy(&word, at, sizeof(word));
		return word;
	default:
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
}

const char *sk_tcp_no_data(const struct sk_tcp_field *field, const struct sk_tcp_ext *tcp_ext)
{
	if (tcp_ext->info_len < SK_TCP_OFFSET_data_segs_out + sizeof(tcp_ext->data_segs_out))
		return NULL; /* no segments are told */
	if (field == &sk_tcp_fields[SK_TCP_FIELD_last_data_sent] && !tcp_ext->data_segs_out)
		return "no data was sent yet";
	if (field == &sk_tcp_fields[SK_TCP_FIELD_last_data_recv] && !tcp_ext->data_segs_in)
		return "no data was received yet";
	return NULL;
}

bool sk_tcp_is_none(const struct sk_tcp_field *field, uint64_t number)
{
	switch ((enum sk_tcp_none)field->none) {
	case SK_TCP_ZERO:
		return number == 0;
	case SK_TCP_ONES:
		return number == UINT64_MAX >> (64 - 8 * field->size);
	case SK_TCP_UNSET:
		return number >= INT32_MAX;
	case SK_TCP_ALWAYS:
	case SK_TCP_QUIET:
		break;
	}
	return false;
}
