/* SPDX-License-Identifier: MIT */
/*
 * The names of namespaces, and when the sockets of a namespace need no walk.
 */
#include "../testing.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/diff.h>
#include <sktop/setup.h>
#include "kernel/netns/netns.h"
#include "kernel/netns/load.h"

#define SOCKSTAT                                                                      \
	"sockets: used 285\nTCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1\n"               \
	"UDP: inuse 3 mem 0\nUDPLITE: inuse 1\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n"
#define SOCKSTAT6                                                                     \
	"TCP6: inuse 4\nUDP6: inuse 2\nUDPLITE6: inuse 0\nRAW6: inuse 1\n"            \
	"FRAG6: inuse 0 memory 0\n"
#define SNMP                                                                          \
	"Ip: Forwarding DefaultTTL\nIp: 1 64\nIcmpMsg: InType3\nIcmpMsg: 60\n"        \
	"Tcp: RtoAlgorithm MaxConn CurrEstab InSegs OutSegs\nTcp: 1 -1 3 4711 4712\n" \
	"Udp: InDatagrams InSegs\nUdp: 9 8\n"

TEST(test_parse)
{
	struct netns_load load;

	netns_load_parse(SOCKSTAT, SOCKSTAT6, SNMP, &load);
	assert_true(load.valid);
	assert_int_equal(load.tcp, 5);
	assert_int_equal(load.tcp6, 4);
	assert_int_equal(load.tcp_wait, 2);
	assert_int_equal(load.udp, 3);
	assert_int_equal(load.udp6, 2);
	assert_int_equal(load.udplite, 1);
	assert_int_equal(load.raw, 1);
	assert_int_equal(load.in_segs, 4711);
	netns_load_parse(SOCKSTAT, "", SNMP, &load); /* a kernel without IPv6 */
	assert_true(load.valid);
	assert_int_equal(load.tcp6, 0);
}

TEST(test_parse_unsound)
{
	static const char *const texts[][3] = {
		{ "", "", "" },
		{ SOCKSTAT, SOCKSTAT6, "" },
		{ SOCKSTAT, SOCKSTAT6, "Tcp: InSegs\n" },
		{ SOCKSTAT, SOCKSTAT6, "Tcp: A\nTcp: 1\n" },
		{ SOCKSTAT, "TCP6: inuse", SNMP },
		{ "TCP: inuse x tw 1\nUDP: inuse 1\nRAW: inuse 1\n", SOCKSTAT6, SNMP },
		{ "TCP: inuse 1\nUDP: inuse 1\nRAW: inuse 1\n", SOCKSTAT6, SNMP },
		{ "TCP:", "TCP6:", "Tcp: " },
	};
	struct netns_load load;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		netns_load_parse(texts[i][0], texts[i][1], texts[i][2], &load);
		assert_false(load.valid);
	}
}

#define ALL                                                                           \
	(SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_UDP) |                    \
	 SK_PROTO_BIT(SK_PROTO_UDPLITE) | SK_PROTO_BIT(SK_PROTO_RAW) |                \
	 SK_PROTO_BIT(SK_PROTO_UNIX))

TEST(test_narrow)
{
	struct netns_memory quiet = { .quiet = true, .in_segs = 10 }, none = { 0 };
	struct netns_load load = { .valid = true, .in_segs = 10 };
	struct sk_request request = SK_REQUEST_DEFAULT;
	bool listen_only;

	request.protos = ALL;
	netns_load_narrow(&load, &quiet, &request, &listen_only);
	assert_int_equal(request.protos, SK_PROTO_BIT(SK_PROTO_UNIX));
	assert_false(listen_only);
	request.protos = ALL;
	load.tcp6 = 1;
	load.udp = 1;
	netns_load_narrow(&load, &none, &request, &listen_only);
	assert_int_equal(request.protos, SK_PROTO_BIT(SK_PROTO_UNIX) |
						 SK_PROTO_BIT(SK_PROTO_TCP) |
						 SK_PROTO_BIT(SK_PROTO_UDP));
	assert_false(listen_only);
	netns_load_narrow(&load, &quiet, &request, &listen_only);
	assert_true(listen_only);
	assert_int_equal(request.tcp_states, SK_STATE_BIT(SK_STATE_LISTEN));
	/* nothing is known: everything is asked */
	request = SK_REQUEST_DEFAULT;
	request.protos = ALL;
	load = (struct netns_load){ .valid = false };
	netns_load_narrow(&load, &quiet, &request, &listen_only);
	assert_int_equal(request.protos, ALL);
	assert_false(listen_only);
}

/* Each of these may mean sockets that are no listeners. */
TEST(test_not_quiet)
{
	const struct netns_load loads[] = {
		{ .valid = true, .tcp = 1, .in_segs = 11 },
		{ .valid = true, .tcp = 1, .in_segs = 10, .tcp_wait = 1 },
		{ .valid = true, .tcp_wait = 1, .in_segs = 10 },
	};
	struct netns_memory quiet = { .quiet = true, .in_segs = 10 };

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		struct sk_request request = SK_REQUEST_DEFAULT;
		bool listen_only;

		netns_load_narrow(&loads[i], &quiet, &request, &listen_only);
		assert_false(listen_only);
		assert_int_equal(request.tcp_states, SK_STATES_ALL);
		assert_true(request.protos & SK_PROTO_BIT(SK_PROTO_TCP));
	}
}

static void add_tcp(struct sk_sample *sample, enum sk_state tcp_state, uint64_t cookie)
{
	struct sk_socket *socket;

	assert_int_equal(sk_sample_add_socket(sample, &socket, NULL), 0);
	socket->state = (uint8_t)tcp_state;
	socket->cookie = cookie;
}

TEST(test_check)
{
	const struct netns_load load = { .valid = true, .tcp = 1, .tcp6 = 1,
					 .in_segs = 10 };
	const struct sk_request request = SK_REQUEST_DEFAULT;
	struct netns_memory memory = { 0 };
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	add_tcp(sample, SK_STATE_ESTABLISHED, 1); /* of another namespace */
	add_tcp(sample, SK_STATE_LISTEN, 2);
	/* the kernel counts two, one was met: look at all next time */
	assert_true(netns_load_check(&load, &request, false, sample, 1, &memory));
	assert_false(memory.quiet);
	add_tcp(sample, SK_STATE_LISTEN, 3);
	assert_true(netns_load_check(&load, &request, false, sample, 1, &memory));
	assert_true(memory.quiet);
	assert_int_equal(memory.in_segs, 10);
	assert_true(netns_load_check(&load, &request, true, sample, 1, &memory));
	/* a listener closed while a connection was made: the number is the same */
	assert_false(netns_load_check(&load, &request, true, sample, 2, &memory));
	assert_false(memory.quiet);
	add_tcp(sample, SK_STATE_SYN_RECV, 4); /* mini sockets are not counted */
	assert_true(netns_load_check(&load, &request, false, sample, 1, &memory));
	assert_false(memory.quiet);
	sk_sample_unref(sample);
}

TEST(test_names)
{
	struct netns netns = { .inode = 5 };
	char longest[2 * sizeof(netns.name)] = "";

	netns_name(&netns, NETNS_BY_PROCESS, "pid 7 (x)");
	assert_string_equal(netns.name, "pid 7 (x)");
	netns_name(&netns, NETNS_BY_FILE, "1-abc");
	assert_string_equal(netns.name, "pid 7 (x)");
	netns_name(&netns, NETNS_BY_NAME, "web1");
	netns_name(&netns, NETNS_BY_NAME, "");
	assert_string_equal(netns.name, "web1");
	memset(longest, 'x', sizeof(longest) - 1);
	netns_name(&netns, NETNS_BY_NAME, longest);
	assert_int_equal(strlen(netns.name), sizeof(netns.name) - 1);
}

/* The own one, which every process can find. */
TEST(test_search_own)
{
	struct netns_list list;
	char error[SK_ERROR_LEN];
	uint32_t index = 7;
	int done = 0, steps = 0;

	assert_int_equal(netns_list_init(&list), 0);
	while (!done) {
		done = netns_list_search(&list, 2);
		steps++;
	}
	assert_int_equal(done, 1);
	assert_true(steps > 1); /* in slices */
	assert_int_equal(list.at[0].state, SK_NETNS_SEEN);
	assert_int_equal(netns_list_resolve(&list, "/proc/self/ns/net", &index, error), 0);
	assert_int_equal(index, 0);
	assert_true(netns_list_resolve(&list, "..", &index, error) < 0);
	assert_true(netns_list_resolve(&list, "\033[2J", &index, error) < 0);
	assert_null(strchr(error, '\033'));
	netns_list_free(&list);
}

/* What a kernel shows in place of a namespace that we may not see is none. */
TEST(test_search_refused)
{
	char top[] = "/tmp/sktop-netns-XXXXXX", path[64];
	static const char *const below[] = { "/4711", "/4711/ns", "/4711/ns/net" };
	struct netns_list list;

	assert_non_null(mkdtemp(top));
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", top, below[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(netns_list_init(&list), 0);
	list.proc = opendir(top); /* as if it had begun there */
	assert_int_equal(netns_list_search(&list, 100), 1);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.hidden, 1);
	netns_list_free(&list);
	for (size_t i = 3; i-- > 0;) {
		snprintf(path, sizeof(path), "%s%s", top, below[i]);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(top), 0);
}

/* A place is free again, and keeps its name, once no row of a socket can mean the one that had it;
 * events still can: it is given away when there are many. */
TEST(test_places)
{
	struct netns_list list;
	struct netns *netns;

	assert_int_equal(netns_list_init(&list), 0);
	netns = netns_list_add(&list, 1);
	assert_non_null(netns);
	assert_int_equal(netns - list.at, 1);
	assert_ptr_equal(netns_list_add(&list, 1), netns);
	netns->state = SK_NETNS_GONE;
	for (int i = 0; i < 3; i++) {
		netns_list_tick(&list);
		assert_int_equal(list.at[1].inode, 1);
	}
	netns_list_tick(&list);
	assert_null(netns_list_find(&list, 1));
	assert_string_equal(list.at[1].name, "1");
	for (uint64_t inode = 2; inode < 1024; inode++) {
		netns = netns_list_add(&list, inode);
		assert_non_null(netns);
		assert_int_equal(netns - list.at, inode);
		netns->round = 1;
	}
	assert_string_equal(list.at[1].name, "1");
	list.at[2].state = SK_NETNS_GONE;
	for (int i = 0; i < 4; i++)
		netns_list_tick(&list);
	for (uint64_t inode = 2000; inode < 2003; inode++) {
		netns = netns_list_add(&list, inode);
		assert_non_null(netns);
		assert_int_equal(netns - list.at, inode == 2002 ? 1024 : inode - 1999);
		assert_int_equal(netns->since, 0);
	}
	netns_list_free(&list);
}

static void add_netns(struct sk_sample *sample, const char *name, enum sk_netns_state s,
		      uint64_t since)
{
	struct sk_netns *netns;

	assert_int_equal(sk_sample_add_netns(sample, &netns), 0);
	strcpy(netns->name, name);
	netns->state = (uint8_t)s;
	netns->since = since;
}

TEST(test_words)
{
	struct sk_sample *sample;
	char words[160];

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_false(sk_netns_describe(sample, words, sizeof(words)));
	assert_string_equal(sk_sample_netns_name(sample, 0), "self");
	assert_string_equal(sk_sample_netns_name(sample, 9), "?");
	add_netns(sample, "", SK_NETNS_SEEN, 1);
	add_netns(sample, "web1", SK_NETNS_REFUSED, 0);
	assert_true(sk_netns_describe(sample, words, sizeof(words)));
	assert_string_equal(words, "1 namespace refused (CAP_SYS_ADMIN)");
	add_netns(sample, "web2", SK_NETNS_REFUSED, 0);
	sample->netns_hidden = 12;
	assert_true(sk_netns_describe(sample, words, sizeof(words)));
	assert_string_equal(words, "2 namespaces refused (CAP_SYS_ADMIN), namespaces "
				   "of 12 processes hidden (CAP_SYS_PTRACE)");
	assert_true(sk_netns_describe(sample, words, 30)); /* never beyond its room */
	assert_int_equal(strlen(words), 29);
	/* who has the capability does not need it */
	sample->netns_refused_lack = SK_LACK_USERNS;
	sample->netns_hidden_lack = SK_LACK_TRUST;
	assert_true(sk_netns_describe(sample, words, sizeof(words)));
	assert_string_equal(words, "2 namespaces refused (not of our user namespace), "
				   "namespaces of 12 processes hidden (refused even to root)");
	sk_sample_unref(sample);
}

TEST(test_column_follows)
{
	struct sk_options options = { 0 };
	struct sk_setup setup;
	struct sk_sample *one, *two;
	char error[SK_ERROR_LEN];
	size_t n;

	assert_int_equal(sk_sample_new(&one), 0);
	assert_int_equal(sk_sample_new(&two), 0);
	add_netns(two, "", SK_NETNS_SEEN, 1);
	add_netns(two, "web1", SK_NETNS_SEEN, 1);
	assert_int_equal(sk_setup_pane(&options, SK_PANE_CONNECTIONS, false, &setup,
				       error), 0);
	n = setup.columns.n;
	assert_false(sk_setup_follow(&setup, one));
	assert_true(sk_setup_follow(&setup, two));
	assert_string_equal(setup.columns.column[0]->id, "netns");
	assert_int_equal(setup.columns.n, n + 1);
	assert_false(sk_setup_follow(&setup, two));
	assert_true(sk_setup_follow(&setup, one));
	assert_int_equal(setup.columns.n, n);
	/* a choice stands */
	options.columns = "proto,remote";
	assert_int_equal(sk_setup_pane(&options, SK_PANE_CONNECTIONS, false, &setup,
				       error), 0);
	assert_false(sk_setup_follow(&setup, two));
	options.columns = "-netns";
	assert_int_equal(sk_setup_pane(&options, SK_PANE_CONNECTIONS, false, &setup,
				       error), 0);
	assert_false(sk_setup_follow(&setup, two));
	sk_sample_unref(one);
	sk_sample_unref(two);
}

/* Sockets of a namespace that is looked at for the first time are not new. */
TEST(test_first_look)
{
	struct sk_differ *differ;
	struct sk_sample *prev, *cur;

	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_sample_new(&prev), 0);
	assert_int_equal(sk_sample_new(&cur), 0);
	prev->seq = 1;
	cur->seq = 2;
	cur->time_ns = 1000000000;
	add_netns(cur, "", SK_NETNS_SEEN, 1);
	add_netns(cur, "web1", SK_NETNS_SEEN, 2);
	add_tcp(cur, SK_STATE_LISTEN, 1);
	add_tcp(cur, SK_STATE_LISTEN, 1);
	cur->sockets[1].netns = 1;
	assert_int_equal(sk_diff_compute(differ, prev, cur), 0);
	assert_int_equal(cur->n_sockets, 2); /* one cookie, two namespaces */
	assert_int_equal(cur->sockets[0].flags & (SK_F_NEW | SK_F_AGE_MIN), SK_F_NEW);
	assert_int_equal(cur->sockets[1].flags & (SK_F_NEW | SK_F_AGE_MIN), SK_F_AGE_MIN);
	assert_int_equal(cur->summary.born, 1);
	sk_sample_unref(prev);
	sk_sample_unref(cur);
	sk_differ_free(differ);
}

static int ask(void *arg)
{
	*(int *)arg = 1;
	return -ESRCH;
}

TEST(test_run)
{
	struct netns_list list;
	struct sk_netns own = { 0 }, none = { .inode = 1 };
	int ran = 0, result;

	assert_int_equal(netns_list_init(&list), 0);
	own.inode = list.at[0].inode;
	assert_int_equal(netns_run(&none, ask, &ran), -ENOENT);
	assert_int_equal(ran, 0);
	result = netns_run(&own, ask, &ran);
	assert_true(result == -ESRCH ? ran == 1 : result == -EPERM && !ran);
	netns_list_free(&list);
}
