/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an answer about sockets without IP addresses, as one of SCTP's or
 * MPTCP's, or as a line of /proc/net. The first byte chooses which.
 */
#include <errno.h>
#include "fuzz.h"
#include "kernel/sockets/kind.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/sockets/inet_kinds.h"
#include "kernel/sockets/proc_sctp.h"

/* What reaches terminals: no control characters, and UTF-8 whole. */
static void check_text(const char *text)
{
	for (const uint8_t *c = (const uint8_t *)text; *c; c++) {
		require(*c >= ' ' && *c != 0x7f);
		if (*c >= 0xc2)
			require((c[1] & 0xc0) == 0x80);
		else
			require(*c < 0x80 || (c > (const uint8_t *)text && c[-1] >= 0x80));
	}
}

static void check_socket(const struct sk_sample *sample, const struct sk_socket *s)
{
	require(s->state < SK_STATE_COUNT);
	require(!(s->flags & SK_F_OWNER) == (s->inode == 0));
	if (sk_proto_has_ip(s->proto))
		return;
	require(s->state != SK_STATE_UNKNOWN);
	check_text(sk_sample_text(sample, sk_attrs(sample, s)->local_name.text));
	check_text(sk_sample_text(sample, s->remote_name.text));
}

static void check_detail(const struct sk_detail *detail)
{
	require(detail->n_lines <= SK_DETAIL_LINES);
	for (uint32_t i = 0; i < detail->n_lines; i++) {
		require(memchr(detail->line[i].value, '\0',
			       sizeof(detail->line[i].value)) != NULL);
		check_text(detail->line[i].value);
	}
}

static void decode(const struct socket_kind *kind, const uint8_t *bytes, size_t size,
		   struct sk_sample *sample)
{
	struct sk_detail *detail = calloc(1, sizeof(*detail));
	struct pairs pending = { 0 };
	struct kind_row row = { sample, NULL, NULL, NULL, detail, &pending };
	int err;

	if (!detail)
		return;
	row.socket = &detail->detached.socket;
	row.attrs = &detail->detached.attrs;
	row.tcp_ext = &detail->tcp_ext;
	detail->detached.socket.proto = (uint8_t)kind->proto;
	err = kind->decode(bytes, size, &row);
	require(err == 0 || err == -EBADMSG);
	if (!err)
		check_socket(sample, &detail->detached.socket);
	check_detail(detail);
	pairs_free(&pending);
	free(detail);
}

static void decode_inet(const uint8_t *bytes, size_t size, enum sk_proto proto,
			struct sk_sample *sample)
{
	struct sk_detail *detail = calloc(1, sizeof(*detail));
	struct token_pairs tokens = { 0 };
	uint8_t *copy = copy_bytes(bytes, size);

	if (detail && size >= NLMSG_HDRLEN) {
		repair_length(copy, size);
		if (!inet_diag_decode((void *)copy, size, proto,
				      &detail->detached.socket, &detail->detached.attrs,
				      &detail->tcp_ext, detail)) {
			check_socket(sample, &detail->detached.socket);
			require(!inet_kinds_tokens((void *)copy,
						   &detail->detached.socket,
						   &detail->detached.attrs, &tokens));
		}
		check_detail(detail);
	}
	pairs_free(&tokens.parents);
	pairs_free(&tokens.subflows);
	free(copy);
	free(detail);
}

static void parse(const struct socket_kind *kind, const uint8_t *bytes, size_t size,
		  unsigned which, struct sk_sample *sample)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	char *text = copy_text(bytes, size);

	if (kind)
		require(!kind_parse(kind, text, &request, sample));
	else
		require(!proc_sctp_parse(text, which & 1, &request, sample));
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		check_socket(sample, &sample->sockets[i]);
		require(sample->sockets[i].cookie != 0);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct socket_kind *const families[] = {
		&kind_unix,  &kind_packet, &kind_netlink,
		&kind_vsock, &kind_xdp,	   &kind_tipc
	};
	struct sk_sample *sample;
	uint8_t *bytes;
	unsigned which;

	if (size < 1 || sk_sample_new(&sample))
		return 0;
	which = data[0] % 13;
	bytes = copy_bytes(data + 1, --size);
	if (which < 6)
		decode(families[which], bytes, size, sample);
	else if (which < 9)
		parse(families[which - 6], bytes, size, which, sample);
	else if (which < 11)
		parse(NULL, bytes, size, which, sample);
	else
		decode_inet(bytes, size, which == 11 ? SK_PROTO_SCTP : SK_PROTO_MPTCP, sample);
	free(bytes);
	sk_sample_unref(sample);
	return 0;
}
