/* SPDX-License-Identifier: MIT */
/*
 * The helpers that everything stands on: arrays that grow, threads without signals.
 */
#include "testing.h"
#include <sktop/array.h>
#include "base/clock.h"
#include "base/thread.h"

TEST(an_array_has_room_for_one_more)
{
	uint32_t *at = NULL, n, capacity = 0, grown = 0;

	for (n = 0; n < 1000; n++) {
		uint32_t before = capacity;

		assert_int_equal(SK_ARRAY_ROOM(at, n, capacity, 4), 0);
		assert_true(capacity > n);
		grown += capacity != before;
		at[n] = n * 3;
	}
	assert_int_equal(capacity, 1024);
	assert_int_equal(grown, 9); /* 4, 8, ... 1024: it doubles */
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(at[i], i * 3);
	free(at);
}

/* A capacity that its type cannot double, or memory cannot hold, changes nothing. */
TEST(an_array_that_cannot_grow_stays)
{
	uint16_t narrow = 40000;
	size_t wide = SIZE_MAX / 4;
	uint64_t one = 7, *at = &one;

	assert_int_equal(SK_ARRAY_ROOM(at, 40000U, narrow, 4), -ENOMEM);
	assert_int_equal(narrow, 40000);
	assert_int_equal(SK_ARRAY_ROOM(at, wide, wide, 4), -ENOMEM);
	assert_true(wide == SIZE_MAX / 4 && at == &one && one == 7);
	assert_null(sk_array_resize(NULL, SIZE_MAX / 2, 4));
}

static void *blocked(void *arg)
{
	pthread_sigmask(SIG_BLOCK, NULL, arg);
	return NULL;
}

TEST(a_thread_takes_no_signal)
{
	sigset_t inside, before, after;
	pthread_t thread;

	pthread_sigmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(thread_start(&thread, blocked, &inside), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	assert_true(sigismember(&inside, SIGTERM) && sigismember(&inside, SIGWINCH));
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
	assert_int_equal(sigismember(&after, SIGTERM), 0);
}

TEST(clocks_agree)
{
	uint64_t ns = now_ns();
	int64_t ms = now_ms();

	assert_true(ms >= (int64_t)(ns / 1000000));
	assert_true(now_ns() / 1000000 >= (uint64_t)ms);
}
