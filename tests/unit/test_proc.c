/* SPDX-License-Identifier: MIT */
/*
 * The parsers of /proc/net: socket lists and counters.
 */
#include "samples.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/net/counters.h"
#include "kernel/sockets/proc_net.h"

#define TCP_HEAD                                                                       \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt " \
	"  uid "                                                                       \
	" timeout inode\n"
#define TCP_LISTEN                                                                     \
	"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000 " \
	" 1000"                                                                        \
	"        0 12345 1 0000000000000000 100 0 0 10 0\n"
#define TCP_ESTABLISHED                                                                \
	"   1: 0200000A:D431 0100000A:01BB 01 00000010:00000020 01:00000014 00000003 " \
	"    0"                                                                        \
	"        0 99 2 0000000000000000 20 4 30 10 -1\n"
#define TCP_TIME_WAIT                                                                  \
	"   2: 0100007F:1F90 0100007F:A000 06 00000000:00000000 03:00001770 00000000 " \
	"    0"                                                                        \
	"        0 0 3 0000000000000000\n"
#define TCP6_ESTABLISHED                                                               \
	"   0: 0000000000000000FFFF00000100007F:0050 "                                 \
	"B80D0120000000000000000001000000:C000 "                                       \
	"01 00000000:00000000 00:00000000 00000000   101        0 4242 1 "             \
	"0000000000000000 "                                                            \
	"20 4 30 10 -1\n"
#define UDP_UNCONNECTED                                                                \
	"  385: 3500007F:0035 00000000:0000 07 00000000:00000340 00:00000000 "         \
	"00000000   102"                                                               \
	"        0 777 2 0000000000000000 5\n"

static void parse(struct sk_sample *sample, const char *text, enum sk_proto proto,
		  bool v6)
{
	struct sk_request request = SK_REQUEST_DEFAULT;

	assert_int_equal(proc_net_parse(text, proto, v6, &request, sample), 0);
}

SAMPLE(tcp)
{
	struct sk_sample *sample = *state;
	const struct sk_socket *s;
	char out[SK_ADDR_STRLEN];

	parse(sample, TCP_HEAD TCP_LISTEN TCP_ESTABLISHED TCP_TIME_WAIT, SK_PROTO_TCP,
	      false);
	assert_int_equal(sample->n_sockets, 3);
	assert_int_equal(sample->losses.malformed, 0);
	s = &sample->sockets[0];
	assert_string_equal(sk_addr_format(sk_local(sample, s), false, out), "127.0.0.1");
	assert_int_equal(s->lport, 8080);
	assert_int_equal(s->state, SK_STATE_LISTEN);
	assert_int_equal(s->recv_q, 2);
	assert_int_equal(sk_attrs(sample, s)->uid, 1000);
	assert_int_equal(s->inode, 12345);
	assert_int_equal(s->flags, SK_F_NO_COOKIE | SK_F_OWNER | SK_F_NO_SEND_Q);
	s = &sample->sockets[1];
	assert_string_equal(sk_addr_format(&s->remote, false, out), "10.0.0.1");
	assert_int_equal(s->rport, 443);
	assert_int_equal(s->send_q, 16);
	assert_int_equal(s->recv_q, 32);
	assert_int_equal(s->timer, SK_TIMER_ON);
	assert_int_equal(s->timer_ms, 20 * 1000 / (unsigned)sysconf(_SC_CLK_TCK));
	assert_int_equal(s->timer_retrans, 3);
	s = &sample->sockets[2];
	assert_int_equal(s->state, SK_STATE_TIME_WAIT);
	assert_false(s->flags & SK_F_OWNER);
	assert_int_not_equal(s->cookie, 0);
	assert_int_not_equal(s->cookie, sample->sockets[0].cookie);
}

SAMPLE(tcp6)
{
	struct sk_sample *sample = *state;
	const struct sk_socket *s;
	char out[SK_ADDR_STRLEN];

	parse(sample, TCP_HEAD TCP6_ESTABLISHED, SK_PROTO_TCP, true);
	assert_int_equal(sample->n_sockets, 1);
	s = sample->sockets;
	assert_string_equal(sk_addr_format(sk_local(sample, s), true, out), "::ffff:127.0.0.1");
	assert_string_equal(sk_addr_format(&s->remote, true, out), "2001:db8::1");
	assert_int_equal(s->lport, 80);
	assert_true(s->flags & SK_F_V6);
}

SAMPLE(udp)
{
	struct sk_sample *sample = *state;

	parse(sample, TCP_HEAD UDP_UNCONNECTED, SK_PROTO_UDP, false);
	assert_int_equal(sample->n_sockets, 1);
	assert_int_equal(sample->sockets[0].proto, SK_PROTO_UDP);
	assert_int_equal(sample->sockets[0].state, SK_STATE_CLOSE);
	assert_int_equal(sample->sockets[0].recv_q, 832);
	assert_int_equal(sample->sockets[0].lport, 53);
}

SAMPLE(same_line_same_cookie)
{
	struct sk_sample *sample = *state;

	parse(sample, TCP_HEAD TCP_LISTEN TCP_LISTEN, SK_PROTO_TCP, false);
	assert_int_equal(sample->sockets[0].cookie, sample->sockets[1].cookie);
}

SAMPLE(states_asked_for)
{
	struct sk_sample *sample = *state;
	struct sk_request request = SK_REQUEST_DEFAULT;

	request.tcp_states = SK_STATE_BIT(SK_STATE_LISTEN);
	assert_int_equal(proc_net_parse(TCP_HEAD TCP_LISTEN TCP_ESTABLISHED,
					SK_PROTO_TCP, false, &request, sample),
			 0);
	assert_int_equal(sample->n_sockets, 1);
}

SAMPLE(socket_prefixes)
{
	static const char whole[] = TCP_HEAD TCP_LISTEN TCP6_ESTABLISHED TCP_TIME_WAIT;
	struct sk_sample *sample = *state;

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *text = strndup(whole, len);

		assert_non_null(text);
		sk_sample_reset(sample);
		parse(sample, text, SK_PROTO_TCP, false);
		assert_true(sample->n_sockets <= 2);
		free(text);
	}
	sk_sample_reset(sample);
	parse(sample, "head\n:\n::::\n 1: zz:zz\n\n", SK_PROTO_TCP, false);
	assert_int_equal(sample->n_sockets, 0);
	assert_int_equal(sample->losses.malformed, 4);
}

static uint64_t value_of(const struct sk_sample *sample, const char *section,
			 const char *name)
{
	uint64_t value = 0;

	assert_int_equal(sk_sample_counter(sample, section, name, &value), 0);
	return value;
}

SAMPLE(pairs)
{
	struct sk_sample *sample = *state;

	assert_int_equal(counters_parse_pairs("Tcp: MaxConn ActiveOpens New\n"
					      "Tcp: -1 18446744073709551615 3\n"
					      "UdpLite: A\nUdpLite: 4\n",
					      sample),
			 0);
	assert_int_equal(sample->n_counters, 4);
	assert_true(value_of(sample, "Tcp", "MaxConn") == UINT64_MAX);
	assert_true(value_of(sample, "Tcp", "ActiveOpens") == UINT64_MAX);
	assert_int_equal(value_of(sample, "Tcp", "New"), 3);
	assert_int_equal(value_of(sample, "UdpLite", "A"), 4);
	assert_int_equal(sample->losses.malformed, 0);
}

SAMPLE(pairs_that_differ)
{
	struct sk_sample *sample = *state;

	/* fewer values than names (whose is the one that lacks?), another section, no second
	 * line: each of these lines is left out, and what is sound between them is not */
	assert_int_equal(counters_parse_pairs("A: x y z\nA: 1 2\nE: x\nE: 7\nB: x\nC: 1\nD: x",
					      sample), 0);
	assert_int_equal(sample->n_counters, 1);
	assert_int_equal(value_of(sample, "E", "x"), 7);
	assert_int_equal(sample->losses.malformed, 5);
}

/* TcpExt is longer than a page, and so are its lines. */
SAMPLE(long_pairs)
{
	struct sk_sample *sample = *state;
	char *text = calloc(1, 40000), *at = text;

	assert_non_null(text);
	at += sprintf(at, "TcpExt:");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, " Counter%d", i);
	at += sprintf(at, "\nTcpExt:");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, " %d", i * 3);
	assert_int_equal(counters_parse_pairs(text, sample), 0);
	assert_int_equal(sample->n_counters, 1000);
	assert_int_equal(value_of(sample, "TcpExt", "Counter999"), 2997);
	free(text);
}

SAMPLE(list)
{
	struct sk_sample *sample = *state;

	assert_int_equal(counters_parse_list("Ip6InReceives                   \t17\n"
					     "Icmp6OutType133\t2\n"
					     "UdpLite6InErrors 1\nodd 1\n"
					     "SctpT3Retransmits\t5\n"
					     "TlsDecryptError 6\nXfrmInNoPols 7\n",
					     sample),
			 0);
	assert_int_equal(value_of(sample, "Ip6", "InReceives"), 17);
	assert_int_equal(value_of(sample, "Icmp6", "OutType133"), 2);
	assert_int_equal(value_of(sample, "UdpLite6", "InErrors"), 1);
	assert_int_equal(value_of(sample, "Sctp", "T3Retransmits"), 5);
	assert_int_equal(value_of(sample, "Tls", "DecryptError"), 6);
	assert_int_equal(value_of(sample, "Xfrm", "InNoPols"), 7);
	assert_int_equal(sample->losses.malformed, 1);
}

SAMPLE(sockstat)
{
	struct sk_sample *sample = *state;

	assert_int_equal(
		counters_parse_sockstat("sockets: used 3\n"
					"TCP: inuse 1 orphan 0 tw 2 alloc 9 mem 4\n"
					"UDPLITE6: inuse 5\n",
					sample),
		0);
	assert_int_equal(value_of(sample, "sockstat.TCP", "tw"), 2);
	assert_true(sample->counters[1].gauge);
	/* too long for a section of their own */
	assert_int_equal(value_of(sample, "sockstat", "sockets.used"), 3);
	assert_int_equal(value_of(sample, "sockstat", "UDPLITE6.inuse"), 5);
}

SAMPLE(counter_prefixes)
{
	static const char whole[] = "Tcp: A B\nTcp: 1 2\nIp6X 1\nTCP: inuse 1 tw 2\n";
	struct sk_sample *sample = *state;

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *text = strndup(whole, len);

		assert_non_null(text);
		sk_sample_reset(sample);
		assert_int_equal(counters_parse_pairs(text, sample), 0);
		assert_int_equal(counters_parse_list(text, sample), 0);
		assert_int_equal(counters_parse_sockstat(text, sample), 0);
		free(text);
	}
}

/* The real files of this machine, whatever they hold. */
SAMPLE(this_machine)
{
	struct sk_sample *sample = *state;
	struct counters *counters;

	assert_int_equal(counters_new(&counters), 0);
	for (int i = 0; i < 3; i++) {
		sk_sample_reset(sample);
		assert_int_equal(counters_read(counters, sample), 0);
	}
	if (!(sample->losses.missing & SK_MISSING_COUNTERS)) {
		assert_true(sample->n_counters > 50);
		assert_int_equal(sample->losses.malformed, 0);
		assert_true(sample->sockstat.valid);
	}
	counters_free(counters);
}
