/* SPDX-License-Identifier: MIT */
/*
 * Decoders of every kind of socket: what this kernel sent, what others would send
 * (built by hand after their uapi headers), and what none would send.
 */
#include "../testing.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/packet_diag.h>
#include <linux/tipc_netlink.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "fixtures.h"
#include "kernel/sockets/kind.h"
#include "kernel/text.h"
#include "shown.h"

/** One row and all that it is written to. */
struct fixture {
	struct sk_sample *sample;
	struct sk_socket socket;
	struct sk_attrs attrs;
	struct sk_tcp_ext tcp_ext;
	struct sk_detail detail;
	struct pairs pending;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || sk_sample_new(&f->sample))
		return -1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_sample_unref(f->sample);
	pairs_free(&f->pending);
	free(f);
	return 0;
}

/* In memory of just that size, so that one byte too many is noticed. */
static int decode(struct fixture *f, const struct socket_kind *kind, const uint8_t *payload,
		  size_t len)
{
	struct kind_row row = { f->sample, &f->socket, &f->attrs,
				  &f->tcp_ext, &f->detail, &f->pending };
	uint8_t *exact = malloc(len ? len : 1);
	int err;

	memcpy(exact, payload, len);
	memset(&f->socket, 0, sizeof(f->socket));
	memset(&f->attrs, 0, sizeof(f->attrs));
	memset(&f->tcp_ext, 0, sizeof(f->tcp_ext));
	memset(&f->detail, 0, sizeof(f->detail));
	f->pending.n = 0;
	f->socket.proto = (uint8_t)kind->proto;
	err = kind->decode(exact, len, &row);
	free(exact);
	return err;
}

#define CAPTURED(f, family, bytes) \
	decode(f, family, (bytes) + NLMSG_HDRLEN, sizeof(bytes) - NLMSG_HDRLEN)

static void assert_name(const struct fixture *f, const struct sk_name *name,
			const char *text)
{
	assert_string_equal(sk_sample_text(f->sample, name->text), text);
}

static void assert_line(const struct fixture *f, const char *label, const char *value)
{
	for (uint32_t i = 0; i < f->detail.n_lines; i++) {
		if (strcmp(f->detail.line[i].label, label) == 0 &&
		    strcmp(f->detail.line[i].value, value) == 0)
			return;
	}
	fail_msg("no line '%s' that says '%s'", label, value);
}

FRESH(captured_unix)
{
	struct fixture *f = *state;

	assert_int_equal(CAPTURED(f, &kind_unix, unix_listen), 0);
	assert_int_equal(f->socket.state, SK_STATE_LISTEN);
	assert_int_equal(f->attrs.local_name.kind, SOCK_STREAM);
	assert_int_equal(f->socket.inode, 0x020c8c3d);
	assert_int_equal(f->socket.cookie, 0x68cb8);
	assert_int_equal(f->socket.flags, SK_F_OWNER);
	assert_int_equal(f->attrs.uid, 0);
	assert_int_equal(f->socket.recv_q, 1);
	assert_int_equal(f->socket.send_q, 5);
	assert_name(f, &f->attrs.local_name, "/tmp/sktop-families-g7ieuE/plain");
	assert_line(f, "file", "inode 10971248 on device 254:0");
	assert_line(f, "waiting clients", "34376768 ");
	assert_int_equal(f->pending.n, 1);
	assert_int_equal(f->pending.pair[0].key, 34376768);
	assert_int_equal(f->pending.pair[0].value, f->attrs.local_name.text);
	assert_true(f->tcp_ext.flags & SK_TCP_EXT_SKMEM);
	assert_int_equal(f->tcp_ext.skmem[1], 212992);
	assert_int_equal(f->tcp_ext.n_skmem, 9);

	assert_int_equal(CAPTURED(f, &kind_unix, unix_accepted), 0);
	assert_int_equal(f->socket.state, SK_STATE_ESTABLISHED);
	assert_int_not_equal(f->socket.remote_name.id, 0);
	assert_int_equal(f->pending.n, 0);
	assert_int_equal(CAPTURED(f, &kind_unix, unix_abstract), 0);
	assert_int_equal(f->attrs.local_name.kind, SOCK_DGRAM);
	assert_name(f, &f->attrs.local_name, "@two@parts");
	assert_int_equal(f->attrs.local_name.id, 0);
	assert_int_equal(f->socket.recv_q, 5);
}

FRESH(captured_packet)
{
	struct fixture *f = *state;

	assert_int_equal(CAPTURED(f, &kind_packet, packet_arp), 0);
	assert_int_equal(f->socket.state, SK_STATE_CLOSE);
	assert_int_equal(f->attrs.local_name.kind, SOCK_RAW);
	assert_int_equal(f->attrs.local_name.extra, 0x806);
	assert_int_equal(f->attrs.ifindex, 1);
	assert_name(f, &f->attrs.local_name, "arp:lo");
	assert_int_equal(f->attrs.uid, 0);
	assert_line(f, "fanout", "group 7 by cpu");
	assert_line(f, "membership", "promiscuous on lo");
	assert_line(f, "flags", "running");
	assert_true(f->tcp_ext.flags & SK_TCP_EXT_SKMEM);
}

FRESH(captured_netlink)
{
	struct fixture *f = *state;

	assert_int_equal(CAPTURED(f, &kind_netlink, netlink_groups), 0);
	assert_int_equal(f->socket.state, SK_STATE_CLOSE);
	assert_name(f, &f->attrs.local_name, "rtnl:7900");
	assert_name(f, &f->socket.remote_name, "");
	assert_int_equal(f->attrs.local_name.id, 7900);
	assert_int_equal(f->socket.remote_name.extra, 0x101);
	assert_line(f, "groups", "1 9 33");
	assert_int_equal(f->attrs.uid, SK_UID_UNKNOWN);
	assert_true(f->socket.flags & SK_F_OWNER);
}

/* ---- by hand: kernels that have what this one lacks ---- */

/** A payload under construction. */
struct bytes {
	uint8_t at[4096];
	size_t len;
};

static void put(struct bytes *b, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(sizeof(head) + len), .nla_type = type };

	memcpy(b->at + b->len, &head, sizeof(head));
	memcpy(b->at + b->len + sizeof(head), data, len);
	b->len += NLMSG_ALIGN(sizeof(head) + len);
}

static void put32(struct bytes *b, uint16_t type, uint32_t value)
{
	put(b, type, &value, sizeof(value));
}

FRESH(vsock)
{
	struct vsock_diag_msg m = { .vdiag_family = AF_VSOCK, .vdiag_type = SOCK_STREAM,
				    .vdiag_state = SK_STATE_LISTEN,
				    .vdiag_src_cid = UINT32_MAX, .vdiag_src_port = 1024,
				    .vdiag_dst_cid = UINT32_MAX,
				    .vdiag_dst_port = UINT32_MAX, .vdiag_ino = 77,
				    .vdiag_cookie = { 5, 1 } };
	struct fixture *f = *state;

	assert_int_equal(decode(f, &kind_vsock, (void *)&m, sizeof(m)), 0);
	assert_name(f, &f->attrs.local_name, "*:1024");
	assert_name(f, &f->socket.remote_name, "*:*");
	assert_int_equal(f->socket.cookie, 0x100000005);
	assert_int_equal(f->socket.inode, 77);
	m.vdiag_state = SK_STATE_ESTABLISHED;
	m.vdiag_src_cid = 2;
	m.vdiag_dst_cid = 3;
	m.vdiag_dst_port = 50000;
	m.vdiag_shutdown = 2;
	assert_int_equal(decode(f, &kind_vsock, (void *)&m, sizeof(m)), 0);
	assert_name(f, &f->attrs.local_name, "2:1024");
	assert_name(f, &f->socket.remote_name, "3:50000");
	assert_int_equal(f->socket.remote_name.id, 3);
	assert_int_equal(f->socket.remote_name.extra, 50000);
	assert_int_equal(f->tcp_ext.shutdown, 2);
	m.vdiag_state = 12;
	assert_int_equal(decode(f, &kind_vsock, (void *)&m, sizeof(m)), -EBADMSG);
	m.vdiag_state = 0;
	assert_int_equal(decode(f, &kind_vsock, (void *)&m, sizeof(m)), -EBADMSG);
	m.vdiag_state = 1;
	m.vdiag_family = AF_UNIX;
	assert_int_equal(decode(f, &kind_vsock, (void *)&m, sizeof(m)), -EBADMSG);
}

FRESH(xdp)
{
	struct xdp_diag_msg m = { .xdiag_family = AF_XDP, .xdiag_type = SOCK_RAW,
				  .xdiag_ino = 9, .xdiag_cookie = { 3, 0 } };
	struct xdp_diag_info info = { .ifindex = 1, .queue_id = 4 };
	struct xdp_diag_umem umem = { .size = 1 << 20, .id = 8, .num_pages = 256,
				      .chunk_size = 4096, .headroom = 64, .ifindex = 1,
				      .queue_id = 4, .flags = XDP_DU_F_ZEROCOPY,
				      .refs = 2 };
	struct xdp_diag_stats stats = { 1, 2, 3, 4, 5, 6 };
	uint32_t memory[9] = { 100, 200, 300 };
	struct fixture *f = *state;
	struct bytes b = { .len = sizeof(m) };

	memcpy(b.at, &m, sizeof(m));
	assert_int_equal(decode(f, &kind_xdp, b.at, b.len), 0);
	assert_name(f, &f->attrs.local_name, ""); /* not bound yet */
	put(&b, XDP_DIAG_INFO, &info, sizeof(info));
	put32(&b, XDP_DIAG_UID, 1000);
	put32(&b, XDP_DIAG_RX_RING, 2048);
	put(&b, XDP_DIAG_UMEM, &umem, sizeof(umem));
	put(&b, XDP_DIAG_MEMINFO, memory, sizeof(memory));
	put(&b, XDP_DIAG_STATS, &stats, sizeof(stats));
	assert_int_equal(decode(f, &kind_xdp, b.at, b.len), 0);
	assert_name(f, &f->attrs.local_name, "lo:q4");
	assert_int_equal(f->socket.state, SK_STATE_CLOSE);
	assert_int_equal(f->attrs.uid, 1000);
	assert_int_equal(f->socket.recv_q, 100);
	assert_int_equal(f->socket.send_q, 0);
	assert_line(f, "receive ring", "2048");
	assert_line(f, "memory area",
		    "1048576 bytes in 256 pages, chunks of 4096, headroom 64");
	assert_line(f, "memory area user", "id 8, lo:q4, zero copy, 2 references");
	assert_line(f, "fill ring empty", "4");
	assert_line(f, "send ring empty", "6");
}

static void begin_tipc(struct bytes *b, struct bytes *nest, uint32_t tipc_state)
{
	*nest = (struct bytes){ 0 };
	*b = (struct bytes){ 0 };
	put32(nest, TIPC_NLA_SOCK_ADDR, 16781313);
	put32(nest, TIPC_NLA_SOCK_REF, 4242);
	put32(nest, TIPC_NLA_SOCK_TYPE, SOCK_SEQPACKET);
	put32(nest, TIPC_NLA_SOCK_TIPC_STATE, tipc_state);
	put32(nest, TIPC_NLA_SOCK_INO, 31);
	put32(nest, TIPC_NLA_SOCK_UID, 33);
	put(nest, TIPC_NLA_SOCK_COOKIE, &(uint64_t){ 0x200000001 }, 8);
}

FRESH(tipc)
{
	struct fixture *f = *state;
	struct bytes b, nest, connection = { 0 }, stat = { 0 };

	begin_tipc(&b, &nest, SK_STATE_LISTEN);
	put(&nest, TIPC_NLA_SOCK_HAS_PUBL, "", 0);
	put(&b, TIPC_NLA_SOCK, nest.at, nest.len);
	assert_int_equal(decode(f, &kind_tipc, b.at, b.len), 0);
	assert_name(f, &f->attrs.local_name, "16781313:4242");
	assert_name(f, &f->socket.remote_name, "");
	assert_int_equal(f->socket.state, SK_STATE_LISTEN);
	assert_int_equal(f->socket.cookie, 0x200000001);
	assert_int_equal(f->attrs.uid, 33);
	assert_line(f, "published", "yes");

	begin_tipc(&b, &nest, SK_STATE_ESTABLISHED);
	put32(&connection, TIPC_NLA_CON_NODE, 16781314);
	put32(&connection, TIPC_NLA_CON_SOCK, 99);
	put(&connection, TIPC_NLA_CON_FLAG, "", 0);
	put32(&connection, TIPC_NLA_CON_TYPE, 18888);
	put32(&connection, TIPC_NLA_CON_INST, 17);
	put32(&stat, TIPC_NLA_SOCK_STAT_RCVQ, 3);
	put32(&stat, TIPC_NLA_SOCK_STAT_SENDQ, 4);
	put32(&stat, TIPC_NLA_SOCK_STAT_DROP, 5);
	put(&stat, TIPC_NLA_SOCK_STAT_LINK_CONG, "", 0);
	put(&nest, TIPC_NLA_SOCK_CON, connection.at, connection.len);
	put(&nest, TIPC_NLA_SOCK_STAT, stat.at, stat.len);
	put(&b, TIPC_NLA_SOCK | NLA_F_NESTED, nest.at, nest.len);
	assert_int_equal(decode(f, &kind_tipc, b.at, b.len), 0);
	assert_name(f, &f->socket.remote_name, "16781314:99");
	assert_int_equal(f->socket.recv_q, 3);
	assert_int_equal(f->socket.send_q, 4);
	assert_line(f, "connected by", "type 18888, instance 17");
	assert_line(f, "congested", "link");
	assert_line(f, "dropped", "5");

	begin_tipc(&b, &nest, 0);
	put(&b, TIPC_NLA_SOCK, nest.at, nest.len);
	assert_int_equal(decode(f, &kind_tipc, b.at, b.len), -EBADMSG);
	assert_int_equal(decode(f, &kind_tipc, b.at, 0), -EBADMSG);
}

FRESH(packet_filter)
{
	struct fixture *f = *state;
	uint8_t code[200 * 8] = { 0 };
	struct bytes b = { .len = sizeof(packet_arp) - NLMSG_HDRLEN };
	const struct bytes head = b;

	/* tcpdump arp, as the kernel sends it */
	const struct { uint16_t op; uint8_t jt, jf; uint32_t k; } arp[] = {
		{ 0x28, 0, 0, 12 }, { 0x15, 0, 1, 0x806 }, { 6, 0, 0, 262144 },
		{ 6, 0, 0, 0 }, { 0xffff, 255, 255, 0xffffffff } };

	memcpy(b.at, packet_arp + NLMSG_HDRLEN, b.len);
	put(&b, PACKET_DIAG_FILTER, arp, sizeof(arp) - 1); /* the last is not whole */
	assert_int_equal(decode(f, &kind_packet, b.at, b.len), 0);
	assert_line(f, "filter", "4 instructions");
	assert_line(f, "filter code",
		    "0x28 0 0 0xc, 0x15 0 1 0x806, 0x06 0 0 0x40000, 0x06 0 0 0");
	b.len = head.len;
	put(&b, PACKET_DIAG_FILTER, arp + 4, sizeof(arp[0]));
	assert_int_equal(decode(f, &kind_packet, b.at, b.len), 0);
	assert_line(f, "filter", "1 instruction");
	assert_line(f, "filter code", "0xffff 255 255 0xffffffff");
	b.len = head.len;
	put(&b, PACKET_DIAG_FILTER, code, sizeof(code));
	assert_int_equal(decode(f, &kind_packet, b.at, b.len), 0);
	assert_line(f, "filter", "200 instructions, these are the first");
	assert_line(f, "fanout", "group 7 by cpu");
	b.len = head.len;
	put(&b, PACKET_DIAG_FILTER, code, 0);
	assert_int_equal(decode(f, &kind_packet, b.at, b.len), 0);
	for (uint32_t i = 0; i < f->detail.n_lines; i++)
		assert_string_not_equal(f->detail.line[i].label, "filter");
}

/* ---- what none would send ---- */

/* Whatever is cut off, and whichever length lies, nothing outside is read. */
static void damaged(struct fixture *f, const struct socket_kind *kind, const uint8_t *payload,
		    size_t len)
{
	uint8_t copy[600];

	assert_true(len <= sizeof(copy));
	for (size_t cut = 0; cut < len; cut++) {
		int err = decode(f, kind, payload, cut);

		assert_true(err == 0 || err == -EBADMSG);
		assert_true(f->detail.n_lines <= SK_DETAIL_LINES);
	}
	for (size_t i = 0; i < len; i++) {
		static const uint8_t lies[] = { 0, 1, 3, 0x7f, 0xff };

		for (size_t k = 0; k < sizeof(lies); k++) {
			int err;

			memcpy(copy, payload, len);
			copy[i] = lies[k];
			err = decode(f, kind, copy, len);
			assert_true(err == 0 || err == -EBADMSG);
		}
	}
}

FRESH(damaged_messages)
{
	struct fixture *f = *state;
	struct bytes b, nest;

	damaged(f, &kind_unix, unix_listen + 16, sizeof(unix_listen) - 16);
	damaged(f, &kind_unix, unix_abstract + 16, sizeof(unix_abstract) - 16);
	damaged(f, &kind_packet, packet_arp + 16, sizeof(packet_arp) - 16);
	damaged(f, &kind_netlink, netlink_groups + 16, sizeof(netlink_groups) - 16);
	begin_tipc(&b, &nest, SK_STATE_LISTEN);
	put(&b, TIPC_NLA_SOCK, nest.at, nest.len);
	damaged(f, &kind_tipc, b.at, b.len);
}

/* A name that fills the whole of sun_path with what does harm. */
FRESH(hostile_name)
{
	struct fixture *f = *state;
	struct bytes b = { .len = 16 };
	const uint8_t head[16] = { AF_UNIX, SOCK_STREAM, SK_STATE_LISTEN };
	char name[108];

	memset(name, 0xff, sizeof(name));
	memcpy(name, "/\033[31m\n\r\t\x7f\xc2\x9b", 11);
	memcpy(b.at, head, sizeof(head));
	put(&b, 0 /* UNIX_DIAG_NAME */, name, sizeof(name));
	assert_int_equal(decode(f, &kind_unix, b.at, b.len), 0);
	assert_memory_equal(shown(sk_sample_text(f->sample, f->attrs.local_name.text)),
			    "/?[31m??????", 12);
	assert_int_equal(strlen(shown(sk_sample_text(f->sample, f->attrs.local_name.text))),
			 108);
	/* no owner: only the kernel has it, or it is gone */
	assert_int_equal(f->socket.flags, 0);
}

TEST(clean_text)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} cases[] = {
		{ "", 0, "" },
		{ "/run/a b~", 9, "/run/a b~" },
		{ "\0a\0", 3, "@a@" },
		{ "\303\251\342\202\254\360\237\230\200", 9,
		  "\303\251\342\202\254\360\237\230\200" },
		{ "\300\257", 2, "??" },		 /* overlong / */
		{ "\340\200\257", 3, "???" },		 /* overlong / */
		{ "\360\200\200\257", 4, "????" },	 /* overlong / */
		{ "\355\240\200", 3, "???" },		 /* surrogate */
		{ "\364\220\200\200", 4, "????" },	 /* beyond U+10FFFF */
		{ "\342\200\256x", 4, "?x" },	 /* turns the direction */
		{ "\357\273\277", 3, "?" },		 /* invisible */
		{ "\303", 1, "?" },			 /* cut */
		{ "\303x", 2, "?x" },
		{ "\302\233m", 3, "?m" },		 /* CSI */
		{ "\033]0;x\a", 6, "?]0;x?" },
	};
	char out[64], again[64], small[4];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sk_text_clean(out, sizeof(out), cases[i].in, cases[i].len);
		sk_text_utf8(again, sizeof(again), out);
		for (char *c; (c = strstr(again, "\357\277\275"));) {
			*c = '?';
			memmove(c + 1, c + 3, strlen(c + 3) + 1);
		}
		assert_string_equal(again, cases[i].out);
	}
	assert_int_equal(sk_text_clean(small, sizeof(small), "ab\303\251", 4), 2);
	assert_string_equal(small, "ab"); /* no half characters */
}
