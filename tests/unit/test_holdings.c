/* SPDX-License-Identifier: MIT */
/* The map of inodes to who holds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kernel/holdings.h"

/* Random operations beside a list that is searched from end to end. */
static void test_holdings(void **state)
{
	static struct { uint32_t inode, process, fd; } list[3000];
	struct holdings map = { 0 };
	uint32_t n = 0, seed = 7;
	enum holding_before before;

	(void)state;
	for (int step = 0; step < 30000; step++) {
		uint32_t inode, process, k = 0;

		seed = seed * 1664525U + 1013904223U;
		inode = 1 + (seed >> 10) % 500;
		process = (seed >> 20) % 5;
		while (k < n && (list[k].inode != inode || list[k].process != process))
			k++;
		if (seed >> 31) {
			assert_int_equal(holdings_add(&map, inode, process, 3, &before), 0);
			if (k == n) {
				list[n].inode = inode;
				list[n++].process = process;
			}
		} else {
			holdings_remove(&map, inode, process, 3);
			if (k < n)
				list[k] = list[--n];
		}
		assert_int_equal(map.n, n);
	}
	for (uint32_t inode = 1; inode <= 500; inode++) {
		const struct holding *at = holdings_find(&map, inode);
		uint32_t have = 0, expect = 0;

		for (; at; at = holdings_next(&map, at))
			have += at->inode == inode;
		for (uint32_t k = 0; k < n; k++)
			expect += list[k].inode == inode;
		assert_int_equal(have, expect);
	}
	holdings_free(&map);
}

static void test_wanted(void **state)
{
	struct holdings map = { 0 };
	struct holding *nobody = holdings_want(&map, 5);
	enum holding_before before;

	(void)state;
	nobody->fd = 10;
	holdings_want(&map, 6)->fd = 20;
	assert_int_equal(holdings_add(&map, 5, 1, 3, &before), 0);
	assert_int_equal(before, HOLDING_WANTED);
	assert_int_equal(holdings_add(&map, 5, 2, 3, &before), 0);
	assert_int_equal(before, HOLDING_HELD);
	holdings_forget(&map, 20);
	assert_non_null(holdings_find(&map, 6));
	holdings_forget(&map, 21);
	assert_null(holdings_find(&map, 6));
	assert_int_equal(holdings_find(&map, 5)->process, 1);
	holdings_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holdings),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
