/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a sock_diag answer. The first byte chooses the protocol, and whether
 * the message's own length is put right so that the attributes are reached.
 */
#include <errno.h>
#include <sktop/column.h>
#include "fuzz.h"
#include "kernel/sockets/inet_diag.h"

static void check_socket(const struct sk_pin *pin)
{
	const struct sk_socket *s = &pin->socket;

	require(s->state > SK_STATE_UNKNOWN && s->state < SK_STATE_COUNT);
	require(s->timer < SK_TIMER_COUNT);
	require(!(s->flags & SK_F_OWNER) || s->inode);
	require((s->flags & SK_F_OWNER) || (!s->inode && !pin->home.uid));
	require(!(s->flags & SK_F_INFO) ||
		(s->proto == SK_PROTO_TCP && s->state != SK_STATE_LISTEN));
	require((s->flags & SK_F_INFO) || (!s->tx_total && !s->rx_total));
	require((s->flags & SK_F_V6) || sk_addr_is_v4(&pin->home.local));
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
					 .socket = &detail->pin.socket,
					 .home = &detail->pin.home,
					 .detail = detail,
					 .before = detail,
					 .interval = 1 };

	require(sk_detail_rows_make(&input, &rows) == 0);
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
	struct sk_pin pin = { .socket.cookie = 0 };
	struct sk_detail detail = { 0 };
	uint8_t *bytes;
	int err;

	if (size < 1)
		return 0;
	bytes = copy_bytes(data + 1, --size);
	if (repair)
		repair_length(bytes, size);
	err = inet_diag_decode((const void *)bytes, size, proto, &pin.socket, &pin.home, NULL,
			       NULL);
	require(err == 0 || err == -EBADMSG);
	require(err == inet_diag_decode((const void *)bytes, size, proto,
					&detail.pin.socket, &detail.pin.home, &detail.more,
					&detail));
	if (!err) {
		check_socket(&pin);
		require(memcmp(&pin.socket, &detail.pin.socket, sizeof(pin.socket)) == 0 &&
			memcmp(&pin.home, &detail.pin.home, sizeof(pin.home)) == 0);
		check_text(detail.more.congestion, sizeof(detail.more.congestion));
		check_text(detail.more.ulp, sizeof(detail.more.ulp));
		require(detail.tcp_info_len <= SK_TCP_INFO_MAX);
		require(detail.cc_info_len <= sizeof(detail.cc_info));
		check_rows(&detail);
	}
	free(bytes);
	return 0;
}
