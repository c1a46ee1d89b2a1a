/* SPDX-License-Identifier: MIT */
/*
 * Grouping: nothing counted twice, nothing lost, whatever the key.
 */
#include "next_random.h"
#include "samples.h"
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/diff.h>
#include "attrs.h"

#define SOCKETS 3000

static struct sk_addr v6(uint16_t net, uint16_t host)
{
	struct sk_addr addr = { { 0x20, 0x01, 0x0d, 0xb8 } };

	addr.b[7] = (uint8_t)net;
	addr.b[14] = (uint8_t)(host >> 8);
	addr.b[15] = (uint8_t)host;
	return addr;
}

static struct sk_addr net10(uint32_t host)
{
	return v4(10, host >> 16, host >> 8, host);
}

static struct sk_socket *add(struct sk_sample *sample, const struct sk_socket *like)
{
	struct sk_socket *s = add_socket(sample, *like);

	s->cookie = sample->n_sockets;
	return s;
}

static const struct sk_socket tcp4 = {
	.proto = SK_PROTO_TCP,
	.state = SK_STATE_ESTABLISHED,
	.lport = 40000,
	.rport = 443,
	.remote = { { [10] = 0xff, 0xff, 10, 0, 0, 1 } },
	.flags = SK_F_OWNER,
};

static void add_random(struct sk_sample *sample, uint64_t *seed, uint32_t hosts)
{
	/* a server's side or a client's: services are 1 to 6 there, 7 to 12 here */
	bool ours = next_random(seed) % 2, six = next_random(seed) % 3 == 0;
	uint16_t high = (uint16_t)(40000 + next_random(seed) % 9000);
	uint16_t low = (uint16_t)(1 + next_random(seed) % 6);
	struct sk_socket s = { .lport = ours ? low + 6 : high,
			       .rport = ours ? high : low };
	struct sk_attrs attrs = { 0 };

	s.proto = next_random(seed) % 5 ? SK_PROTO_TCP : SK_PROTO_UDP;
	s.state = (uint8_t)(1 + next_random(seed) % (SK_STATE_COUNT - 1));
	s.remote = six ? v6((uint16_t)(next_random(seed) % 5),
			    (uint16_t)(next_random(seed) % hosts))
		       : net10((uint32_t)(next_random(seed) % hosts));
	if (next_random(seed) % 8 == 0 || s.state == SK_STATE_LISTEN) {
		s.lport = low + 6;
		s.remote =
			six ? (struct sk_addr){ { 0 } } : sk_addr_from_v4("\0\0\0\0");
		s.rport = 0;
	}
	s.netns = (uint16_t)(next_random(seed) % 3);
	if (six && s.rport && next_random(seed) % 4 == 0) {
		s.remote = (struct sk_addr){ { 0xfe, 0x80, [15] = (uint8_t)low } };
		attrs.ifindex = (uint32_t)(1 + next_random(seed) % 3);
	}
	attrs.uid = (uint32_t)(next_random(seed) % 4);
	attrs.cgroup = next_random(seed) % 3;
	set_attrs(sample, &s, attrs);
	s.flags = (uint16_t)(next_random(seed) &
			     (SK_F_OWNER | SK_F_CGROUP | SK_F_INFO | SK_F_RATE));
	s.flags |= (uint16_t)(six || next_random(seed) % 4 == 0 ? SK_F_V6 : 0);
	s.tx_rate = (float)(next_random(seed) % 1000);
	s.rx_rate = (float)(next_random(seed) % 1000);
	s.tx_total = next_random(seed) % 100000;
	s.rx_total = next_random(seed) % 100000;
	s.retrans = (uint32_t)(next_random(seed) % 10);
	add(sample, &s);
}

struct fixture {
	struct sk_sample *sample;
	struct sk_grouping *grouping;
	struct sk_ports *ports;
	struct sk_context context;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	*state = &fixture;
	if (sk_sample_new(&fixture.sample) || sk_grouping_new(&fixture.grouping) ||
	    sk_ports_new(&fixture.ports))
		return -1;
	fixture.context = (struct sk_context){ .sample = fixture.sample };
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_sample_unref(f->sample);
	sk_grouping_free(f->grouping);
	sk_ports_free(f->ports);
	return 0;
}

static void compute(struct fixture *f, enum sk_group_key by)
{
	assert_int_equal(sk_ports_note(f->ports, &f->context), 0);
	assert_int_equal(sk_grouping_compute(f->grouping, &f->context, by, NULL, 0), 0);
}

/* What the groups' numbers must add up to. */
struct sums {
	uint64_t total, udp, tcp[SK_STATE_COUNT], tx, rx, retrans;
	double tx_rate, rx_rate;
};

static void add_sums(struct sums *sums, const struct sk_socket *s)
{
	sums->total++;
	sums->udp += s->proto == SK_PROTO_UDP;
	sums->tcp[s->state] += s->proto == SK_PROTO_TCP;
	if (s->flags & SK_F_INFO) {
		sums->tx += s->tx_total;
		sums->rx += s->rx_total;
		sums->retrans += s->retrans;
	}
	if (s->flags & SK_F_RATE) {
		sums->tx_rate += (double)s->tx_rate;
		sums->rx_rate += (double)s->rx_rate;
	}
}

static void add_group(struct sums *sums, const struct sk_group *g)
{
	sums->total += g->total;
	sums->udp += g->udp;
	for (unsigned i = 0; i < SK_STATE_COUNT; i++)
		sums->tcp[i] += g->tcp[i];
	sums->tx += g->tx_total;
	sums->rx += g->rx_total;
	sums->retrans += g->retrans;
	sums->tx_rate += g->tx_rate;
	sums->rx_rate += g->rx_rate;
}

static void assert_sums_equal(const struct sums *a, const struct sums *b)
{
	assert_int_equal(a->total, b->total);
	assert_int_equal(a->udp, b->udp);
	assert_memory_equal(a->tcp, b->tcp, sizeof(a->tcp));
	assert_int_equal(a->tx, b->tx);
	assert_int_equal(a->rx, b->rx);
	assert_int_equal(a->retrans, b->retrans);
	/* whole numbers in doubles: exact in any order */
	assert_true(a->tx_rate == b->tx_rate && a->rx_rate == b->rx_rate);
}

static bool has_remote(const struct sk_socket *s)
{
	return s->rport || !sk_addr_is_any(&s->remote);
}

static void assert_sums(struct fixture *f, enum sk_group_key by)
{
	bool by_address = by == SK_GROUP_IP || by == SK_GROUP_PREFIX;
	struct sums expected = { 0 }, found = { 0 };

	for (uint32_t i = 0; i < f->sample->n_sockets; i++) {
		if (!by_address || has_remote(&f->sample->sockets[i]))
			add_sums(&expected, &f->sample->sockets[i]);
	}
	compute(f, by);
	for (uint32_t i = 0; i < f->grouping->n; i++) {
		assert_true(f->grouping->groups[i].total > 0);
		add_group(&found, &f->grouping->groups[i]);
	}
	assert_sums_equal(&expected, &found);
}

/* Each group holds as many sockets as it counted: none is in two, none in a wrong one.
 */
static void assert_members(struct fixture *f)
{
	for (uint32_t g = 0; g < f->grouping->n; g++) {
		const struct sk_group *group = &f->grouping->groups[g];
		struct sums found = { 0 }, reported = { 0 };

		for (uint32_t i = 0; i < f->sample->n_sockets; i++) {
			if (sk_group_holds(group, f->sample, f->ports, &f->sample->sockets[i]))
				add_sums(&found, &f->sample->sockets[i]);
		}
		add_group(&reported, group);
		assert_sums_equal(&found, &reported);
	}
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void assert_ids_differ(const struct sk_grouping *grouping)
{
	uint64_t *ids = calloc(grouping->n, sizeof(*ids));

	assert_non_null(ids);
	for (uint32_t i = 0; i < grouping->n; i++) {
		ids[i] = sk_table(SK_TABLE_HOSTS)->row_id(NULL, &grouping->groups[i]);
		assert_true(ids[i] != 0);
	}
	qsort(ids, grouping->n, sizeof(*ids), compare_ids);
	for (uint32_t i = 1; i < grouping->n; i++)
		assert_true(ids[i] != ids[i - 1]);
	free(ids);
}

FRESH(test_sums)
{
	struct fixture *f = *state;
	uint64_t seed = 1;

	for (unsigned round = 0; round < 4; round++) {
		sk_sample_reset(f->sample);
		for (unsigned i = 0; i < SOCKETS; i++)
			add_random(f->sample, &seed, round % 2 ? 4 : 600);
		for (unsigned by = 0; by < SK_GROUP_COUNT; by++) {
			assert_sums(f, by);
			assert_members(f);
			assert_ids_differ(f->grouping);
		}
	}
}

FRESH(test_empty)
{
	struct fixture *f = *state;

	for (unsigned by = 0; by < SK_GROUP_COUNT; by++) {
		compute(f, by);
		assert_int_equal(f->grouping->n, 0);
	}
}

FRESH(test_mapped_under_ipv4)
{
	struct fixture *f = *state;

	add(f->sample, &tcp4);
	add(f->sample, &tcp4)->flags |= SK_F_V6;
	compute(f, SK_GROUP_IP);
	assert_int_equal(f->grouping->n, 1);
	assert_int_equal(f->grouping->groups[0].total, 2);
	assert_int_equal(f->grouping->groups[0].prefix_len, 128);
	compute(f, SK_GROUP_PROTO);
	assert_int_equal(f->grouping->n, 2);
}

FRESH(test_prefixes)
{
	const struct sk_addr remotes[] = { net10(0x0101), net10(0x01ff), net10(0x0201),
					   v6(1, 5),   v6(1, 6),   v6(2, 5) };
	struct fixture *f = *state;

	for (size_t i = 0; i < 6; i++)
		add(f->sample, &tcp4)->remote = remotes[i];
	compute(f, SK_GROUP_PREFIX);
	assert_int_equal(f->grouping->n, 4);
	assert_int_equal(f->grouping->groups[0].total, 2);
	assert_int_equal(f->grouping->groups[0].prefix_len, 120);
	assert_int_equal(f->grouping->groups[0].addr.b[15], 0);
	assert_int_equal(f->grouping->groups[2].total, 2);
	assert_int_equal(f->grouping->groups[2].prefix_len, 64);
	compute(f, SK_GROUP_IP);
	assert_int_equal(f->grouping->n, 6);
}

static const struct sk_group *port_group(const struct sk_grouping *grouping,
					 enum sk_proto proto, uint16_t port)
{
	for (uint32_t i = 0; i < grouping->n; i++) {
		if (grouping->groups[i].key == ((uint64_t)proto << 16 | port))
			return &grouping->groups[i];
	}
	return NULL;
}

/* The service is where somebody listens, with the same protocol. */
FRESH(test_ports)
{
	struct fixture *f = *state;
	struct sk_socket *s = add(f->sample, &tcp4);

	s->state = SK_STATE_LISTEN;
	s->lport = 80;
	s->rport = 0;
	s->remote = sk_addr_from_v4("\0\0\0\0");
	s = add(f->sample, &tcp4); /* a client of ours */
	s->lport = 80;
	s->rport = 50123;
	add(f->sample, &tcp4);	   /* we are a client of :443 */
	s = add(f->sample, &tcp4); /* UDP to :53; TCP's listener does not matter */
	s->proto = SK_PROTO_UDP;
	s->lport = 80;
	s->rport = 53;
	s = add(f->sample, &tcp4); /* bound and closed: nobody listens on 81 */
	s->state = SK_STATE_CLOSE;
	s->lport = 81;
	s->rport = 0;
	s->remote = sk_addr_from_v4("\0\0\0\0");
	add(f->sample, &tcp4)->lport = 81;
	compute(f, SK_GROUP_PORT);
	assert_int_equal(f->grouping->n, 4);
	assert_int_equal(port_group(f->grouping, SK_PROTO_TCP, 80)->total, 2);
	assert_int_equal(port_group(f->grouping, SK_PROTO_TCP, 443)->total, 2);
	assert_int_equal(port_group(f->grouping, SK_PROTO_UDP, 53)->total, 1);
	assert_int_equal(port_group(f->grouping, SK_PROTO_TCP, 81)->total, 1);
}

FRESH(test_unknown_owner)
{
	struct fixture *f = *state;

	add(f->sample, &tcp4);
	add(f->sample, &tcp4)->flags = 0; /* uid 0, but not root's */
	compute(f, SK_GROUP_USER);
	assert_int_equal(f->grouping->n, 2);
	assert_true(f->grouping->groups[0].known);
	assert_false(f->grouping->groups[1].known);
	assert_false(sk_group_holds(&f->grouping->groups[0], f->sample, f->ports,
				    &f->sample->sockets[1]));
}

/* One address of two namespaces, or of two links, is two hosts; so is a port. */
FRESH(test_namespaces)
{
	static const struct {
		enum sk_group_key by;
		uint32_t n;
	} expected[] = { { SK_GROUP_IP, 5 },	{ SK_GROUP_PREFIX, 5 }, { SK_GROUP_PORT, 2 },
			 { SK_GROUP_STATE, 1 }, { SK_GROUP_PROTO, 2 },	{ SK_GROUP_NETNS, 2 } };
	struct fixture *f = *state;

	for (uint16_t netns = 0; netns < 2; netns++)
		add(f->sample, &tcp4)->netns = netns;
	for (uint32_t i = 1; i < 4; i++) {
		struct sk_socket *s = add(f->sample, &tcp4);

		s->remote = (struct sk_addr){ { 0xfe, 0x80, [15] = 1 } };
		s->flags |= SK_F_V6;
		s->netns = i == 3;
		set_attrs(f->sample, s, (struct sk_attrs){ .ifindex = i < 3 ? i : 1 });
	}
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		compute(f, expected[i].by);
		assert_int_equal(f->grouping->n, expected[i].n);
		assert_ids_differ(f->grouping);
		assert_members(f);
		for (uint32_t g = 0; g < f->grouping->n; g++)
			assert_int_equal(f->grouping->groups[g].many_netns, i == 3 || i == 4);
	}
}

/* Who listens in one namespace does not serve the port in another. */
FRESH(test_ports_of_namespaces)
{
	struct fixture *f = *state;
	struct sk_socket *s = add(f->sample, &tcp4);

	s->state = SK_STATE_LISTEN;
	s->lport = 40000;
	s->rport = 0;
	s->remote = sk_addr_from_v4("\0\0\0\0");
	add(f->sample, &tcp4);
	add(f->sample, &tcp4)->netns = 1;
	compute(f, SK_GROUP_PORT);
	assert_int_equal(f->grouping->n, 2);
	assert_int_equal(f->grouping->groups[0].key & 0xffff, 40000);
	assert_int_equal(f->grouping->groups[0].total, 2);
	assert_int_equal(f->grouping->groups[1].key & 0xffff, 443);
	assert_int_equal(f->grouping->groups[1].netns, 1);
	assert_members(f);
}

FRESH(test_rows)
{
	const uint32_t rows[] = { 2, 0, 3 };
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 4; i++)
		add(f->sample, &tcp4)->remote = net10(i + 1);
	f->sample->sockets[3].flags |= SK_F_GONE;
	assert_int_equal(
		sk_grouping_compute(f->grouping, &f->context, SK_GROUP_IP, rows, 3), 0);
	assert_int_equal(f->grouping->n, 2);
	assert_memory_equal(&f->grouping->groups[0].addr, &f->sample->sockets[2].remote,
			    16);
	assert_int_equal(
		sk_grouping_compute(f->grouping, &f->context, SK_GROUP_IP, rows, 0), 0);
	assert_int_equal(f->grouping->n, 0);
}

/* The hash grows, and forgets when used again; groups stand in the order they are met. */
FRESH(test_many_hosts)
{
	struct fixture *f = *state;
	const uint32_t n = 70000;

	for (uint32_t i = 0; i < 3 * n; i++)
		add(f->sample, &tcp4)->remote = net10((i < n ? i : i * 7919) % n + 1);
	for (unsigned again = 0; again < 2; again++) {
		compute(f, SK_GROUP_IP);
		assert_int_equal(f->grouping->n, n);
		for (uint32_t i = 0; i < n; i++) {
			const struct sk_addr addr = net10(i + 1);

			assert_int_equal(f->grouping->groups[i].total, 3);
			assert_memory_equal(&f->grouping->groups[i].addr, &addr,
					    sizeof(addr));
		}
	}
	assert_ids_differ(f->grouping);
	compute(f, SK_GROUP_PREFIX);
	assert_int_equal(f->grouping->n, n / 256 + 1);
	compute(f, SK_GROUP_NETNS);
	assert_int_equal(f->grouping->n, 1);
	assert_int_equal(f->grouping->groups[0].total, 3 * n);
}

/* The memory of many groups stays while there are many, and goes when there are few. */
FRESH(test_memory)
{
	struct fixture *f = *state;
	const void *groups;

	for (uint32_t i = 0; i < 70000; i++)
		add(f->sample, &tcp4)->remote = net10(i + 1);
	compute(f, SK_GROUP_IP);
	assert_true(malloc_usable_size(f->grouping->groups) >= 70000 * 128);
	groups = f->grouping->groups;
	compute(f, SK_GROUP_IP);
	assert_ptr_equal(f->grouping->groups, groups);
	compute(f, SK_GROUP_NETNS);
	compute(f, SK_GROUP_NETNS);
	assert_true(malloc_usable_size(f->grouping->groups) < 100000);
	compute(f, SK_GROUP_IP);
	assert_int_equal(f->grouping->n, 70000);
}

FRESH(test_no_numbers)
{
	struct fixture *f = *state;

	add(f->sample, &tcp4);
	compute(f, SK_GROUP_IP);
	assert_false(f->grouping->groups[0].has_rate);
	assert_false(f->grouping->groups[0].has_bytes);
	add(f->sample, &tcp4)->flags |= SK_F_INFO | SK_F_RATE;
	compute(f, SK_GROUP_IP);
	assert_true(f->grouping->groups[0].has_rate);
	assert_true(f->grouping->groups[0].has_bytes);
}

/* Bytes of MPTCP are counted once: those of its subflows, whether the connection has counts or
 * not. */
FRESH(test_subflows)
{
	struct fixture *f = *state;

	f->sample->protos = SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_MPTCP);
	for (unsigned i = 0; i < 3; i++) {
		struct sk_socket *s = add(f->sample, &tcp4);

		s->proto = i ? SK_PROTO_TCP : SK_PROTO_MPTCP;
		s->flags |= i ? SK_F_SUBFLOW | SK_F_INFO | SK_F_RATE : 0;
		s->tx_total = 100;
		s->tx_rate = 10;
		if (i)
			assert_int_equal(
				sk_sample_add_parent_link(
					f->sample,
					&(struct sk_parent_link){ s->cookie, 1, 1 }),
				0);
	}
	for (unsigned of_parent = 0; of_parent < 2; of_parent++) {
		struct sk_summary sum;

		if (of_parent)
			f->sample->sockets[0].flags |= SK_F_INFO | SK_F_RATE;
		compute(f, SK_GROUP_IP);
		assert_int_equal(f->grouping->n, 1);
		assert_int_equal(f->grouping->groups[0].tx_total, 200);
		assert_int_equal((int)f->grouping->groups[0].tx_rate, 20);
		assert_int_equal(sk_summary_compute(&f->context, NULL, 0, &sum), 0);
		assert_int_equal((int)sum.tx_rate, 20);
	}
	f->sample->protos = SK_PROTO_BIT(SK_PROTO_MPTCP);
	compute(f, SK_GROUP_IP);
	assert_int_equal(f->grouping->groups[0].tx_total, 300);
}

TEST(test_key_names)
{
	enum sk_group_key by;

	for (unsigned i = 0; i < SK_GROUP_COUNT; i++) {
		assert_int_equal(sk_group_key_parse(sk_group_key_name(i), &by), 0);
		assert_int_equal(by, i);
	}
	assert_string_equal(sk_group_key_name(SK_GROUP_PREFIX), "prefix");
	assert_int_equal(sk_group_key_parse("", &by), -EINVAL);
	assert_int_equal(sk_group_key_parse("ipx", &by), -EINVAL);
}

static uint32_t add_process(struct sk_owners *owners, uint32_t pid)
{
	struct sk_process process = { .pid = pid, .start = pid * 10ULL, .name = "srv",
				      .command = "", .cgroup = "", .unit = "", .tids = "" };
	uint32_t id;

	assert_int_equal(sk_owners_add_process(owners, &process, &id), 0);
	return id;
}

static uint32_t add_set(struct sk_owners *owners, const struct sk_holder *holders,
			uint32_t n)
{
	uint32_t set;

	assert_int_equal(sk_owners_add_set(owners, holders, n, &set), 0);
	return set;
}

static const struct sk_group *group_of_pid(const struct fixture *f, uint32_t pid)
{
	for (uint32_t i = 0; i < f->grouping->n; i++) {
		const struct sk_group *group = &f->grouping->groups[i];

		if (group->process ? group->process->pid == pid : pid == 0)
			return group;
	}
	fail_msg("no group of pid %u", pid);
	return NULL;
}

/* A shared socket counts once under each process, however many descriptors it has. */
FRESH(test_processes)
{
	struct fixture *f = *state;
	struct sk_owners *owners;
	uint32_t one, both, held = 0;

	assert_int_equal(sk_owners_new(&owners), 0);
	one = add_process(owners, 812);
	both = add_process(owners, 813);
	f->sample->owners = owners;
	add(f->sample, &tcp4)->owner =
		add_set(owners, (struct sk_holder[]){ { one, 0 } }, 1);
	add(f->sample, &tcp4)->owner = add_set(
		owners, (struct sk_holder[]){ { one, 0 }, { one, 3 }, { both, 0 } }, 3);
	add(f->sample, &tcp4);
	compute(f, SK_GROUP_PROCESS);
	assert_int_equal(f->grouping->n, 3);
	assert_int_equal(group_of_pid(f, 812)->total, 2);
	assert_int_equal(group_of_pid(f, 812)->shared, 1);
	assert_int_equal(group_of_pid(f, 813)->total, 1);
	assert_int_equal(group_of_pid(f, 813)->tcp[SK_STATE_ESTABLISHED], 1);
	assert_int_equal(group_of_pid(f, 0)->total, 1);
	assert_false(group_of_pid(f, 0)->known);
	for (uint32_t g = 0; g < 3; g++) {
		for (uint32_t i = 0; i < 3; i++)
			held += sk_group_holds(&f->grouping->groups[g], f->sample, f->ports,
					       &f->sample->sockets[i]);
	}
	assert_int_equal(held, 4);
	f->sample->owners = NULL;
	sk_owners_unref(owners);
}
