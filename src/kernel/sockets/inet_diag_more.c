/* SPDX-License-Identifier: MIT */
/*
 * What a socket has beside the hot record, for the columns that want it.
 */
#include <linux/inet_diag.h>
#include <sktop/array.h>
#include "kernel/sockets/inet_diag_attrs.h"
#include "kernel/text.h"

void inet_diag_more_info(const struct attr *info, struct sk_more *more)
{
#define DECODE(name, bits, offset, ...) more->name = attr_u##bits(info, offset);
	SK_TCP_FIELDS(DECODE, SK_TCP_SKIP)
#undef DECODE
	more->info_len = (uint16_t)info->len; /* nla_len has 16 bits */
	more->flags |= SK_MORE_INFO;
}

static void decode_skmem(const struct attr *attr, struct sk_more *more)
{
	size_t n = attr->len / sizeof(more->skmem[0]);
	const size_t max = ARRAY_SIZE(more->skmem);

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
