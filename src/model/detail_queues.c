/* SPDX-License-Identifier: MIT */
/*
 * Queues, memory and options of a socket of any kind.
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
	for (size_t i = 0; i < 9; i++) {
		detail_format_exact(i == 8 ? SK_UNIT_COUNT : SK_UNIT_BYTES, w->more->skmem[i],
			     text, sizeof(text));
		detail_add(w, names[i].label, names[i].help, "%s", text);
	}
}

void detail_queues(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	char text[160];

	if (s->proto == SK_PROTO_TCP && s->state == SK_STATE_LISTEN) {
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

static void add_more_options(struct detail_writer *w)
{
	static const char *const ends[] = { "receive", "send" };
	const struct sk_more *m = w->more;
	char text[32];

	if (m->flags & SK_MORE_SHUTDOWN) {
		detail_format_bits(m->shutdown, ends, 2, text, sizeof(text));
		detail_add(w, "shut down", "Directions this end has closed", "%s", text);
	}
	if (m->flags & SK_MORE_TOS)
		detail_add(w, "TOS", "Type of service of IPv4 packets sent",
		    "0x%02x (DSCP %u, ECN %u)", m->tos, m->tos >> 2, m->tos & 3U);
	if (m->flags & SK_MORE_TCLASS)
		detail_add(w, "traffic class", "Traffic class of IPv6 packets sent",
		    "0x%02x (DSCP %u, ECN %u)", m->tclass, m->tclass >> 2,
		    m->tclass & 3U);
}

void detail_options(struct detail_writer *w)
{
	static const char *const bits[] = {
		"recverr",	"is-icsk",	   "freebind",	    "hdrincl",
		"mc-loop",	"transparent",	   "mc-all",	    "nodefrag",
		"bind-no-port", "recverr-rfc4884", "defer-connect",
	};
	char text[160];

	if (w->more)
		add_more_options(w);
	if (w->socket->flags & SK_F_V6ONLY)
		detail_add(w, "IPv6 only", "The listener takes no IPv4 (IPV6_V6ONLY)", "yes");
	if (!w->detail)
		return;
	if (w->detail->has_sockopt) {
		detail_format_bits(w->detail->sockopt, bits, 11, text, sizeof(text));
		detail_add(w, "socket options", "Options that are set on the socket", "%s",
		    text);
	}
	if (w->detail->class_id)
		detail_add(w, "class", "Traffic control class or priority", "0x%x",
		    w->detail->class_id);
	if (w->detail->ulp[0])
		detail_add(w, "upper layer", "Protocol the kernel speaks above TCP", "%s",
		    w->detail->ulp);
}

