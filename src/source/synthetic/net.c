/* SPDX-License-Identifier: MIT */
/*
 * The synthetic machine is a small router. It has two uplinks that share a route, a VPN
 * table with its rule, and a network behind it that is translated. Addresses are those
 * of documentation (RFC 5737, 3849).
 */
#include <arpa/inet.h>
#include <string.h>
#include <sktop/array.h>
#include "source/synthetic/net.h"

static struct sk_addr address(const char *text)
{
	struct sk_addr addr = { .b = { 0 } };
	uint8_t four[4];

	if (inet_pton(AF_INET, text, four) == 1)
		return sk_addr_from_v4(four);
	inet_pton(AF_INET6, text, addr.b);
	return addr;
}

static const struct {
	const char *destination, *gateway, *source;
	uint32_t table, metric;
	uint8_t len, type, protocol, scope, oif, hop, hops;
} routes[] = {
	{ "0.0.0.0", "192.0.2.1", "192.0.2.10", 254, 100, 0, SK_ROUTE_UNICAST, 16, 0, 2, 0,
	  1 },
	{ "192.0.2.0", NULL, "192.0.2.10", 254, 100, 24, SK_ROUTE_UNICAST, 2, 253, 2, 0, 1 },
	{ "198.51.100.0", "192.0.2.2", NULL, 254, 20, 24, SK_ROUTE_UNICAST, 12, 0, 2, 0, 2 },
	{ "198.51.100.0", "203.0.113.2", NULL, 254, 20, 24, SK_ROUTE_UNICAST, 12, 0, 3, 1, 2 },
	{ "203.0.113.128", NULL, NULL, 254, 0, 25, SK_ROUTE_BLACKHOLE, 4, 0, 0, 0, 1 },
	{ "0.0.0.0", "203.0.113.1", NULL, 100, 0, 0, SK_ROUTE_UNICAST, 4, 0, 3, 0, 1 },
	{ "192.0.2.10", NULL, "192.0.2.10", 255, 0, 32, SK_ROUTE_LOCAL, 2, 254, 2, 0, 1 },
	{ "::", "2001:db8::1", NULL, 254, 1024, 0, SK_ROUTE_UNICAST, 9, 0, 2, 0, 1 },
	{ "2001:db8::", NULL, NULL, 254, 256, 64, SK_ROUTE_UNICAST, 2, 0, 2, 0, 1 },
	{ "2001:db8:dead::", NULL, NULL, 254, 1024, 48, SK_ROUTE_UNREACHABLE, 4, 0, 1, 0, 1 },
};

static int add_route(struct sk_sample *sample, size_t i)
{
	struct sk_route *r;
	int err = sk_sample_add_route(sample, &r);

	if (err)
		return err;
	r->destination = r->from = address(routes[i].destination);
	r->destination_len = routes[i].len;
	r->flags = strchr(routes[i].destination, ':') ? SK_ROUTE_V6 : 0;
	if (routes[i].gateway) {
		r->gateway = address(routes[i].gateway);
		r->flags |= SK_ROUTE_GATEWAY;
	}
	if (routes[i].source) {
		r->source = address(routes[i].source);
		r->flags |= SK_ROUTE_SOURCE;
	}
	r->table = routes[i].table;
	r->metric = routes[i].metric;
	r->type = routes[i].type;
	r->protocol = routes[i].protocol;
	r->scope = routes[i].scope;
	r->oif = routes[i].oif;
	r->hop = routes[i].hop;
	r->hops = routes[i].hops;
	r->weight = 1;
	return 0;
}

static int add_routes(struct sk_sample *sample)
{
	struct sk_rule *rule;
	int err = sk_sample_add_rule(sample, &rule);

	for (size_t i = 0; i < ARRAY_SIZE(routes) && !err; i++)
		err = add_route(sample, i);
	if (err)
		return err;
	*sample->rules = (struct sk_rule){ .priority = 1000, .table = 100, .action = 1,
					   .from = address("203.0.113.0"),
					   .from_len = 24, .uid_first = UINT32_MAX,
					   .uid_last = UINT32_MAX };
	return 0;
}

static int add_neighbours(struct sk_sample *sample)
{
	static const struct {
		const char *address;
		uint8_t state, end;
	} neighbours[] = {
		{ "192.0.2.1", 0x02, 1 },   { "192.0.2.2", 0x04, 2 },
		{ "192.0.2.77", SK_NUD_FAILED, 0 }, { "2001:db8::1", 0x02, 1 },
		{ "224.0.0.251", SK_NUD_NOARP, 0xfb },
	};

	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		struct sk_neighbour *n;
		int err = sk_sample_add_neighbour(sample, &n);

		if (err)
			return err;
		n->address = address(neighbours[i].address);
		n->ifindex = 2;
		n->state = neighbours[i].state;
		n->flags = SK_NEIGHBOUR_TIMES;
		if (strchr(neighbours[i].address, ':'))
			n->flags |= SK_NEIGHBOUR_V6 | SK_NEIGHBOUR_ROUTER;
		n->confirmed_cs = n->used_cs = n->updated_cs = (uint32_t)(i * 700);
		n->lladdr_len = n->state == SK_NUD_FAILED ? 0 : 6;
		memcpy(n->lladdr, "\2\0\x5e\x10\0", 5);
		n->lladdr[5] = neighbours[i].end;
	}
	return 0;
}

static int add_multicast(struct sk_sample *sample)
{
	static const char *const groups[] = { "224.0.0.1", "224.0.0.251", "ff02::1" };

	for (size_t i = 0; i < 3; i++) {
		struct sk_membership *m;
		int err = sk_sample_add_membership(sample, &m);

		if (err)
			return err;
		m->group = address(groups[i]);
		m->v6 = strchr(groups[i], ':') != NULL;
		m->ifindex = 2;
		m->users = 1 + (i == 1);
		strcpy(m->interface, "eth0");
	}
	return 0;
}

/* Adds connections: one translated at the source, one at the destination, one not at all. */
static int add_nats(struct sk_sample *sample)
{
	static const struct {
		const char *from, *to, *new_from, *new_to;
		uint16_t sport, dport, flags;
	} entries[] = {
		{ "198.51.100.7", "192.0.2.200", "192.0.2.10", "192.0.2.200", 40001, 443,
		  SK_NAT_SOURCE },
		{ "192.0.2.99", "192.0.2.10", "192.0.2.99", "198.51.100.8", 52100, 80,
		  SK_NAT_DESTINATION },
		{ "192.0.2.99", "192.0.2.10", "192.0.2.99", "192.0.2.10", 52101, 22, 0 },
	};

	for (size_t i = 0; i < 3; i++) {
		struct sk_nat_entry *e;
		int err;

		if (!entries[i].flags && !(sample->needs & SK_NEED_TRACKED))
			continue;
		err = sk_sample_add_nat(sample, &e);
		if (err)
			return err;
		e->original = (struct sk_tuple){ address(entries[i].from),
						 address(entries[i].to), entries[i].sport,
						 entries[i].dport };
		e->reply = (struct sk_tuple){ address(entries[i].new_to),
					      address(entries[i].new_from),
					      entries[i].dport, entries[i].sport };
		e->flags = (uint16_t)(entries[i].flags | SK_NAT_PORTS | SK_NAT_STATE |
				      SK_NAT_TIMEOUT | SK_NAT_REPLIED | SK_NAT_ASSURED);
		e->protocol = 6;
		e->state = 3;
		e->timeout_s = 431999;
		e->id = (uint32_t)i + 1;
	}
	return 0;
}

static int add_addresses(struct sk_sample *sample)
{
	static const struct {
		const char *address;
		uint8_t len, ifindex, scope;
	} addresses[] = {
		{ "127.0.0.1", 8, 1, 254 },	{ "::1", 128, 1, 254 },
		{ "192.0.2.10", 24, 2, 0 },	{ "2001:db8::10", 64, 2, 0 },
	};

	for (size_t i = 0; i < 4; i++) {
		struct sk_address *a;
		int err = sk_sample_add_address(sample, &a);

		if (err)
			return err;
		a->address = a->peer = address(addresses[i].address);
		a->prefix_len = addresses[i].len;
		a->ifindex = addresses[i].ifindex;
		a->scope = addresses[i].scope;
		a->flags = SK_ADDRESS_PERMANENT;
		if (strchr(addresses[i].address, ':'))
			a->flags |= SK_ADDRESS_V6;
	}
	return sk_sample_join_addresses(sample, 0, 0);
}

int synthetic_net_add(struct sk_sample *sample)
{
	static const struct {
		uint32_t need;
		int (*add)(struct sk_sample *sample);
	} parts[] = {
		{ SK_NEED_ADDRESSES, add_addresses },
		{ SK_NEED_ROUTES, add_routes },
		{ SK_NEED_NEIGHBOURS, add_neighbours },
		{ SK_NEED_MULTICAST, add_multicast },
		{ SK_NEED_NAT, add_nats },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts) && !err; i++) {
		if (sample->needs & parts[i].need)
			err = parts[i].add(sample);
	}
	return err;
}
