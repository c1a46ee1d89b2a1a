/* SPDX-License-Identifier: MIT */
#include "samples.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/source.h>
#include "attrs.h"

static struct sk_socket *add(struct sk_sample *sample, uint64_t cookie,
			     enum sk_state state)
{
	return add_socket(sample, (struct sk_socket){ .cookie = cookie, .state = (uint8_t)state });
}

/* A sample against itself: nothing is born, dies, moves or changes. */
TEST(test_same)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(1, SK_NEED_INFO);

	for (uint64_t i = 1; i <= 500; i++) {
		for (int k = 0; k < 2; k++) {
			struct sk_socket *s = add(k ? b : a, i * 7919 % 1009, 1 + i % 11);

			s->flags = SK_F_INFO;
			s->tx_total = i * 1000;
		}
	}
	diff(NULL, a);
	diff(a, b);
	assert_int_equal(b->summary.born + b->summary.died, 0);
	assert_int_equal(b->n_gone, 0);
	for (unsigned from = 0; from < SK_STATE_COUNT; from++) {
		for (unsigned to = 0; to < SK_STATE_COUNT; to++)
			assert_int_equal(b->summary.transition[from][to], 0);
	}
	for (uint32_t i = 0; i < b->n_sockets; i++) {
		assert_true(b->sockets[i].flags & SK_F_RATE);
		assert_true(!(b->sockets[i].tx_rate > 0));
		assert_false(b->sockets[i].flags & (SK_F_NEW | SK_F_CHANGED));
	}
	sk_sample_unref(a);
	sk_sample_unref(b);
}

static void add_full(struct sk_sample *sample, uint64_t cookie, uint32_t segments)
{
	struct sk_socket *s;
	struct sk_tcp_ext *tcp_ext;

	assert_int_equal(sk_sample_add_socket(sample, &s, &tcp_ext), 0);
	s->cookie = cookie;
	s->state = SK_STATE_LISTEN;
	s->flags = SK_F_INFO;
	tcp_ext->flags = SK_TCP_EXT_INFO;
	tcp_ext->segs_out = segments;
}

/* Those with a struct sk_tcp_ext stand before those without, twins or not. */
TEST(test_part_with_more)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(1, SK_NEED_INFO);

	for (int k = 0; k < 2; k++) {
		struct sk_sample *sample = k ? b : a;

		sample->needs |= SK_NEED_TCP_EXT;
		add_full(sample, 1, k ? 12 : 10);
		if (k)
			add_full(sample, 1, 12); /* met twice */
		add_full(sample, 2, k ? 25 : 20);
		add(sample, 3, SK_STATE_ESTABLISHED);
		add(sample, 4, SK_STATE_ESTABLISHED);
	}
	diff(NULL, a);
	diff(a, b);
	assert_int_equal(a->n_tcp_ext, 2);
	assert_int_equal(b->n_sockets, 4);
	assert_int_equal(b->n_tcp_ext, 2);
	assert_true(sk_sample_tcp_ext(b, 0)->tx_packets > 1.99F);
	assert_true(sk_sample_tcp_ext(b, 0)->tx_packets < 2.01F);
	assert_true(sk_sample_tcp_ext(b, 1)->tx_packets > 4.99F);
	assert_true(sk_sample_tcp_ext(b, 1)->tx_packets < 5.01F);
	assert_null(sk_sample_tcp_ext(b, 2));
	assert_int_equal(b->sockets[2].cookie, 3);
	sk_sample_unref(a);
	sk_sample_unref(b);
}

/* A gap is filled with nothing, and what was taken back leaves nothing. */
TEST(test_more_of_a_sample)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO);

	a->needs |= SK_NEED_TCP_EXT;
	add_full(a, 1, 10);
	add(a, 2, SK_STATE_ESTABLISHED);
	assert_int_equal(a->n_tcp_ext, 1);
	add_full(a, 3, 30);
	assert_int_equal(a->n_tcp_ext, 3);
	assert_int_equal(sk_sample_tcp_ext(a, 1)->flags, 0);
	a->n_sockets--;
	add(a, 4, SK_STATE_ESTABLISHED);
	assert_null(sk_sample_tcp_ext(a, 2));
	add_full(a, 5, 50);
	assert_int_equal(sk_sample_tcp_ext(a, 2)->flags, 0);
	assert_int_equal(sk_sample_tcp_ext(a, 2)->segs_out, 0);
	assert_int_equal(sk_sample_tcp_ext(a, 3)->segs_out, 50);
	sk_sample_unref(a);
}

TEST(test_rates_and_resets)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(2, SK_NEED_INFO);
	struct sk_socket *s;

	s = add(a, 1, SK_STATE_ESTABLISHED);
	s->flags = SK_F_INFO;
	s->tx_total = 100;
	s = add(a, 2, SK_STATE_ESTABLISHED);
	s->flags = SK_F_INFO;
	s->rx_total = 500;
	diff(NULL, a);
	assert_false(a->sockets[0].flags & (SK_F_RATE | SK_F_NEW));
	assert_true(a->sockets[0].flags & SK_F_AGE_MIN);
	s = add(b, 1, SK_STATE_ESTABLISHED);
	s->flags = SK_F_INFO;
	s->tx_total = 2100;
	s = add(b, 2, SK_STATE_ESTABLISHED);
	s->flags = SK_F_INFO;
	s->rx_total = 10;
	s = add(b, 3, SK_STATE_ESTABLISHED);
	s->flags = SK_F_INFO;
	s->tx_total = 1000000;
	diff(a, b);
	assert_int_equal((int)b->sockets[0].tx_rate, 1000);
	assert_true(b->sockets[1].flags & SK_F_RESET);
	assert_false(b->sockets[1].flags & SK_F_RATE);
	assert_true(b->sockets[2].flags & SK_F_NEW);
	assert_false(b->sockets[2].flags & (SK_F_RATE | SK_F_AGE_MIN));
	assert_int_equal(b->summary.born, 1);
	assert_int_equal((int)b->summary.tx_rate, 1000);
	sk_sample_unref(a);
	sk_sample_unref(b);
}

TEST(test_owner_transitions_gone)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(1, SK_NEED_INFO);
	struct sk_socket *s;

	s = add(a, 9, SK_STATE_ESTABLISHED);
	s->flags = SK_F_OWNER;
	set_attrs(a, s, (struct sk_attrs){ .uid = 1000 });
	s->inode = 77;
	add(a, 10, SK_STATE_CLOSE_WAIT);
	diff(NULL, a);
	s = add(b, 9, SK_STATE_TIME_WAIT);
	s->timer = SK_TIMER_TIMEWAIT;
	add(b, 9, SK_STATE_TIME_WAIT); /* met twice in the walk */
	add(b, 11, SK_STATE_SYN_SENT);
	add(b, 11, SK_STATE_ESTABLISHED);
	diff(a, b);
	assert_int_equal(b->n_sockets, 2);
	assert_int_equal(b->losses.duplicates, 2);
	assert_int_equal(sk_attrs(b, &b->sockets[0])->uid, 1000);
	assert_int_equal(b->sockets[0].inode, 77);
	assert_true(b->sockets[0].flags & SK_F_REMEMBERED);
	assert_int_equal(
		b->summary.transition[SK_STATE_ESTABLISHED][SK_STATE_TIME_WAIT], 1);
	assert_int_equal(b->n_gone, 1);
	assert_int_equal(b->sockets[2].cookie, 10);
	assert_true(b->sockets[2].flags & SK_F_GONE);
	assert_int_equal(b->summary.died_from[SK_STATE_CLOSE_WAIT], 1);
	sk_sample_unref(a);
	sk_sample_unref(b);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Births and deaths of random sets are those that a naive count gives. */
TEST(test_random_churn)
{
	unsigned seed = 12345;

	for (int round = 0; round < 200; round++) {
		struct sk_sample *s[2] = { new_sample(0, SK_NEED_INFO), new_sample(1, SK_NEED_INFO) };
		uint64_t set[2][300];
		size_t n[2] = { 0, 0 }, common = 0;

		for (int k = 0; k < 2; k++) {
			for (uint64_t c = 1; c <= 300; c++) {
				if (rand_r(&seed) % 3)
					set[k][n[k]++] = c;
			}
			for (size_t i = n[k]; i > 1; i--) { /* any order */
				size_t j = (size_t)rand_r(&seed) % i;
				uint64_t swap = set[k][i - 1];

				set[k][i - 1] = set[k][j];
				set[k][j] = swap;
			}
			for (size_t i = 0; i < n[k]; i++)
				add(s[k], set[k][i], 1 + (enum sk_state)(i % 11))->inode =
					(uint32_t)set[k][i];
		}
		qsort(set[0], n[0], 8, by_number);
		for (size_t i = 0; i < n[1]; i++)
			common += bsearch(&set[1][i], set[0], n[0], 8, by_number) != NULL;
		diff(NULL, s[0]);
		diff(s[0], s[1]);
		assert_int_equal(s[1]->summary.born, n[1] - common);
		assert_int_equal(s[1]->summary.died, n[0] - common);
		assert_int_equal(s[1]->n_gone, n[0] - common);
		assert_int_equal(s[1]->losses.duplicates, 0);
		sk_sample_unref(s[0]);
		sk_sample_unref(s[1]);
	}
}

TEST(test_links)
{
	struct sk_sample *a = new_sample(0, SK_NEED_INFO), *b = new_sample(2, SK_NEED_INFO);
	struct sk_link *link;

	for (int k = 0; k < 2; k++) {
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(sk_sample_add_link(k ? b : a, &link), 0);
			link->ifindex = i + 1 + (k && i == 2 ? 10 : 0);
			link->name[0] = (char)('a' + i);
			link->stat[SK_LINK_RX_BYTES] = k && i == 1 ? 5 : 1000 + 500U * (unsigned)k;
		}
	}
	diff(NULL, a);
	diff(a, b);
	assert_true(b->links[0].flags & SK_LINK_RATE);
	assert_int_equal((int)b->links[0].rate[SK_LINK_RX_BYTES], 250);
	assert_true(b->links[1].flags & SK_LINK_NEW); /* went back */
	assert_true(b->links[2].flags & SK_LINK_NEW); /* another index */
	assert_false(b->links[2].flags & SK_LINK_RATE);
	sk_sample_unref(a);
	sk_sample_unref(b);
}
