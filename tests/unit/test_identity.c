/* SPDX-License-Identifier: MIT */
/*
 * One socket or two: where a cookie is no proof (a listener of MPTCP and what came in
 * through it, rows of /proc/net), inodes and ends tell.
 */
#include "samples.h"
#include <stdlib.h>
#include <string.h>
#include <sktop/identity.h>
#include <sktop/view.h>
#include "attrs.h"

#define COOKIE 0x2fc84 /* of the listener, and of all that came in through it */
#define PEERS 60000

static struct sk_socket *add(struct sk_sample *sample, enum sk_proto proto, enum sk_state state,
			     uint16_t rport, uint32_t inode)
{
	struct sk_socket *s = add_socket(sample, (struct sk_socket){
		.proto = (uint8_t)proto, .state = (uint8_t)state, .cookie = COOKIE,
		.lport = 4362, .rport = rport, .inode = inode, .flags = SK_F_INFO,
		.tx_total = 10ULL * rport });

	if (rport)
		s->remote = v4(127, 0, 0, 2);
	set_local(sample, s, v4(127, 0, 0, state == SK_STATE_LISTEN ? 0 : 1));
	return s;
}

/* Each has its own rate, birth and death, and their number makes nothing slow. */
TEST(test_shared_cookie)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(1, SK_NEED_INFO);

	add(a, SK_PROTO_MPTCP, SK_STATE_LISTEN, 0, 7);
	for (uint32_t i = 1; i <= PEERS; i++)
		add(a, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, (uint16_t)i, i % 3 ? 100 + i : 0);
	diff(NULL, a);
	assert_int_equal(a->n_sockets, PEERS + 1);
	assert_int_equal(a->losses.duplicates, 0);
	/* the last is gone, one is new; all are accepted now, and one is met twice */
	for (uint32_t i = PEERS + 1; i >= 1; i--) {
		if (i == PEERS)
			continue;
		add(b, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, (uint16_t)i, 100 + i)->tx_total +=
			i;
	}
	add(b, SK_PROTO_MPTCP, SK_STATE_LISTEN, 0, 7);
	add(b, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 5, 105)->tx_total += 5;
	diff(a, b);
	assert_int_equal(b->n_sockets, PEERS + 1);
	assert_int_equal(b->losses.duplicates, 1);
	assert_int_equal(b->summary.born, 1);
	assert_int_equal(b->n_gone, 1);
	assert_int_equal(b->sockets[b->n_sockets].rport, PEERS);
	for (uint32_t i = 0; i < b->n_sockets; i++) {
		const struct sk_socket *s = &b->sockets[i];

		assert_int_equal((s->flags & SK_F_NEW) != 0, s->rport == PEERS + 1);
		assert_true(s->flags & (SK_F_NEW | SK_F_RATE));
		if (s->flags & SK_F_RATE)
			assert_int_equal((int)s->tx_rate, s->rport);
	}
	sk_sample_unref(a);
	sk_sample_unref(b);
}

/* Rows, tags and subflows go by this number: nothing else has it, whatever is shared. */
TEST(test_ids)
{
	struct sk_sample *sample = new_sample(0, SK_NEED_INFO);
	uint64_t id[6];
	uint32_t n = 0;
	struct sk_socket *s;

	add(sample, SK_PROTO_MPTCP, SK_STATE_LISTEN, 0, 7);
	add(sample, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 1, 8);
	add(sample, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 2, 9);
	/* the same peer, through another address of this machine */
	set_local(sample, add(sample, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 2, 0), v4(127, 0, 0, 9));
	add(sample, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 2, 9)->netns = 1;
	add(sample, SK_PROTO_TCP, SK_STATE_ESTABLISHED, 1, 8);
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		s = &sample->sockets[i];
		id[n] = sk_table(SK_TABLE_CONNECTIONS)->row_id(sample, s);
		assert_true(id[n] == sk_socket_id(s, sk_attrs(sample, s)));
		for (uint32_t k = 0; k < n; k++)
			assert_true(id[k] != id[n]);
		n++;
	}
	/* neither state nor owner changes it */
	s = &sample->sockets[1];
	s->state = SK_STATE_FIN_WAIT1;
	s->inode = 0;
	assert_true(id[1] == sk_socket_id(s, sk_attrs(sample, s)));
	sk_sample_unref(sample);
}

/* Subflows stand under their own connection, once each. */
TEST(test_subflows)
{
	static const uint16_t order[] = { 0, 1, 1, 2, 2 };
	struct sk_sample *sample = new_sample(0, SK_NEED_INFO);
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_view view = { 0 };
	struct sk_rows rows;
	const struct sk_context context = { .sample = sample };

	add(sample, SK_PROTO_MPTCP, SK_STATE_LISTEN, 0, 7);
	add(sample, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 1, 8);
	add(sample, SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 2, 9);
	for (uint16_t i = 2; i >= 1; i--) {
		const struct sk_socket *parent = &sample->sockets[i];
		uint64_t id = sk_socket_id(parent, sk_attrs(sample, parent));
		struct sk_socket *s = add(sample, SK_PROTO_TCP, SK_STATE_ESTABLISHED, i, 7U + i);

		s->cookie = 50U + i;
		s->flags |= SK_F_SUBFLOW;
		assert_int_equal(
			sk_sample_add_parent_link(
				sample,
				&(struct sk_parent_link){ s->cookie, id, COOKIE }),
			0);
	}
	sk_sample_sort_parent_links(sample, 0);
	rows = (struct sk_rows){ table, sample->sockets, sample->n_sockets };
	assert_int_equal(sk_view_filter(&view, &rows, NULL, &context), 0);
	assert_int_equal(sk_view_place_children(&view, sample), 0);
	assert_int_equal(view.n, 5);
	for (uint32_t i = 0; i < view.n; i++) {
		const struct sk_socket *s = &sample->sockets[view.index[i]];

		assert_int_equal(s->rport, order[i]);
		if (s->flags & SK_F_SUBFLOW)
			assert_int_equal(sk_sample_parent(sample, s)->cookie, COOKIE);
	}
	sk_view_free(&view);
	sk_sample_unref(sample);
}

/** A record in the sample before, one in the next, and whether they are of one socket. */
static const struct {
	enum sk_proto proto;
	uint32_t flags;
	struct {
		enum sk_state state;
		uint16_t rport;
		uint32_t inode;
	} old, now;
	bool same;
} pairs[] = {
	/* a cookie of the kernel's: the ends may change with the same file */
	{ SK_PROTO_UDP, 0, { SK_STATE_CLOSE, 0, 5 }, { SK_STATE_ESTABLISHED, 53, 5 }, true },
	{ SK_PROTO_TCP, 0, { SK_STATE_ESTABLISHED, 9, 5 }, { SK_STATE_TIME_WAIT, 9, 0 }, true },
	{ SK_PROTO_TCP, 0, { SK_STATE_SYN_RECV, 9, 0 }, { SK_STATE_ESTABLISHED, 9, 5 }, true },
	{ SK_PROTO_TCP, 0, { SK_STATE_CLOSE, 0, 5 }, { SK_STATE_LISTEN, 0, 5 }, true },
	{ SK_PROTO_TCP, 0, { SK_STATE_ESTABLISHED, 9, 5 }, { SK_STATE_ESTABLISHED, 9, 6 }, false },
	{ SK_PROTO_TCP, 0, { SK_STATE_ESTABLISHED, 9, 0 }, { SK_STATE_ESTABLISHED, 8, 0 }, false },
	/* one that is shared: a copy of the listener, and the next with the same port */
	{ SK_PROTO_MPTCP, 0, { SK_STATE_LISTEN, 0, 5 }, { SK_STATE_ESTABLISHED, 9, 0 }, false },
	{ SK_PROTO_MPTCP, 0, { SK_STATE_ESTABLISHED, 9, 0 }, { SK_STATE_ESTABLISHED, 9, 6 }, true },
	{ SK_PROTO_MPTCP, 0, { SK_STATE_ESTABLISHED, 9, 6 }, { SK_STATE_FIN_WAIT1, 9, 0 }, true },
	{ SK_PROTO_MPTCP, 0, { SK_STATE_ESTABLISHED, 9, 6 }, { SK_STATE_ESTABLISHED, 9, 0 }, false },
	/* a hash of the ends: a connection does not grow younger */
	{ SK_PROTO_TCP, SK_F_NO_COOKIE, { SK_STATE_TIME_WAIT, 9, 0 }, { SK_STATE_SYN_RECV, 9, 0 },
	  false },
	{ SK_PROTO_TCP, SK_F_NO_COOKIE, { SK_STATE_SYN_RECV, 9, 0 }, { SK_STATE_TIME_WAIT, 9, 0 },
	  true },
};

TEST(test_pairs)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(1, SK_NEED_INFO);

		add(a, pairs[i].proto, pairs[i].old.state, pairs[i].old.rport,
		    pairs[i].old.inode)->flags |= pairs[i].flags;
		add(b, pairs[i].proto, pairs[i].now.state, pairs[i].now.rport,
		    pairs[i].now.inode)->flags |= pairs[i].flags;
		diff(NULL, a);
		diff(a, b);
		if (b->summary.born == pairs[i].same || b->n_gone == pairs[i].same)
			fail_msg("pair %zu: born %u, gone %u", i, b->summary.born, b->n_gone);
		sk_sample_unref(a);
		sk_sample_unref(b);
	}
}
