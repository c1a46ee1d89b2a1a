/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a sock_diag answer. The first byte chooses the protocol, and whether
 * the message's own length is put right so that the attributes are reached.
 */
#include <errno.h>
#include <sktop/column.h>
#include "fuzz.h"
#include "kernel/sockets/inet_diag.h"

static void check_socket(const struct sk_detached *detached)
{
	const struct sk_socket *s = &detached->socket;

	require(s->state > SK_STATE_UNKNOWN && s->state < SK_STATE_COUNT);
	require(s->timer < SK_TIMER_COUNT);
	require(!(s->flags & SK_F_OWNER) || s->inode);
	require((s->flags & SK_F_OWNER) || (!s->inode && !detached->attrs.uid));
	require(!(s->flags & SK_F_INFO) ||
		(s->proto == SK_PROTO_TCP && s->state != SK_STATE_LISTEN));
	require((s->flags & SK_F_INFO) || (!s->tx_total && !s->rx_total));
	require((s->flags & SK_F_V6) || sk_addr_is_v4(&detached->attrs.local));
}

static void check_text(const char *text, size_t size)
{
	require(memchr(text, '\0', size) != NULL);
	require(sk_text_is_clean(text));
}

/* The detail view of whatever came: rows that a terminal can take. */
static void check_rows(const struct sk_detail *detail)
{
	struct sk_sample sample = { .interval = 1 };
	struct sk_context context = { .sample = &sample };
	struct sk_detail_rows rows = { 0 };
	struct sk_detail_input input = { .context = &context,
					 .socket = &detail->detached.socket,
					 .attrs = &detail->detached.attrs,
					 .detail = detail,
					 .before = detail,
					 .interval = 1 };

	require(sk_detail_rows_build(&input, &rows) == 0);
	for (size_t i = 0; i < rows.n; i++) {
		require(rows.row[i].value[0] != '\0' && rows.row[i].help[0] != '\0');
		check_text(rows.row[i].value, strlen(rows.row[i].value) + 1);
	}
	sk_detail_rows_free(&rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum sk_proto proto = size && (data[0] & 1) ? SK_PROTO_UDP : SK_PROTO_TCP;
	bool repair = size && (data[0] & 2);
	struct sk_detached detached = { .socket.cookie = 0 };
	struct sk_detail detail = { 0 };
	uint8_t *bytes;
	int err;

	if (size < 1)
		return 0;
	bytes = copy_bytes(data + 1, --size);
	if (repair)
		repair_length(bytes, size);
	err = inet_diag_decode((const void *)bytes, size, proto, &detached.socket,
			       &detached.attrs, NULL, NULL);
	require(err == 0 || err == -EBADMSG);
	require(err == inet_diag_decode((const void *)bytes, size, proto,
					&detail.detached.socket, &detail.detached.attrs,
					&detail.tcp_ext, &detail));
	if (!err) {
		check_socket(&detached);
		require(memcmp(&detached.socket, &detail.detached.socket,
			       sizeof(detached.socket)) == 0 &&
			memcmp(&detached.attrs, &detail.detached.attrs,
			       sizeof(detached.attrs)) == 0);
		check_text(detail.tcp_ext.congestion,
			   sizeof(detail.tcp_ext.congestion));
		check_text(detail.tcp_ext.ulp, sizeof(detail.tcp_ext.ulp));
		require(detail.tcp_info_len <= SK_TCP_INFO_MAX);
		require(detail.cc_info_len <= sizeof(detail.cc_info));
		check_rows(&detail);
	}
	free(bytes);
	return 0;
}
