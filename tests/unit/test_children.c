/* SPDX-License-Identifier: MIT */
/*
 * Subflows under their connections: in any order, and counted once.
 */
#include "samples.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/group.h>
#include <sktop/identity.h>
#include <sktop/view.h>

/* Of an MPTCP connection: the cookie may be another's, too. */
static uint64_t id_of(uint64_t cookie)
{
	const struct sk_socket parent = { .proto = SK_PROTO_MPTCP, .cookie = cookie };

	return sk_socket_id(&parent, &(struct sk_attrs){ .uid = 0 });
}

static void add(struct sk_sample *sample, enum sk_proto proto, uint64_t cookie,
		uint64_t parent, uint64_t bytes)
{
	struct sk_socket *s = add_socket(sample, (struct sk_socket){
		.proto = (uint8_t)proto, .cookie = cookie, .state = SK_STATE_ESTABLISHED,
		.flags = SK_F_INFO, .tx_total = bytes });

	if (parent) {
		s->flags |= SK_F_SUBFLOW;
		assert_int_equal(
			sk_sample_add_parent_link(
				sample, &(struct sk_parent_link){ cookie, id_of(parent),
								  parent }),
			0);
	}
}

/* Two connections with two subflows each, one TCP, an orphan. */
static struct sk_sample *make(uint64_t seconds)
{
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	sample->time_ns = seconds * 1000000000U;
	sample->needs = SK_NEED_SOCKETS | SK_NEED_INFO;
	sample->protos = SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_MPTCP);
	add(sample, SK_PROTO_TCP, 31, 3, 500 * seconds);
	add(sample, SK_PROTO_TCP, 21, 2, 100 * seconds);
	add(sample, SK_PROTO_TCP, 1, 0, 10 * seconds);
	add(sample, SK_PROTO_TCP, 22, 2, 200 * seconds);
	add(sample, SK_PROTO_TCP, 91, 9, 7 * seconds); /* 9 is not there */
	add(sample, SK_PROTO_TCP, 32, 3, 600 * seconds);
	add(sample, SK_PROTO_MPTCP, 2, 0, 300 * seconds);
	add(sample, SK_PROTO_MPTCP, 3, 0, 1100 * seconds);
	sk_sample_sort_parent_links(sample, 0);
	return sample;
}

static void assert_order(const struct sk_sample *sample, const struct sk_view *view,
			 const char *order)
{
	char text[128] = "";

	for (uint32_t i = 0; i < view->n; i++)
		sprintf(text + strlen(text), "%s%u", i ? " " : "",
			(unsigned)sample->sockets[view->index[i]].cookie);
	assert_string_equal(text, order);
}

static bool is_tcp(const void *row, void *unused)
{
	(void)unused;
	return ((const struct sk_socket *)row)->proto == SK_PROTO_TCP;
}

static bool not_21(const void *row, void *unused)
{
	(void)unused;
	return ((const struct sk_socket *)row)->cookie != 21;
}

TEST(order)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_sample *sample = make(1);
	struct sk_context context = { .sample = sample };
	struct sk_rows rows = { table, sample->sockets, sample->n_sockets };
	const struct sk_column *bytes = sk_column_find(table, "tx-total", 8);
	struct sk_view view = { 0 };

	assert_int_equal(sk_view_filter(&view, &rows, NULL, &context), 0);
	assert_int_equal(sk_view_place_children(&view, sample), 0);
	assert_order(sample, &view, "1 91 2 21 22 3 31 32");
	assert_int_equal(sk_view_sort(&view, &rows, bytes, true, &context), 0);
	assert_int_equal(sk_view_place_children(&view, sample), 0);
	assert_order(sample, &view, "3 32 31 2 22 21 1 91");
	assert_int_equal(sk_view_place_children(&view, sample),
			 0); /* what stands right stays */
	assert_order(sample, &view, "3 32 31 2 22 21 1 91");
	assert_int_equal(sk_view_sort(&view, &rows, bytes, false, &context), 0);
	assert_int_equal(sk_view_place_children(&view, sample), 0);
	assert_order(sample, &view, "91 1 2 21 22 3 31 32");
	assert_int_equal(sk_view_keep(&view, &rows, not_21, NULL, &context), 0);
	assert_int_equal(sk_view_place_children(&view, sample), 0);
	assert_order(sample, &view, "91 1 2 22 3 31 32");
	/* children whose parent is filtered away stay where they are */
	assert_int_equal(sk_view_keep(&view, &rows, is_tcp, NULL, &context), 0);
	assert_int_equal(sk_view_place_children(&view, sample), 0);
	assert_order(sample, &view, "91 1 22 31 32");
	sk_view_free(&view);
	sk_sample_unref(sample);
}

TEST(counted_once)
{
	struct sk_sample *before = make(1), *sample = make(2);
	const struct sk_context context = { .sample = sample };
	struct sk_grouping *grouping;
	struct sk_differ *differ;

	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_diff_compute(differ, NULL, before), 0);
	assert_int_equal(sk_diff_compute(differ, before, sample), 0);
	/* those of TCP, the orphan's too */
	assert_float_equal(sample->summary.tx_rate, 1417, 0.01);
	assert_int_equal(sample->summary.total[SK_PROTO_TCP], 6);
	assert_int_equal(sample->summary.total[SK_PROTO_MPTCP], 2);
	assert_int_equal(sk_grouping_new(&grouping), 0);
	assert_int_equal(sk_grouping_compute(grouping, &context, SK_GROUP_NETNS, NULL, 0), 0);
	assert_int_equal(grouping->n, 1);
	assert_int_equal(grouping->groups[0].tx_total, 2834);
	assert_int_equal(grouping->groups[0].total, 8);
	sk_grouping_free(grouping);
	sk_differ_free(differ);
	sk_sample_unref(before);
	sk_sample_unref(sample);
}

/* A connection that dies takes its subflows along, for the moment both are shown. */
TEST(gone)
{
	struct sk_sample *before = make(1), *sample;
	struct sk_differ *differ;

	assert_int_equal(sk_sample_new(&sample), 0);
	sample->time_ns = 2000000000U;
	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_diff_compute(differ, NULL, before), 0);
	assert_int_equal(sk_diff_compute(differ, before, sample), 0);
	assert_int_equal(sample->n_gone, 8);
	for (uint32_t i = 0; i < sample->n_gone; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		const struct sk_parent_link *parent_link = sk_sample_parent(sample, s);

		assert_true(s->cookie > 10 ? parent_link && parent_link->cookie ==
								    s->cookie / 10 :
					     !parent_link);
	}
	sk_differ_free(differ);
	sk_sample_unref(before);
	sk_sample_unref(sample);
}
