/* SPDX-License-Identifier: MIT */
/*
 * Sockets that have no cookie, looked up one by one, against a kernel that answers in
 * any order, not at all, or of another.
 */
#include "../testing.h"
#include "fake_netlink.h"
#include "attrs.h"
#include "kernel/sockets/inet_diag_complete.c"

#define EARLIER 3 /* sockets of another protocol, which nobody is asked for */

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
	f->request.needs = SK_NEED_SOCKETS;
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

/* The n-th is told apart by its ports, every third is of IPv6. */
static void add(struct fixture *f, uint16_t n, uint64_t cookie)
{
	struct sk_attrs attrs = { .ifindex = n };
	struct sk_socket *s;

	assert_int_equal(sk_sample_add_socket(f->sample, &s, NULL), 0);
	s->cookie = cookie;
	s->state = SK_STATE_ESTABLISHED;
	s->lport = n;
	s->rport = (uint16_t)(1000 + n);
	s->flags = n % 3 ? 0 : SK_F_V6;
	memset(&s->remote, 0x20, sizeof(s->remote));
	memset(&attrs.local, 0x10, sizeof(attrs.local));
	attrs.local.b[15] = (uint8_t)n;
	set_attrs(f->sample, s, attrs);
}

/* So many without a cookie, from number 1 on, behind each one with one. */
static void add_fresh(struct fixture *f, uint16_t n)
{
	sk_sample_reset(f->sample);
	for (uint16_t i = 0; i < EARLIER; i++)
		add(f, 0, 0);
	for (uint16_t i = 1; i <= n; i++) {
		add(f, i, 0);
		add(f, i, i);
	}
}

static int complete(struct fixture *f)
{
	return inet_diag_complete(f->diag, &f->request, f->sample, EARLIER);
}

/* What the kernel says of the n-th. */
static struct inet_diag_msg reported_of(uint16_t n)
{
	return (struct inet_diag_msg){
		.idiag_family = n % 3 ? AF_INET : AF_INET6,
		.idiag_state = SK_STATE_ESTABLISHED,
		.idiag_inode = 5000U + n,
		.id = { .idiag_sport = htons(n),
			.idiag_dport = htons((uint16_t)(1000 + n)),
			.idiag_cookie = { 100U + n, 1 } },
	};
}

/* To the n-th question of so many in a batch. */
static uint32_t skew(uint16_t n, uint16_t of)
{
	return (uint32_t)(n - of);
}

static void answer_with(struct fake_answer *a, struct inet_diag_msg m, uint32_t to)
{
	fake_message(a, SOCK_DIAG_BY_FAMILY, 0, &m, sizeof(m), to);
}

static void answer(struct fake_answer *a, uint16_t n, uint16_t of)
{
	answer_with(a, reported_of(n), skew(n, of));
}

static void refuse(struct fake_answer *a, int status, uint32_t to)
{
	struct nlmsgerr error = { .error = status };

	fake_message(a, NLMSG_ERROR, 0, &error, sizeof(error), to);
}

/* Each that is not gone, in its old place, and what had a cookie as it was. */
static void check(const struct fixture *f, uint16_t n, uint16_t gone)
{
	uint32_t at = EARLIER;

	for (uint16_t i = 1; i <= n; i++) {
		const struct sk_socket *s = &f->sample->sockets[at];

		if (i != gone) {
			assert_int_equal(s->cookie, 1ULL << 32 | (100U + i));
			assert_int_equal(s->inode, 5000 + i);
			assert_int_equal(s->lport, i);
			at++;
		}
		s = &f->sample->sockets[at++];
		assert_int_equal(s->cookie, i);
		assert_int_equal(s->lport, i);
		assert_int_equal(sk_attrs(f->sample, s)->ifindex, i);
	}
	assert_int_equal(f->sample->n_sockets, at);
	for (uint32_t i = 0; i < EARLIER; i++)
		assert_int_equal(f->sample->sockets[i].cookie, 0);
}

/* Nothing is asked where nothing is missing. */
FRESH(asks_for_no_more)
{
	struct fixture *f = *state;

	add(f, 1, 0);
	add(f, 1, 0);
	add(f, 1, 0);
	add(f, 2, 7);
	assert_int_equal(complete(f), 0);
	assert_int_equal(f->sample->n_sockets, 4);
	assert_int_equal(fake.sent, 0);
	assert_int_equal(inet_diag_complete(f->diag, &f->request, f->sample, 4), 0);
	assert_int_equal(fake.sent, 0);
}

/* Ends as the kernel takes them, and tcp_info where it is wanted. */
FRESH(asks_by_both_ends)
{
	struct fixture *f = *state;
	uint8_t v4_local[16] = { 0x10, 0x10, 0x10, 1 }, v6_local[16];

	memset(v6_local, 0x10, sizeof(v6_local));
	v6_local[15] = 3;
	f->request.needs |= SK_NEED_INFO;
	add_fresh(f, 3);
	for (uint16_t i = 1; i <= 3; i++)
		answer(fake_answer(0), i, 3);
	assert_int_equal(complete(f), 0);
	check(f, 3, 0);
	assert_int_equal(fake.sent, 3);
	for (uint16_t i = 1; i <= 3; i++) {
		struct question q;

		memcpy(&q, fake.sent_data[i - 1], sizeof(q));
		assert_int_equal(q.head.nlmsg_type, SOCK_DIAG_BY_FAMILY);
		assert_int_equal(q.head.nlmsg_flags, NLM_F_REQUEST);
		assert_int_equal(q.req.sdiag_protocol, IPPROTO_TCP);
		assert_int_equal(q.req.sdiag_family, i == 3 ? AF_INET6 : AF_INET);
		assert_int_equal(q.req.idiag_ext, 1U << (INET_DIAG_INFO - 1));
		assert_int_equal(ntohs(q.req.id.idiag_sport), i);
		assert_int_equal(ntohs(q.req.id.idiag_dport), 1000 + i);
		assert_int_equal(q.req.id.idiag_if, i);
		assert_int_equal(q.req.id.idiag_cookie[0], INET_DIAG_NOCOOKIE);
		assert_int_equal(q.req.id.idiag_cookie[1], INET_DIAG_NOCOOKIE);
		v4_local[3] = (uint8_t)i;
		assert_memory_equal(q.req.id.idiag_src, i == 3 ? v6_local : v4_local, 16);
		assert_int_equal(q.req.id.idiag_dst[0], 0x20202020);
		assert_int_equal(q.req.id.idiag_dst[3], i == 3 ? 0x20202020 : 0);
	}
}

FRESH(takes_any_order)
{
	static const uint16_t orders[][4] = { { 4, 3, 2, 1 }, { 2, 4, 1, 3 }, { 3, 1, 4, 2 } };
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++) {
		for (unsigned together = 1; together <= 4; together++) {
			struct fake_answer *a = NULL;

			fake_reset();
			add_fresh(f, 4);
			for (unsigned j = 0; j < 4; j++) {
				a = j % together ? a : fake_answer(0);
				answer(a, orders[i][j], 4);
			}
			assert_int_equal(complete(f), 0);
			check(f, 4, 0);
		}
	}
}

/* It closed meanwhile; where it was, a listener may answer, or a state nobody asked for. */
FRESH(drops_what_is_gone)
{
	struct inet_diag_msg others[6];
	struct fixture *f = *state;

	f->request.tcp_states = SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_TIME_WAIT);
	f->request.filter.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	f->request.filter.states = SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_CLOSE_WAIT);
	for (uint16_t gone = 1; gone <= 4; gone++) {
		for (unsigned how = 0; how < 6; how++)
			others[how] = reported_of(gone);
		others[0].idiag_state = SK_STATE_LISTEN;
		others[1].id.idiag_dport = 0;
		others[2].idiag_state = SK_STATE_TIME_WAIT;
		others[3].idiag_state = SK_STATE_CLOSE_WAIT;
		others[4].id.idiag_sport = 0;
		others[5].idiag_state = SK_STATE_CLOSE;
		for (unsigned how = 0; how < 7; how++) {
			struct fake_answer *a;

			fake_reset();
			add_fresh(f, 4);
			a = fake_answer(0);
			for (uint16_t i = 4; i >= 1; i--) {
				if (i != gone)
					answer(a, i, 4);
				else if (how < 6)
					answer_with(a, others[how], skew(i, 4));
				else
					refuse(a, -ENOENT, skew(i, 4));
			}
			assert_int_equal(complete(f), 0);
			check(f, 4, gone);
		}
	}
}

/* The second of three, and then nothing is known of any. */
static int complete_with(struct fixture *f, uint16_t type, const void *payload, size_t len)
{
	fake_reset();
	add_fresh(f, 3);
	answer(fake_answer(0), 1, 3);
	fake_message(fake_answer(0), type, 0, payload, len, skew(2, 3));
	answer(fake_answer(0), 3, 3);
	return complete(f);
}

FRESH(returns_refusals)
{
	static const int refusals[] = { -EPERM, -EINVAL, -ENOMEM, -EAGAIN, -EOPNOTSUPP };
	struct fixture *f = *state;
	struct nlmsgerr error = { .error = 0 };
	int zero = 0;

	for (unsigned i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		error.error = refusals[i];
		assert_int_equal(complete_with(f, NLMSG_ERROR, &error, sizeof(error)),
				 refusals[i]);
	}
	error.error = 0; /* nobody asked for an acknowledgement */
	assert_int_equal(complete_with(f, NLMSG_ERROR, &error, sizeof(error)), -EPROTO);
	assert_int_equal(complete_with(f, NLMSG_DONE, &zero, sizeof(zero)), -EPROTO);
}

FRESH(refuses_malformed_answers)
{
	struct fixture *f = *state;
	struct inet_diag_msg m = reported_of(2);

	for (size_t len = 0; len < sizeof(m); len++)
		assert_int_equal(complete_with(f, SOCK_DIAG_BY_FAMILY, &m, len), -EBADMSG);
	assert_int_equal(complete_with(f, SOCK_DIAG_BY_FAMILY, &m, sizeof(m)), 0);
	m.id.idiag_cookie[0] = m.id.idiag_cookie[1] = 0;
	assert_int_equal(complete_with(f, SOCK_DIAG_BY_FAMILY, &m, sizeof(m)), -EBADMSG);
	m = reported_of(2);
	m.idiag_state = SK_STATE_COUNT + 1;
	assert_int_equal(complete_with(f, SOCK_DIAG_BY_FAMILY, &m, sizeof(m)), -EBADMSG);
	/* no message at all, and then silence */
	fake_reset();
	add_fresh(f, 1);
	fake_answer(0)->result = 7;
	assert_int_equal(complete(f), -ETIMEDOUT);
}

/* What a dump that was given up, or an error before, left to be read. */
FRESH(passes_over_old_answers)
{
	struct fixture *f = *state;
	struct inet_diag_msg stale = reported_of(1);
	struct fake_answer *a;
	int zero = 0;

	stale.id.idiag_cookie[0] = 999;
	for (uint32_t age = 2; age < 200; age += 9) {
		fake_reset();
		add_fresh(f, 2);
		a = fake_answer(0);
		answer_with(a, stale, 0U - age);
		answer(a, 2, 2);
		answer_with(a, stale, 0U - age - 1);
		refuse(fake_answer(0), -EPERM, 0U - age);
		fake_message(fake_answer(0), NLMSG_DONE, 0, &zero, sizeof(zero), 0U - age);
		answer_with(fake_answer(0), stale, 1); /* of no question yet */
		answer(fake_answer(0), 1, 2);
		assert_int_equal(complete(f), 0);
		check(f, 2, 0);
	}
}

/* One question is answered twice, another never. */
FRESH(waits_for_every_answer)
{
	struct fixture *f = *state;

	add_fresh(f, 2);
	answer(fake_answer(0), 1, 2);
	answer(fake_answer(0), 1, 2);
	assert_int_equal(complete(f), -ETIMEDOUT);
	fake_reset();
	add_fresh(f, 2);
	refuse(fake_answer(0), -ENOENT, skew(1, 2));
	refuse(fake_answer(0), -ENOENT, skew(1, 2));
	answer(fake_answer(0), 2, 2);
	assert_int_equal(complete(f), 0);
	check(f, 2, 1);
}

/* As many as there is room for, then the next. */
FRESH(asks_in_batches)
{
	static const uint16_t counts[] = { AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE,
					   3 * AT_ONCE - 5 };
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint16_t n = counts[i], gone = (uint16_t)(n - 3);

		fake_reset();
		add_fresh(f, n);
		for (uint16_t at = 0; at < n; at++) {
			uint16_t batch = at / AT_ONCE, first = (uint16_t)(batch * AT_ONCE);
			uint16_t of = n - first < AT_ONCE ? (uint16_t)(n - first) : AT_ONCE;
			/* from the last of each batch to its first */
			uint16_t number = (uint16_t)(of - (at - first));
			uint32_t to = skew(number, of);

			if (first + number == gone)
				refuse(fake_answer(0), -ENOENT, to);
			else
				answer_with(fake_answer(0),
					    reported_of((uint16_t)(first + number)),
					    to);
		}
		assert_int_equal(complete(f), 0);
		check(f, n, gone);
		assert_int_equal(fake.sent, n);
	}
}

/* Answers were dropped, or never came: the socket that still may bring them is closed. */
FRESH(returns_losses)
{
	static const int losses[] = { -ENOBUFS, -ETIMEDOUT, -EMSGSIZE };
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++) {
		for (uint16_t before = 0; before < 3; before++) {
			fake_reset();
			add_fresh(f, 3);
			for (uint16_t n = 1; n <= before; n++)
				answer(fake_answer(0), n, 3);
			fake_answer(losses[i]);
			assert_int_equal(complete(f), losses[i]);
			assert_int_equal(fake.reopened, 1);
		}
	}
	fake_reset();
	fake.sent = FAKE_MAX; /* it cannot even be asked */
	add_fresh(f, 3);
	assert_int_equal(complete(f), -ENOBUFS);
	assert_int_equal(fake.next, 0);
}
