/* SPDX-License-Identifier: MIT */
/*
 * The sock_diag decoder on what a kernel sent, on what none would send, and the
 * dump against a kernel that refuses, loses and repeats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../fixtures/kernel_answers.h"
#include "fake_netlink.h"
#include "kernel/inet_diag.c"

#define ATTR_CGROUP 21
#define ATTR_OPTIONS 22

/** A message under construction. */
struct message {
	_Alignas(8) uint8_t bytes[2048];
	size_t len;
};

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

static struct sk_home home; /* of the socket decoded last */

static int decode(const struct message *m, enum sk_proto proto, struct sk_socket *s,
		  struct sk_more *more)
{
	memset(&home, 0, sizeof(home));
	memset(s, 0, sizeof(*s));
	if (more)
		memset(more, 0, sizeof(*more));
	return inet_diag_decode((const void *)m->bytes, m->len, proto, s, &home, more,
				NULL);
}

/* Decodes captured bytes into all three records. */
static void decode_captured(const uint8_t *bytes, size_t len, enum sk_proto proto,
			    struct sk_detail *detail)
{
	struct message m;

	memcpy(m.bytes, bytes, len);
	memset(detail, 0, sizeof(*detail));
	assert_int_equal(inet_diag_decode((const void *)m.bytes, len, proto,
					  &detail->pin.socket, &detail->pin.home,
					  &detail->more, detail),
			 0);
}

#define CAPTURED(name, proto, detail) decode_captured(name, sizeof(name), proto, detail)

static void assert_address(const struct sk_addr *addr, bool v6, const char *text)
{
	char out[SK_ADDR_STRLEN];

	assert_string_equal(sk_addr_format(addr, v6, out), text);
}

static void captured_established(void **state)
{
	struct sk_detail d;

	(void)state;
	CAPTURED(tcp_established, SK_PROTO_TCP, &d);
	assert_int_equal(d.pin.socket.state, SK_STATE_ESTABLISHED);
	assert_int_equal(d.pin.socket.lport, 8001);
	assert_address(&d.pin.home.local, false, "127.0.0.1");
	assert_address(&d.pin.socket.remote, false, "127.0.0.1");
	assert_int_equal(d.pin.socket.recv_q, 11);
	assert_int_equal(d.pin.socket.rx_total, 3011);
	assert_int_equal(d.pin.socket.tx_total, 100);
	assert_true(d.pin.socket.rtt_us > 0 && d.more.cwnd > 0);
	assert_int_not_equal(d.pin.socket.cookie, 0);
	assert_int_equal(d.pin.socket.flags & (SK_F_INFO | SK_F_OWNER | SK_F_V6),
			 SK_F_INFO | SK_F_OWNER);
	assert_int_equal(d.tcp_info_len, 280);
	assert_int_equal(d.more.bytes_sent, 100);
	assert_true(d.more.flags & SK_MORE_SKMEM);
	assert_true(d.more.flags & SK_MORE_SHUTDOWN);
	assert_int_equal(d.more.shutdown, 0);
	assert_string_equal(d.more.congestion, "bbr");
	assert_int_equal(d.cc_info_type, INET_DIAG_BBRINFO);
	assert_int_equal(d.cc_info_len, 20);
	assert_true(d.more.flags & SK_MORE_SOCKOPT);
}

static void captured_listen(void **state)
{
	struct sk_detail d;

	(void)state;
	CAPTURED(tcp_listen, SK_PROTO_TCP, &d);
	assert_int_equal(d.pin.socket.state, SK_STATE_LISTEN);
	assert_int_equal(d.pin.socket.send_q, 7);
	assert_int_equal(d.pin.socket.recv_q, 0);
	assert_false(d.pin.socket.flags & SK_F_INFO);
	assert_false(d.more.flags & SK_MORE_INFO);
	assert_true(d.tcp_info_len > 0);
	assert_true(sk_addr_is_any(&d.pin.home.local));
}

static void captured_mini(void **state)
{
	struct sk_detail d;

	(void)state;
	CAPTURED(tcp_time_wait, SK_PROTO_TCP, &d);
	assert_int_equal(d.pin.socket.state, SK_STATE_TIME_WAIT);
	assert_int_equal(d.pin.socket.timer, SK_TIMER_TIMEWAIT);
	assert_true(d.pin.socket.timer_ms > 50000 && d.pin.socket.timer_ms <= 60000);
	assert_false(d.pin.socket.flags & (SK_F_OWNER | SK_F_INFO));
	assert_int_not_equal(d.pin.socket.cookie, 0);
}

static void captured_v6(void **state)
{
	struct sk_detail d;

	(void)state;
	CAPTURED(tcp6_close_wait, SK_PROTO_TCP, &d);
	assert_int_equal(d.pin.socket.state, SK_STATE_CLOSE_WAIT);
	assert_address(&d.pin.home.local, true, "::1");
	assert_true(d.pin.socket.flags & SK_F_V6);
	/* the kernel counted the peer's FIN as a byte */
	assert_int_equal(d.pin.socket.rx_total, 0);
	assert_int_equal(d.pin.socket.tx_total, 500);
	CAPTURED(tcp6_mapped, SK_PROTO_TCP, &d);
	assert_address(&d.pin.socket.remote, true, "::ffff:127.0.0.1");
	assert_true(sk_addr_is_v4(&d.pin.socket.remote));
	assert_true(d.pin.socket.flags & SK_F_V6);
}

static void captured_udp(void **state)
{
	struct sk_detail d;

	(void)state;
	CAPTURED(udp_unconnected, SK_PROTO_UDP, &d);
	assert_int_equal(d.pin.socket.state, SK_STATE_CLOSE);
	assert_int_equal(d.pin.socket.proto, SK_PROTO_UDP);
	assert_true(d.pin.socket.recv_q >= 10);
	assert_false(d.pin.socket.flags & SK_F_INFO);
	assert_int_equal(d.tcp_info_len, 0);
	CAPTURED(udp6_v6only, SK_PROTO_UDP, &d);
	assert_true(d.pin.socket.flags & SK_F_V6ONLY);
}

/* Every beginning of a message is either refused or read within its bounds. */
static void every_prefix(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t len = 0; len < all[i].len; len++) {
			uint8_t *bytes = malloc(len + !len);
			struct sk_detail d = { 0 };
			int err;

			assert_non_null(bytes);
			memcpy(bytes, all[i].bytes, len);
			/* the header promises more than there is */
			err = inet_diag_decode((void *)bytes, len, SK_PROTO_TCP,
					       &d.pin.socket, &d.pin.home,
					       &d.more, &d);
			assert_int_equal(err, -EBADMSG);
			if (len >= sizeof(struct nlmsghdr)) {
				memcpy(bytes, &(uint32_t){ (uint32_t)len }, 4);
				err = inet_diag_decode((void *)bytes, len, SK_PROTO_TCP,
						       &d.pin.socket, &d.pin.home,
					       &d.more, &d);
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

static void payload_totals(void **state)
{
	struct message m;
	struct sk_socket s;
	struct sk_more more;

	(void)state;
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
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &more), 0);
	assert_int_equal(s.tx_total, 701);
	assert_true(s.flags & SK_F_INFO);
	assert_int_equal(more.bytes_sent, 0);

	/* Linux 3.x: no byte counts at all */
	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put_info(&m, 104, 1000, 300, 701, 55);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &more), 0);
	assert_false(s.flags & SK_F_INFO);
	assert_false(more.flags & SK_MORE_INFO);
}

static void owners(void **state)
{
	struct message m;
	struct sk_socket s;
	struct inet_diag_msg *diag = begin(&m, AF_INET, SK_STATE_ESTABLISHED);

	(void)state;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_false(s.flags & SK_F_OWNER);
	diag->idiag_inode = 77;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_true(s.flags & SK_F_OWNER);
	assert_int_equal(s.inode, 77);
	assert_int_equal(home.uid, 0);
	diag->idiag_timer = 3;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_false(s.flags & SK_F_OWNER);
	assert_int_equal(s.inode, 0);
	diag = begin(&m, AF_INET6, SK_STATE_SYN_RECV);
	diag->idiag_inode = 77;
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), 0);
	assert_false(s.flags & SK_F_OWNER);
}

static void attributes(void **state)
{
	struct message m;
	struct sk_socket s;
	struct sk_more more;
	uint32_t mark = 0xdeadbeef;
	uint64_t cgroup = 0x1122334455667788;

	(void)state;
	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put(&m, INET_DIAG_MARK, &mark, sizeof(mark));
	put(&m, ATTR_CGROUP, &cgroup, sizeof(cgroup));
	put(&m, INET_DIAG_CONG, "ev\033[1mil-and-far-too-long", 25);
	put(&m, INET_DIAG_TOS, "\x10", 1);
	put(&m, INET_DIAG_TCLASS, "", 0);
	put(&m, INET_DIAG_SKMEMINFO, &mark, sizeof(mark));
	put(&m, 999, "?", 1);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &more), 0);
	assert_int_equal(more.mark, mark);
	assert_true(more.flags & SK_MORE_MARK);
	assert_int_equal(home.cgroup, cgroup);
	assert_int_equal(s.flags & SK_F_CGROUP, SK_F_CGROUP);
	assert_string_equal(more.congestion, "ev?[1mil-and-fa");
	assert_int_equal(more.tos, 0x10);
	assert_int_equal(more.skmem[0], mark);
	assert_int_equal(more.skmem[1], 0);
	assert_true(more.flags & SK_MORE_TCLASS);

	/* too short for their numbers */
	begin(&m, AF_INET, SK_STATE_ESTABLISHED);
	put(&m, INET_DIAG_MARK, &mark, 3);
	put(&m, ATTR_CGROUP, &cgroup, 7);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, &more), 0);
	assert_false(s.flags & SK_F_CGROUP);
	assert_false(more.flags & SK_MORE_MARK);
}

static void refused_messages(void **state)
{
	struct message m;
	struct sk_socket s;

	(void)state;
	begin(&m, AF_UNIX, SK_STATE_ESTABLISHED);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), -EBADMSG);
	begin(&m, AF_INET, 0);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), -EBADMSG);
	begin(&m, AF_INET, SK_STATE_COUNT);
	assert_int_equal(decode(&m, SK_PROTO_TCP, &s, NULL), -EBADMSG);
}

/* --- the dump, with the fake kernel --- */

struct fixture {
	struct inet_diag *diag;
	struct sk_sample *sample;
	struct sk_request request;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || inet_diag_open(&f->diag) || sk_sample_new(&f->sample))
		return -1;
	f->request = SK_REQUEST_DEFAULT;
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	inet_diag_close(f->diag);
	sk_sample_unref(f->sample);
	free(f);
	return 0;
}

static void answer_socket(struct fake_answer *answer, const uint8_t *captured,
			  size_t len, uint32_t skew)
{
	fake_message(answer, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, captured + NLMSG_HDRLEN,
		     len - NLMSG_HDRLEN, skew);
}

static int dump_tcp(struct fixture *f)
{
	return inet_diag_dump(f->diag, SK_PROTO_TCP, &f->request, f->sample);
}

static void dump_both_families(void **state)
{
	struct fixture *f = *state;
	const struct inet_diag_req *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	struct fake_answer *answer = fake_answer(0);

	answer_socket(answer, tcp_established, sizeof(tcp_established), 0);
	answer_socket(answer, tcp_listen, sizeof(tcp_listen), 0);
	/* the rest of an older dump */
	answer_socket(fake_answer(0), tcp_listen, sizeof(tcp_listen), 1);
	answer_socket(fake_answer(0), tcp6_mapped, sizeof(tcp6_mapped), 0);
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->n_sockets, 3);
	assert_int_equal(fake.sent, 1);
	assert_int_equal(fake.sent_type[0], TCPDIAG_GETSOCK);
	assert_int_equal(req->idiag_ext, 1 << (INET_DIAG_INFO - 1));
	assert_int_equal(req->idiag_states, 0xffe);
}

static void dump_one_family(void **state)
{
	struct fixture *f = *state;
	const struct inet_diag_req_v2 *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);

	f->request.families = 2;
	f->request.needs = SK_NEED_SOCKETS;
	f->request.tcp_states = ~0U;
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(fake.sent_type[0], SOCK_DIAG_BY_FAMILY);
	assert_int_equal(req->sdiag_family, AF_INET6);
	assert_int_equal(req->idiag_ext, 0);
	assert_int_equal(req->idiag_states, 0xffe);
}

/* What the bytecode's attribute of a request holds; NULL = it has none. */
static const struct nlattr *sent_filter(unsigned i, size_t size)
{
	const struct nlmsghdr *head = (void *)fake.sent_data[i];

	if (head->nlmsg_len == NLMSG_LENGTH(size))
		return NULL;
	return (void *)(fake.sent_data[i] + NLMSG_LENGTH(size));
}

/* Both kinds of request carry it, and only those of its protocols and states. */
static void dump_filtered_by_kernel(void **state)
{
	struct fixture *f = *state;
	const struct inet_diag_req *both = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	const struct nlattr *attr;

	f->request.filter = (struct sk_bytecode){ .protos = SK_PROTO_BIT(SK_PROTO_TCP),
						  .states = 0x402, .len = 8,
						  .code = { 8, 8, 12 } };
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	attr = sent_filter(0, sizeof(struct inet_diag_req));
	assert_non_null(attr);
	assert_int_equal(attr->nla_type, INET_DIAG_REQ_BYTECODE);
	assert_int_equal(attr->nla_len, 12);
	assert_memory_equal(attr + 1, f->request.filter.code, 8);
	assert_int_equal(both->idiag_states, 0x402);
	f->request.families = 1;
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_non_null(sent_filter(1, sizeof(struct inet_diag_req_v2)));
	fake_done(0);
	assert_int_equal(inet_diag_dump(f->diag, SK_PROTO_UDP, &f->request, f->sample), 0);
	assert_null(sent_filter(2, sizeof(struct inet_diag_req_v2)));
	f->request.filter.states = 0; /* nothing can match: nothing is asked */
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(fake.sent, 3);
}

/* Marks want a capability: then everything comes, and it is not tried again. */
static void filter_refused(void **state)
{
	struct fixture *f = *state;

	f->request.filter = (struct sk_bytecode){ .protos = SK_PROTO_BIT(SK_PROTO_TCP),
						  .states = SK_STATES_ALL, .len = 12,
						  .code = { 10, 12, 16 } };
	fake_error(-EPERM);
	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->n_sockets, 1);
	assert_int_equal(f->sample->losses.dump_errors, 0);
	assert_int_equal(fake.sent, 2);
	assert_int_equal(fake.sent_type[1], TCPDIAG_GETSOCK); /* still one walk */
	assert_non_null(sent_filter(0, sizeof(struct inet_diag_req)));
	assert_null(sent_filter(1, sizeof(struct inet_diag_req)));
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(fake.sent, 3);
	assert_null(sent_filter(2, sizeof(struct inet_diag_req)));
}

static void old_request_unknown(void **state)
{
	struct fixture *f = *state;

	fake_error(-EINVAL);
	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	fake_done(0);
	fake_done(-ENOENT); /* no IPv6 */
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->n_sockets, 1);
	assert_int_equal(fake.sent, 3);
	assert_int_equal(f->sample->losses.dump_errors, 0);
	/* it is not asked again */
	fake_done(0);
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(fake.sent, 5);
}

static void missing_protocol(void **state)
{
	struct fixture *f = *state;

	fake_done(-ENOENT);
	fake_done(-ENOENT);
	fake_done(-ENOENT);
	assert_int_equal(dump_tcp(f), -ENOENT);
	assert_int_equal(f->sample->n_sockets, 0);
}

static void busy_then_fine(void **state)
{
	struct fixture *f = *state;

	fake_error(-EBUSY);
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->losses.busy, 1);
	assert_int_equal(fake.reopened, 1);
}

static void busy_for_ever(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++)
		fake_error(-EBUSY);
	assert_int_equal(dump_tcp(f), -EBUSY);
	assert_int_equal(f->sample->losses.busy, 3);
}

static void replies_dropped(void **state)
{
	struct fixture *f = *state;

	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	fake_answer(-ENOBUFS);
	answer_socket(fake_answer(0), tcp_listen, sizeof(tcp_listen), 0);
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->n_sockets, 2);
	assert_int_equal(f->sample->losses.overruns, 1);
}

static void end_lost(void **state)
{
	struct fixture *f = *state;

	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	assert_int_equal(dump_tcp(f), -ETIMEDOUT);
	assert_int_equal(f->sample->n_sockets, 1);
	assert_int_equal(fake.reopened, 1);
}

static void malformed_counted(void **state)
{
	struct fixture *f = *state;
	struct fake_answer *answer = fake_answer(0);

	fake_message(answer, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP_INTR, "short", 5, 0);
	memset(answer->data + answer->result, 0xff, 20);
	answer->result += 20; /* a header that promises too much */
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->n_sockets, 0);
	assert_int_equal(f->sample->losses.malformed, 2);
	assert_int_equal(f->sample->losses.interrupted, 1);
}

static void lookup_swaps_udp(void **state)
{
	struct fixture *f = *state;
	const struct inet_diag_req_v2 *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	struct sk_pin pin = { .socket = { .proto = SK_PROTO_UDP,
					  .lport = 1000,
					  .rport = 2000,
					  .cookie = 0x100000002,
					  .state = SK_STATE_CLOSE },
			      .home.ifindex = 5 };
	struct sk_detail *detail = NULL;

	pin.home.local = sk_addr_from_v4("\x0a\x00\x00\x01");
	pin.socket.remote = sk_addr_from_v4("\x0a\x00\x00\x02");
	answer_socket(fake_answer(0), udp_unconnected, sizeof(udp_unconnected), 0);
	assert_int_equal(inet_diag_lookup(f->diag, &pin, &detail), 0);
	assert_int_equal(ntohs(req->id.idiag_sport), 2000);
	assert_int_equal(ntohs(req->id.idiag_dport), 1000);
	assert_memory_equal(req->id.idiag_src, "\x0a\x00\x00\x02", 4);
	assert_int_equal(req->id.idiag_if, 5);
	assert_int_equal(req->id.idiag_cookie[0], 2);
	assert_int_equal(req->id.idiag_cookie[1], 1);
	assert_int_equal(detail->pin.socket.lport, 8005);
	free(detail);
}

/* Of listeners that share a port the kernel finds any; the dump finds the one. */
static void lookup_shared_port(void **state)
{
	struct fixture *f = *state;
	struct sk_detail listener, *detail = NULL;

	CAPTURED(tcp_listen, SK_PROTO_TCP, &listener);
	fake_error(-ESTALE);
	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	answer_socket(fake_answer(0), tcp_listen, sizeof(tcp_listen), 0);
	fake_done(0);
	assert_int_equal(inet_diag_lookup(f->diag, &listener.pin, &detail), 0);
	assert_int_equal(detail->pin.socket.cookie, listener.pin.socket.cookie);
	free(detail);
	fake_error(-ENOENT);
	fake_done(0);
	assert_int_equal(inet_diag_lookup(f->diag, &listener.pin, &detail), -ENOENT);
}

static void lookup_gone(void **state)
{
	struct fixture *f = *state;
	struct sk_pin pin = { .socket = { .state = SK_STATE_ESTABLISHED, .cookie = 1 } };
	struct sk_detail *detail = NULL;

	fake_error(-ENOENT);
	assert_int_equal(inet_diag_lookup(f->diag, &pin, &detail), -ENOENT);
	assert_null(detail);
	assert_int_equal(fake.sent, 1);
}

#define FAKE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_established),
		cmocka_unit_test(captured_listen),
		cmocka_unit_test(captured_mini),
		cmocka_unit_test(captured_v6),
		cmocka_unit_test(captured_udp),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(payload_totals),
		cmocka_unit_test(owners),
		cmocka_unit_test(attributes),
		cmocka_unit_test(refused_messages),
		FAKE(dump_both_families),
		FAKE(dump_one_family),
		FAKE(dump_filtered_by_kernel),
		FAKE(filter_refused),
		FAKE(old_request_unknown),
		FAKE(missing_protocol),
		FAKE(busy_then_fine),
		FAKE(busy_for_ever),
		FAKE(replies_dropped),
		FAKE(end_lost),
		FAKE(malformed_counted),
		FAKE(lookup_swaps_udp),
		FAKE(lookup_shared_port),
		FAKE(lookup_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
