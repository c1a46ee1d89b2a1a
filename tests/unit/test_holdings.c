/* SPDX-License-Identifier: MIT */
/*
 * Which descriptors hold an inode: the table over their notes.
 */
#include "../testing.h"
#include "kernel/owners/fd_look.h"
#include "kernel/owners/holdings.h"

#define PAGES 5
#define INODES 900 /* of so many are held twice, or more often */

/* All who hold an inode, by a search from end to end. */
static uint32_t count_holders(struct fd_page *const page[PAGES], uint32_t inode)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < PAGES * FD_PAGE; i++)
		n += page[i / FD_PAGE]->fd[i % FD_PAGE] == inode;
	return n;
}

static void check_holders(const struct holdings *map, struct fd_page *const page[PAGES])
{
	for (uint32_t inode = 1; inode <= INODES; inode++) {
		uint32_t expect = count_holders(page, inode), have = 0;
		uint32_t first = holdings_find(map, inode);

		for (uint32_t at = first; at != HOLDINGS_NONE; at = holdings_next(map, at)) {
			struct holder holder;

			if (!have && holdings_unheld(map, at)) {
				assert_int_equal(holdings_unheld(map, at)->inode, inode);
				break;
			}
			holder = holdings_at(map, at);
			assert_int_equal(page[holder.process]->fd[holder.fd % FD_PAGE], inode);
			assert_int_equal(holder.fd / FD_PAGE, holder.process);
			have++;
		}
		assert_int_equal(have, expect);
		if (have)
			assert_int_equal(holdings_shared(map, first), have > 1);
	}
}

/* Descriptors become other sockets, and inodes are wanted, at random. */
TEST(test_holdings)
{
	struct holdings map = { 0 };
	struct fd_page *page[PAGES];
	uint32_t seed = 7;
	enum holding_before before;

	for (uint32_t i = 0; i < PAGES; i++)
		page[i] = holdings_add_page(&map, i, i * FD_PAGE);
	for (int step = 0; step < 60000; step++) {
		uint32_t inode, i, *fd;
		struct fd_page *p;

		seed = seed * 1664525U + 1013904223U;
		inode = 1 + (seed >> 10) % INODES;
		p = page[(seed >> 20) % PAGES];
		i = (seed >> 15) % FD_PAGE;
		fd = &p->fd[i];
		if (step % 7 == 0) {
			if (holdings_find(&map, inode) == HOLDINGS_NONE)
				holdings_want(&map, inode)->tick = (uint32_t)step;
			continue;
		}
		if (*fd)
			holdings_remove(&map, p, i);
		*fd = seed >> 31 ? inode : FD_CLOSED;
		if (*fd)
			assert_int_equal(holdings_add(&map, p, i, &before), 0);
		if (step % 1000 == 0)
			holdings_forget(&map, (uint32_t)step - 500);
		if (step % 5000 == 0)
			check_holders(&map, page);
	}
	check_holders(&map, page);
	for (uint32_t i = 0; i < PAGES * FD_PAGE; i++) {
		if (page[i / FD_PAGE]->fd[i % FD_PAGE])
			holdings_remove(&map, page[i / FD_PAGE], i % FD_PAGE);
	}
	holdings_forget(&map, UINT32_MAX);
	assert_int_equal(map.n, 0);
	for (uint32_t i = 0; i < PAGES; i++)
		holdings_free_page(&map, page[i]);
	holdings_free(&map);
}

TEST(test_wanted)
{
	struct holdings map = { 0 };
	struct fd_page *one = holdings_add_page(&map, 1, 0);
	struct fd_page *two = holdings_add_page(&map, 2, FD_PAGE);
	enum holding_before before;
	uint32_t first;

	holdings_want(&map, 5)->tick = 10;
	holdings_want(&map, 6)->tick = 20;
	one->fd[3] = two->fd[4] = 5;
	assert_int_equal(holdings_add(&map, one, 3, &before), 0);
	assert_int_equal(before, HOLDING_WANTED);
	assert_int_equal(holdings_add(&map, two, 4, &before), 0);
	assert_int_equal(before, HOLDING_HELD);
	holdings_forget(&map, 20);
	assert_true(holdings_find(&map, 6) != HOLDINGS_NONE);
	holdings_forget(&map, 21);
	assert_true(holdings_find(&map, 6) == HOLDINGS_NONE);
	first = holdings_find(&map, 5);
	assert_int_equal(holdings_at(&map, first).process, 1);
	holdings_prefer(&map, first, holdings_next(&map, first));
	assert_int_equal(holdings_at(&map, first).process, 2);
	assert_int_equal(holdings_at(&map, first).fd, FD_PAGE + 4);
	assert_true(holdings_shared(&map, first));
	holdings_remove(&map, two, 4);
	assert_int_equal(holdings_at(&map, holdings_find(&map, 5)).process, 1);
	assert_false(holdings_shared(&map, holdings_find(&map, 5)));
	holdings_free_page(&map, one);
	holdings_free_page(&map, two);
	holdings_free(&map);
}

/* Many are wanted, then found: six bytes each, and room to grow, are left of it. */
TEST(test_memory)
{
	struct holdings map = { 0 };
	struct fd_page *page[100];
	enum holding_before before;
	const uint32_t n = 100 * FD_PAGE;

	assert_int_equal(holdings_reserve(&map, n), 0);
	for (uint32_t i = 0; i < n; i++)
		assert_non_null(holdings_want(&map, i + 1));
	for (uint32_t i = 0; i < n; i++) {
		if (i % FD_PAGE == 0)
			page[i / FD_PAGE] = holdings_add_page(&map, 7, i);
		page[i / FD_PAGE]->fd[i % FD_PAGE] = n - i;
		assert_int_equal(holdings_add(&map, page[i / FD_PAGE], i % FD_PAGE, &before),
				 0);
		assert_int_equal(before, HOLDING_WANTED);
	}
	assert_int_equal(map.n, n);
	assert_true(map.slots * sizeof(*map.slot) <= n * 6UL + 8192);
	assert_true(map.unheld_capacity * sizeof(*map.unheld) <= 16384);
	for (uint32_t i = 0; i < n; i++)
		holdings_remove(&map, page[i / FD_PAGE], i % FD_PAGE);
	for (uint32_t i = 0; i < 100; i++)
		holdings_free_page(&map, page[i]);
	holdings_free(&map);
}
