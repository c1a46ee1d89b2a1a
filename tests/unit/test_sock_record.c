/* SPDX-License-Identifier: MIT */
#include "../testing.h"
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/bpf/prog/record.h"
#include "kernel/bpf/sockets.h"

static struct sock_record example(void)
{
	struct sock_record r = { .cookie = 0x123456789aU,
				 .sent = 1000,
				 .received = 501,
				 .cgroup = 77,
				 .local = { 127, 0, 0, 1 },
				 .remote = { 10, 1, 2, 3 },
				 .inode = 4321,
				 .uid = 1000,
				 .recv_q = 5,
				 .send_q = 6,
				 .rtt_us = 7000,
				 .retrans = 8,
				 .timer_ticks = 250,
				 .ifindex = 9,
				 .lport = 8080,
				 .rport = 0x3930,
				 .state = SK_STATE_ESTABLISHED,
				 .timer = SK_TIMER_ON,
				 .timer_retrans = 2,
				 .flags = SOCK_RECORD_TCP_INFO | SOCK_RECORD_CGROUP };
	const uint8_t port[2] = { 0x30, 0x39 }; /* 12345 on the wire */

	memcpy(&r.rport, port, sizeof(port));
	return r;
}

static struct sk_attrs attrs; /* of the socket decoded last */

static int decode(const struct sock_record *r, bool info, struct sk_socket *socket)
{
	memset(socket, 0, sizeof(*socket));
	memset(&attrs, 0, sizeof(attrs));
	return sock_bpf_decode(r, sizeof(*r), SK_PROTO_TCP, info, 250, socket, &attrs);
}

TEST(every_field)
{
	const uint8_t local[4] = { 127, 0, 0, 1 }, remote[4] = { 10, 1, 2, 3 };
	struct sk_addr from = sk_addr_from_v4(local), to = sk_addr_from_v4(remote);
	struct sock_record r = example();
	struct sk_socket s;

	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.cookie, 0x123456789aU);
	assert_memory_equal(&attrs.local, &from, sizeof(from));
	assert_memory_equal(&s.remote, &to, sizeof(to));
	assert_int_equal(s.lport, 8080);
	assert_int_equal(s.rport, 12345);
	assert_int_equal(s.proto, SK_PROTO_TCP);
	assert_int_equal(s.state, SK_STATE_ESTABLISHED);
	assert_int_equal(s.tx_total, 1000);
	assert_int_equal(s.rx_total, 501);
	assert_int_equal(attrs.cgroup, 77);
	assert_int_equal(s.inode, 4321);
	assert_int_equal(attrs.uid, 1000);
	assert_int_equal(s.recv_q, 5);
	assert_int_equal(s.send_q, 6);
	assert_int_equal(s.rtt_us, 7000);
	assert_int_equal(s.retrans, 8);
	assert_int_equal(attrs.ifindex, 9);
	assert_int_equal(s.timer, SK_TIMER_ON);
	assert_int_equal(s.timer_ms, 1000);
	assert_int_equal(s.timer_retrans, 2);
	assert_int_equal(s.flags, SK_F_INFO | SK_F_OWNER | SK_F_CGROUP);
}

TEST(only_what_holds)
{
	struct sock_record r = example();
	struct sk_socket s;

	assert_int_equal(decode(&r, false, &s), 0); /* nobody asked for tcp_info */
	assert_int_equal(s.flags, SK_F_OWNER | SK_F_CGROUP);
	assert_int_equal(s.tx_total + s.rx_total + s.rtt_us + s.retrans, 0);
	r.state = SK_STATE_CLOSE_WAIT;
	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.rx_total, 500); /* without the FIN */
	r.received = 0;
	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.rx_total, 0);
	r.state = SK_STATE_SYN_RECV; /* accepted all the same: TCP Fast Open */
	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.flags, SK_F_INFO | SK_F_CGROUP | SK_F_OWNER);
	assert_int_equal(s.inode, r.inode);
	assert_int_equal(attrs.uid, r.uid);
	r.inode = 0;
	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.flags, SK_F_INFO | SK_F_CGROUP);
	assert_int_equal(s.inode + attrs.uid, 0);
	r = example();
	r.timer = SK_TIMER_TIMEWAIT;
	r.state = SK_STATE_FIN_WAIT2;
	r.flags = 0;
	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.flags | s.inode, 0);
}

TEST(addresses_of_ipv6)
{
	struct sock_record r = example();
	struct sk_socket s;

	for (uint8_t i = 0; i < 16; i++) {
		r.local[i] = (__u8)(i + 1);
		r.remote[i] = (__u8)(0xf0 + i);
	}
	r.state = SK_STATE_LISTEN;
	r.flags = SOCK_RECORD_V6 | SOCK_RECORD_V6ONLY_KNOWN;
	assert_int_equal(decode(&r, true, &s), 0);
	assert_memory_equal(&attrs.local, r.local, 16);
	assert_memory_equal(&s.remote, r.remote, 16);
	assert_int_equal(s.flags, SK_F_V6 | SK_F_V6ONLY_KNOWN | SK_F_OWNER);
	r.flags |= SOCK_RECORD_V6ONLY;
	assert_int_equal(decode(&r, true, &s), 0);
	assert_int_equal(s.flags, SK_F_V6 | SK_F_V6ONLY | SK_F_V6ONLY_KNOWN | SK_F_OWNER);
}

/* An IPv6 socket that speaks IPv4 looks like an IPv4 one, but for its flag. */
TEST(mapped_addresses)
{
	const uint8_t mapped[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
	struct sock_record v4 = example(), v6 = example();
	struct sk_socket a, b;

	memset(v4.remote + 4, 0xee, 12); /* of no meaning there */
	memcpy(v6.remote, mapped, sizeof(mapped));
	v6.flags |= SOCK_RECORD_V6;
	assert_int_equal(decode(&v4, true, &a), 0);
	assert_int_equal(decode(&v6, true, &b), 0);
	assert_true(sk_addr_is_v4(&b.remote));
	assert_memory_equal(&a.remote, &b.remote, sizeof(a.remote));
	assert_int_equal(b.flags, a.flags | SK_F_V6);
}

/* From a copy of its own size, so that a read beyond it shows under ASan. */
TEST(short_and_strange)
{
	struct sock_record r = example();
	struct sk_socket s;

	for (size_t size = 0; size < sizeof(r); size++) {
		uint8_t *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, &r, size);
		assert_int_equal(sock_bpf_decode(copy, size, SK_PROTO_TCP, true, 250, &s,
						  &attrs),
				 -EBADMSG);
		free(copy);
	}
	for (unsigned value = 0; value <= UINT8_MAX; value++) {
		r.state = (__u8)value;
		assert_int_equal(decode(&r, true, &s),
				 value && value < SK_STATE_COUNT ? 0 : -EBADMSG);
	}
	r = example();
	for (unsigned value = 0; value <= UINT8_MAX; value++) {
		r.timer = (__u8)value;
		assert_int_equal(decode(&r, true, &s), value < SK_TIMER_COUNT ? 0 : -EBADMSG);
	}
}
