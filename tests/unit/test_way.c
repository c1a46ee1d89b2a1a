/* SPDX-License-Identifier: MIT */
/* A sample waits for the screen: between two reads, not for ever, and nobody else does. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sktop/sampler.h>
#include "base/way.h"

#define BUDGET 3000000

static void test_budget(void **state)
{
	struct way way = { .wanted = false };

	(void)state;
	way_begin(&way, BUDGET);
	way_give();
	assert_true(way.left_ns == BUDGET); /* nobody wanted it */
	atomic_store(&way.wanted, true);
	way_give();
	assert_true(way.left_ns == 0);
	way_give(); /* spent */
	way_begin(NULL, 0);
}

static void *clear(void *arg)
{
	struct way *way = arg;

	atomic_store(&way->wanted, false);
	return NULL;
}

/* Whoever wanted it is done: on it goes. */
static void test_until_done(void **state)
{
	struct way way = { .wanted = true };
	pthread_t thread;

	(void)state;
	way_begin(&way, UINT64_MAX);
	assert_int_equal(pthread_create(&thread, NULL, clear, &way), 0);
	way_give();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(way.left_ns > 0);
	way_begin(NULL, 0);
}

static void *give_elsewhere(void *arg)
{
	(void)arg;
	way_give();
	return NULL;
}

/* A thread that looks at rows is not the one that samples. */
static void test_other_thread(void **state)
{
	struct way way = { .wanted = true };
	pthread_t thread;

	(void)state;
	way_begin(&way, UINT64_MAX);
	assert_int_equal(pthread_create(&thread, NULL, give_elsewhere, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(way.left_ns == UINT64_MAX);
	way_begin(NULL, 0);
}

/* The kernel's sockets, by sock_diag and by BPF: each way of reading them gives way. */
static void test_sources(void **state)
{
	static const unsigned options[] = { SK_LIVE_NO_BPF, SK_LIVE_BPF };
	struct sk_request request = SK_REQUEST_DEFAULT;

	(void)state;
	request.needs = SK_NEED_SOCKETS; /* nothing else is read */
	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct way way = { .wanted = true };
		struct sk_source *source;
		struct sk_sample *sample;
		char error[SK_ERROR_LEN];

		assert_int_equal(sk_live_source_new(options[i], &source, error), 0);
		assert_int_equal(sk_sample_new(&sample), 0);
		way_begin(&way, BUDGET);
		assert_int_equal(sk_source_collect(source, &request, sample), 0);
		assert_true(way.left_ns == 0);
		way_begin(NULL, 0);
		sk_sample_unref(sample);
		sk_source_free(source);
	}
}

/** A source that tells how far it came. */
struct slow {
	struct sk_source base;
	atomic_int entered, passed;
};

static int slow_collect(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample)
{
	struct slow *slow = (struct slow *)source;

	(void)request;
	(void)sample;
	atomic_fetch_add(&slow->entered, 1);
	way_give();
	atomic_fetch_add(&slow->passed, 1);
	return 0;
}

static void slow_free(struct sk_source *source)
{
	free(source);
}

static const struct sk_source_ops slow_ops = { .collect = slow_collect, .free = slow_free };

static void take(struct sk_sampler *sampler)
{
	struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
	struct sk_sample *sample;
	int err;

	do {
		assert_int_equal(poll(&p, 1, 30000), 1);
		sample = sk_sampler_take(sampler, &err, NULL);
	} while (!sample);
	assert_int_equal(err, 0);
	sk_sample_unref(sample);
}

/* A reader at work gets its sample when it is done, and a sampler that waits can end. */
static void test_sampler(void **state)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct slow *slow = calloc(1, sizeof(*slow));
	struct sk_sampler *sampler;
	struct pollfd p = { .events = POLLIN };

	(void)state;
	assert_non_null(slow);
	slow->base.ops = &slow_ops;
	request.interval = 3600;
	assert_int_equal(sk_sampler_new(&slow->base, &request, false, &sampler), 0);
	take(sampler);
	for (int i = 2; i <= 3; i++) {
		sk_sampler_give_way(sampler, true);
		sk_sampler_request(sampler, &request, true);
		while (atomic_load(&slow->entered) < i)
			sched_yield();
		p.fd = sk_sampler_fd(sampler);
		assert_int_equal(poll(&p, 1, 100), 0);
		assert_int_equal(atomic_load(&slow->passed), i - 1);
		if (i == 3)
			break;
		sk_sampler_give_way(sampler, false);
		take(sampler);
	}
	sk_sampler_free(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_until_done),
		cmocka_unit_test(test_other_thread),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_sampler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
