/* SPDX-License-Identifier: MIT */
/*
 * What a namespace adds to a sample: it gets the namespace's number, or is forgotten where
 * the namespace is read once more.
 */
#include "../testing.h"
#include "kernel/netns/source.c"

TEST(read_again)
{
	struct sk_sample *sample;
	struct sk_counter *counter;
	struct sk_socket *socket;
	struct marks marks;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_sample_add_counter(sample, &counter), 0);
	marks = set_marks(sample);
	assert_int_equal(sk_sample_add_counter(sample, &counter), 0);
	assert_int_equal(sk_sample_add_socket(sample, &socket, NULL), 0);
	go_back(sample, &marks);
	assert_int_equal(sample->n_counters, 1);
	assert_int_equal(sample->n_sockets, 0);
	sk_sample_unref(sample);
}

/* Associations of SCTP have ids of 64 bits: their order changes with the namespace's. */
TEST(parents_are_found)
{
	const struct sk_attrs attrs = { .ifindex = 0 };
	struct sk_sample *sample;
	struct marks marks;

	assert_int_equal(sk_sample_new(&sample), 0);
	marks = set_marks(sample);
	for (uint64_t i = 1; i <= 8; i++) {
		const struct sk_parent_link parent_link = { i << 48 | i, i, i };
		struct sk_socket *s;

		assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
		s->proto = SK_PROTO_SCTP;
		s->cookie = parent_link.child;
		s->flags = SK_F_SUBFLOW;
		assert_int_equal(sk_sample_set_attrs(sample, s, &attrs), 0);
		assert_int_equal(sk_sample_add_parent_link(sample, &parent_link), 0);
	}
	sk_sample_sort_parent_links(sample, 0);
	stamp(sample, &marks, 5);
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_parent_link *parent_link =
			sk_sample_parent(sample, &sample->sockets[i]);

		assert_non_null(parent_link);
		assert_true(parent_link->cookie == i + 1);
	}
	sk_sample_unref(sample);
}
