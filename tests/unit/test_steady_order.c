/* SPDX-License-Identifier: MIT */
/* Rows that differ by little keep the order that they had; who exceeds others passes them. */
#include "samples.h"
#include <string.h>
#include <sktop/column.h>
#include <sktop/steady.h>

static struct sk_steady steady;

/* The cookies of sockets with these rates, in the order of the screen. 0 = no such socket. */
static void expect_order(const char *column, bool descending, const float rates[4],
			 const char *wanted)
{
	struct sk_sample *sample = new_sample(0, SK_NEED_INFO);
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	const struct sk_column *by = sk_column_find(table, column, strlen(column));
	const struct sk_context context = { .sample = sample };
	struct sk_view view = { .n = 0 };
	struct sk_rows rows;
	char order[5] = "";

	for (unsigned i = 0; i < 4; i++) {
		if (rates[i] > 0)
			add_socket(sample, (struct sk_socket){ .cookie = 'a' + i,
							       .flags = SK_F_INFO | SK_F_RATE,
							       .tx_total = (uint64_t)rates[i],
							       .tx_rate = rates[i] });
	}
	rows = (struct sk_rows){ table, sample->sockets, sample->n_sockets };
	assert_int_equal(sk_view_filter(&view, &rows, NULL, &context), 0);
	assert_int_equal(sk_view_sort(&view, &rows, by, descending, &context), 0);
	assert_int_equal(sk_view_steady(&view, &rows, by, descending, &steady, &context), 0);
	for (uint32_t i = 0; i < view.n; i++)
		order[i] = (char)sample->sockets[view.index[i]].cookie;
	assert_string_equal(order, wanted);
	sk_view_free(&view);
	sk_sample_unref(sample);
}

TEST(test_keeps)
{
	steady = (struct sk_steady){ 0 };
	expect_order("tx", true, (const float[]){ 100, 98, 96, 0 }, "abc");
	expect_order("tx", true, (const float[]){ 97, 101, 96, 0 }, "abc");
	/* c exceeds both by more than five percent */
	expect_order("tx", true, (const float[]){ 97, 101, 110, 0 }, "cab");
	/* a new row stands where it belongs */
	expect_order("tx", true, (const float[]){ 97, 101, 110, 99 }, "cdab");
	expect_order("tx", true, (const float[]){ 97, 0, 110, 99 }, "cda");
	/* small steps do not add up */
	expect_order("tx", true, (const float[]){ 120, 115, 110, 105 }, "abcd");
}

/* Another column, another direction: there is no order to keep. Other units are exact. */
TEST(test_exact)
{
	steady = (struct sk_steady){ 0 };
	expect_order("tx", true, (const float[]){ 100, 98, 96, 0 }, "abc");
	expect_order("tx", false, (const float[]){ 100, 98, 96, 0 }, "cba");
	expect_order("tx", false, (const float[]){ 98, 98.5F, 100, 0 }, "cba");
	expect_order("tx-total", true, (const float[]){ 97, 101, 96, 0 }, "bac");
	expect_order("tx-total", true, (const float[]){ 102, 101, 96, 0 }, "abc");
}
