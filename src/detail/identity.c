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

static void add_host(struct detail_writer *w, const char *label, const char *help,
		     const struct sk_addr *addr)
{
	const char *name = value_host(w->context, addr);

	detail_add(w, label, help, "%s", name ? name : "-");
	if (!name)
		detail_set_unknown(w, "no name was found");
}

/* Whole, where the table cuts them. */
static void add_hosts(struct detail_writer *w)
{
	const struct sk_names *names = w->context->names;

	if (!names || !sk_names_hosts(names) || !sk_proto_has_ip(w->socket->proto))
		return;
	add_host(w, "local host", "Name of the local address", &w->attrs->local);
	add_host(w, "remote host", "Name of the remote address", &w->socket->remote);
}

static void add_user(struct detail_writer *w, const char *note)
{
	const char *name;

	if (w->attrs->uid == SK_UID_UNKNOWN) {
		detail_add_unknown(w, "user id", "The kernel does not tell it here");
		return;
	}
	name = value_user(w->context, w->attrs->uid);
	detail_add(w, "user id", "User who made the socket", "%u%s%s%s%s",
		   w->attrs->uid, name ? " (" : "", name ? name : "", name ? ")" : "",
		   note);
	detail_set_number(w, w->attrs->uid);
}

static void add_age(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	uint32_t now = (uint32_t)(w->sample->time_ns / 10000000U);
	double age = (double)(now - s->first_seen) / 100;
	char text[32];

	if ((s->flags & SK_F_AGE_MIN) && now == s->first_seen) {
		detail_add(w, "age", "Not known yet: this socket is older than sktop",
			   "older than sktop");
		detail_set_unknown(w, "older than sktop");
		return;
	}
	detail_format_seconds(age, text, sizeof(text));
	detail_add(w, "age", "Time since this socket was first seen by sktop", "%s%s",
	    s->flags & SK_F_AGE_MIN ? "at least " : "", text);
	detail_set_number(w, age);
}

static void add_owner(struct detail_writer *w)
{
	static const char inode_help[] =
		"Number of the socket file; processes hold it open under this number";
	static const char no_owner[] = "the kernel tells no owner of it";
	const struct sk_socket *s = w->socket;
	const char *note = s->flags & SK_F_REMEMBERED ? " (from an earlier state)" : "";

	if (s->flags & SK_F_OWNER) {
		detail_add(w, "inode", inode_help, "%u%s", s->inode, note);
		detail_set_number(w, s->inode);
		add_user(w, note);
	} else {
		detail_add(w, "inode", inode_help, "-");
		detail_set_unknown(w, no_owner);
		detail_add(w, "user id", "User who made the socket", "-");
		detail_set_unknown(w, no_owner);
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
		detail_add_unknown(w, "cookie",
				   "/proc/net tells none; SCTP's associations have none");
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

	if (s->flags & SK_F_RATE) {
		detail_add_rate(w, "sending", "Payload sent a second, since the last sample",
				(double)s->tx_rate);
		detail_add_rate(w, "receiving",
				"Payload received a second, since the last sample",
				(double)s->rx_rate);
	}
	if (!(s->flags & SK_F_INFO)) {
		detail_add_unknown(w, "sent", none);
		detail_add_unknown(w, "received", none);
		return;
	}
	detail_add_exact(w, "sent", tx_help, SK_UNIT_BYTES, s->tx_total);
	detail_add_exact(w, "received", rx_help, SK_UNIT_BYTES, s->rx_total);
}

