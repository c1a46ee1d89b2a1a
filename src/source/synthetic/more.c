/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include "kernel/sockets/inet_diag_attrs.h"
#include "source/synthetic/more.h"

/* As long as that of Linux 6.18. */
#define INFO_LEN sizeof(union sk_tcp_info)

/** What holds a made-up connection back; chosen by its cookie. */
enum { BY_NETWORK, BY_WINDOW, BY_BUFFER, BY_APPLICATION, KINDS };

/*
 * Every byte took a microsecond to send: totals that grow as the sockets do. The last
 * argument of each row of SK_TCP_FIELDS says what to put there.
 */
static void make_info(const struct sk_socket *s, uint8_t info[INFO_LEN])
{
	const uint64_t again = (uint64_t)s->retrans * 1448;
	const uint32_t cwnd = 10 + (uint32_t)(s->cookie % 80);
	const unsigned by = s->cookie % KINDS;

#define MAKE(bits, offset, made)                                                              \
	memcpy(info + (offset), &(uint##bits##_t){ (uint##bits##_t)(made) }, (bits) / 8);
#define FIELD(name, bits, offset, kind, none, column, title, width, section, label, help, made) \
	MAKE(bits, offset, made)
#define BESIDE(name, bits, offset, kind, none, section, label, help, made) \
	MAKE(bits, offset, made)
	SK_TCP_FIELDS(FIELD, BESIDE)
}

void synthetic_more(const struct sk_socket *socket, struct sk_more *more)
{
	uint8_t info[INFO_LEN];
	const struct attr attr = { .data = info, .len = sizeof(info) };

	if (socket->flags & SK_F_INFO) {
		make_info(socket, info);
		inet_diag_more_info(&attr, more);
		snprintf(more->congestion, sizeof(more->congestion), "cubic");
	}
	if (!(socket->flags & SK_F_OWNER))
		return;
	more->n_skmem = 9;
	more->skmem[1] = 131072;
	more->skmem[3] = 87040;
	more->sockopt = socket->proto == SK_PROTO_TCP ? 0x52 : 0x50; /* is_icsk mc_loop mc_all */
	more->flags |= SK_MORE_SKMEM | SK_MORE_TOS | SK_MORE_SHUTDOWN | SK_MORE_SOCKOPT;
}

struct sk_detail *synthetic_detail(const struct sk_pin *pin)
{
	const struct sk_socket *socket = &pin->socket;
	struct sk_detail *detail = calloc(1, sizeof(*detail));

	if (!detail)
		return NULL;
	detail->pin = *pin;
	synthetic_more(socket, &detail->more);
	if (!(socket->flags & SK_F_INFO))
		return detail;
	make_info(socket, detail->tcp_info);
	detail->tcp_info_len = INFO_LEN;
	return detail;
}
