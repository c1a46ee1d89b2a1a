/* SPDX-License-Identifier: MIT */
/*
 * Rows of hosts, states, interfaces and protocols, as people read them.
 */
#include "../testing.h"
#include <linux/if.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/route.h>

struct fixture {
	struct sk_sample *sample;
	struct sk_context context;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	if (sk_sample_new(&f.sample))
		return -1;
	f.context.sample = f.sample;
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_sample_unref(f->sample);
	return 0;
}

static const struct sk_column *find(enum sk_table_id table, const char *id, size_t len)
{
	const struct sk_column *column = sk_column_find(sk_table(table), id, len);

	if (!column)
		fail_msg("no column %.*s", (int)len, id);
	return column;
}

static void assert_row(const struct fixture *f, enum sk_table_id table, const void *row,
		       const char *id, unsigned flags, const char *text)
{
	char out[128];
	int len = sk_value_format(&f->context, find(table, id, strlen(id)), row, flags,
				  out, sizeof(out));

	assert_string_equal(out, text);
	assert_int_equal(len, strlen(text));
}

static void add_namespaces(struct fixture *f)
{
	static const char *const names[] = { "", "web1" };

	for (size_t i = 0; i < 2; i++) {
		struct sk_netns *netns;

		assert_int_equal(sk_sample_add_netns(f->sample, &netns), 0);
		strcpy(netns->name, names[i]);
		netns->state = SK_NETNS_SEEN;
	}
}

FRESH(test_hosts)
{
	struct fixture *f = *state;
	struct sk_group g = { .by = SK_GROUP_IP,
			      .prefix_len = 128,
			      .known = true,
			      .addr = sk_addr_from_v4("\12\1\2\3"),
			      .total = 12 };

	g.tcp[SK_STATE_TIME_WAIT] = 5;
	assert_row(f, SK_TABLE_HOSTS, &g, "host", 0, "10.1.2.3");
	assert_row(f, SK_TABLE_HOSTS, &g, "total", 0, "12");
	assert_row(f, SK_TABLE_HOSTS, &g, "time-wait", 0, "5");
	assert_row(f, SK_TABLE_HOSTS, &g, "established", 0, "0");
	assert_row(f, SK_TABLE_HOSTS, &g, "tx", 0, "-");
	assert_row(f, SK_TABLE_HOSTS, &g, "tx-total", 0, "-");
	g.has_bytes = true;
	g.rx_total = 2000;
	assert_row(f, SK_TABLE_HOSTS, &g, "rx-total", 0, "2.00k");
	g.by = SK_GROUP_PREFIX;
	g.prefix_len = 120;
	g.addr = sk_addr_from_v4("\12\1\2\0");
	assert_row(f, SK_TABLE_HOSTS, &g, "host", SK_FORMAT_JOIN_PORTS, "10.1.2.0/24");
	g.prefix_len = 64;
	g.addr = (struct sk_addr){ { 0x20, 0x01, 0x0d, 0xb8 } };
	assert_row(f, SK_TABLE_HOSTS, &g, "host", 0, "2001:db8::/64");
}

FRESH(test_groups_by_number)
{
	static const struct {
		enum sk_group_key by;
		uint64_t key;
		bool known;
		const char *text;
	} groups[] = {
		{ SK_GROUP_PORT, 443, true, "tcp/443" },
		{ SK_GROUP_PORT, SK_PROTO_UDP << 16 | 53, true, "udp/53" },
		{ SK_GROUP_STATE, SK_STATE_LISTEN, true, "LISTEN" },
		{ SK_GROUP_STATE, SK_PROTO_UDP << 16 | SK_STATE_CLOSE, true, "UNCONN" },
		{ SK_GROUP_USER, 1000, true, "1000" },
		{ SK_GROUP_USER, UINT64_MAX, false, "(unknown)" },
		{ SK_GROUP_PROTO, SK_PROTO_UDP << 16 | 1, true, "udp6" },
		{ SK_GROUP_NETNS, 0, true, "self" },
		{ SK_GROUP_NETNS, 1, true, "web1" },
		{ SK_GROUP_CGROUP, 7654321, true, "7654321" },
	};

	add_namespaces(*state);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct sk_group g = { .by = (uint8_t)groups[i].by,
				      .key = groups[i].key,
				      .known = groups[i].known };

		assert_row(*state, SK_TABLE_HOSTS, &g, "host", 0, groups[i].text);
	}
}

static const struct sk_state_row *state_row(const struct sk_state_row *rows, size_t n,
					    enum sk_state state)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].state == state)
			return &rows[i];
	}
	fail_msg("no row of state %d", (int)state);
	return NULL;
}

FRESH(test_states)
{
	struct fixture *f = *state;
	struct sk_summary *sum = &f->sample->summary;
	struct sk_state_row rows[SK_STATE_COUNT];
	const struct sk_state_row *row;
	size_t n = sk_state_rows(sum, f->sample->interval, rows);

	assert_int_equal(n, SK_STATE_COUNT - 1);
	row = state_row(rows, n, SK_STATE_TIME_WAIT);
	assert_row(f, SK_TABLE_STATES, row, "in", 0, "-");
	assert_row(f, SK_TABLE_STATES, row, "share", 0, "-");
	f->sample->interval = 2;
	sum->count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] = 30;
	sum->count[SK_PROTO_TCP][1][SK_STATE_TIME_WAIT] = 10;
	sum->total[SK_PROTO_TCP] = 200;
	sum->transition[SK_STATE_ESTABLISHED][SK_STATE_TIME_WAIT] = 4;
	sum->transition[SK_STATE_FIN_WAIT2][SK_STATE_TIME_WAIT] = 2;
	sum->born_in[SK_STATE_TIME_WAIT] = 4;
	sum->died_from[SK_STATE_TIME_WAIT] = 20;
	n = sk_state_rows(sum, f->sample->interval, rows);
	row = state_row(rows, n, SK_STATE_TIME_WAIT);
	assert_row(f, SK_TABLE_STATES, row, "state", 0, "TIME_WAIT");
	assert_row(f, SK_TABLE_STATES, row, "count", 0, "40");
	assert_row(f, SK_TABLE_STATES, row, "ipv4", 0, "30");
	assert_row(f, SK_TABLE_STATES, row, "ipv6", 0, "10");
	assert_row(f, SK_TABLE_STATES, row, "share", 0, "20%");
	assert_row(f, SK_TABLE_STATES, row, "in", 0, "5");
	assert_row(f, SK_TABLE_STATES, row, "out", 0, "10");
	assert_row(f, SK_TABLE_STATES, row, "delta", 0, "-5");
	row = state_row(rows, n, SK_STATE_ESTABLISHED);
	assert_row(f, SK_TABLE_STATES, row, "out", 0, "2");
}

FRESH(test_interfaces)
{
	struct fixture *f = *state;
	struct sk_link l = { .ifindex = 2,
			     .mtu = 1500,
			     .name = "eth0",
			     .ifi_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST |
					  IFF_MULTICAST,
			     .operstate = 6,
			     .n_stats = SK_LINK_TX_DROPPED };

	l.stat[SK_LINK_RX_BYTES] = 1500000;
	l.rate[SK_LINK_RX_BYTES] = 2500;
	l.rate[SK_LINK_TX_PACKETS] = 0.5F;
	assert_row(f, SK_TABLE_INTERFACES, &l, "interface", 0, "eth0");
	assert_row(f, SK_TABLE_INTERFACES, &l, "flags", 0, "BMRU");
	assert_row(f, SK_TABLE_INTERFACES, &l, "state", 0, "up");
	assert_row(f, SK_TABLE_INTERFACES, &l, "mtu", 0, "1500");
	assert_row(f, SK_TABLE_INTERFACES, &l, "rx", 0, "-");
	l.flags = SK_LINK_RATE;
	assert_row(f, SK_TABLE_INTERFACES, &l, "rx", 0, "2.50k");
	assert_row(f, SK_TABLE_INTERFACES, &l, "rx", SK_FORMAT_BITS, "20.0k");
	assert_row(f, SK_TABLE_INTERFACES, &l, "tx-packets", 0, "0.5");
	assert_row(f, SK_TABLE_INTERFACES, &l, "rx-total", 0, "1.50M");
	/* beyond what this kernel counts */
	assert_row(f, SK_TABLE_INTERFACES, &l, "tx-drops", 0, "-");
	assert_row(f, SK_TABLE_INTERFACES, &l, "tx-drops-total", 0, "-");
}

FRESH(test_interface_states)
{
	static const struct {
		uint32_t flags;
		uint8_t operstate;
		const char *text;
	} links[] = {
		{ IFF_UP | IFF_RUNNING, 0, "up" },
		{ IFF_UP, 0, "no-carrier" },
		{ IFF_UP | IFF_RUNNING, 6, "up" },
		{ IFF_UP, 2, "down" },
		{ IFF_UP, 5, "dormant" },
		{ 0, 2, "off" },
		{ IFF_UP | IFF_RUNNING, 200, "up" },
	};
	struct sk_link l = { .name = "eth0", .flags = SK_LINK_FROM_PROC };

	assert_row(*state, SK_TABLE_INTERFACES, &l, "state", 0, "-");
	assert_row(*state, SK_TABLE_INTERFACES, &l, "flags", 0, "-");
	assert_row(*state, SK_TABLE_INTERFACES, &l, "mtu", 0, "-");
	l.flags = 0;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		l.ifi_flags = links[i].flags;
		l.operstate = links[i].operstate;
		assert_row(*state, SK_TABLE_INTERFACES, &l, "state", 0, links[i].text);
	}
}

FRESH(test_protocols)
{
	struct fixture *f = *state;
	struct sk_counter c = { .section = "Tcp",
				.name = "MaxConn",
				.value = (uint64_t)-1,
				.rate = (double)NAN };

	assert_row(f, SK_TABLE_PROTOCOLS, &c, "protocol", 0, "Tcp");
	assert_row(f, SK_TABLE_PROTOCOLS, &c, "counter", 0, "MaxConn");
	assert_row(f, SK_TABLE_PROTOCOLS, &c, "value", 0, "-1");
	assert_row(f, SK_TABLE_PROTOCOLS, &c, "rate", 0, "-");
	c.value = 123456789;
	c.rate = 2.5;
	assert_row(f, SK_TABLE_PROTOCOLS, &c, "value", 0, "123456789");
	assert_row(f, SK_TABLE_PROTOCOLS, &c, "rate", 0, "2.5");
	snprintf(c.name, sizeof(c.name), "NoSuchCounter");
	assert_row(f, SK_TABLE_PROTOCOLS, &c, "meaning", 0, "-");
}

/* A row keeps its identity from sample to sample, and differs from its neighbours. */
FRESH(test_row_ids)
{
	struct sk_link l[] = { { .ifindex = 1, .name = "lo" },
			       { .name = "lo" },
			       { .name = "eth0" } };
	struct sk_counter c[] = { { .section = "Tcp", .name = "InSegs" },
				  { .section = "TcpI", .name = "nSegs" } };
	const struct sk_socket s[] = { { .cookie = 5 }, { .cookie = 5, .netns = 1 } };
	const struct sk_sample sample = { .n_sockets = 0 };
	const struct sk_table *links = sk_table(SK_TABLE_INTERFACES);
	const struct sk_table *sockets = sk_table(SK_TABLE_CONNECTIONS);
	const struct sk_table *counters = sk_table(SK_TABLE_PROTOCOLS);
	struct sk_link again = l[2];

	assert_true(links->row_id(&sample, &l[0]) != links->row_id(&sample, &l[1]));
	assert_true(links->row_id(&sample, &l[1]) != links->row_id(&sample, &l[2]));
	again.mtu = 9000;
	assert_true(links->row_id(&sample, &again) == links->row_id(&sample, &l[2]));
	again = l[0];
	again.netns = 1;
	assert_true(links->row_id(&sample, &again) != links->row_id(&sample, &l[0]));
	assert_true(sockets->row_id(&sample, &s[0]) != sockets->row_id(&sample, &s[1]));
	assert_true(counters->row_id(&sample, &c[0]) != counters->row_id(&sample, &c[1]));
	c[0].value = 7;
	assert_true(counters->row_id(&sample, &c[0]) ==
		    counters->row_id(&sample, &(struct sk_counter){ .section = "Tcp",
							   .name = "InSegs" }));
}

/* Bits in words: all that are set, and a dash for none. */
FRESH(test_words)
{
	struct fixture *f = *state;
	struct sk_neighbour n = { .flags = SK_NEIGHBOUR_ROUTER };

	assert_row(f, SK_TABLE_NEIGHBOURS, &n, "flags", 0, "router");
	n.flags |= SK_NEIGHBOUR_PROXY | SK_NEIGHBOUR_EXTERN;
	assert_row(f, SK_TABLE_NEIGHBOURS, &n, "flags", 0, "router,proxy,extern");
	n.flags |= SK_NEIGHBOUR_OFFLOADED | SK_NEIGHBOUR_MANAGED;
	assert_row(f, SK_TABLE_NEIGHBOURS, &n, "flags", 0, "router,proxy,extern,offload,managed");
	n.flags = 0;
	assert_row(f, SK_TABLE_NEIGHBOURS, &n, "flags", 0, "-");
}
