/* SPDX-License-Identifier: MIT */
/*
 * The diff pairs each socket with itself in the sample before: in any order, and however
 * many were born, died, moved or were met twice, it says what a naive search says.
 */
#include "samples.h"
#include <stdlib.h>
#include <string.h>

#define COOKIES 3000 /* in each of two namespaces */

static struct sk_differ *differ;

/* Sockets are told apart by their inode, too, which the diff does not look at. */
static void add(struct sk_sample *sample, uint32_t key, uint64_t bytes)
{
	add_socket(sample, (struct sk_socket){
		.cookie = 1 + key / 2, .netns = key % 2, .state = SK_STATE_ESTABLISHED,
		.flags = SK_F_INFO | SK_F_OWNER, .inode = key + 1, .tx_total = bytes });
}

static uint32_t key_of(const struct sk_socket *s)
{
	return s->inode - 1;
}

/** What a round does to the list of before. */
struct mix {
	unsigned die, move, doubled; /* of a thousand */
	unsigned born;		  /* of a thousand of all cookies */
	unsigned run;		  /* deaths come in runs of so many */
};

static const struct mix mixes[] = {
	{ 0, 0, 0, 0, 1 },     { 20, 0, 0, 5, 1 },	 { 20, 10, 10, 5, 1 },
	{ 500, 0, 0, 100, 1 }, { 5, 0, 0, 0, 900 },	 { 30, 1000, 0, 30, 1 },
	{ 0, 0, 1000, 0, 1 },  { 0, 500, 1000, 500, 1 }, { 1000, 0, 0, 900, 1 },
	{ 2, 3, 3, 300, 50 },
};

static unsigned seed = 4711;

static bool happens(unsigned per_mille)
{
	return (unsigned)rand_r(&seed) % 1000 < per_mille;
}

static void shuffle(uint32_t *keys, uint32_t n, unsigned per_mille)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = (uint32_t)rand_r(&seed) % n, swap = keys[i];

		if (!happens(per_mille))
			continue;
		keys[i] = keys[j];
		keys[j] = swap;
	}
}

/* Fills cur from prev; keys may come twice. Returns how many twins there are. */
static uint32_t walk(const struct sk_sample *prev, const struct mix *mix,
		     struct sk_sample *cur)
{
	static uint32_t keys[4 * COOKIES + 4];
	static bool there[2 * COOKIES];
	uint32_t n = 0, shared_inodes = 0;
	unsigned dying = 0;

	memset(there, 0, sizeof(there));
	for (uint32_t i = 0; i < prev->n_sockets; i++) {
		there[key_of(&prev->sockets[i])] = true;
		dying = dying ? dying - 1 : happens(mix->die) ? mix->run : 0;
		if (!dying)
			keys[n++] = key_of(&prev->sockets[i]);
	}
	for (uint32_t key = 0; key < 2 * COOKIES; key++) {
		if (!there[key] && happens(mix->born))
			keys[n++] = key;
	}
	for (uint32_t i = n; i-- > 0;) {
		if (happens(mix->doubled)) {
			keys[n++] = keys[i];
			shared_inodes++;
		}
	}
	shuffle(keys, n, mix->move);
	for (uint32_t i = 0; i < n; i++)
		add(cur, keys[i], keys[i] * 10ULL * (cur->time_ns / 1000000000));
	return shared_inodes;
}

static const struct sk_socket *find(const struct sk_sample *sample, uint32_t key)
{
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		if (key_of(&sample->sockets[i]) == key)
			return &sample->sockets[i];
	}
	return NULL;
}

/* It left and comes back with its cookie: a walk had missed it. */
static bool was_missed(const struct sk_sample *prev, uint32_t key)
{
	for (uint32_t i = 0; i < prev->n_limbo; i++) {
		if (key_of(&prev->limbo[i]) == key)
			return true;
	}
	return false;
}

static void check_live(const struct sk_sample *prev, const struct sk_sample *cur)
{
	static uint32_t seen[2 * COOKIES];

	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < cur->n_sockets; i++) {
		const struct sk_socket *s = &cur->sockets[i];
		const struct sk_socket *old = find(prev, key_of(s));

		assert_int_equal(seen[key_of(s)]++, 0);
		assert_false(s->flags & SK_F_GONE);
		if (!old && was_missed(prev, key_of(s))) {
			assert_false(s->flags & SK_F_NEW);
			continue;
		}
		assert_int_equal(!(s->flags & SK_F_NEW), old != NULL);
		assert_int_equal(!(s->flags & SK_F_RATE), !old);
		if (old) {
			assert_int_equal(s->first_seen, old->first_seen);
			assert_int_equal((int)s->tx_rate, 10 * key_of(s));
		}
	}
}

static void check_gone(const struct sk_sample *prev, const struct sk_sample *cur)
{
	uint32_t at = cur->n_sockets;

	for (uint32_t i = 0; i < prev->n_sockets; i++) {
		uint32_t key = key_of(&prev->sockets[i]);

		if (find(cur, key))
			continue;
		assert_true(at < cur->n_sockets + cur->n_gone);
		assert_int_equal(key_of(&cur->sockets[at]), key);
		assert_true(cur->sockets[at++].flags & SK_F_GONE);
	}
	assert_int_equal(at, cur->n_sockets + cur->n_gone);
}

TEST(test_random)
{
	struct sk_sample *prev = new_sample(0, SK_NEED_INFO);

	assert_int_equal(sk_differ_new(&differ), 0);
	for (uint32_t key = 0; key < 2 * COOKIES; key++)
		add(prev, key, 0);
	assert_int_equal(sk_diff_compute(differ, NULL, prev), 0);
	assert_int_equal(prev->n_sockets, 2 * COOKIES);
	for (size_t round = 0; round < 40; round++) {
		const struct mix *mix = &mixes[round % (sizeof(mixes) / sizeof(mixes[0]))];
		struct sk_sample *cur = new_sample(round + 1, SK_NEED_INFO);
		uint32_t shared_inodes = walk(prev, mix, cur);

		for (uint32_t i = 0; i < prev->n_sockets; i++) {
			prev->sockets[i].tx_total =
				key_of(&prev->sockets[i]) * 10ULL * (100 + round);
			prev->sockets[i].rx_total = 0;
		}
		assert_int_equal(sk_diff_compute(differ, prev, cur), 0);
		assert_int_equal(cur->losses.duplicates, shared_inodes);
		check_live(prev, cur);
		check_gone(prev, cur);
		sk_sample_unref(prev);
		prev = cur;
	}
	sk_sample_unref(prev);
	sk_differ_free(differ);
}

/* So many twins, and so much out of order, that anything quadratic would not end. */
TEST(test_hostile)
{
	const uint32_t n = 300000;
	struct sk_sample *a = new_sample(0, SK_NEED_INFO),
			 *b = new_sample(1, SK_NEED_INFO),
			 *c = new_sample(2, SK_NEED_INFO);

	assert_int_equal(sk_differ_new(&differ), 0);
	for (uint32_t i = 0; i < n; i++)
		add(a, i, 0);
	for (uint32_t i = 0; i < n; i++) { /* backwards, each twice, and one a lot */
		add(b, n - 1 - i, 0);
		add(b, n - 1 - i, 0);
		add(b, n, 0);
	}
	for (uint32_t i = 0; i < n; i++) {
		add(c, i, 0);
		add(c, 2 * n + i, 0);
	}
	for (uint32_t i = 0; i < n; i++)
		add(c, i, 0);
	assert_int_equal(sk_diff_compute(differ, NULL, a), 0);
	assert_int_equal(sk_diff_compute(differ, a, b), 0);
	assert_int_equal(b->n_sockets, n + 1);
	assert_int_equal(b->losses.duplicates, 2 * n - 1);
	assert_int_equal(b->summary.born, 1);
	assert_int_equal(b->n_gone, 0);
	assert_int_equal(sk_diff_compute(differ, b, c), 0);
	assert_int_equal(c->n_sockets, 2 * n);
	assert_int_equal(c->losses.duplicates, n);
	assert_int_equal(c->summary.born, n);
	assert_int_equal(c->n_gone, 1);
	sk_sample_unref(a);
	sk_sample_unref(b);
	sk_sample_unref(c);
	sk_differ_free(differ);
}
