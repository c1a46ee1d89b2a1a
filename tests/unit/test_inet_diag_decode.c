/* SPDX-License-Identifier: MIT */
/* The sock_diag decoder on what a kernel sent, and on what none would send. */
#include "../testing.h"
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "captured.h"
#include "shown.h"

#define ATTR_CGROUP 21

static struct inet_diag_msg *begin(struct message *m, uint8_t family, uint8_t state)
{
	struct inet_diag_msg *diag = (void *)(m->bytes + NLMSG_HDRLEN);

	memset(m, 0, sizeof(*m));
	m->len = NLMSG_LENGTH(sizeof(*diag));
	((struct nlmsghdr *)m->bytes)->nlmsg_len = (uint32_t)m->len;
	((struct nlmsghdr *)m->bytes)->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	diag->idiag_family = family;
	diag->idiag_state = state;
	return diag;
}

static void put(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(sizeof(head) + len),
			       .nla_type = type };

	memcpy(m->bytes + m->len, &head, sizeof(head));
	memcpy(m->bytes + m->len + sizeof(head), data, len);
	m->len += NLMSG_ALIGN(sizeof(head) + len);
	((struct nlmsghdr *)m->bytes)->nlmsg_len = (uint32_t)m->len;
}

static struct sk_attrs attrs; /* of the socket decoded last */

static int decode(const struct message *m, enum sk_proto proto, struct sk_socket *s,
		  struct sk_tcp_ext *tcp_ext)
{
	memset(&attrs, 0, sizeof(attrs));
	memset(s, 0, sizeof(*s));
	if (tcp_ext)
		memset(tcp_ext, 0, sizeof(*tcp_ext));
	return inet_diag_decode((const void *)m->bytes, m->len, proto, s, &attrs,
				tcp_ext, NULL);
}

static void assert_address(const struct sk_addr *addr, bool v6, const char *text)
{
	char out[SK_ADDR_STRLEN];

	assert_string_equal(sk_addr_format(addr, v6, out), text);
}

TEST(captured_established)
{
	struct sk_detail d;

	CAPTURED(tcp_established, SK_PROTO_TCP, &d);
	assert_int_equal(d.detached.socket.state, SK_STATE_ESTABLISHED);
	assert_int_equal(d.detached.socket.lport, 8001);
	assert_address(&d.detached.attrs.local, false, "127.0.0.1");
	assert_address(&d.detached.socket.remote, false, "127.0.0.1");
	assert_int_equal(d.detached.socket.recv_q, 11);
	assert_int_equal(d.detached.socket.rx_total, 3011);
	assert_int_equal(d.detached.socket.tx_total, 100);
	assert_true(d.detached.socket.rtt_us > 0 && d.tcp_ext.snd_cwnd > 0);
	assert_int_not_equal(d.detached.socket.cookie, 0);
	assert_int_equal(d.detached.socket.flags & (SK_F_INFO | SK_F_OWNER | SK_F_V6),
			 SK_F_INFO | SK_F_OWNER);
	assert_int_equal(d.tcp_info_len, 280);
	assert_int_equal(d.tcp_ext.bytes_sent, 100);
	assert_true(d.tcp_ext.flags & SK_TCP_EXT_SKMEM);
	assert_true(d.tcp_ext.flags & SK_TCP_EXT_SHUTDOWN);
	assert_int_equal(d.tcp_ext.shutdown, 0);
	assert_string_equal(d.tcp_ext.congestion, "bbr");
	assert_int_equal(d.cc_info_type, INET_DIAG_BBRINFO);
	assert_int_equal(d.cc_info_len, 20);
	assert_true(d.tcp_ext.flags & SK_TCP_EXT_SOCKOPT);
}

TEST(captured_listen)
{
	struct sk_detail d;

	CAPTURED(tcp_listen, SK_PROTO_TCP, &d);
	assert_int_equal(d.detached.socket.state, SK_STATE_LISTEN);
	assert_int_equal(d.detached.socket.send_q, 7);
	assert_int_equal(d.detached.socket.recv_q, 0);
	assert_false(d.detached.socket.flags & SK_F_INFO);
	assert_false(d.tcp_ext.flags & SK_TCP_EXT_INFO);
	assert_true(d.tcp_info_len > 0);
	assert_true(sk_addr_is_any(&d.detached.attrs.local));
}

TEST(captured_mini)
{
	struct sk_detail d;

	CAPTURED(tcp_time_wait, SK_PROTO_TCP, &d);
	assert_int_equal(d.detached.socket.state, SK_STATE_TIME_WAIT);
	assert_int_equal(d.detached.socket.timer, SK_TIMER_TIMEWAIT);
	assert_true(d.detached.socket.timer_ms > 50000 &&
		    d.detached.socket.timer_ms <= 60000);
	assert_false(d.detached.socket.flags & (SK_F_OWNER | SK_F_INFO));
	assert_int_not_equal(d.detached.socket.cookie, 0);
}

TEST(captured_v6)
{
	struct sk_detail d;

	CAPTURED(tcp6_close_wait, SK_PROTO_TCP, &d);
	assert_int_equal(d.detached.socket.state, SK_STATE_CLOSE_WAIT);
	assert_address(&d.detached.attrs.local, true, "::1");
	assert_true(d.detached.socket.flags & SK_F_V6);
	/* the kernel counted the peer's FIN as a byte */
	assert_int_equal(d.detached.socket.rx_total, 0);
	assert_int_equal(d.detached.socket.tx_total, 500);
	CAPTURED(tcp6_mapped, SK_PROTO_TCP, &d);
	assert_address(&d.detached.socket.remote, true, "::ffff:127.0.0.1");
	assert_true(sk_addr_is_v4(&d.detached.socket.remote));
	assert_true(d.detached.socket.flags & SK_F_V6);
}

TEST(captured_udp)
{
	struct sk_detail d;

	CAPTURED(udp_unconnected, SK_PROTO_UDP, &d);
	assert_int_equal(d.detached.socket.state, SK_STATE_CLOSE);
	assert_int_equal(d.detached.socket.proto, SK_PROTO_UDP);
	assert_true(d.detached.socket.recv_q >= 10);
	assert_false(d.detached.socket.flags & SK_F_INFO);
	assert_int_equal(d.tcp_info_len, 0);
	CAPTURED(udp6_v6only, SK_PROTO_UDP, &d);
	assert_true(d.detached.socket.flags & SK_F_V6ONLY);
}

/* Every beginning of a message is either refused or read within its bounds. */
TEST(every_prefix)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} all[] = {
		{ tcp_established, sizeof(tcp_established) },
		{ tcp_listen, sizeof(tcp_listen) },
		{ tcp6_close_wait, sizeof(tcp6_close_wait) },
		{ tcp_time_wait, sizeof(tcp_time_wait) },
		{ udp6_v6only, sizeof(udp6_v6only) },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t len = 0; len < all[i].len; len++) {
			uint8_t *bytes = malloc(len + !len);
			struct sk_detail d = { 0 };
			int err;

			assert_non_null(bytes);
			memcpy(bytes, all[i].bytes, len);
			/* the header promises more than there is */
			err = inet_diag_decode((void *)bytes, len, SK_PROTO_TCP,
					       &d.detached.socket, &d.detached.attrs,
					       &d.tcp_ext, &d);
			assert_int_equal(err, -EBADMSG);
			if (len >= sizeof(struct nlmsghdr)) {
				memcpy(bytes, &(uint32_t){ (uint32_t)len }, 4);
				err = inet_diag_decode((void *)bytes, len, SK_PROTO_TCP,
						       &d.detached.socket,
						       &d.detached.attrs, &d.tcp_ext,
						       &d);
				assert_int_equal(err,
						 len < NLMSG_LENGTH(72) ? -EBADMSG : 0);
			}
			free(bytes);
		}
	}
}

static void put_info(struct message *m, size_t len, uint64_t sent, uint64_t retrans,
		     uint64_t acked, uint64_t received)
{
	uint8_t info[320] = { 0 };

	memcpy(info + 120, &acked, 8);
	memcpy(info + 128, &received, 8);
	memcpy(info + 200, &sent, 8);
	memcpy(info + 208, &retrans, 8);
	memcpy(info + 68, &(uint32_t){ 1234 }, 4);
	put(m, INET_DIAG_INFO, info, len);
}

TEST(payload_totals)
{
	struct message m;
	struct sk_socket s;
	struct sk_tcp_ext tcp_ext;

	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put_info(&m, 280, 1000, 300, 701, 55);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_int_equal(s.tx_total, 700);
	assert_int_equal(s.rx_total, 55);
	assert_int_equal(s.rtt_us, 1234);

	/* a newer kernel sends more than is known */
	begin(&m, AF_INET, SK_STATE_LAST_ACK);
	put_info(&m, 320, 5, 9, 0, 1);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_int_equal(s.tx_total, 0);
	assert_int_equal(s.rx_total, 0);

	begin(&m, AF_INET, SK_STATE_CLOSING);
	put_info(&m, 280, 5, 0, 0, 0);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_int_equal(s.rx_total, 0);

	/* Linux 4.18: no bytes_sent */
	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put_info(&m, 192, 1000, 300, 701, 55);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &tcp_ext), 0);
	assert_int_equal(s.tx_total, 701);
	assert_true(s.flags & SK_F_INFO);
	assert_int_equal(tcp_ext.bytes_sent, 0);

	/* Linux 3.x: no byte counts at all */
	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put_info(&m, 104, 1000, 300, 701, 55);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &tcp_ext), 0);
	assert_false(s.flags & SK_F_INFO);
	assert_false(tcp_ext.flags & SK_TCP_EXT_INFO);
}

TEST(owners)
{
	struct message m;
	struct sk_socket s;
	struct inet_diag_msg *diag = begin(&m, AF_INET, SK_STATE_ESTABLISHED);

	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_false(s.flags & SK_F_OWNER);
	diag->idiag_inode = 77;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_true(s.flags & SK_F_OWNER);
	assert_int_equal(s.inode, 77);
	assert_int_equal(attrs.uid, 0);
	diag->idiag_timer = 3;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_false(s.flags & SK_F_OWNER);
	assert_int_equal(s.inode, 0);
	diag = begin(&m, AF_INET6, SK_STATE_SYN_RECV);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_false(s.flags & SK_F_OWNER);
	/* TCP Fast Open: accepted before the handshake has ended */
	diag->idiag_inode = 77;
	diag->idiag_uid = 1000;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_true(s.flags & SK_F_OWNER);
	assert_int_equal(s.inode, 77);
	assert_int_equal(attrs.uid, 1000);
}

TEST(attributes)
{
	struct message m;
	struct sk_socket s;
	struct sk_tcp_ext tcp_ext;
	uint32_t mark = 0xdeadbeef;
	uint64_t cgroup = 0x1122334455667788;

	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put(&m, INET_DIAG_MARK, &mark, sizeof(mark));
	put(&m, ATTR_CGROUP, &cgroup, sizeof(cgroup));
	put(&m, INET_DIAG_CONG, "ev\033[1mil-and-far-too-long", 25);
	put(&m, INET_DIAG_TOS, "\x10", 1);
	put(&m, INET_DIAG_TCLASS, "", 0);
	put(&m, INET_DIAG_SKMEMINFO, &mark, sizeof(mark));
	put(&m, 999, "?", 1);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &tcp_ext), 0);
	assert_int_equal(tcp_ext.mark, mark);
	assert_true(tcp_ext.flags & SK_TCP_EXT_MARK);
	assert_int_equal(attrs.cgroup, cgroup);
	assert_int_equal(s.flags & SK_F_CGROUP, SK_F_CGROUP);
	assert_string_equal(shown(tcp_ext.congestion), "ev?[1mil-and");
	assert_int_equal(tcp_ext.tos, 0x10);
	assert_int_equal(tcp_ext.skmem[0], mark);
	assert_int_equal(tcp_ext.skmem[1], 0);
	assert_true(tcp_ext.flags & SK_TCP_EXT_TCLASS);

	/* too short for their numbers */
	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put(&m, INET_DIAG_MARK, &mark, 3);
	put(&m, ATTR_CGROUP, &cgroup, 7);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &tcp_ext), 0);
	assert_false(s.flags & SK_F_CGROUP);
	assert_false(tcp_ext.flags & SK_TCP_EXT_MARK);
}

TEST(refused_messages)
{
	struct message m;
	struct sk_socket s;

	begin(&m, AF_UNIX, SK_STATE_ESTABLISHED);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), -EBADMSG);
	begin(&m, AF_INET, 0);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), -EBADMSG);
	begin(&m, AF_INET, SK_STATE_COUNT);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), -EBADMSG);
}
