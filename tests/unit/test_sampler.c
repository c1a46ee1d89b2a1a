/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <sktop/history.h>
#include <sktop/sampler.h>

static struct sk_sampler *start(const char *spec, bool every)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_source *source;
	struct sk_sampler *sampler;
	char error[SK_ERROR_LEN];

	request.interval = 0.1;
	assert_int_equal(sk_synthetic_source_new(spec, 0, &source, error), 0);
	assert_int_equal(sk_sampler_new(source, &request, every, &sampler), 0);
	return sampler;
}

static struct sk_sample *take(struct sk_sampler *sampler)
{
	for (;;) {
		struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
		struct sk_sample *sample;
		int err;

		assert_int_equal(poll(&p, 1, 30000), 1);
		sample = sk_sampler_take(sampler, &err, NULL);
		assert_int_equal(err, 0);
		if (sample)
			return sample;
	}
}

/* Batch output loses no sample, however slow the reader. */
static void test_every_sample(void **state)
{
	struct sk_sampler *sampler = start("sockets=500,churn=50", true);

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++) {
		struct sk_sample *sample = take(sampler);

		assert_int_equal(sample->seq, seq);
		assert_int_equal(sample->n_sockets, 500);
		sk_sample_unref(sample);
	}
	sk_sampler_free(sampler);
}

/* A reader may keep a sample while many more are made; it never changes. */
static void test_held_sample(void **state)
{
	struct sk_sampler *sampler = start("sockets=500,churn=50", false);
	struct sk_sample *held = take(sampler);
	uint64_t first = held->sockets[200].cookie;
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct sk_request request = SK_REQUEST_DEFAULT;
		struct sk_sample *sample;

		request.interval = 3600;
		sk_sampler_request(sampler, &request, true);
		sample = take(sampler);
		assert_true(sample->seq > last);
		last = sample->seq;
		sk_sample_unref(sample);
	}
	assert_int_equal(held->seq, 1);
	assert_int_equal(held->sockets[200].cookie, first);
	sk_sample_unref(held);
	sk_sampler_free(sampler);
}

static struct sk_sample *next(struct sk_sampler *sampler)
{
	struct sk_request request = SK_REQUEST_DEFAULT;

	request.interval = 3600;
	sk_sampler_request(sampler, &request, true);
	return take(sampler);
}

/* The mailbox holds one sample; the history has those that nobody took, with their times. */
static void test_history_of_untaken(void **state)
{
	struct sk_sampler *sampler = start("sockets=50", false);
	struct sk_sample *first = take(sampler), *later;
	struct sk_sample end = { .time_ns = UINT64_MAX };
	struct sk_series series = { 0 };

	(void)state;
	for (int naps = 0; series.n < 5; naps++) {
		struct timespec nap = { .tv_nsec = 10000000 };

		assert_true(naps < 3000);
		nanosleep(&nap, NULL);
		sk_history_state(sk_sampler_history(sampler), &end, SK_STATE_LISTEN, &series);
	}
	later = take(sampler);
	sk_history_state(sk_sampler_history(sampler), later, SK_STATE_LISTEN, &series);
	assert_true(later->seq >= 5);
	assert_int_equal(series.n, later->seq);
	assert_true(series.time_ns[0] == later->time_ns);
	assert_true(series.time_ns[later->seq - first->seq] == first->time_ns);
	for (uint32_t i = 1; i < series.n; i++)
		assert_true(series.time_ns[i] < series.time_ns[i - 1]);
	sk_sample_unref(first);
	sk_sample_unref(later);
	sk_sampler_free(sampler);
}

/* One point tells no slope; the next sample has one. */
static void test_trend(void **state)
{
	struct sk_sampler *sampler = start("sockets=50", true);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sk_sample *sample = take(sampler);

		assert_int_equal(isnan(sample->trend.buckets_slope), i == 0);
		assert_true(sample->whole_tcp && sample->protos == SK_PROTOS_DEFAULT);
		sk_sample_unref(sample);
	}
	sk_sampler_free(sampler);
}

/* What is in the sample: of what was asked for, not of what is asked for next. */
static void test_scope(void **state)
{
	const struct sk_request all = SK_REQUEST_DEFAULT;
	struct sk_request few[7] = { all, all, all, all, all, all, all };
	struct sk_sampler *sampler = start("sockets=50", false);

	(void)state;
	few[0].families = 1;
	few[1].tcp_states = SK_STATE_BIT(SK_STATE_LISTEN);
	few[2].protos = SK_PROTO_BIT(SK_PROTO_UDP);
	few[3].filter = (struct sk_bytecode){ .protos = SK_PROTO_BIT(SK_PROTO_TCP),
					      .states = SK_STATES_ALL,
					      .len = 4, .code = { 1, 4, 8 } };
	few[6].filter = (struct sk_bytecode){ .protos = SK_PROTO_BIT(SK_PROTO_TCP),
					      .states = SK_STATE_BIT(SK_STATE_LISTEN) };
	few[4].needs &= ~(uint32_t)SK_NEED_SOCKETS;
	few[5].bound = true;
	sk_sample_unref(take(sampler));
	for (int i = 0; i < 7; i++) {
		struct sk_sample *sample;

		few[i].interval = 3600;
		sk_sampler_request(sampler, &few[i], true);
		/* one that was under way may come before it */
		do
			sample = take(sampler);
		while (sample->whole_tcp && (sk_sample_unref(sample), true));
		assert_int_equal(sample->protos, i == 4 ? 0 : few[i].protos);
		sk_sample_unref(sample);
		sk_sampler_request(sampler, &all, true);
		do
			sample = take(sampler);
		while (!sample->whole_tcp && (sk_sample_unref(sample), true));
		sk_sample_unref(sample);
	}
	sk_sampler_free(sampler);
}

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* A reader that lagged for a while costs memory for that while. */
static void test_lag(void **state)
{
	const size_t sockets = 50000;
	struct sk_sampler *sampler = start("sockets=50000,churn=0", false);
	struct sk_sample *held[3];
	size_t before;

	(void)state;
	sk_sample_unref(take(sampler));
	for (int i = 0; i < 4; i++)
		sk_sample_unref(next(sampler));
	before = allocated();
	for (int i = 0; i < 3; i++)
		held[i] = next(sampler);
	for (int i = 0; i < 3; i++)
		sk_sample_unref(held[i]);
	for (int i = 0; i < 4; i++)
		sk_sample_unref(next(sampler));
	assert_true(allocated() < before + sockets * sizeof(struct sk_socket) / 2);
	sk_sampler_free(sampler);
}

/* Other sockets chosen by the kernel: nothing died, and nothing has a rate. */
static void test_changed_filter(void **state)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sampler *sampler = start("sockets=200", false);
	bool compared = false;

	(void)state;
	while (!compared) {
		struct sk_sample *sample = take(sampler);

		compared = sample->interval > 0;
		sk_sample_unref(sample);
	}
	request.interval = 3600;
	request.filter = (struct sk_bytecode){ .protos = 1, .states = SK_STATES_ALL,
					       .len = 4, .code = { 1, 4, 8 } };
	sk_sampler_request(sampler, &request, true);
	for (struct sk_sample *sample = take(sampler);;) {
		bool fresh = sample->interval <= 0 && !sample->n_gone;

		sk_sample_unref(sample);
		if (fresh)
			break;
		sample = take(sampler); /* one that was made before */
	}
	sk_sampler_free(sampler);
}

static void test_free_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		sk_sampler_free(start("sockets=1000", i % 2));
}

/** A source that has work left between its samples. */
struct busy {
	struct sk_source source;
	atomic_uint slices; /* of that work, still to do */
	atomic_uint completed;
	int error; /* of complete() */
	atomic_bool wrong; /* it was called as it should not be */
};

static int busy_collect(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample)
{
	(void)source;
	sample->needs = request->needs;
	sample->time_ns = sample->seq * 100000000U;
	return 0;
}

static int busy_complete(struct sk_source *source, const struct sk_request *request,
			 struct sk_sample *sample)
{
	struct busy *busy = (struct busy *)source;

	(void)request;
	/* after the diff, so that what was remembered is there */
	if (sample->seq > 1 && sample->interval <= 0)
		busy->wrong = true;
	atomic_fetch_add(&busy->completed, 1);
	return busy->error;
}

static bool busy_idle(struct sk_source *source, const struct sk_request *request,
		      uint64_t budget_ns)
{
	struct busy *busy = (struct busy *)source;

	if (!budget_ns || budget_ns >= (uint64_t)(request->interval * 1e9))
		busy->wrong = true;
	return atomic_load(&busy->slices) && atomic_fetch_sub(&busy->slices, 1) > 1;
}

static void busy_free(struct sk_source *source)
{
	(void)source;
}

static struct sk_sampler *start_busy(struct busy *busy)
{
	static const struct sk_source_ops ops = { .collect = busy_collect,
						  .complete = busy_complete,
						  .idle = busy_idle,
						  .free = busy_free };
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sampler *sampler;

	busy->source.ops = &ops;
	request.interval = 0.1;
	assert_int_equal(sk_sampler_new(&busy->source, &request, false, &sampler), 0);
	return sampler;
}

/* Samples are completed, and the time between them is used until nothing is left. */
static void test_work_ahead(void **state)
{
	struct busy busy = { .slices = 7 };
	struct sk_sampler *sampler = start_busy(&busy);
	unsigned taken = 0;

	(void)state;
	while (taken < 3 || atomic_load(&busy.slices)) {
		sk_sample_unref(take(sampler));
		taken++;
	}
	assert_true(atomic_load(&busy.completed) >= taken);
	assert_false(busy.wrong);
	sk_sampler_free(sampler);
}

static void test_failing_completion(void **state)
{
	struct busy busy = { .error = -ENOMEM };
	struct sk_sampler *sampler = start_busy(&busy);
	struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
	int err;

	(void)state;
	assert_int_equal(poll(&p, 1, 30000), 1);
	assert_null(sk_sampler_take(sampler, &err, NULL));
	assert_int_equal(err, -ENOMEM);
	sk_sampler_free(sampler);
}

static int failing_collect(struct sk_source *source, const struct sk_request *request,
			   struct sk_sample *sample)
{
	(void)source;
	(void)request;
	snprintf(sample->losses.note, sizeof(sample->losses.note), "no such kernel");
	return -ENOSYS;
}

static void failing_free(struct sk_source *source)
{
	free(source);
}

static void test_failing_source(void **state)
{
	static const struct sk_source_ops ops = { .collect = failing_collect,
						  .free = failing_free };
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_source *source = calloc(1, sizeof(*source));
	struct sk_sampler *sampler;
	struct pollfd p = { .events = POLLIN };
	char note[SK_ERROR_LEN];
	int err;

	(void)state;
	source->ops = &ops;
	assert_int_equal(sk_sampler_new(source, &request, false, &sampler), 0);
	p.fd = sk_sampler_fd(sampler);
	assert_int_equal(poll(&p, 1, 30000), 1);
	assert_null(sk_sampler_take(sampler, &err, note));
	assert_int_equal(err, -ENOSYS);
	assert_string_equal(note, "no such kernel");
	sk_sampler_free(sampler);
}

/** A source whose samples fail when they are told to. */
struct failing {
	struct sk_source source;
	atomic_int error;
};

static int sometimes_collect(struct sk_source *source, const struct sk_request *request,
			     struct sk_sample *sample)
{
	sample->needs = request->needs;
	sample->time_ns = sample->seq * 100000000U;
	snprintf(sample->losses.note, sizeof(sample->losses.note), "no more");
	return atomic_load(&((struct failing *)source)->error);
}

static struct sk_sampler *start_failing(struct failing *failing)
{
	static const struct sk_source_ops ops = { .collect = sometimes_collect,
						  .free = busy_free };
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sampler *sampler;

	*failing = (struct failing){ .source.ops = &ops };
	request.interval = 0.1;
	assert_int_equal(sk_sampler_new(&failing->source, &request, false, &sampler), 0);
	return sampler;
}

/* What comes after a request is what is wanted now, at once or at the next tick. */
static void test_request(void **state)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct failing failing;
	struct sk_sampler *sampler = start_failing(&failing);

	(void)state;
	request.interval = 0.1;
	for (unsigned i = 0; i < 10; i++) {
		uint32_t needs = request.needs;

		request.needs ^= SK_NEED_LINKS;
		sk_sampler_request(sampler, &request, i % 2);
		for (int k = 0; k < 100 && needs != request.needs; k++) {
			struct sk_sample *sample = take(sampler);

			needs = sample->needs;
			sk_sample_unref(sample);
		}
		assert_int_equal(needs, request.needs);
	}
	sk_sampler_free(sampler);
}

/* Takes until a sample has failed: why, and nothing beside it. */
static int take_error(struct sk_sampler *sampler, char note[SK_ERROR_LEN])
{
	struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
	int err = 0;

	while (!err) {
		assert_int_equal(poll(&p, 1, 30000), 1);
		sk_sample_unref(sk_sampler_take(sampler, &err, note));
	}
	return err;
}

/* An error of one sample: it is told once, and the next tick tries again. */
static void test_failure_passes(void **state)
{
	struct failing failing;
	struct sk_sampler *sampler = start_failing(&failing);
	char note[SK_ERROR_LEN];
	struct sk_sample *sample;
	uint64_t seq;
	int err;

	(void)state;
	sample = take(sampler);
	seq = sample->seq;
	sk_sample_unref(sample);
	atomic_store(&failing.error, -ENOSYS);
	assert_int_equal(take_error(sampler, note), -ENOSYS);
	assert_string_equal(note, "no more");
	sk_sample_unref(sk_sampler_take(sampler, &err, note));
	assert_int_equal(err, 0);
	assert_string_equal(note, "");
	/* memory ends anywhere: what is noted is of something else */
	atomic_store(&failing.error, -ENOMEM);
	while ((err = take_error(sampler, note)) == -ENOSYS)
		;
	assert_int_equal(err, -ENOMEM);
	assert_string_equal(note, "sampling: Cannot allocate memory");
	atomic_store(&failing.error, 0);
	sample = take(sampler);
	assert_true(sample->seq > seq);
	assert_true(sample->interval > 0);
	sk_sample_unref(sample);
	sk_sampler_free(sampler);
}

/* What was sampled is gone for good: it ends, and stays ended. */
static void test_source_ends(void **state)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct failing failing;
	struct sk_sampler *sampler = start_failing(&failing);
	struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
	char note[SK_ERROR_LEN];
	int err = 0;

	(void)state;
	atomic_store(&failing.error, -ENODEV);
	assert_int_equal(take_error(sampler, note), -ENODEV);
	assert_string_equal(note, "no more");
	sk_sampler_request(sampler, &request, true);
	assert_int_equal(poll(&p, 1, 300), 0); /* nobody samples any more */
	assert_null(sk_sampler_take(sampler, &err, note));
	assert_int_equal(err, -ENODEV);
	sk_sampler_free(sampler);
}

static struct sk_sample *ask(struct sk_sampler *sampler, uint32_t needs)
{
	struct sk_request request = SK_REQUEST_DEFAULT;

	request.interval = 3600;
	request.needs |= needs;
	sk_sampler_request(sampler, &request, true);
	return take(sampler);
}

static void check_same_instant(const struct sk_sample *a, const struct sk_sample *b)
{
	assert_int_equal(a->time_ns, b->time_ns);
	assert_memory_equal(&a->interval, &b->interval, sizeof(a->interval));
	assert_int_equal(a->n_sockets, b->n_sockets);
	assert_int_equal(a->summary.born, b->summary.born);
	assert_int_equal(a->summary.died, b->summary.died);
	assert_int_equal(a->n_gone, b->n_gone);
	for (uint32_t i = 0; i < a->n_sockets; i++) {
		assert_int_equal(a->sockets[i].cookie, b->sockets[i].cookie);
		assert_int_equal(a->sockets[i].state, b->sockets[i].state);
		assert_memory_equal(&a->sockets[i].tx_rate, &b->sockets[i].tx_rate,
				    sizeof(a->sockets[i].tx_rate));
	}
}

/* A source that repeats shows the same instant to who asks for more of it, with its rates. */
static void test_again(void **state)
{
	struct sk_sampler *sampler = start("sockets=300,churn=30", false);
	struct sk_sample *before = take(sampler), *now;
	uint64_t first = before->time_ns;

	(void)state;
	while (before->time_ns == first) { /* the second instant: it has rates */
		sk_sample_unref(before);
		before = take(sampler);
	}
	/* ticks that were under way come first; then there are none for an hour */
	for (int i = 0; i < 10; i++) {
		now = ask(sampler, 0);
		if (now->time_ns == before->time_ns)
			break;
		sk_sample_unref(before);
		before = now;
	}
	assert_true(now->seq > before->seq);
	assert_true(now->interval > 0);
	assert_true(now->summary.born > 0);
	check_same_instant(before, now);
	sk_sample_unref(before);
	before = now;
	now = ask(sampler, SK_NEED_TCP_EXT);
	while (!now->n_tcp_ext) { /* the sample of an earlier question */
		sk_sample_unref(now);
		now = take(sampler);
	}
	check_same_instant(before, now);
	sk_sample_unref(before);
	sk_sample_unref(now);
	sk_sampler_free(sampler);
}

/*
 * Other sockets are asked for, and then more of the same sockets: the sample of before had
 * others, so that none of those of now was born, and none died.
 */
static void test_again_of_others(void **state)
{
	struct sk_sampler *sampler = start("sockets=300,churn=0", false);
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample = take(sampler);

	(void)state;
	while (sample->interval <= 0) { /* there is one before it */
		sk_sample_unref(sample);
		sample = take(sampler);
	}
	request.interval = 3600;
	request.families = 1;
	for (int i = 0; i < 6; i++) {
		uint64_t seq = sample->seq;

		request.needs ^= SK_NEED_TCP_EXT;
		sk_sampler_request(sampler, &request, true);
		while (sample->seq == seq || !sample->needs ||
		       ((sample->needs ^ request.needs) & SK_NEED_TCP_EXT)) {
			sk_sample_unref(sample);
			sample = take(sampler);
		}
		assert_int_equal(sample->n_gone, 0);
		assert_int_equal(sample->summary.born, 0);
		assert_int_equal(sample->summary.died, 0);
	}
	sk_sample_unref(sample);
	sk_sampler_free(sampler);
}

/* However often a key asks for the same instant again, the next tick comes when it is due. */
static void test_again_keeps_ticks(void **state)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sampler *sampler = start("sockets=50", false);
	struct sk_sample *sample = take(sampler);
	const uint64_t first = sample->time_ns;

	(void)state;
	request.interval = 0.1;
	for (int i = 0; i < 1000 && sample->time_ns == first; i++) {
		struct timespec nap = { .tv_nsec = 10000000 };

		sk_sample_unref(sample);
		request.needs ^= SK_NEED_TCP_EXT;
		sk_sampler_request(sampler, &request, true);
		sample = take(sampler);
		nanosleep(&nap, NULL);
	}
	assert_true(sample->time_ns > first);
	sk_sample_unref(sample);
	sk_sampler_free(sampler);
}

/* Answers "nothing new yet" are no samples; the last sample says so, and can be asked again. */
static void test_last(void **state)
{
	struct sk_sampler *sampler = start("sockets=50,churn=5,samples=2,gaps=3", true);
	struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
	struct sk_sample *one = take(sampler), *two = take(sampler), *again;

	(void)state;
	assert_int_equal(one->seq, 1);
	assert_int_equal(two->seq, 2);
	assert_false(one->last);
	assert_true(two->last);
	assert_int_equal(poll(&p, 1, 500), 0); /* five ticks */
	again = ask(sampler, SK_NEED_TCP_EXT);
	assert_true(again->last);
	assert_true(again->n_tcp_ext > 0);
	check_same_instant(two, again);
	sk_sample_unref(one);
	sk_sample_unref(two);
	sk_sample_unref(again);
	sk_sampler_free(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_again_of_others),
		cmocka_unit_test(test_again_keeps_ticks),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_every_sample),
		cmocka_unit_test(test_held_sample),
		cmocka_unit_test(test_history_of_untaken),
		cmocka_unit_test(test_trend),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_lag),
		cmocka_unit_test(test_changed_filter),
		cmocka_unit_test(test_free_at_once),
		cmocka_unit_test(test_failing_source),
		cmocka_unit_test(test_work_ahead),
		cmocka_unit_test(test_failing_completion),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_failure_passes),
		cmocka_unit_test(test_source_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
