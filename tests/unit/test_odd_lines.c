/* SPDX-License-Identifier: MIT */
/*
 * Lines of /proc that are not as they should be: each is counted and left out, none is read as
 * another number, and what follows is read.
 */
#include "../testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/net/conntrack.h"
#include "kernel/net/counters.h"
#include "kernel/sockets/kind.h"
#include "kernel/field.h"
#include "kernel/file.h"
#include "kernel/net/links.h"
#include "kernel/net/mcast.h"
#include "kernel/net/neighbours.h"
#include "kernel/netns/load.h"
#include "kernel/sockets/proc_net.h"
#include "kernel/sockets/proc_sctp.h"
#include "kernel/net/routes.h"

static struct sk_request request;

static int set_up(void **state)
{
	request = SK_REQUEST_DEFAULT;
	return sk_sample_new((struct sk_sample **)state);
}

static int tear_down(void **state)
{
	sk_sample_unref(*state);
	return 0;
}

static uint64_t value_of(const struct sk_sample *sample, const char *section,
			 const char *name)
{
	uint64_t value = 0;

	if (sk_sample_counter(sample, section, name, &value))
		fail_msg("%s.%s is lost", section, name);
	return value;
}

FRESH(numbers)
{
	static const struct {
		const char *text;
		int base;
		char end;
		uint64_t most, value;
		bool sound;
	} cases[] = {
		{ "12", 10, ' ', 99, 12, true },    { " \t12\n7", 10, ' ', 99, 12, true },
		{ "1f:", 16, ':', 255, 31, true },  { "100", 10, ' ', 99, 0, false },
		{ "12x", 10, ' ', 99, 0, false },   { "x", 10, ' ', 99, 0, false },
		{ "-1", 10, ' ', 99, 0, false },    { "+1", 10, ' ', 99, 0, false },
		{ "", 10, ' ', 99, 0, false },      { " \n1", 10, ' ', 99, 0, false },
		{ "0x12", 16, ' ', 99, 0, false },  { "a", 10, ' ', 99, 0, false },
		{ "12", 10, ':', 99, 0, false },
		{ "18446744073709551615", 10, ' ', UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", 10, ' ', UINT64_MAX, 0, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = cases[i].text;
		uint64_t value;
		bool sound = field_number(&at, cases[i].base, cases[i].end, cases[i].most,
					  &value);

		if (sound != cases[i].sound || (sound && value != cases[i].value) ||
		    (!sound && at != cases[i].text))
			fail_msg("'%s' in base %d", cases[i].text, cases[i].base);
	}
}

/* A NUL ends neither a line nor the file. */
FRESH(nuls)
{
	static const char bytes[] = "Tcp: A\0B C\nTcp: 1 2\n\0\nUdp: X\nUdp: 3\n";
	char path[] = "/tmp/sktop-odd-XXXXXX";
	struct proc_file file = PROC_FILE_CLOSED;
	struct sk_sample *sample = *state;
	int fd = mkstemp(path);

	assert_int_equal(write(fd, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
	close(fd);
	assert_int_equal(proc_file_read(&file, path), 0);
	assert_int_equal(strlen(file.text), sizeof(bytes) - 1);
	assert_int_equal(counters_parse_pairs(file.text, sample), 0);
	assert_int_equal(value_of(sample, "Udp", "X"), 3);
	assert_int_equal(sample->losses.malformed, 1);
	proc_file_close(&file);
	unlink(path);
}

FRESH(counters)
{
	struct sk_sample *sample = *state;

	assert_int_equal(counters_parse_pairs("Ip: a b c\nIp: 1 x 3\n"
					      "odd\n\n"
					      "TcpExt: garbage\n"
					      "TcpExt: d e\nTcpExt: 4 99999999999999999999\n"
					      "IpExt:\nIpExt:\n"
					      "Udp: f\nUdp: 6\n", sample), 0);
	assert_int_equal(value_of(sample, "Ip", "a"), 1);
	assert_int_equal(value_of(sample, "Ip", "c"), 3);
	assert_int_equal(value_of(sample, "TcpExt", "d"), 4);
	assert_int_equal(value_of(sample, "Udp", "f"), 6);
	assert_int_equal(sample->n_counters, 4);
	assert_int_equal(sample->losses.malformed, 5);

	assert_int_equal(counters_parse_list("Ip6A 1x\nIp6B\nIp6C 3\n", sample), 0);
	assert_int_equal(value_of(sample, "Ip6", "C"), 3);
	assert_int_equal(sample->losses.malformed, 7);

	assert_int_equal(counters_parse_sockstat("odd line\nTCP: inuse x tw 2 mem\nUDP: inuse 4\n",
						 sample), 0);
	assert_int_equal(value_of(sample, "sockstat.TCP", "tw"), 2);
	assert_int_equal(value_of(sample, "sockstat.UDP", "inuse"), 4);
	assert_int_equal(sample->losses.malformed, 10);
}

FRESH(interfaces)
{
	static const char text[] =
		"Inter-|   Receive\n face |bytes\n"
		"    lo:32108095  555355    0    0    0     0          0         0 5 6 0 0 0 0 0 0\n"
		"bond0:1: 11 12 0 0 0 0 0 0 13 14 0 0 0 0 0 0\n"
		"tun10001:2:21 22 0 0 0 0 0 0 23 24 0 0 0 0 0 0\n"
		"short0: 71 72 0 0\n"
		"word0: 1 x 0 0 0 0 0 0 63 64 0 0 0 0 0 0\n"
		"half0: 1 2 0 0 0 0 0 0 63 64 0 0 0 0 0 0x\n"
		"huge0: 18446744073709551616 2 0 0 0 0 0 0 63 64 0 0 0 0 0 0\n"
		"wlan%d: 18446744073709551615 0 0 0 0 0 0 0 63 64 0 0 0 0 0 0\n";
	struct sk_sample *sample = *state;

	assert_int_equal(links_parse_proc(text, sample), 0);
	assert_int_equal(sample->losses.malformed, 4);
	assert_int_equal(sample->n_links, 4);
	assert_string_equal(sample->links[0].name, "lo");
	assert_int_equal(sample->links[0].stat[SK_LINK_RX_BYTES], 32108095);
	assert_string_equal(sample->links[1].name, "bond0:1");
	assert_int_equal(sample->links[1].stat[SK_LINK_RX_BYTES], 11);
	assert_string_equal(sample->links[2].name, "tun10001:2");
	assert_int_equal(sample->links[2].stat[SK_LINK_RX_BYTES], 21);
	assert_int_equal(sample->links[2].stat[SK_LINK_TX_PACKETS], 24);
	assert_true(sample->links[3].stat[SK_LINK_RX_BYTES] == UINT64_MAX);
}

#define ENDS " 0100007F:1F90 00000000:0000 "
#define SOUND "0A 00000000:00000002 00:00000000 00000000 1000 0 12345 1 0\n"

FRESH(sockets)
{
	static const char text[] = "heading\n"
		"   0:" ENDS "0A 100000000:00000002 00:00000000 00000000 1000 0 1 1 0\n"
		"   1:" ENDS "0A 00000000:x 00:00000000 00000000 1000 0 1 1 0\n"
		"   2:" ENDS "0A 00000000:00000002 00:00000000 00000000 -1 0 1 1 0\n"
		"   3:" ENDS "0A 00000000:00000002 00:00000000 00000000 1000 0 4294967296 1\n"
		"   4: 0100007F:11F90 00000000:0000 " SOUND
		"   5: 0100007F: 1F90 00000000:0000 " SOUND
		"odd\n"
		"   6:" ENDS SOUND;
	struct sk_sample *sample = *state;

	assert_int_equal(proc_net_parse(text, SK_PROTO_TCP, false, &request, sample), 0);
	assert_int_equal(sample->n_sockets, 2); /* a blank before the port harms nobody */
	assert_int_equal(sample->losses.malformed, 6);
	assert_int_equal(sample->sockets[1].inode, 12345);
	assert_int_equal(sample->sockets[1].recv_q, 2);
}

FRESH(other_sockets)
{
	static const char unix_text[] = "heading\n"
		"0000000000000000: 00000002 00000000 00010000 0001 01 x /a\n"
		"0000000000000000: 100000002 00000000 00010000 0001 01 5 /a\n"
		"0000000000000000: 00000002 00000000 00010000 0001 01 18301 /b\n";
	static const char netlink_text[] = "heading\n"
		"0000000000000000 0 -4 00000111 0 0 0 2 0 1\n"
		"0000000000000000 0 4 00000111 0 0 0 2 0 77\n";
	static const char packet_text[] = "heading\n"
		"0000000000000000 3 3 10003 2 1 0 0 9\n"
		"0000000000000000 3 3 0003 2 1 0 0 99\n";
	struct sk_sample *sample = *state;

	assert_int_equal(kind_parse(&kind_unix, unix_text, &request, sample), 0);
	assert_int_equal(sample->n_sockets, 1);
	assert_int_equal(sample->sockets[0].inode, 18301);
	assert_int_equal(kind_parse(&kind_netlink, netlink_text, &request, sample), 0);
	assert_int_equal(sample->sockets[1].inode, 77);
	assert_int_equal(kind_parse(&kind_packet, packet_text, &request, sample), 0);
	assert_int_equal(sample->sockets[2].inode, 99);
	assert_int_equal(sample->n_sockets, 3);
	assert_int_equal(sample->losses.malformed, 4);
}

/* Its primary address stands last of two hundred. */
FRESH(many_addresses)
{
	struct sk_sample *sample = *state;
	char *text = calloc(1, 20000), *at = text, out[SK_ADDR_STRLEN];

	assert_non_null(text);
	at += sprintf(at, "heading\n0 0 2 1 3 9 1 0 0 1000 555 7000 7001 127.0.0.1 <->");
	for (int i = 0; i < 200; i++)
		at += sprintf(at, " 10.20.30.%d", i);
	sprintf(at, " *10.20.31.255 \t    7500 10 10 2 0 0 0 1\n");
	assert_int_equal(proc_sctp_parse(text, true, &request, sample), 0);
	assert_int_equal(sample->n_sockets, 1);
	assert_string_equal(sk_addr_format(&sample->sockets[0].remote, false, out),
			    "10.20.31.255");
	free(text);
}

FRESH(tables)
{
	static const char routes[] = "heading\n"
		"eth0\t00000000\t0102A8C0\t0003\t0\t0\t4294967296\t00000000\t0\t0\t0\n"
		"eth0\t100000000\t0102A8C0\t0003\t0\t0\t1\t00000000\t0\t0\t0\n"
		"eth0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t10\t0\t0\n";
	static const char arp[] = "heading\n"
		"10.0.0.1 0x1 0x100000002 02:00:00:00:00:01 * eth0\n"
		"10.0.0.2 0x1 0x2 02:00:00:00:00:02 * eth0\n";
	static const char igmp[] = "heading\n"
		"x\teth0      :     1      V3\n\t\t\t\tFB0000E0     1 0:00000000\t\t0\n"
		"2\teth0      :     3      V3\n"
		"\t\t\t\tFB0000E0     x 0:00000000\t\t0\n"
		"\t\t\t\t1FB0000E0     1 0:00000000\t\t0\n"
		"\t\t\t\t010000E0     a 0:00000000\t\t0\n"
		"\t\t\t\t010000E0     1 0:00000000\t\t0\n";
	struct sk_sample *sample = *state;

	assert_int_equal(routes_parse_proc4(routes, sample), 0);
	assert_int_equal(sample->n_routes, 1);
	assert_int_equal(sample->routes[0].metric, 600);
	assert_int_equal(sample->n_metrics, 0); /* an MSS of less than its headers is none */
	assert_int_equal(neighbours_parse_proc(arp, sample), 0);
	assert_int_equal(sample->n_neighbours, 1);
	assert_int_equal(sample->losses.malformed, 3);
	assert_int_equal(mcast_parse_igmp(igmp, sample), 0);
	assert_int_equal(sample->n_memberships, 1);
	assert_int_equal(sample->losses.malformed, 8);
}

#define TUPLE "src=10.0.0.1 dst=10.0.0.2 sport="
#define REPLY " src=10.0.0.2 dst=10.0.0.9 sport=80 dport=1 mark=0 use=1"

FRESH(tracked)
{
	struct sk_sample *sample = *state;
	char *text = calloc(1, 4000);

	assert_non_null(text);
	sprintf(text, "ipv4 2 tcp 6 9 CLOSE " TUPLE "65537 dport=80" REPLY "\n"
		"ipv4 2 tcp 6 9 CLOSE " TUPLE "x dport=80" REPLY "\n"
		"ipv4 2 tcp 6 9 CLOSE " TUPLE "1 dport=80 packets=1 bytes=x" REPLY "\n"
		"ipv4 2 tcp 6 9 CLOSE " TUPLE "1 dport=80" REPLY " secctx=%0900d\n"
		"ipv4 2 tcp 6 9 CLOSE " TUPLE "1 dport=80" REPLY "\n", 7);
	sample->needs = SK_NEED_TRACKED;
	assert_int_equal(conntrack_parse_proc(text, 3, sample), 0);
	assert_int_equal(sample->n_nats, 1);
	assert_int_equal(sample->nats[0].original.sport, 1);
	assert_int_equal(sample->losses.malformed, 4);
	free(text);
}

/* What decides that a namespace is not walked must be a number. */
FRESH(load)
{
	static const char sound[] = "TCP: inuse 0 orphan 0 tw 0\nUDP: inuse 0\nRAW: inuse 0\n";
	struct netns_load result;

	netns_load_parse(sound, "", "Tcp: InSegs\nTcp: 5\n", &result);
	assert_true(result.valid);
	assert_int_equal(result.in_segs, 5);
	netns_load_parse(sound, "", "Tcp: InSegs\nTcp: x\n", &result);
	assert_false(result.valid);
	netns_load_parse("TCP: inuse 0x tw 0\nUDP: inuse 0\nRAW: inuse 0\n", "",
			 "Tcp: InSegs\nTcp: 5\n", &result);
	assert_false(result.valid);
}
