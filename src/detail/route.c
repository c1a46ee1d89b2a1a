/* SPDX-License-Identifier: MIT */
/*
 * This section shows the route that packets of the socket take, as the kernel's own
 * lookup answers.
 */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "columns/columns.h"
#include "detail/detail.h"

static const char *number_name(const struct detail_writer *w, enum sk_number_kind kind,
			       uint32_t number, char buffer[16])
{
	const struct sk_names *names = w->context->names;
	const char *name =
		names ? sk_numbers_name(sk_names_numbers(names), kind, number) : NULL;

	snprintf(buffer, 16, "%u", number);
	return name ? name : buffer;
}

static void add_nexthop(struct detail_writer *w, const struct sk_route *r)
{
	/* asked for with a source, the kernel does not repeat it */
	const struct sk_addr *from = r->flags & SK_ROUTE_SOURCE ? &r->source :
								  &w->attrs->local;
	bool gateway = r->flags & SK_ROUTE_GATEWAY, source = !sk_addr_is_any(from);
	char via[SK_ADDR_STRLEN] = "", src[SK_ADDR_STRLEN] = "", device[SK_DEVICE_STRLEN];

	if (gateway)
		sk_addr_format(&r->gateway, !sk_addr_is_v4(&r->gateway), via);
	if (source)
		sk_addr_format(from, r->flags & SK_ROUTE_V6, src);
	detail_add(w, "next hop", "Where the kernel sends its packets first: gateway, "
		   "interface, source address", "%s%s%s dev %s%s%s",
		   gateway ? "via " : r->type == SK_ROUTE_LOCAL ? "local" : "on the link",
		   via, gateway ? "" : ",",
		   value_device(w->context, w->socket->netns, r->oif, device),
		   source ? " src " : "", src);
}

static void add_entry(struct detail_writer *w, const struct sk_route_answer *a)
{
	const struct sk_route *r = a->has_entry ? &a->entry : &a->route;
	char addr[SK_ADDR_STRLEN], table[16], proto[16];

	if (a->has_entry)
		detail_add(w, "route", "Entry of the routing table that it follows",
			   r->destination_len ? "%s/%u" : "default",
			   sk_addr_format(&r->destination, r->flags & SK_ROUTE_V6, addr),
			   r->destination_len);
	detail_add(w, "table", "Routing table, who made the route, and its priority",
		   "%s, by %s, metric %u",
		   number_name(w, SK_NUMBER_TABLE, r->table, table),
		   number_name(w, SK_NUMBER_PROTOCOL, r->protocol, proto), r->metric);
}

/* The MTU that was found on the path is forgotten after a while; what is set stays. */
static void add_mtu(struct detail_writer *w, const struct sk_route_answer *a)
{
	uint32_t mtu = a->metrics.value[SK_METRIC_MTU];
	char left[24];

	if (!(a->metrics.set & 1U << SK_METRIC_MTU))
		return;
	if (!(a->route.flags & SK_ROUTE_EXPIRES)) {
		detail_add_number(w, "route mtu", "Largest packet that the route allows, bytes",
				  mtu);
		return;
	}
	detail_format_seconds(a->route.expires_s, left, sizeof(left));
	detail_add(w, "path mtu", "Largest packet that got through, bytes, as a router on "
		   "the way told", "%u, forgotten in %s", mtu, left);
	detail_set_number(w, mtu);
}

static void add_metrics(struct detail_writer *w, const struct sk_metrics *m)
{
	static const struct {
		enum sk_metric which;
		const char *label, *help;
	} rows[] = {
		{ SK_METRIC_ADVMSS, "route mss", "Largest segment to announce, bytes" },
		{ SK_METRIC_WINDOW, "route window", "Largest window to announce, bytes" },
		{ SK_METRIC_CWND, "route cwnd", "Largest congestion window, segments" },
		{ SK_METRIC_INITCWND, "route initcwnd",
		  "Congestion window that new connections begin with, segments" },
		{ SK_METRIC_INITRWND, "route initrwnd",
		  "Receive window that new connections begin with, segments" },
		{ SK_METRIC_HOPLIMIT, "route hop limit", "Hop limit (TTL) of its packets" },
		{ SK_METRIC_RTO_MIN, "route rto min",
		  "Least retransmission timeout, milliseconds" },
		{ SK_METRIC_QUICKACK, "route quickack", "1 = acknowledge at once" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t value = m->value[rows[i].which];

		if (!(m->set & 1U << rows[i].which))
			continue;
		detail_add(w, rows[i].label, rows[i].help, "%u", value);
		detail_set_number(w, rows[i].which == SK_METRIC_RTO_MIN ? value / 1e3 : value);
	}
	if (m->set & 1U << SK_METRIC_CC_ALGO)
		detail_add(w, "route congestion", "Congestion control the route asks for",
			   "%s", m->congestion);
}

void detail_route(struct detail_writer *w)
{
	const struct sk_route_answer *a = w->detail ? &w->detail->route : NULL;

	if (!a || !w->detail->has_route)
		return;
	if (a->error) {
		detail_add(w, "next hop", "What the kernel says when asked for a route",
			   "none: %s", strerror(-a->error));
		return;
	}
	add_nexthop(w, &a->route);
	add_entry(w, a);
	add_mtu(w, a);
	add_metrics(w, &a->metrics);
}
