/* SPDX-License-Identifier: MIT */
/*
 * This section shows the queues and the memory of a socket of any kind.
 */
#include <sktop/column.h>
#include "detail/detail.h"

static void add_skmem(struct detail_writer *w)
{
	static const struct {
		const char *label, *help;
	} names[9] = {
		{ "receive memory", "Memory of received data, with overhead" },
		{ "receive buffer", "Limit of the receive memory (SO_RCVBUF)" },
		{ "send memory", "Memory of packets given to the device" },
		{ "send buffer", "Limit of the send memory (SO_SNDBUF)" },
		{ "forward memory", "Memory reserved and not yet in use" },
		{ "send queue memory", "Memory of queued data to send" },
		{ "option memory", "Memory of socket options and filters" },
		{ "backlog memory", "Packets that wait while the socket is locked" },
		{ "drops", "Packets dropped because the socket was full" },
	};

	if (!w->tcp_ext || !(w->tcp_ext->flags & SK_TCP_EXT_SKMEM))
		return;
	for (size_t i = 0; i < w->tcp_ext->n_skmem; i++)
		detail_add_exact(w, names[i].label, names[i].help,
				 i == 8 ? SK_UNIT_COUNT : SK_UNIT_BYTES,
				 w->tcp_ext->skmem[i]);
}

/*
 * The length is a number for a listener, and bytes for other sockets. unknown is the flag
 * that says that the kernel did not tell it.
 */
static void add_queue(struct detail_writer *w, const char *label, const char *help,
		      uint32_t length, uint32_t unknown)
{
	bool listens = w->socket->state == SK_STATE_LISTEN;

	if (w->socket->flags & unknown)
		detail_add_unknown(w, label, "The kernel, or /proc/net, does not tell it");
	else
		detail_add_exact(w, label, help, listens ? SK_UNIT_COUNT : SK_UNIT_BYTES,
				 length);
}

void detail_queues(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;

	if (s->state == SK_STATE_LISTEN) {
		add_queue(w, "waiting", "Connections the application has not yet accepted",
			  s->recv_q, SK_F_NO_RECV_Q);
		add_queue(w, "backlog", "Limit of connections that wait", s->send_q,
			  SK_F_NO_SEND_Q);
	} else {
		add_queue(w, "receive queue", "Bytes the application has not read",
			  s->recv_q, SK_F_NO_RECV_Q);
		add_queue(w, "send queue",
			  s->proto == SK_PROTO_TCP ? "Bytes not acknowledged by the peer" :
						     "Bytes not yet sent, with overhead",
			  s->send_q, SK_F_NO_SEND_Q);
	}
	add_skmem(w);
}
