/* SPDX-License-Identifier: MIT */
/*
 * Routes, rules, neighbours, addresses and tracked connections: captured answers, each
 * of them cut everywhere, hostile ones, dumps that are interrupted, /proc/net.
 */
#include "../testing.h"
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include "fixtures.h"
#include "fake_netlink.h"
#include "kernel/net/conntrack.h"
#include "kernel/net/mcast.h"
#include "kernel/net/neighbours.h"
#include "kernel/net/routes.h"
#include "shown.h"

static _Alignas(8) uint8_t bytes[2048];

/* A captured message where its words are aligned. */
static const struct nlmsghdr *message(const void *from, size_t size)
{
	memcpy(bytes, from, size);
	return (const struct nlmsghdr *)bytes;
}
#define MESSAGE(captured) message(captured, sizeof(captured)), sizeof(captured)

static const char *text_of(const struct sk_addr *addr)
{
	static char text[4][SK_ADDR_STRLEN];
	static unsigned which;

	which = (which + 1) % 4;
	return sk_addr_format(addr, false, text[which]);
}

static struct sk_sample *sample;

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	return sk_sample_new(&sample);
}

static int tear_down(void **state)
{
	(void)state;
	sk_sample_unref(sample);
	return 0;
}

FRESH(multipath)
{
	struct routes_decoded d;

	assert_int_equal(routes_decode(MESSAGE(route_multipath), &d), 0);
	assert_int_equal(routes_append(&d, sample), 0);
	assert_int_equal(sample->n_routes, 2);
	for (int i = 0; i < 2; i++) {
		const struct sk_route *r = &sample->routes[i];

		assert_string_equal(text_of(&r->destination), "10.9.0.0");
		assert_int_equal(r->destination_len, 16);
		assert_int_equal(r->hop, i);
		assert_int_equal(r->hops, 2);
		assert_int_equal(r->weight, i ? 1 : 2);
		assert_int_equal(r->table, SK_ROUTES_MAIN);
		assert_int_equal(r->protocol, RTPROT_BOOT);
		assert_true(r->flags & SK_ROUTE_GATEWAY);
		assert_string_equal(text_of(&r->gateway), i ? "10.0.0.7" : "10.0.0.1");
		assert_int_equal(r->oif, 3);
		assert_int_equal(r->metrics, 0);
	}
}

FRESH(metrics_and_table)
{
	struct routes_decoded d;
	const struct sk_metrics *m;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(routes_decode(MESSAGE(route_metrics), &d), 0);
		assert_int_equal(routes_append(&d, sample), 0);
	}
	assert_int_equal(sample->routes[0].table, 100);
	assert_int_equal(sample->n_metrics, 1); /* the second has the same */
	assert_int_equal(sample->routes[0].metrics, 1);
	assert_int_equal(sample->routes[1].metrics, 1);
	m = &sample->metrics[0];
	assert_int_equal(m->set, 1U << SK_METRIC_MTU | 1U << SK_METRIC_RTT);
	assert_int_equal(m->value[SK_METRIC_MTU], 1400);
	assert_int_equal(m->value[SK_METRIC_RTT], 1600);
}

FRESH(blackhole_and_expiry)
{
	struct routes_decoded d;

	assert_int_equal(routes_decode(MESSAGE(route_blackhole), &d), 0);
	assert_int_equal(d.route.type, SK_ROUTE_BLACKHOLE);
	assert_int_equal(d.route.oif, 0);
	assert_false(d.route.flags & SK_ROUTE_GATEWAY);
	assert_int_equal(routes_decode(MESSAGE(route_expires), &d), 0);
	assert_true(d.route.flags & SK_ROUTE_V6);
	assert_true(d.route.flags & SK_ROUTE_EXPIRES);
	assert_in_range(d.route.expires_s, 290, 300);
	assert_string_equal(text_of(&d.route.gateway), "fd00::1");
	assert_int_equal(d.route.destination_len, 0);
}

FRESH(rule)
{
	struct sk_rule r;

	assert_int_equal(rules_decode(MESSAGE(rule_from), &r), 0);
	assert_int_equal(r.priority, 100);
	assert_int_equal(r.table, 100);
	assert_string_equal(text_of(&r.from), "10.0.0.0");
	assert_int_equal(r.from_len, 8);
	assert_int_equal(r.uid_first, UINT32_MAX);
}

FRESH(neighbour)
{
	struct sk_neighbour n;

	assert_int_equal(neighbours_decode(MESSAGE(neighbour_permanent), &n), 0);
	assert_string_equal(text_of(&n.address), "10.0.0.9");
	assert_int_equal(n.state, 0x80);
	assert_int_equal(n.lladdr_len, 6);
	assert_memory_equal(n.lladdr, "\0\x11\x22\x33\x44\x55", 6);
	assert_true(n.flags & SK_NEIGHBOUR_TIMES);
}

FRESH(address)
{
	struct sk_address a;

	assert_int_equal(addresses_decode(MESSAGE(address_v4), &a), 0);
	assert_string_equal(text_of(&a.address), "10.0.0.2");
	assert_int_equal(a.prefix_len, 24);
	assert_false(a.flags & SK_ADDRESS_PEER);
	assert_true(a.flags & SK_ADDRESS_PERMANENT);
	assert_string_equal(a.label, "v0");
}

FRESH(tracked)
{
	struct sk_nat_entry e;

	assert_int_equal(conntrack_decode(MESSAGE(conntrack_dnat), &e), 0);
	assert_int_equal(e.protocol, 6);
	assert_int_equal(e.state, 3);
	assert_int_equal(e.original.dport, 8080);
	assert_int_equal(e.reply.sport, 7777);
	assert_int_equal(e.original.sport, e.reply.dport);
	assert_true(e.flags & SK_NAT_DESTINATION);
	assert_false(e.flags & SK_NAT_SOURCE);
	assert_true(e.flags & SK_NAT_ASSURED && e.flags & SK_NAT_COUNTERS);
	assert_int_equal(e.packets[0], 3);
	assert_int_equal(e.bytes[1], 112);
	assert_in_range(e.timeout_s, 431900, 432000);
	assert_int_equal(conntrack_translation(&e), SK_NAT_DESTINATION);
	assert_int_equal(conntrack_decode(MESSAGE(conntrack_snat), &e), 0);
	assert_true(e.flags & SK_NAT_SOURCE);
	assert_string_equal(text_of(&e.reply.destination), "10.0.0.50");
	assert_int_equal(conntrack_translation(&e), SK_NAT_SOURCE);
}

/* A cut message is refused, or what it still says is decoded within its bounds. */
FRESH(every_prefix)
{
	static const struct {
		const uint8_t *from;
		size_t size;
	} all[] = {
		{ route_multipath, sizeof(route_multipath) },
		{ route_metrics, sizeof(route_metrics) },
		{ route_expires, sizeof(route_expires) },
		{ rule_from, sizeof(rule_from) },
		{ neighbour_permanent, sizeof(neighbour_permanent) },
		{ address_v4, sizeof(address_v4) },
		{ conntrack_dnat, sizeof(conntrack_dnat) },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t len = 0; len < all[i].size; len++) {
			uint8_t *cut = malloc(len + !len);
			struct routes_decoded d;
			struct sk_rule r;
			struct sk_neighbour n;
			struct sk_address a;
			struct sk_nat_entry e;

			assert_non_null(cut);
			memcpy(cut, all[i].from, len);
			assert_int_equal(routes_decode((void *)cut, len, &d), -EBADMSG);
			if (len < sizeof(struct nlmsghdr)) {
				free(cut);
				continue;
			}
			memcpy(cut, &(uint32_t){ (uint32_t)len }, 4);
			if (routes_decode((void *)cut, len, &d) == 0)
				routes_append(&d, sample);
			rules_decode((void *)cut, len, &r);
			neighbours_decode((void *)cut, len, &n);
			addresses_decode((void *)cut, len, &a);
			conntrack_decode((void *)cut, len, &e);
			free(cut);
		}
	}
	for (uint32_t i = 0; i < sample->n_routes; i++)
		assert_true(sample->routes[i].hop < sample->routes[i].hops);
}

FRESH(hostile_lengths)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
		struct rtattr attr;
		struct rtnexthop hop;
	} m = { .head.nlmsg_len = sizeof(m),
		.route = { .rtm_family = AF_INET, .rtm_dst_len = 33 },
		.attr = { sizeof(m.attr) + sizeof(m.hop), RTA_MULTIPATH },
		.hop = { .rtnh_len = 4 } };
	struct routes_decoded d;

	assert_int_equal(routes_decode(&m.head, sizeof(m), &d), -EBADMSG);
	m.route.rtm_dst_len = 24;
	assert_int_equal(routes_decode(&m.head, sizeof(m), &d), 0);
	assert_int_equal(routes_append(&d, sample), -EBADMSG);
	m.hop.rtnh_len = 4000;
	assert_int_equal(routes_decode(&m.head, sizeof(m), &d), 0);
	assert_int_equal(routes_append(&d, sample), -EBADMSG);
	m.route.rtm_family = 28; /* MPLS */
	assert_int_equal(routes_decode(&m.head, sizeof(m), &d), -EBADMSG);
}

static void answer(const uint8_t *captured, size_t size, uint16_t type, uint16_t flags)
{
	fake_message(fake_answer(0), type, (uint16_t)(NLM_F_MULTI | flags),
		     captured + NLMSG_HDRLEN, size - NLMSG_HDRLEN, 0);
}

FRESH(dump_interrupted)
{
	struct netlink netlink;

	assert_int_equal(netlink_open(&netlink, NETLINK_ROUTE, 1 << 14), 0);
	answer(route_multipath, sizeof(route_multipath), RTM_NEWROUTE, NLM_F_DUMP_INTR);
	fake_done(0);
	answer(route_multipath, sizeof(route_multipath), RTM_NEWROUTE, 0);
	answer(route_metrics, sizeof(route_metrics), RTM_NEWROUTE, 0);
	fake_done(0);
	answer(route_expires, sizeof(route_expires), RTM_NEWROUTE, NLM_F_DUMP_INTR);
	fake_done(0);
	answer(route_expires, sizeof(route_expires), RTM_NEWROUTE, 0);
	fake_done(0);
	assert_int_equal(routes_dump(&netlink, 3, sample), 0);
	assert_int_equal(sample->n_routes, 4); /* IPv4's stay when IPv6's begin anew */
	assert_int_equal(sample->n_metrics, 1);
	assert_int_equal(sample->losses.interrupted, 2);
	assert_int_equal(fake.sent, 4);
	netlink_close(&netlink);
}

FRESH(dump_refused)
{
	struct netlink netlink;

	assert_int_equal(netlink_open(&netlink, NETLINK_NETFILTER, 1 << 14), 0);
	fake_error(-EPERM);
	assert_int_equal(conntrack_dump(&netlink, 3, sample), -EPERM);
	answer(conntrack_dnat, sizeof(conntrack_dnat), 0x100, 0);
	fake_done(0);
	assert_int_equal(conntrack_dump(&netlink, 2, sample), 0);
	assert_int_equal(sample->n_nats, 0); /* it is of IPv4 */
	answer(conntrack_dnat, sizeof(conntrack_dnat), 0x100, 0);
	fake_done(0);
	assert_int_equal(conntrack_dump(&netlink, 3, sample), 0);
	assert_int_equal(sample->n_nats, 1);
	netlink_close(&netlink);
}

FRESH(proc_routes)
{
	static const char v4[] =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow"
		"\tIRTT\n"
		"lo\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t1440\t0\t0\n"
		"*\t0000420A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"lo\t0000\n"
		"a-name-that-is-too-long\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
		"lo\t0000000Z\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
	static const char v6[] =
		"fd000000000000000000000000000000 40 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 00000100 00000001 00000000 00000001       lo\n"
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
		"fd0000000000000000000000000000 40 0 0 0 0 0 0 0 lo\n"
		"fd000000000000000000000000000000 ff 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 00000100 00000001 00000000 00000001       lo\n";
	const struct sk_route *r;

	assert_int_equal(routes_parse_proc4(v4, sample), 0);
	assert_int_equal(sample->n_routes, 2);
	assert_int_equal(sample->losses.malformed, 3);
	r = sample->routes;
	assert_string_equal(text_of(&r->gateway), "10.0.0.1");
	assert_int_equal(r->metric, 100);
	assert_int_equal(r->oif, 1);
	assert_int_equal(sample->metrics[r->metrics - 1].value[SK_METRIC_ADVMSS], 1400);
	assert_string_equal(text_of(&r[1].destination), "10.66.0.0");
	assert_int_equal(r[1].destination_len, 16);
	assert_int_equal(r[1].type, SK_ROUTE_BLACKHOLE);
	assert_int_equal(routes_parse_proc6(v6, sample), 0);
	assert_int_equal(sample->n_routes, 3);
	assert_int_equal(sample->losses.malformed, 5);
	assert_string_equal(text_of(&sample->routes[2].destination), "fd00::");
	assert_int_equal(sample->routes[2].table, SK_ROUTES_UNKNOWN);
	assert_int_equal(routes_parse_proc4("", sample), 0);
	assert_int_equal(routes_parse_proc6("\n", sample), 0);
}

FRESH(proc_arp)
{
	static const char text[] =
		"IP address       HW type     Flags       HW address            Mask     Device\n"
		"10.0.0.9         0x1         0x6         00:11:22:33:44:55     *        lo\n"
		"10.0.0.8         0x1         0x0         00:00:00:00:00:00     *        lo\n"
		"10.0.0.999       0x1         0x0         00:00:00:00:00:00     *        lo\n"
		"broken\n";

	assert_int_equal(neighbours_parse_proc(text, sample), 0);
	assert_int_equal(sample->n_neighbours, 2);
	assert_int_equal(sample->losses.malformed, 2);
	assert_int_equal(sample->neighbours[0].state, 0x80);
	assert_int_equal(sample->neighbours[0].lladdr[5], 0x55);
	assert_int_equal(sample->neighbours[1].state, 1);
}

FRESH(proc_groups)
{
	static const char v4[] =
		"Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
		"1\tlo        :     1      V3\n"
		"\t\t\t\t010000E0     1 0:00000000\t\t0\n"
		"2\te\033th0     :     2      V3\n"
		"\t\t\t\tFB0000E0     3 0:00000000\t\t0\n"
		"\t\t\t\tXYZ\n"
		"no number\n"
		"\t\t\t\t010000E0     1 0:00000000\t\t0\n";
	static const char v6[] =
		"1    lo              ff020000000000000000000000000001     7 0000000C 0\n"
		"1    lo              ff02\n"
		"1    lo              gg020000000000000000000000000001     7 0000000C 0\n";

	assert_int_equal(mcast_parse_igmp(v4, sample), 0);
	assert_int_equal(sample->n_memberships, 2);
	assert_int_equal(sample->losses.malformed, 3);
	assert_string_equal(text_of(&sample->memberships[1].group), "224.0.0.251");
	assert_int_equal(sample->memberships[1].users, 3);
	assert_string_equal(shown(sample->memberships[1].interface), "e?th0");
	assert_int_equal(mcast_parse_igmp6(v6, sample), 0);
	assert_int_equal(sample->n_memberships, 3);
	assert_int_equal(sample->losses.malformed, 5);
	assert_string_equal(text_of(&sample->memberships[2].group), "ff02::1");
	assert_int_equal(sample->memberships[2].users, 7);
}

FRESH(proc_conntrack)
{
	static const char text[] =
		"ipv4     2 tcp      6 431998 ESTABLISHED src=127.0.0.1 dst=127.0.0.1 sport=43045 "
		"dport=8080 packets=3 bytes=169 src=127.0.0.1 dst=127.0.0.1 sport=7777 "
		"dport=43045 packets=2 bytes=112 [ASSURED] mark=5 zone=0 use=2\n"
		"ipv4     2 udp      17 29 src=10.0.0.2 dst=10.0.0.3 sport=1 dport=2 [UNREPLIED] "
		"src=10.0.0.3 dst=10.0.0.2 sport=2 dport=1 mark=0 use=2\n"
		"ipv6     10 tcp      6 9 TIME_WAIT src=fd00::1 dst=fd00::2 sport=1 dport=2 "
		"src=fd00::9 dst=fd00::1 sport=2 dport=1 [OFFLOAD] mark=0 use=2\n"
		"ipv4     2 tcp      6 1 ESTABLISHED src=300.0.0.1 dst=127.0.0.1 sport=1 dport=2 "
		"src=1.1.1.1 dst=1.1.1.1 sport=1 dport=2\n"
		"ipv4     2 tcp      6 1 ESTABLISHED src=1.1.1.1 dst=127.0.0.1 sport=1 dport=2\n"
		"nothing\n";
	const struct sk_nat_entry *e;

	assert_int_equal(conntrack_parse_proc(text, 3, sample), 0);
	assert_int_equal(sample->n_nats, 2); /* the udp one is not translated */
	assert_int_equal(sample->losses.malformed, 3);
	e = sample->nats;
	assert_int_equal(e->original.dport, 8080);
	assert_int_equal(e->reply.sport, 7777);
	assert_int_equal(e->mark, 5);
	assert_int_equal(e->bytes[1], 112);
	assert_true(e->flags & SK_NAT_DESTINATION && !(e->flags & SK_NAT_SOURCE));
	assert_true(e->flags & SK_NAT_ASSURED);
	assert_true(e[1].flags & SK_NAT_V6 && e[1].flags & SK_NAT_OFFLOAD);
	assert_int_equal(e[1].state, 7);
	sk_sample_reset(sample);
	sample->needs = SK_NEED_TRACKED;
	assert_int_equal(conntrack_parse_proc(text, 1, sample), 0);
	assert_int_equal(sample->n_nats, 2); /* with it, but not of IPv6 */
	assert_false(sample->nats[1].flags & SK_NAT_REPLIED);
}

FRESH(addresses_of_links)
{
	static const uint32_t index[] = { 2, 2, 5 };
	struct sk_link *link;
	uint32_t n;

	for (int i = 0; i < 3; i++) {
		struct sk_address *a;

		assert_int_equal(sk_sample_add_address(sample, &a), 0);
		a->address = sk_addr_from_v4((uint8_t[]){ 10, 0, 0, (uint8_t)(i + 1) });
		a->ifindex = index[i];
		a->prefix_len = 24;
	}
	for (uint32_t i = 1; i < 6; i++) {
		assert_int_equal(sk_sample_add_link(sample, &link), 0);
		link->ifindex = i;
	}
	assert_int_equal(sk_sample_join_addresses(sample, 0, 0), 0);
	assert_int_equal(sample->links[0].addresses, 0);
	assert_string_equal(sk_sample_text(sample, sample->links[1].addresses),
			    "10.0.0.1/24 10.0.0.2/24");
	assert_string_equal(sk_sample_text(sample, sample->links[4].addresses),
			    "10.0.0.3/24");
	sk_sample_addresses(sample, 0, 2, &n);
	assert_int_equal(n, 2);
	sk_sample_addresses(sample, 0, 3, &n);
	assert_int_equal(n, 0);
	sk_sample_addresses(sample, 1, 2, &n);
	assert_int_equal(n, 0);
}
