/* SPDX-License-Identifier: MIT */
/*
 * What inet_diag says of SCTP and MPTCP, and the files of /proc/net behind all kinds.
 */
#include "../testing.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include "fixtures.h"
#include <sktop/identity.h>
#include "kernel/sockets/kind.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/sockets/inet_kinds.h"
#include "kernel/sockets/proc_net.h"
#include "kernel/sockets/proc_sctp.h"
#include "attrs.h"
#include "shown.h"

/** A reply of inet_diag under construction. */
struct reply {
	_Alignas(8) uint8_t at[4096];
	uint32_t len;
};

static struct inet_diag_msg *begin(struct reply *r, uint8_t family, uint8_t state)
{
	struct inet_diag_msg *m = (void *)(r->at + NLMSG_HDRLEN);

	memset(r, 0, sizeof(*r));
	r->len = NLMSG_LENGTH(sizeof(*m));
	m->idiag_family = family;
	m->idiag_state = state;
	m->id.idiag_sport = htons(2905);
	m->id.idiag_dport = htons(40000);
	m->id.idiag_cookie[0] = 0x77;
	m->idiag_inode = 500;
	m->idiag_uid = 33;
	return m;
}

static void put(struct reply *r, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(sizeof(head) + len), .nla_type = type };

	memcpy(r->at + r->len, &head, sizeof(head));
	memcpy(r->at + r->len + sizeof(head), data, len);
	r->len += NLMSG_ALIGN(sizeof(head) + len);
}

/* A list of sockaddr_storage; texts with ':' are IPv6. */
static void put_addresses(struct reply *r, uint16_t type, const char *const *texts, size_t n)
{
	struct sockaddr_storage list[4] = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in *v4 = (void *)&list[i];
		struct sockaddr_in6 *v6 = (void *)&list[i];

		if (strchr(texts[i], ':')) {
			v6->sin6_family = AF_INET6;
			inet_pton(AF_INET6, texts[i], &v6->sin6_addr);
		} else {
			v4->sin_family = AF_INET;
			inet_pton(AF_INET, texts[i], &v4->sin_addr);
		}
	}
	put(r, type, list, n * sizeof(list[0]));
}

static int decode(struct reply *r, enum sk_proto proto, struct sk_detail *d)
{
	struct nlmsghdr *head = (void *)r->at;
	uint8_t *exact = malloc(r->len);
	int err;

	head->nlmsg_len = r->len;
	head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	memcpy(exact, r->at, r->len);
	memset(d, 0, sizeof(*d));
	err = inet_diag_decode((void *)exact, r->len, proto, &d->detached.socket,
			       &d->detached.attrs, &d->tcp_ext, d);
	free(exact);
	return err;
}

static void assert_address(const struct sk_addr *addr, const char *text)
{
	char out[SK_ADDR_STRLEN];

	assert_string_equal(sk_addr_format(addr, false, out), text);
}

static unsigned count_lines(const struct sk_detail *d, const char *label)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < d->n_lines; i++)
		n += strcmp(d->line[i].label, label) == 0;
	return n;
}

TEST(sctp_endpoint)
{
	const char *const locals[] = { "10.0.0.1", "10.0.1.1" };
	struct inet_diag_msg *m;
	struct sk_detail d;
	struct reply r;

	m = begin(&r, AF_INET, SK_STATE_LISTEN);
	m->idiag_rqueue = 1;
	m->idiag_wqueue = 128;
	put_addresses(&r, INET_DIAG_LOCALS, locals, 2);
	assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), 0);
	assert_int_equal(d.detached.socket.state, SK_STATE_LISTEN);
	assert_int_equal(d.detached.socket.flags, SK_F_OWNER);
	assert_int_equal(d.detached.socket.cookie, 0x77);
	assert_int_equal(d.detached.socket.inode, 500);
	assert_int_equal(d.detached.socket.send_q, 128);
	assert_int_equal(count_lines(&d, "local address"), 2);
	begin(&r, AF_INET, 0); /* only an association may be in 0 */
	assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), -EBADMSG);
}

TEST(sctp_association)
{
	static const uint8_t states[] = { SK_STATE_CLOSE, SK_STATE_SYN_SENT,
					  SK_STATE_SYN_RECV, SK_STATE_ESTABLISHED,
					  SK_STATE_FIN_WAIT1, SK_STATE_FIN_WAIT2,
					  SK_STATE_CLOSE_WAIT, SK_STATE_LAST_ACK };
	const char *const peers[] = { "10.0.0.2", "10.0.1.2" };
	uint32_t info[100] = { 0xabcd, 3 };
	uint64_t cookies[8];
	struct sk_detail d;
	struct reply r;

	for (uint8_t i = 0; i < 9; i++) {
		struct inet_diag_msg *m = begin(&r, AF_INET, i);

		memcpy(m->id.idiag_dst, "\x0a\x00\x01\x02", 4);
		m->id.idiag_dport = htons((uint16_t)(40000 + i));
		m->idiag_timer = 3;
		m->idiag_expires = 1500;
		put(&r, INET_DIAG_INFO, info, sizeof(info));
		put_addresses(&r, INET_DIAG_PEERS, peers, 2);
		if (i == 8) {
			assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), -EBADMSG);
			break;
		}
		assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), 0);
		assert_int_equal(d.detached.socket.state, states[i]);
		assert_int_equal(d.detached.socket.flags,
				 SK_F_OWNER | SK_F_SUBFLOW | SK_F_NO_COOKIE);
		assert_int_equal(d.detached.socket.timer, SK_TIMER_ON);
		assert_int_equal(d.detached.socket.inode, 500);
		assert_address(&d.detached.socket.remote, "10.0.1.2");
		assert_int_equal(d.tcp_info_len, 0); /* it is none */
		assert_int_equal(count_lines(&d, "peer address"), 2);
		assert_int_equal(count_lines(&d, "tag"), 1);
		assert_int_equal(count_lines(&d, "path tries"), 1);
		cookies[i] = d.detached.socket.cookie;
		for (uint8_t k = 0; k < i; k++)
			assert_true(cookies[k] != cookies[i]);
	}
	assert_string_equal(sk_state_name(SK_PROTO_SCTP, SK_STATE_FIN_WAIT1),
			    "SHUTDOWN_PENDING");
	assert_string_equal(sk_state_name(SK_PROTO_SCTP, SK_STATE_ESTABLISHED),
			    "ESTABLISHED");
}

/* The kernel reads an IPv4 peer of an IPv6 socket as if it were IPv6. */
TEST(sctp_mixed)
{
	const char *const peers[] = { "192.0.2.7", "2001:db8::7" };
	struct inet_diag_msg *m;
	struct sk_detail d;
	struct reply r;

	m = begin(&r, AF_INET6, 3);
	memset(m->id.idiag_dst, 0x5a, 16);
	put_addresses(&r, INET_DIAG_PEERS, peers, 2);
	assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), 0);
	assert_address(&d.detached.socket.remote, "192.0.2.7");
	m = begin(&r, AF_INET6, 3);
	inet_pton(AF_INET6, peers[1], m->id.idiag_dst);
	put_addresses(&r, INET_DIAG_PEERS, peers, 2);
	assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), 0);
	assert_address(&d.detached.socket.remote, "2001:db8::7");
	/* a list that ends in the middle of an address, or has a strange one */
	m = begin(&r, AF_INET, 3);
	put(&r, INET_DIAG_PEERS, "\x02\x00\x00\x00\x01", 5);
	assert_int_equal(decode(&r, SK_PROTO_SCTP, &d), 0);
	assert_int_equal(count_lines(&d, "peer address"), 0);
}

TEST(mptcp)
{
	struct sk_detail d = { .n_lines = 0 };
	struct sk_detached subflow = { .socket.cookie = 0 };
	struct token_pairs tokens = { 0 };
	struct reply r;

	memcpy(r.at, mptcp_established, sizeof(mptcp_established));
	r.len = sizeof(mptcp_established);
	assert_int_equal(decode(&r, SK_PROTO_MPTCP, &d), 0);
	assert_int_equal(d.detached.socket.proto, SK_PROTO_MPTCP);
	assert_true(d.detached.socket.flags & SK_F_INFO);
	assert_int_equal(d.detached.socket.tx_total, 50);
	assert_int_equal(d.detached.socket.rx_total, 1000);
	assert_int_equal(d.detached.socket.lport, 7001);
	assert_int_equal(count_lines(&d, "token"), 1);
	assert_int_equal(count_lines(&d, "last acknowledged"), 1);
	assert_int_equal(inet_kinds_tokens((void *)r.at, &d.detached.socket,
					   &d.detached.attrs, &tokens),
			 0);
	assert_int_equal(inet_diag_decode((const void *)mptcp_subflow, sizeof(mptcp_subflow),
					  SK_PROTO_TCP, &subflow.socket, &subflow.attrs,
					  NULL, NULL), 0);
	assert_int_equal(inet_kinds_tokens((const void *)mptcp_subflow, &subflow.socket,
					   &subflow.attrs, &tokens), 0);
	assert_int_equal(tokens.parents.n, 1);
	assert_int_equal(tokens.subflows.n, 1);
	assert_int_equal(tokens.subflows.pair[0].key, subflow.socket.cookie);
	assert_int_equal(tokens.parents.pair[0].key, tokens.subflows.pair[0].value);
	assert_true(tokens.parents.pair[0].value ==
		    sk_socket_id(&d.detached.socket, &d.detached.attrs));
	pairs_free(&tokens.parents);
	pairs_free(&tokens.subflows);
}

/* Linux 5.9 to 6.4 end before the byte counts. */
TEST(mptcp_short)
{
	struct sk_detail d;
	struct reply r;
	uint8_t info[48] = { 1 };

	begin(&r, AF_INET, SK_STATE_ESTABLISHED);
	put(&r, INET_DIAG_INFO, info, sizeof(info));
	assert_int_equal(decode(&r, SK_PROTO_MPTCP, &d), 0);
	assert_false(d.detached.socket.flags & SK_F_INFO);
	assert_int_equal(count_lines(&d, "subflows"), 1);
	assert_int_equal(count_lines(&d, "bytes acknowledged"), 0);
}

/* ---- /proc/net ---- */

static struct sk_sample *parse(const struct socket_kind *family, const char *text)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(kind_parse(family, text, &request, sample), 0);
	return sample;
}

TEST(proc_unix)
{
	struct sk_sample *sample = parse(&kind_unix,
		"Num       RefCount Protocol Flags    Type St Inode Path\n"
		"000000007344aa59: 00000002 00000000 00010000 0001 01  1680 /run/x y\n"
		"000000007050a240: 00000003 00000000 00000000 0001 03  1679\n"
		"000000007050a241: 00000003 00000000 00000000 0001 03     0 /run/x y\n"
		"000000007050a242: 00000002 00000000 00000000 0005 01  1681 @\033[2Jname\n"
		"000000007050a243: 00000002 00000000 00000000 0002 07  1682\n"
		"rubbish\n");
	const struct sk_socket *s = sample->sockets;

	assert_int_equal(sample->n_sockets, 4);
	assert_int_equal(sample->losses.malformed, 2);
	assert_int_equal(s[0].state, SK_STATE_LISTEN);
	assert_int_equal(s[0].inode, 1680);
	assert_int_equal(sk_attrs(sample, &s[0])->uid, SK_UID_UNKNOWN);
	assert_int_equal(s[0].remote_name.kind, 2);
	assert_string_equal(sk_sample_text(sample, local_name(sample, 0)->text), "/run/x y");
	assert_int_equal(s[1].state, SK_STATE_ESTABLISHED);
	assert_string_equal(sk_sample_text(sample, local_name(sample, 1)->text), "");
	assert_int_equal(s[2].flags, SK_F_NO_COOKIE | SK_F_QUEUED | SK_F_NO_RECV_Q |
					     SK_F_NO_SEND_Q);
	assert_string_equal(shown(sk_sample_text(sample, local_name(sample, 3)->text)), "@?[2Jname");
	assert_int_equal(local_name(sample, 3)->kind, 5);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(s[i].flags & SK_F_NO_COOKIE);
		for (unsigned k = 0; k < i; k++)
			assert_true(s[i].cookie != s[k].cookie);
	}
	sk_sample_unref(sample);
}

TEST(proc_others)
{
	struct sk_sample *sample = parse(&kind_packet,
		"sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
		"0000000012345678 3      3    0003   0     1 640    33     9001  \n"
		"0000000012345679 3      2    0806   1     1 0      0      x     \n");

	assert_int_equal(sample->n_sockets, 1);
	assert_int_equal(sample->losses.malformed, 1);
	assert_string_equal(sk_sample_text(sample, local_name(sample, 0)->text), "*:*");
	assert_int_equal(sample->sockets[0].recv_q, 640);
	assert_int_equal(sk_attrs(sample, &sample->sockets[0])->uid, 33);
	assert_int_equal(local_name(sample, 0)->kind, 3);
	sk_sample_unref(sample);
	sample = parse(&kind_netlink,
		"sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
		"00000000a2ee9147 0   0          00000000 0        0        0     2        0        4       \n"
		"00000000cddfcb47 15  777        00000002 64       32       0     2        9        1593    \n"
		"00000000cddfcb48 31  4294963182 00000000 0        0        0     2        0        1594    \n");
	assert_int_equal(sample->n_sockets, 3);
	assert_string_equal(sk_sample_text(sample, local_name(sample, 0)->text),
			    "rtnl:kernel");
	assert_string_equal(sk_sample_text(sample, local_name(sample, 1)->text),
			    "uevent:777");
	assert_int_equal(sample->sockets[1].remote_name.extra, 2);
	assert_int_equal(sample->sockets[1].recv_q, 64);
	assert_int_equal(sample->sockets[1].send_q, 32);
	assert_string_equal(sk_sample_text(sample, local_name(sample, 2)->text),
			    "31:-4114");
	sk_sample_unref(sample);
}

static const char eps[] =
	" ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n"
	"ffff888 ffff999 2   10  29   2905    33   500 10.0.0.1 10.0.1.1 \n"
	"ffff889 ffff99a 0   10  30   2906    0    501 2001:db8::1 \n"
	"ffff88a ffff99b 2   0   31   2907    0    502 10.0.0.1 \n";
static const char assocs[] =
	" ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT "
	"LADDRS <-> RADDRS HBINT INS OUTS MAXRT T1X T2X RTXC wmema wmemq sndbuf rcvbuf\n"
	"ffff88c ffff999 2   1   3  0    4        120       64      33 500 2905 40000 "
	"10.0.0.1 10.0.1.1 <-> 10.0.0.2 *10.0.1.2 \t    7500    10    10   10    0    0        0\n"
	"ffff88d ffff999 2   1   7  0    5        0       0      33 500 2905 40001  "
	"10.0.0.1 <-> *10.0.0.3 \t    7500    10    10   10    0    0        0\n"
	"ffff88e ffff999 2   1   9  0    5        0       0      33 500 2905 40001  "
	"10.0.0.1 <-> *10.0.0.3 \n";

TEST(proc_sctp)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	const struct sk_socket *s;
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(proc_sctp_parse(eps, false, &request, sample), 0);
	assert_int_equal(proc_sctp_parse(assocs, true, &request, sample), 0);
	s = sample->sockets;
	assert_int_equal(sample->n_sockets, 4);
	assert_int_equal(sample->losses.malformed, 2);
	assert_int_equal(s[0].state, SK_STATE_LISTEN);
	assert_int_equal(s[0].lport, 2905);
	assert_address(sk_local(sample, &s[0]), "10.0.0.1");
	assert_true(s[1].flags & SK_F_V6);
	assert_int_equal(s[2].state, SK_STATE_ESTABLISHED);
	assert_address(&s[2].remote, "10.0.1.2"); /* the primary path */
	assert_int_equal(s[2].rport, 40000);
	assert_int_equal(s[2].send_q, 120);
	assert_int_equal(s[2].recv_q, 64);
	assert_int_equal(s[3].state, SK_STATE_LAST_ACK);
	sk_sample_sort_parent_links(sample, 0);
	assert_true(sk_sample_parent(sample, &s[2])->cookie == s[0].cookie);
	assert_true(sk_sample_parent(sample, &s[3])->cookie == s[0].cookie);
	assert_true(!sk_sample_parent(sample, &s[1]));
	sk_sample_unref(sample);
	assert_int_equal(sk_sample_new(&sample), 0);
	request.families = 2;
	assert_int_equal(proc_sctp_parse(eps, false, &request, sample), 0);
	assert_int_equal(sample->n_sockets, 1);
	sk_sample_unref(sample);
}

TEST(proc_raw)
{
	static const char raw[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   "
		"uid  timeout inode ref pointer drops\n"
		"    1: 00000000:0001 00000000:0000 07 00000000:00000340 00:00000000 00000000 "
		"    0        0 16983850 2 000000009c2e0f0d 0\n";
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(proc_net_parse(raw, SK_PROTO_RAW, false, &request, sample), 0);
	assert_int_equal(sample->n_sockets, 1);
	assert_int_equal(sample->sockets[0].proto, SK_PROTO_RAW);
	assert_int_equal(sample->sockets[0].lport, 1);
	assert_int_equal(sample->sockets[0].recv_q, 0x340);
	assert_string_equal(sk_state_name(SK_PROTO_RAW, sample->sockets[0].state), "UNCONN");
	sk_sample_unref(sample);
}
