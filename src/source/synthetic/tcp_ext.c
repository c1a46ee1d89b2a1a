/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include "kernel/sockets/inet_diag_attrs.h"
#include "source/synthetic/tcp_ext.h"

/* As long as that of Linux 6.18. */
#define INFO_LEN sizeof(union sk_tcp_info)

/** The bottleneck of a synthetic connection; chosen by its cookie. */
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

#define MAKE(bits, offset, built)                                 \
	{                                                         \
		uint##bits##_t number = (uint##bits##_t)(built);  \
								  \
		memcpy(info + (offset), &number, sizeof(number)); \
	}
#define FIELD(name, bits, offset, kind, none, column, title, width, section, label, help, built) \
	MAKE(bits, offset, built)
#define BESIDE(name, bits, offset, kind, none, section, label, help, built) \
	MAKE(bits, offset, built)
	SK_TCP_FIELDS(FIELD, BESIDE)
}

void synthetic_tcp_ext(const struct sk_socket *socket, struct sk_tcp_ext *tcp_ext)
{
	uint8_t info[INFO_LEN];
	const struct attr attr = { .data = info, .len = sizeof(info) };

	if (socket->flags & SK_F_INFO) {
		make_info(socket, info);
		inet_diag_ext_info(&attr, tcp_ext);
		snprintf(tcp_ext->congestion, sizeof(tcp_ext->congestion), "cubic");
	}
	if (!(socket->flags & SK_F_OWNER))
		return;
	tcp_ext->n_skmem = 9;
	tcp_ext->skmem[1] = 131072;
	tcp_ext->skmem[3] = 87040;
	tcp_ext->sockopt = socket->proto == SK_PROTO_TCP ? 0x52 : 0x50; /* is_icsk mc_loop mc_all */
	tcp_ext->flags |= SK_TCP_EXT_SKMEM | SK_TCP_EXT_TOS | SK_TCP_EXT_SHUTDOWN |
			  SK_TCP_EXT_SOCKOPT;
}

struct sk_detail *synthetic_detail(const struct sk_detached *detached)
{
	const struct sk_socket *socket = &detached->socket;
	struct sk_detail *detail = calloc(1, sizeof(*detail));

	if (!detail)
		return NULL;
	detail->detached = *detached;
	synthetic_tcp_ext(socket, &detail->tcp_ext);
	if (!(socket->flags & SK_F_INFO))
		return detail;
	make_info(socket, detail->tcp_info);
	detail->tcp_info_len = INFO_LEN;
	return detail;
}
