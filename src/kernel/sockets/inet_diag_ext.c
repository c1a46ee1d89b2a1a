/* SPDX-License-Identifier: MIT */
/*
 * This file decodes the attributes that are kept beside the record of a socket, for columns that
 * need them.
 */
#include <linux/inet_diag.h>
#include <sktop/array.h>
#include "kernel/sockets/inet_diag_attrs.h"
#include "kernel/text.h"

void inet_diag_ext_info(const struct attr *info, struct sk_tcp_ext *tcp_ext)
{
#define DECODE(name, bits, offset, ...) tcp_ext->name = attr_u##bits(info, offset);
	SK_TCP_FIELDS(DECODE, SK_TCP_SKIP)
#undef DECODE
	tcp_ext->info_len = (uint16_t)info->len; /* nla_len has 16 bits */
	tcp_ext->flags |= SK_TCP_EXT_INFO;
}

static void decode_skmem(const struct attr *attr, struct sk_tcp_ext *tcp_ext)
{
	size_t n = attr->len / sizeof(tcp_ext->skmem[0]);
	const size_t max = ARRAY_SIZE(tcp_ext->skmem);

	tcp_ext->n_skmem = (uint8_t)(n < max ? n : max);
	memcpy(tcp_ext->skmem, attr->data,
	       tcp_ext->n_skmem * sizeof(tcp_ext->skmem[0]));
	tcp_ext->flags |= SK_TCP_EXT_SKMEM;
}

static void decode_byte(const struct attr *attr, struct sk_tcp_ext *tcp_ext,
			uint8_t *to, unsigned flag)
{
	*to = attr_u8(attr, 0);
	tcp_ext->flags |= (uint16_t)flag;
}

static void decode_word(const struct attr *attr, struct sk_tcp_ext *tcp_ext,
			uint32_t *to, unsigned flag)
{
	if (attr->len < sizeof(*to))
		return;
	*to = attr_u32(attr, 0);
	tcp_ext->flags |= (uint16_t)flag;
}

static void decode_ulp_name(const struct attr *ulp, struct sk_tcp_ext *tcp_ext)
{
	struct attrs nest = { ulp->data, ulp->len };
	struct attr attr;

	while (attr_next(&nest, &attr)) {
		if (attr.type == ULP_INFO_NAME)
			text_copy(tcp_ext->ulp, sizeof(tcp_ext->ulp),
				  (const char *)attr.data, attr.len);
	}
}

void inet_diag_ext_attr(const struct attr *attr, struct sk_tcp_ext *tcp_ext)
{
	switch (attr->type) {
	case INET_DIAG_SKMEMINFO:
		decode_skmem(attr, tcp_ext);
		break;
	case INET_DIAG_CONG:
		text_copy(tcp_ext->congestion, sizeof(tcp_ext->congestion),
			  (const char *)attr->data, attr->len);
		break;
	case INET_DIAG_TOS:
		decode_byte(attr, tcp_ext, &tcp_ext->tos, SK_TCP_EXT_TOS);
		break;
	case INET_DIAG_TCLASS:
		decode_byte(attr, tcp_ext, &tcp_ext->tclass, SK_TCP_EXT_TCLASS);
		break;
	case INET_DIAG_SHUTDOWN:
		decode_byte(attr, tcp_ext, &tcp_ext->shutdown, SK_TCP_EXT_SHUTDOWN);
		break;
	case INET_DIAG_MARK:
		decode_word(attr, tcp_ext, &tcp_ext->mark, SK_TCP_EXT_MARK);
		break;
	case ATTR_CLASS_ID:
		decode_word(attr, tcp_ext, &tcp_ext->class_id, SK_TCP_EXT_CLASS);
		break;
	case ATTR_SOCKOPT:
		if (attr->len < 2)
			break;
		tcp_ext->sockopt = (uint16_t)(attr_u8(attr, 0) | attr_u8(attr, 1) << 8);
		tcp_ext->flags |= SK_TCP_EXT_SOCKOPT;
		break;
	case ATTR_ULP_INFO:
		decode_ulp_name(attr, tcp_ext);
		break;
	default:
		break;
	}
}
