/* SPDX-License-Identifier: MIT */
#include "../testing.h"
#include <math.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/diff.h>
#include <sktop/listener.h>
#include "attrs.h"

struct fixture {
	struct sk_sample *sample;
	struct sk_listening *listening;
	struct sk_context context;
	uint64_t cookie;
};

static const uint8_t any4[4], here[4] = { 10, 0, 0, 1 }, peer[4] = { 10, 0, 0, 9 };

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	if (sk_sample_new(&f.sample) || sk_listening_new(&f.listening))
		return -1;
	f.sample->needs = SK_NEED_SOCKETS | SK_NEED_TCP_EXT;
	f.context.sample = f.sample;
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_listening_free(f->listening);
	sk_sample_unref(f->sample);
	return 0;
}

static uint32_t add(struct fixture *f, enum sk_state state, struct sk_addr local,
		    uint16_t lport, unsigned flags)
{
	struct sk_socket *s;
	struct sk_tcp_ext *tcp_ext;

	assert_int_equal(sk_sample_add_socket(f->sample, &s, &tcp_ext), 0);
	assert_non_null(tcp_ext);
	s->cookie = ++f->cookie;
	s->state = (uint8_t)state;
	set_local(f->sample, s, local);
	s->remote = sk_addr_from_v4(peer);
	s->lport = lport;
	s->flags = (uint16_t)flags;
	s->inode = (uint32_t)f->cookie;
	return f->sample->n_sockets - 1;
}

static const struct sk_listener *find(const struct fixture *f, uint32_t row)
{
	for (uint32_t i = 0; i < f->listening->n; i++) {
		if (f->listening->listeners[i].socket.cookie ==
		    f->sample->sockets[row].cookie)
			return &f->listening->listeners[i];
	}
	fail_msg("socket %u is no listener", row);
	return NULL;
}

static void compute(struct fixture *f)
{
	assert_int_equal(sk_listening_compute(f->listening, &f->context, NULL, 0), 0);
}

FRESH(test_fill)
{
	struct fixture *f = *state;
	uint32_t tcp = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);
	uint32_t none = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 81, 0);
	uint32_t udp = add(f, SK_STATE_CLOSE, sk_addr_from_v4(any4), 53, 0);
	uint32_t over = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 82, 0);
	uint32_t unknown = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 83, 0);

	f->sample->sockets[over].recv_q = 1;
	f->sample->sockets[unknown].recv_q = 1;
	f->sample->sockets[unknown].flags |= SK_F_NO_SEND_Q;
	f->sample->sockets[tcp].recv_q = 3;
	f->sample->sockets[tcp].send_q = 4;
	f->sample->sockets[udp].proto = SK_PROTO_UDP;
	f->sample->tcp_ext[udp].flags = SK_TCP_EXT_SKMEM;
	f->sample->tcp_ext[udp].skmem[0] = 100;
	f->sample->tcp_ext[udp].skmem[1] = 400;
	f->sample->tcp_ext[udp].skmem[8] = 7;
	add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(here), 4000, 0);
	compute(f);
	assert_int_equal(f->listening->n, 5);
	assert_true(fabs(find(f, tcp)->fill - 75) < 0.01);
	/* a limit of 0 is one */
	assert_true(fabs(find(f, none)->fill) < 0.01);
	assert_true(find(f, over)->fill > 100);
	assert_true(isnan(find(f, unknown)->fill));
	assert_true(fabs(find(f, udp)->fill - 25) < 0.01);
	assert_true(find(f, udp)->has_drops);
	assert_int_equal(find(f, udp)->drops, 7);
	assert_false(find(f, tcp)->has_drops);
}

/* The very address goes before the wildcard; what sharers took is counted once. */
FRESH(test_incoming)
{
	struct fixture *f = *state;
	uint32_t all = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);
	uint32_t one = add(f, SK_STATE_LISTEN, sk_addr_from_v4(here), 80, 0);
	uint32_t second = add(f, SK_STATE_LISTEN, sk_addr_from_v4(here), 80, 0);
	uint32_t queued = add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(here), 80, 0);

	f->sample->sockets[queued].inode = 0;
	f->sample->sockets[second].recv_q = 1;
	add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(here), 80, 0);
	add(f, SK_STATE_SYN_RECV, sk_addr_from_v4(here), 80, 0);
	add(f, SK_STATE_SYN_RECV, sk_addr_from_v4(peer), 80, 0);
	add(f, SK_STATE_TIME_WAIT, sk_addr_from_v4(here), 80, 0);
	add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(here), 81, 0);
	compute(f);
	assert_int_equal(find(f, all)->syn_recv, 1);
	assert_int_equal(find(f, all)->established, 0);
	assert_true(find(f, all)->counts);
	assert_int_equal(find(f, all)->sharing, 1);
	for (uint32_t row = one; row <= second; row++) {
		assert_int_equal(find(f, row)->sharing, 2);
		assert_int_equal(find(f, row)->counts, row == one);
		assert_int_equal(find(f, row)->not_accepted, row == second);
	}
	assert_int_equal(find(f, one)->syn_recv, 1);
	assert_int_equal(find(f, one)->established, 2);
	/* a filter that leaves only the second does not make them its own */
	assert_int_equal(sk_listening_compute(f->listening, &f->context, &second, 1),
			 0);
	assert_false(find(f, second)->counts);
	assert_int_equal(find(f, second)->sharing, 2);
}

/* Which one the kernel would choose: the address, then the device; each by itself. */
FRESH(test_places)
{
	struct fixture *f = *state;
	uint32_t all = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);
	uint32_t bound = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);
	uint32_t one = add(f, SK_STATE_LISTEN, sk_addr_from_v4(here), 80, 0);
	uint32_t six = add(f, SK_STATE_LISTEN, (struct sk_addr){ { 0 } }, 80,
			   SK_F_V6 | SK_F_V6ONLY | SK_F_V6ONLY_KNOWN);
	uint32_t s;

	set_attrs(f->sample, &f->sample->sockets[bound],
		  (struct sk_attrs){ .local = sk_addr_from_v4(any4), .ifindex = 2 });
	s = add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(peer), 80, 0);
	set_attrs(f->sample, &f->sample->sockets[s],
		  (struct sk_attrs){ .local = sk_addr_from_v4(peer), .ifindex = 2 });
	add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(peer), 80, 0);
	s = add(f, SK_STATE_ESTABLISHED, sk_addr_from_v4(here), 80, 0);
	set_attrs(f->sample, &f->sample->sockets[s],
		  (struct sk_attrs){ .local = sk_addr_from_v4(here), .ifindex = 2 });
	compute(f);
	assert_int_equal(find(f, all)->established, 1);
	assert_int_equal(find(f, bound)->established, 1);
	assert_int_equal(find(f, one)->established, 1);
	assert_int_equal(find(f, six)->established, 0);
	for (uint32_t row = all; row <= six; row++)
		assert_int_equal(find(f, row)->sharing, 1);
}

FRESH(test_stacks)
{
	struct fixture *f = *state;
	const struct sk_addr any6 = { 0 };
	struct sk_addr one6 = { { 0x20, 1 } };
	uint32_t v4 = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 1, 0);
	uint32_t only = add(f, SK_STATE_LISTEN, any6, 2,
			    SK_F_V6 | SK_F_V6ONLY | SK_F_V6ONLY_KNOWN);
	uint32_t dual = add(f, SK_STATE_LISTEN, any6, 3, SK_F_V6 | SK_F_V6ONLY_KNOWN);
	uint32_t maybe = add(f, SK_STATE_LISTEN, any6, 4, SK_F_V6);
	uint32_t single = add(f, SK_STATE_LISTEN, one6, 5, SK_F_V6);

	/* over IPv4 into the dual one, and not into the one for IPv6 only */
	add(f, SK_STATE_SYN_RECV, sk_addr_from_v4(here), 3, SK_F_V6);
	add(f, SK_STATE_SYN_RECV, sk_addr_from_v4(here), 2, SK_F_V6);
	add(f, SK_STATE_SYN_RECV, one6, 2, SK_F_V6);
	compute(f);
	assert_int_equal(find(f, v4)->stack, SK_STACK_V4);
	assert_int_equal(find(f, only)->stack, SK_STACK_V6);
	assert_int_equal(find(f, dual)->stack, SK_STACK_DUAL);
	assert_int_equal(find(f, maybe)->stack, SK_STACK_V6_MAYBE);
	assert_int_equal(find(f, single)->stack, SK_STACK_V6);
	assert_int_equal(find(f, dual)->syn_recv, 1);
	assert_int_equal(find(f, only)->syn_recv, 1);
}

/* A filter narrows the listeners, not what they count; namespaces are apart. */
FRESH(test_chosen)
{
	struct fixture *f = *state;
	uint32_t row = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);
	uint32_t other = add(f, SK_STATE_SYN_RECV, sk_addr_from_v4(here), 80, 0);

	add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 90, 0);
	add(f, SK_STATE_SYN_RECV, sk_addr_from_v4(here), 80, 0);
	f->sample->sockets[other].netns = 1;
	assert_int_equal(sk_listening_compute(f->listening, &f->context, &row, 1), 0);
	assert_int_equal(f->listening->n, 1);
	assert_int_equal(find(f, row)->syn_recv, 1);
}

/* The rate of drops, over the wrap of its counter. */
FRESH(test_drop_rate)
{
	struct fixture *f = *state;
	struct sk_sample *before = f->sample;
	struct sk_differ *differ;
	uint32_t row = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);

	before->time_ns = 1000000000;
	before->tcp_ext[row].flags = SK_TCP_EXT_SKMEM;
	before->tcp_ext[row].skmem[8] = UINT32_MAX - 1;
	assert_int_equal(sk_sample_new(&f->sample), 0);
	f->context.sample = f->sample;
	f->sample->needs = before->needs;
	f->sample->time_ns = 3000000000;
	f->cookie = 0;
	row = add(f, SK_STATE_LISTEN, sk_addr_from_v4(any4), 80, 0);
	f->sample->tcp_ext[row].flags = SK_TCP_EXT_SKMEM;
	f->sample->tcp_ext[row].skmem[8] = 4;
	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_diff_compute(differ, NULL, before), 0);
	assert_int_equal(sk_diff_compute(differ, before, f->sample), 0);
	compute(f);
	assert_true(find(f, row)->has_drop_rate);
	assert_true(fabs((double)find(f, row)->drop_rate - 3) < 0.01);
	sk_differ_free(differ);
	sk_sample_unref(before);
}
