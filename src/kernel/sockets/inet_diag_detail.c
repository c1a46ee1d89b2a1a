/* SPDX-License-Identifier: MIT */
/*
 * This file decodes the attributes that only the detail view of one socket shows.
 */
#include <linux/inet_diag.h>
#include <sys/socket.h>
#include "kernel/sockets/inet_diag_attrs.h"

/* These are from linux/tls.h and linux/mptcp.h, which are too old in some distributions. */
enum {
	TLS_VERSION = 1,
	TLS_CIPHER = 2,
	TLS_TXCONF = 3,
	TLS_RXCONF = 4,
	TLS_ZC_TX = 5,
	TLS_NO_PAD = 6,
	SUBFLOW_TOKEN_REMOTE = 1,
	SUBFLOW_TOKEN_LOCAL = 2,
	SUBFLOW_RELATIVE_SEQ = 3,
	SUBFLOW_MAP_SEQ = 4,
	SUBFLOW_MAP_SUBFLOW_SEQ = 5,
	SUBFLOW_OFFSET = 6,
	SUBFLOW_MAP_LEN = 7,
	SUBFLOW_FLAGS = 8,
	SUBFLOW_ID_REMOTE = 9,
	SUBFLOW_ID_LOCAL = 10,
};

/* These are offsets in struct tcp_diag_md5sig. The key behind them is never read. */
enum { MD5_SIZE = 100, MD5_FAMILY = 0, MD5_PREFIX = 1, MD5_KEYLEN = 2, MD5_ADDR = 4 };

static void decode_tls(const struct attr *nest, struct sk_detail_tls *tls)
{
	struct attrs attrs = { nest->data, nest->len };
	struct attr attr;

	tls->valid = true;
	while (attr_next(&attrs, &attr)) {
		switch (attr.type) {
		case TLS_VERSION:
			tls->version = attr_u16(&attr, 0);
			break;
		case TLS_CIPHER:
			tls->cipher = attr_u16(&attr, 0);
			break;
		case TLS_TXCONF:
			tls->tx = attr_u16(&attr, 0);
			break;
		case TLS_RXCONF:
			tls->rx = attr_u16(&attr, 0);
			break;
		case TLS_ZC_TX:
			tls->zerocopy_tx = true;
			break;
		case TLS_NO_PAD:
			tls->no_padding_rx = true;
			break;
		default:
			break;
		}
	}
}

static void decode_subflow(const struct attr *nest, struct sk_detail_subflow *subflow)
{
	struct attrs attrs = { nest->data, nest->len };
	struct attr attr;

	subflow->valid = true;
	while (attr_next(&attrs, &attr)) {
		switch (attr.type) {
		case SUBFLOW_TOKEN_REMOTE:
			subflow->token_remote = attr_u32(&attr, 0);
			break;
		case SUBFLOW_TOKEN_LOCAL:
			subflow->token_local = attr_u32(&attr, 0);
			break;
		case SUBFLOW_RELATIVE_SEQ:
			subflow->relative_seq = attr_u32(&attr, 0);
			break;
		case SUBFLOW_MAP_SEQ:
			subflow->map_seq = attr_u64(&attr, 0);
			break;
		case SUBFLOW_MAP_SUBFLOW_SEQ:
			subflow->map_subflow_seq = attr_u32(&attr, 0);
			break;
		case SUBFLOW_OFFSET:
			subflow->offset = attr_u32(&attr, 0);
			break;
		case SUBFLOW_MAP_LEN:
			subflow->map_len = attr_u16(&attr, 0);
			break;
		case SUBFLOW_FLAGS:
			subflow->flags = attr_u32(&attr, 0);
			break;
		case SUBFLOW_ID_REMOTE:
			subflow->id_remote = attr_u8(&attr, 0);
			break;
		case SUBFLOW_ID_LOCAL:
			subflow->id_local = attr_u8(&attr, 0);
			break;
		default:
			break;
		}
	}
}

static void decode_ulp(const struct attr *ulp, struct sk_detail *detail)
{
	struct attrs nest = { ulp->data, ulp->len };
	struct attr attr;

	while (attr_next(&nest, &attr)) {
		if (attr.type == ULP_INFO_TLS)
			decode_tls(&attr, &detail->tls);
		else if (attr.type == ULP_INFO_MPTCP)
			decode_subflow(&attr, &detail->subflow);
	}
}

static void decode_md5(const struct attr *attr, struct sk_detail *detail)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	detail->n_md5 = (uint16_t)(attr->len / MD5_SIZE);
	for (size_t i = 0; i < detail->n_md5 && i < SK_DETAIL_MD5_MAX; i++) {
		const uint8_t *key = attr->data + i * MD5_SIZE;
		struct sk_detail_md5 *md5 = &detail->md5[i];

		md5->v6 = key[MD5_FAMILY] != AF_INET;
		md5->prefix_len = key[MD5_PREFIX];
		md5->key_len = attr_u16(attr, i * MD5_SIZE + MD5_KEYLEN);
		if (md5->v6) {
			memcpy(md5->addr.b, key + MD5_ADDR, 16);
		} else {
			memcpy(md5->addr.b, mapped, 12);
			memcpy(md5->addr.b + 12, key + MD5_ADDR, 4);
		}
	}
}

static void decode_private(const struct attr *attr, struct sk_detail *detail)
{
	size_t len = attr->len < sizeof(detail->cc_info) ? attr->len
							 : sizeof(detail->cc_info);

	memcpy(detail->cc_info, attr->data, len);
	detail->cc_info_len = (uint8_t)len;
	detail->cc_info_type = (uint8_t)attr->type;
}

void inet_diag_detail_attr(const struct attr *attr, struct sk_detail *detail)
{
	size_t len = attr->len < SK_TCP_INFO_MAX ? attr->len : SK_TCP_INFO_MAX;

	switch (attr->type) {
	case INET_DIAG_INFO:
		memcpy(detail->tcp_info, attr->data, len);
		detail->tcp_info_len = (uint16_t)len;
		break;
	case INET_DIAG_VEGASINFO:
	case INET_DIAG_DCTCPINFO:
	case INET_DIAG_BBRINFO:
		decode_private(attr, detail);
		break;
	case ATTR_MD5SIG:
		decode_md5(attr, detail);
		break;
	case ATTR_ULP_INFO:
		decode_ulp(attr, detail);
		break;
	default:
		break;
	}
}
