/* SPDX-License-Identifier: MIT */
/* The sock_diag dump against a kernel that refuses, loses and repeats. */
#include "../testing.h"
#include "captured.h"
#include "fake_netlink.h"
#include "kernel/sockets/inet_diag.c"

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

FRESH(dump_both_families)
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

FRESH(dump_one_family)
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
FRESH(dump_filtered_by_kernel)
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
FRESH(filter_refused)
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

FRESH(old_request_unknown)
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

FRESH(missing_protocol)
{
	struct fixture *f = *state;

	fake_done(-ENOENT);
	fake_done(-ENOENT);
	fake_done(-ENOENT);
	assert_int_equal(dump_tcp(f), -ENOENT);
	assert_int_equal(f->sample->n_sockets, 0);
}

FRESH(busy_then_fine)
{
	struct fixture *f = *state;

	fake_error(-EBUSY);
	fake_done(0);
	assert_int_equal(dump_tcp(f), 0);
	assert_int_equal(f->sample->losses.busy, 1);
	assert_int_equal(fake.reopened, 1);
}

FRESH(busy_for_ever)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++)
		fake_error(-EBUSY);
	assert_int_equal(dump_tcp(f), -EBUSY);
	assert_int_equal(f->sample->losses.busy, 3);
}

FRESH(replies_dropped)
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

FRESH(end_lost)
{
	struct fixture *f = *state;

	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	assert_int_equal(dump_tcp(f), -ETIMEDOUT);
	assert_int_equal(f->sample->n_sockets, 1);
	assert_int_equal(fake.reopened, 1);
}

FRESH(malformed_counted)
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

FRESH(lookup_swaps_udp)
{
	struct fixture *f = *state;
	const struct inet_diag_req_v2 *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	struct sk_detached detached = { .socket = { .proto = SK_PROTO_UDP,
					  .lport = 1000,
					  .rport = 2000,
					  .cookie = 0x100000002,
					  .state = SK_STATE_CLOSE },
			      .attrs.ifindex = 5 };
	struct sk_detail *detail = NULL;

	detached.attrs.local = sk_addr_from_v4("\x0a\x00\x00\x01");
	detached.socket.remote = sk_addr_from_v4("\x0a\x00\x00\x02");
	answer_socket(fake_answer(0), udp_unconnected, sizeof(udp_unconnected), 0);
	assert_int_equal(inet_diag_lookup(f->diag, &detached, &detail), 0);
	assert_int_equal(ntohs(req->id.idiag_sport), 2000);
	assert_int_equal(ntohs(req->id.idiag_dport), 1000);
	assert_memory_equal(req->id.idiag_src, "\x0a\x00\x00\x02", 4);
	assert_int_equal(req->id.idiag_if, 5);
	assert_int_equal(req->id.idiag_cookie[0], 2);
	assert_int_equal(req->id.idiag_cookie[1], 1);
	assert_int_equal(detail->detached.socket.lport, 8005);
	free(detail);
}

/* Of listeners that share a port the kernel finds any; the dump finds the one. */
FRESH(lookup_shared_port)
{
	struct fixture *f = *state;
	struct sk_detail listener, *detail = NULL;

	CAPTURED(tcp_listen, SK_PROTO_TCP, &listener);
	fake_error(-ESTALE);
	answer_socket(fake_answer(0), tcp_established, sizeof(tcp_established), 0);
	answer_socket(fake_answer(0), tcp_listen, sizeof(tcp_listen), 0);
	fake_done(0);
	assert_int_equal(inet_diag_lookup(f->diag, &listener.detached, &detail), 0);
	assert_int_equal(detail->detached.socket.cookie,
			 listener.detached.socket.cookie);
	free(detail);
	fake_error(-ENOENT);
	fake_done(0);
	assert_int_equal(inet_diag_lookup(f->diag, &listener.detached, &detail),
			 -ENOENT);
}

FRESH(lookup_gone)
{
	struct fixture *f = *state;
	struct sk_detached detached = { .socket = { .state = SK_STATE_ESTABLISHED, .cookie = 1 } };
	struct sk_detail *detail = NULL;

	fake_error(-ENOENT);
	assert_int_equal(inet_diag_lookup(f->diag, &detached, &detail), -ENOENT);
	assert_null(detail);
	assert_int_equal(fake.sent, 1);
}
