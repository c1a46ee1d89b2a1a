/* SPDX-License-Identifier: MIT */
/*
 * Queues and memory of a socket of any kind.
 */
#include <sktop/column.h>
#include "model/detail.h"

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
	char text[160];

	if (!w->more || !(w->more->flags & SK_MORE_SKMEM))
		return;
	for (size_t i = 0; i < w->more->n_skmem; i++) {
		detail_format_exact(i == 8 ? SK_UNIT_COUNT : SK_UNIT_BYTES, w->more->skmem[i],
			     text, sizeof(text));
		detail_add(w, names[i].label, names[i].help, "%s", text);
	}
}

void detail_queues(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	char text[160];

	if (s->state == SK_STATE_LISTEN) {
		detail_add(w, "waiting", "Connections the application has not yet accepted",
		    "%u", s->recv_q);
		if (s->flags & SK_F_NO_COOKIE)
			detail_add(w, "backlog", "/proc/net does not tell the limit", "-");
		else
			detail_add(w, "backlog", "Limit of connections that wait", "%u",
			    s->send_q);
	} else {
		detail_format_exact(SK_UNIT_BYTES, s->recv_q, text, sizeof(text));
		detail_add(w, "receive queue", "Bytes the application has not read", "%s",
		    text);
		detail_format_exact(SK_UNIT_BYTES, s->send_q, text, sizeof(text));
		detail_add(w, "send queue",
		    s->proto == SK_PROTO_TCP ? "Bytes not acknowledged by the peer"
					     : "Bytes not yet sent, with overhead",
		    "%s", text);
	}
	add_skmem(w);
}
