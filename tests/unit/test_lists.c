/* SPDX-License-Identifier: MIT */
/*
 * Which way each kind of sockets is asked for, and how what belongs together is joined,
 * against a kernel that says what the test wants.
 */
#include "../testing.h"
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fixtures.h"
#include "fake_netlink.h"
#include "kernel/sockets/lists.h"
#include "attrs.h"

struct fixture {
	struct socket_lists families;
	struct sk_sample *sample;
	struct sk_request request;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || socket_lists_open(&f->families) || sk_sample_new(&f->sample))
		return -1;
	f->request = SK_REQUEST_DEFAULT;
	f->request.needs = SK_NEED_SOCKETS;
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	socket_lists_close(&f->families);
	sk_sample_unref(f->sample);
	free(f);
	return 0;
}

static int collect(struct fixture *f, uint32_t protos)
{
	f->request.protos = protos;
	sk_sample_reset(f->sample);
	return socket_lists_collect(&f->families, &f->request, f->sample);
}

#define BIT(name) SK_PROTO_BIT(SK_PROTO_##name)

static void answer(const uint8_t *message, size_t len)
{
	fake_message(fake_answer(0), SOCK_DIAG_BY_FAMILY, NLM_F_MULTI,
		     message + NLMSG_HDRLEN, len - NLMSG_HDRLEN, 0);
}

FRESH(family_missing)
{
	struct fixture *f = *state;

	fake_error(-ENOENT);
	fake_error(-EAFNOSUPPORT);
	assert_int_equal(collect(f, BIT(VSOCK) | BIT(TIPC)), 0);
	assert_int_equal(f->sample->n_sockets, 0);
	assert_int_equal(f->sample->losses.unavailable, BIT(VSOCK) | BIT(TIPC));
	assert_int_equal(f->sample->losses.dump_errors, 0);
	assert_int_equal(fake.sent, 2);
	/* asking again would make the kernel look for a module every second */
	assert_int_equal(collect(f, BIT(VSOCK)), 0);
	assert_int_equal(f->sample->losses.unavailable, BIT(VSOCK));
	assert_int_equal(fake.sent, 2);
}

FRESH(protocol_missing)
{
	const struct inet_diag_req_v2 *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	const struct nlattr *attr = (void *)(req + 1);
	struct fixture *f = *state;
	uint32_t number;

	fake_done(-ENOENT);
	fake_done(-ENOENT);
	assert_int_equal(collect(f, BIT(MPTCP)), 0);
	assert_int_equal(f->sample->losses.unavailable, BIT(MPTCP));
	assert_int_equal(req->sdiag_protocol, 0); /* never TCP's, the low byte of 262 */
	assert_int_equal(attr->nla_type, INET_DIAG_REQ_PROTOCOL);
	memcpy(&number, attr + 1, sizeof(number));
	assert_int_equal(number, 262);
}

/* This process has unix sockets, or makes two. */
FRESH(falls_back_to_proc)
{
	struct fixture *f = *state;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fake_error(-ENOENT);
	assert_int_equal(collect(f, BIT(UNIX)), 0);
	assert_true(f->sample->n_sockets >= 2);
	assert_int_equal(f->sample->losses.from_proc, BIT(UNIX));
	assert_int_equal(f->sample->losses.unavailable, 0);
	assert_int_equal(f->sample->losses.missing, 0);
	assert_string_equal(f->sample->source, "proc");
	for (uint32_t i = 0; i < f->sample->n_sockets; i++)
		assert_true(f->sample->sockets[i].flags & SK_F_NO_COOKIE);
	close(ends[0]);
	close(ends[1]);
}

FRESH(passing_fault)
{
	struct fixture *f = *state;

	answer(unix_listen, sizeof(unix_listen)); /* and then silence */
	assert_int_equal(collect(f, BIT(UNIX)), 0);
	assert_int_equal(f->sample->n_sockets, 1);
	assert_int_equal(f->sample->losses.dump_errors, 1);
	assert_int_equal(f->sample->losses.from_proc, 0);
	assert_string_equal(f->sample->losses.note, 
			    "unix: not all could be read: sock_diag: Connection timed out");
}

/* A unix socket without a name. */
static void answer_client(uint32_t inode, uint32_t peer)
{
	struct {
		struct unix_diag_msg m;
		struct nlattr head;
		uint32_t peer;
	} message = { .m = { .udiag_family = AF_UNIX, .udiag_type = SOCK_STREAM,
			     .udiag_state = SK_STATE_ESTABLISHED, .udiag_ino = inode,
			     .udiag_cookie = { inode, 0 } },
		      .head = { sizeof(message.head) + 4, UNIX_DIAG_PEER },
		      .peer = peer };

	fake_message(fake_answer(0), SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, &message,
		     sizeof(message), 0);
}

FRESH(joins_unix)
{
	struct fixture *f = *state;
	const struct unix_diag_msg *accepted = (const void *)(unix_accepted + NLMSG_HDRLEN);
	const char *name = "/tmp/sktop-families-g7ieuE/plain";
	const struct sk_socket *s;

	answer_client(11, accepted->udiag_ino);
	answer(unix_listen, sizeof(unix_listen));
	answer(unix_accepted, sizeof(unix_accepted));
	answer_client(34376768, 0); /* waits at the listener */
	answer_client(12, 4711);    /* its peer is in another namespace */
	fake_done(0);
	assert_int_equal(collect(f, BIT(UNIX)), 0);
	s = f->sample->sockets;
	assert_int_equal(f->sample->n_sockets, 5);
	assert_string_equal(sk_sample_text(f->sample, s[0].remote_name.text), name);
	assert_string_equal(sk_sample_text(f->sample, local_name(f->sample, 2)->text), name);
	assert_string_equal(sk_sample_text(f->sample, s[3].remote_name.text), name);
	assert_int_equal(s[3].remote_name.extra, 1);
	assert_int_equal(s[4].remote_name.id, 4711);
	assert_string_equal(sk_sample_text(f->sample, s[4].remote_name.text), "");
}

FRESH(only_some_types)
{
	struct fixture *f = *state;

	answer(unix_listen, sizeof(unix_listen));
	answer(unix_abstract, sizeof(unix_abstract));
	fake_done(0);
	f->request.kinds[SK_PROTO_UNIX] = 1 << SOCK_DGRAM;
	assert_int_equal(collect(f, BIT(UNIX)), 0);
	assert_int_equal(f->sample->n_sockets, 1);
	assert_int_equal(local_name(f->sample, 0)->kind, SOCK_DGRAM);
	assert_int_equal(f->sample->losses.malformed, 0);
}

static void answer_sctp(uint8_t sctp_state, bool association)
{
	struct {
		struct inet_diag_msg m;
		struct nlattr head;
		struct sockaddr_storage peer;
	} message = { .m = { .idiag_family = AF_INET, .idiag_state = sctp_state,
			     .idiag_inode = 5, .id.idiag_cookie = { 99, 0 } },
		      .head = { sizeof(message.head) + sizeof(message.peer),
				INET_DIAG_PEERS },
		      .peer.ss_family = AF_INET };

	fake_message(fake_answer(0), SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, &message,
		     association ? sizeof(message) : sizeof(message.m), 0);
}

FRESH(walks_sctp_twice)
{
	const struct inet_diag_req_v2 *first = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	const struct inet_diag_req_v2 *second = (void *)(fake.sent_data[1] + NLMSG_HDRLEN);
	struct fixture *f = *state;
	const struct sk_socket *s;

	f->request.families = 1;
	answer_sctp(SK_STATE_LISTEN, false);
	fake_done(0);
	answer_sctp(SK_STATE_LISTEN, false); /* again, before its own */
	answer_sctp(3, true);
	fake_done(0);
	assert_int_equal(collect(f, BIT(SCTP)), 0);
	assert_int_equal(first->sdiag_protocol, 132);
	assert_int_equal(first->idiag_states, SK_STATE_BIT(SK_STATE_LISTEN));
	assert_int_equal(second->idiag_states,
			 SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_LISTEN));
	s = f->sample->sockets;
	assert_int_equal(f->sample->n_sockets, 2);
	assert_int_equal(s[0].state, SK_STATE_LISTEN);
	assert_int_equal(s[1].state, SK_STATE_ESTABLISHED);
	assert_true(sk_sample_parent(f->sample, &s[1])->cookie == s[0].cookie);
}

/* TCP comes first: its subflow finds its connection by the file, or by the token. */
FRESH(joins_mptcp)
{
	struct fixture *f = *state;
	uint8_t subflow[sizeof(mptcp_subflow)], parent[sizeof(mptcp_established)];

	memcpy(subflow, mptcp_subflow, sizeof(subflow));
	memcpy(parent, mptcp_established, sizeof(parent));
	f->request.families = 1;
	for (int accepted = 1; accepted >= 0; accepted--) {
		const size_t inode = NLMSG_HDRLEN + offsetof(struct inet_diag_msg, idiag_inode);
		const struct sk_socket *s = f->sample->sockets;

		fake_reset();
		if (!accepted) {
			memset(subflow + inode, 0, 4);
			memset(parent + inode, 0, 4);
		}
		answer(subflow, sizeof(subflow));
		fake_done(0);
		answer(parent, sizeof(parent));
		fake_done(0);
		assert_int_equal(collect(f, BIT(TCP) | BIT(MPTCP)), 0);
		s = f->sample->sockets;
		assert_int_equal(f->sample->n_sockets, 2);
		assert_true(s[0].flags & SK_F_SUBFLOW);
		assert_true(sk_sample_parent(f->sample, &s[0])->cookie == s[1].cookie);
		assert_true(!sk_sample_parent(f->sample, &s[1]));
	}
	/* without MPTCP it is a TCP connection like others, and nothing more is asked */
	fake_reset();
	answer(subflow, sizeof(subflow));
	fake_done(0);
	assert_int_equal(collect(f, BIT(TCP)), 0);
	assert_false(f->sample->sockets[0].flags & SK_F_SUBFLOW);
	assert_int_equal(((struct inet_diag_req_v2 *)(fake.sent_data[0] + NLMSG_HDRLEN))->idiag_ext,
			 0);
}

FRESH(bound_inactive)
{
	const struct inet_diag_req_v2 *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	struct fixture *f = *state;

	f->request.families = 1;
	f->request.bound = true;
	fake_done(0);
	assert_int_equal(collect(f, BIT(TCP)), 0);
	assert_int_equal(req->idiag_states, 1 << 13);
	/* beside the others, unless a filter or the states rule them out */
	f->request.bound = false;
	f->request.bound_too = true;
	fake_reset();
	fake_done(0);
	assert_int_equal(collect(f, BIT(TCP)), 0);
	assert_int_equal(req->idiag_states, SK_STATES_ALL | 1 << 13);
	f->request.tcp_states = SK_STATE_BIT(SK_STATE_LISTEN);
	fake_reset();
	fake_done(0);
	assert_int_equal(collect(f, BIT(TCP)), 0);
	assert_int_equal(req->idiag_states, SK_STATE_BIT(SK_STATE_LISTEN));
}

/* The detail view: found in a dump by its cookie, with all that can be asked for. */
FRESH(looks_up)
{
	const struct unix_diag_req *req = (void *)(fake.sent_data[0] + NLMSG_HDRLEN);
	struct sk_detached wanted = { .socket = { .proto = SK_PROTO_UNIX,
					     .cookie = 0x68cb8 } };
	struct fixture *f = *state;
	struct sk_detail *detail;

	answer(unix_abstract, sizeof(unix_abstract));
	answer(unix_listen, sizeof(unix_listen));
	answer_client(11, 12);
	fake_done(0);
	assert_int_equal(socket_lists_lookup(&f->families, &wanted, f->sample, &detail),
			 0);
	assert_true(detail->detached.socket.cookie == wanted.socket.cookie);
	assert_int_equal(detail->detached.socket.state, SK_STATE_LISTEN);
	assert_int_equal(detail->n_lines, 2);
	assert_true(detail->tcp_ext.flags & SK_TCP_EXT_SKMEM);
	assert_true(req->udiag_show & UDIAG_SHOW_MEMINFO);
	free(detail);
	answer(unix_abstract, sizeof(unix_abstract));
	fake_done(0);
	assert_int_equal(socket_lists_lookup(&f->families, &wanted, f->sample, &detail), -ENOENT);
	wanted.socket.proto = SK_PROTO_PING;
	assert_int_equal(socket_lists_lookup(&f->families, &wanted, f->sample, &detail),
			 -EOPNOTSUPP);
}

/* An association has no cookie of the kernel's, but the stand-in is the same again. */
FRESH(looks_up_association)
{
	struct fixture *f = *state;
	struct sk_detached wanted;
	struct sk_detail *detail;

	f->request.families = 1;
	fake_done(0);
	answer_sctp(3, true);
	fake_done(0);
	assert_int_equal(collect(f, BIT(SCTP)), 0);
	wanted = sk_detached_of(f->sample, &f->sample->sockets[0]);
	answer_sctp(SK_STATE_LISTEN, false);
	answer_sctp(3, true);
	fake_done(0);
	assert_int_equal(socket_lists_lookup(&f->families, &wanted, f->sample, &detail),
			 0);
	assert_true(detail->detached.socket.cookie == wanted.socket.cookie);
	assert_int_equal(detail->detached.socket.state, SK_STATE_ESTABLISHED);
	free(detail);
}

TEST(kernel_releases)
{
	assert_true(kernel_older_than("4.19.0", 6, 8));
	assert_true(kernel_older_than("6.1.0-17-amd64", 6, 8));
	assert_true(kernel_older_than("6.7.12", 6, 8));
	assert_false(kernel_older_than("6.8.0-rc1", 6, 8));
	assert_false(kernel_older_than("6.18.44", 6, 8));
	assert_false(kernel_older_than("7.0", 6, 8));
	assert_false(kernel_older_than("unheard-of", 6, 8));
}
