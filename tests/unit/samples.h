/* SPDX-License-Identifier: MIT */
/* Samples made by hand, and what the differ says of two of them. */
#ifndef SKTOP_TESTS_SAMPLES_H
#define SKTOP_TESTS_SAMPLES_H

#include "../testing.h"
#include <sktop/diff.h>

static inline struct sk_sample *new_sample(uint64_t seconds, uint32_t needs)
{
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	sample->time_ns = 1000000000ULL * (100 + seconds);
	sample->needs = SK_NEED_SOCKETS | needs;
	return sample;
}

static inline struct sk_socket *add_socket(struct sk_sample *sample, struct sk_socket like)
{
	struct sk_socket *s;

	assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
	*s = like;
	return s;
}

static inline void diff(const struct sk_sample *before, struct sk_sample *now)
{
	struct sk_differ *differ;

	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_diff_compute(differ, before, now), 0);
	sk_differ_free(differ);
}

static inline struct sk_addr v4(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return sk_addr_from_v4((const uint8_t[]){ (uint8_t)a, (uint8_t)b, (uint8_t)c,
						  (uint8_t)d });
}

/* Of SAMPLE(name), a test whose state is a sample and nothing else. */
static inline int set_up_sample(void **state)
{
	return sk_sample_new((struct sk_sample **)state);
}

static inline int tear_down_sample(void **state)
{
	sk_sample_unref(*state);
	return 0;
}

#define SAMPLE(name) TEST_WITH(name, set_up_sample, tear_down_sample)

#endif
