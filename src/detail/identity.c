/* SPDX-License-Identifier: MIT */
/*
 * These sections say who the socket is and what it has moved so far.
 */
#include <sktop/column.h>
#include "columns/columns.h"
#include "detail/detail.h"

static void add_end(struct detail_writer *w, const char *label, const char *help,
		    const struct sk_addr *addr, uint16_t port)
{
	bool v6 = (w->socket->flags & SK_F_V6) != 0;
	char text[SK_ADDR_STRLEN];

	sk_addr_format(addr, v6, text);
	if (port)
		detail_add(w, label, help, v6 ? "[%s]:%u" : "%s:%u", text, port);
	else
		detail_add(w, label, help, v6 ? "[%s]:*" : "%s:*", text);
}

static void add_name(struct detail_writer *w, const char *label, const char *help,
		     const struct sk_name *name)
{
	const char *text = sk_sample_text(w->sample, name->text);

	detail_add(w, label, help, "%s", *text ? text : "*");
}

/* Whole, where the table cuts them. */
static void add_hosts(struct detail_writer *w)
{
	const struct sk_names *names = w->context->names;
	const char *local, *remote;

	if (!names || !sk_names_hosts(names) || !sk_proto_has_ip(w->socket->proto))
		return;
	local = value_host(w->context, &w->attrs->local);
	remote = value_host(w->context, &w->socket->remote);
	detail_add(w, "local host", "Name of the local address", "%s",
		   local ? local : "-");
	detail_add(w, "remote host", "Name of the remote address", "%s",
		   remote ? remote : "-");
}

static void add_user(struct detail_writer *w, const char *note)
{
	const char *name;

	if (w->attrs->uid == SK_UID_UNKNOWN) {
		detail_add(w, "user id", "The kernel does not tell it here", "-");
		return;
	}
	name = value_user(w->context, w->attrs->uid);
	detail_add(w, "user id", "User who made the socket", "%u%s%s%s%s",
		   w->attrs->uid, name ? " (" : "", name ? name : "", name ? ")" : "",
		   note);
}

static void add_age(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	uint32_t now = (uint32_t)(w->sample->time_ns / 10000000U);
	char text[32];

	detail_format_seconds((double)(now - s->first_seen) / 100, text, sizeof(text));
	detail_add(w, "age", "Time since this socket was first seen by sktop", "%s%s",
	    s->flags & SK_F_AGE_MIN ? "at least " : "", text);
}

static void add_owner(struct detail_writer *w)
{
	static const char inode_help[] =
		"Number of the socket file; processes hold it open under this number";
	const struct sk_socket *s = w->socket;
	const char *note = s->flags & SK_F_REMEMBERED ? " (from an earlier state)" : "";

	if (s->flags & SK_F_OWNER) {
		detail_add(w, "inode", inode_help, "%u%s", s->inode, note);
		add_user(w, note);
	} else {
		detail_add(w, "inode", inode_help, "-");
		detail_add(w, "user id", "User who made the socket", "-");
	}
	if (s->flags & SK_F_CGROUP)
		detail_add(w, "cgroup id", "Identifier of the owner's control group", "%llu",
		    (unsigned long long)w->attrs->cgroup);
	if (w->detail && (w->detail->tcp_ext.flags & SK_TCP_EXT_MARK))
		detail_add(w, "mark", "Firewall mark (SO_MARK)", "0x%x", w->detail->tcp_ext.mark);
}

void detail_identity(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	bool changed = (s->flags & SK_F_CHANGED) && s->prev_state;
	char device[SK_DEVICE_STRLEN];

	detail_add(w, "protocol", "Transport protocol; 6 marks an IPv6 socket", "%s",
	    sk_proto_kind_name(s->proto, s->flags & SK_F_V6,
			       sk_proto_has_ip(s->proto) ? 0 : w->attrs->local_name.kind));
	detail_add(w, "state", "State of the connection (RFC 9293)", "%s%s%s%s%s",
	    sk_state_name(s->proto, s->state), changed ? " (was " : "",
	    changed ? sk_state_name(s->proto, s->prev_state) : "", changed ? ")" : "",
	    s->flags & SK_F_GONE ? ", gone" : "");
	if (sk_proto_has_ip(s->proto)) {
		add_end(w, "local", "Address and port of this end", &w->attrs->local, s->lport);
		add_end(w, "remote", "Address and port of the peer", &s->remote, s->rport);
	} else {
		add_name(w, "local", "Name of this end", &w->attrs->local_name);
		add_name(w, "remote", "Name of the peer", &s->remote_name);
	}
	add_hosts(w);
	if (w->attrs->ifindex)
		detail_add(w, "device", "Interface the socket is bound to, and its index",
			   "%s (%u)", value_device(w->context, s->netns,
						    w->attrs->ifindex, device),
			   w->attrs->ifindex);
	if (s->netns)
		detail_add(w, "namespace", "Network namespace the socket is in", "%s",
		    sk_sample_netns_name(w->sample, s->netns));
	if (s->flags & SK_F_NO_COOKIE)
		detail_add(w, "cookie", "/proc/net tells none; SCTP's associations have none", "-");
	else
		detail_add(w, "cookie", "Identity of the socket over its whole life", "0x%llx",
		    (unsigned long long)s->cookie);
	add_owner(w);
	add_age(w);
}

void detail_traffic(struct detail_writer *w)
{
	static const char tx_help[] = "Payload sent, retransmissions not counted";
	static const char rx_help[] = "Payload received";
	static const char none[] = "The kernel counts no bytes for this socket";
	const struct sk_socket *s = w->socket;
	char text[64];

	if (s->flags & SK_F_RATE) {
		detail_format_rate((double)s->tx_rate, text, sizeof(text));
		detail_add(w, "sending", "Payload sent a second, since the last sample", "%s",
		    text);
		detail_format_rate((double)s->rx_rate, text, sizeof(text));
		detail_add(w, "receiving", "Payload received a second, since the last sample",
		    "%s", text);
	}
	if (!(s->flags & SK_F_INFO)) {
		detail_add(w, "sent", none, "-");
		detail_add(w, "received", none, "-");
		return;
	}
	detail_format_exact(SK_UNIT_BYTES, s->tx_total, text, sizeof(text));
	detail_add(w, "sent", tx_help, "%s", text);
	detail_format_exact(SK_UNIT_BYTES, s->rx_total, text, sizeof(text));
	detail_add(w, "received", rx_help, "%s", text);
}

