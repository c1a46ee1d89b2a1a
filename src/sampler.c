/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <sktop/diff.h>
#include <sktop/sampler.h>
#include "watch.h"
#include "way.h"

/* Current, previous and one in the reader's hands: more are never alive. */
#define SPARES 3
#define WORK_AHEAD 0.3	  /* of the interval */
#define SLICE_NS 5000000U /* of that work */
#define WAY 4		  /* the part of the interval for which a sample gives way */

struct sk_sampler {
	struct sk_source *source;
	struct sk_differ *differ;
	pthread_t thread;
	struct watch *watch; /* NULL: the source cannot look, or every sample counts */
	int fd; /* eventfd: a mailbox is full, or the thread has ended */
	bool every_sample;
	struct way way; /* to the reader */

	/* Without the lock: neither side ever wakes or waits for the other one there. */
	_Atomic(struct sk_sample *) mailbox;
	atomic_int error; /* why the thread ended; note was written before */
	char note[SK_ERROR_LEN];

	pthread_mutex_t lock;
	pthread_cond_t changed; /* CLOCK_MONOTONIC */
	/* All below under the lock. */
	struct sk_request request;
	bool now;  /* sample at once */
	bool quit;

	/* Of the thread alone. */
	struct sk_sample *previous;
	struct sk_sample *spare[SPARES]; /* references kept for their memory */
	uint64_t seq;
	uint32_t late;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static uint64_t interval_ns(const struct sk_request *request)
{
	return (uint64_t)(request->interval * 1e9);
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000U),
				  .tv_nsec = (long)(ns % 1000000000U) };
}

static void signal_reader(struct sk_sampler *sampler)
{
	uint64_t one = 1;
	ssize_t n = write(sampler->fd, &one, sizeof(one));

	(void)n; /* full means that the reader has been told already */
}

/*
 * A sample that nobody else reads any more, or a new one. A second such one was needed
 * while the reader lagged: its memory goes back.
 */
static int get_blank(struct sk_sampler *sampler, struct sk_sample **out)
{
	struct sk_sample *blank = NULL;

	for (int i = 0; i < SPARES; i++) {
		struct sk_sample *spare = sampler->spare[i];

		if (!spare || !sk_sample_unshared(spare))
			continue;
		sampler->spare[i] = NULL;
		if (blank)
			sk_sample_unref(spare);
		else
			blank = spare;
	}
	if (!blank)
		return sk_sample_new(out);
	sk_sample_reset(blank);
	*out = blank;
	return 0;
}

/* Keeps the reference of a sample that is done with, for its memory. */
static void retire(struct sk_sampler *sampler, struct sk_sample *sample)
{
	for (int i = 0; sample && i < SPARES; i++) {
		if (!sampler->spare[i]) {
			sampler->spare[i] = sample;
			return;
		}
	}
	sk_sample_unref(sample);
}

static bool same_filter(const struct sk_bytecode *a, const struct sk_bytecode *b)
{
	return a->protos == b->protos && a->states == b->states && a->len == b->len &&
	       memcmp(a->code, b->code, a->len) == 0;
}

/* Other sockets asked for: what is missing now did not die. */
static bool same_scope(const struct sk_request *a, const struct sk_request *b)
{
	return a->protos == b->protos && a->families == b->families &&
	       a->tcp_states == b->tcp_states && same_filter(&a->filter, &b->filter) &&
	       !((a->needs ^ b->needs) & SK_NEED_SOCKETS);
}

static int take_sample(struct sk_sampler *sampler, const struct sk_request *request,
		       bool fresh, struct sk_sample **out)
{
	struct sk_sample *previous = sampler->previous, *sample;
	int err = get_blank(sampler, &sample);

	if (err)
		return err;
	if (previous)
		sample->losses = previous->losses;
	sample->losses.missing = 0;
	sample->losses.unavailable = sample->losses.from_proc = 0;
	sample->seq = ++sampler->seq;
	err = sk_source_collect(sampler->source, request, sample);
	if (err) {
		snprintf(sampler->note, sizeof(sampler->note), "%s",
			 sample->losses.note);
	} else {
		sample->losses.late = sampler->late;
		way_give();
		err = sk_diff_compute(sampler->differ, fresh ? NULL : previous, sample);
		way_give();
		if (!err)
			err = sk_source_complete(sampler->source, request, sample);
	}
	if (err) {
		sk_sample_unref(sample);
		return err;
	}
	*out = sample;
	return 0;
}

/* Hands the sample to the reader; the sampler keeps a reference as `previous`. */
static void publish(struct sk_sampler *sampler, struct sk_sample *sample)
{
	if (sampler->every_sample) {
		pthread_mutex_lock(&sampler->lock);
		while (atomic_load(&sampler->mailbox) && !sampler->quit)
			pthread_cond_wait(&sampler->changed, &sampler->lock);
		pthread_mutex_unlock(&sampler->lock);
	}
	sk_sample_unref(atomic_exchange(&sampler->mailbox, sk_sample_ref(sample)));
	retire(sampler, sampler->previous);
	sampler->previous = sample;
	signal_reader(sampler);
}

/*
 * The next tick of the grid that began at the first sample. Ticks that have passed
 * meanwhile are skipped: a slow kernel stretches the interval, it builds no queue.
 */
static uint64_t next_tick(struct sk_sampler *sampler, uint64_t tick, uint64_t step)
{
	uint64_t now = now_ns();

	tick += step;
	if (tick < now) {
		sampler->late++;
		tick += (now - tick + step - 1) / step * step;
	}
	return tick;
}

static bool is_called(struct sk_sampler *sampler)
{
	bool called;

	pthread_mutex_lock(&sampler->lock);
	called = sampler->quit || sampler->now;
	pthread_mutex_unlock(&sampler->lock);
	return called;
}

/*
 * The sample is out: a part of the time to the next belongs to the source. In slices,
 * so that neither the tick nor the reader waits.
 */
static void work_ahead(struct sk_sampler *sampler, const struct sk_request *request,
		       uint64_t tick)
{
	const struct sk_source_ops *ops = sampler->source->ops;
	uint64_t end = now_ns() + (uint64_t)(request->interval * WORK_AHEAD * 1e9);

	if (tick < end)
		end = tick;
	while (ops->idle && now_ns() + SLICE_NS < end && !is_called(sampler)) {
		if (!ops->idle(sampler->source, request, SLICE_NS))
			return;
		way_give();
	}
}

/* Sleeps to the tick; false = quit. *request follows what the reader asked. */
static bool wait_for_tick(struct sk_sampler *sampler, uint64_t last, uint64_t *tick,
			  struct sk_request *request)
{
	int timed_out = 0;
	bool quit;

	pthread_mutex_lock(&sampler->lock);
	while (!sampler->quit && !sampler->now && timed_out != ETIMEDOUT) {
		struct timespec until;

		if (sampler->request.interval < request->interval ||
		    sampler->request.interval > request->interval) {
			request->interval = sampler->request.interval;
			*tick = last + interval_ns(request);
			watch_end(sampler->watch, false, 0, 0);
		}
		until = to_timespec(*tick);
		timed_out = pthread_cond_timedwait(&sampler->changed, &sampler->lock,
						   &until);
	}
	if (sampler->now)
		*tick = now_ns();
	sampler->now = false;
	*request = sampler->request;
	quit = sampler->quit;
	pthread_mutex_unlock(&sampler->lock);
	return !quit;
}

static void end_thread(struct sk_sampler *sampler, int err)
{
	if (sampler->note[0] == '\0')
		snprintf(sampler->note, sizeof(sampler->note), "sampling: %s",
			 strerror(-err));
	atomic_store(&sampler->error, err);
	signal_reader(sampler);
}

static void *run(void *arg)
{
	struct sk_sampler *sampler = arg;
	struct sk_request request, before;
	uint64_t tick = now_ns(), last = tick;
	bool fresh = true;
	int err;

	pthread_mutex_lock(&sampler->lock);
	request = sampler->request;
	pthread_mutex_unlock(&sampler->lock);
	do {
		struct sk_sample *sample;
		uint32_t late = sampler->late;

		last = tick;
		watch_begin(sampler->watch, tick, interval_ns(&request));
		way_begin(&sampler->way, interval_ns(&request) / WAY);
		err = take_sample(sampler, &request, fresh, &sample);
		if (err) {
			end_thread(sampler, err);
			return NULL;
		}
		publish(sampler, sample);
		tick = next_tick(sampler, tick, interval_ns(&request));
		watch_end(sampler->watch, sampler->late != late, now_ns(),
			  interval_ns(&request));
		before = request;
		work_ahead(sampler, &request, tick);
		if (!wait_for_tick(sampler, last, &tick, &request))
			break;
		fresh = !same_scope(&before, &request);
	} while (true);
	return NULL;
}

static int init_sync(struct sk_sampler *sampler)
{
	pthread_condattr_t attr;
	int err = pthread_mutex_init(&sampler->lock, NULL);

	if (err)
		return -err;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	err = pthread_cond_init(&sampler->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (err)
		pthread_mutex_destroy(&sampler->lock);
	return -err;
}

static int start_thread(struct sk_sampler *sampler)
{
	sigset_t all, old;
	int err;

	/* Signals are the reader's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	err = pthread_create(&sampler->thread, NULL, run, sampler);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

int sk_sampler_new(struct sk_source *source, const struct sk_request *request,
		   bool every_sample, struct sk_sampler **out)
{
	struct sk_sampler *sampler = calloc(1, sizeof(*sampler));
	int err = sampler ? init_sync(sampler) : -ENOMEM;

	if (err) {
		free(sampler);
		sk_source_free(source);
		return err;
	}
	sampler->source = source;
	sampler->request = *request;
	sampler->every_sample = every_sample;
	sampler->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = sampler->fd < 0 ? -errno : sk_differ_new(&sampler->differ);
	if (!err && source->ops->look && !every_sample)
		err = watch_new(source, sampler->fd, &sampler->watch);
	if (!err)
		err = start_thread(sampler);
	if (err) {
		sampler->quit = true;
		sampler->thread = 0;
		sk_sampler_free(sampler);
		return err;
	}
	*out = sampler;
	return 0;
}

void sk_sampler_free(struct sk_sampler *sampler)
{
	if (!sampler)
		return;
	if (sampler->thread) {
		sk_sampler_give_way(sampler, false);
		pthread_mutex_lock(&sampler->lock);
		sampler->quit = true;
		pthread_cond_broadcast(&sampler->changed);
		pthread_mutex_unlock(&sampler->lock);
		pthread_join(sampler->thread, NULL);
	}
	watch_free(sampler->watch);
	sk_sample_unref(sampler->mailbox);
	sk_sample_unref(sampler->previous);
	for (int i = 0; i < SPARES; i++)
		sk_sample_unref(sampler->spare[i]);
	sk_differ_free(sampler->differ);
	sk_source_free(sampler->source);
	if (sampler->fd >= 0)
		close(sampler->fd);
	pthread_cond_destroy(&sampler->changed);
	pthread_mutex_destroy(&sampler->lock);
	free(sampler);
}

int sk_sampler_fd(const struct sk_sampler *sampler)
{
	return sampler->fd;
}

struct sk_sample *sk_sampler_take(struct sk_sampler *sampler, int *error,
				  char note[SK_ERROR_LEN])
{
	struct sk_sample *sample;
	uint64_t count;
	ssize_t n = read(sampler->fd, &count, sizeof(count));

	(void)n; /* empty: the mailbox decides */
	*error = atomic_load(&sampler->error);
	if (note)
		snprintf(note, SK_ERROR_LEN, "%s", *error ? sampler->note : "");
	sample = atomic_exchange(&sampler->mailbox, NULL);
	if (sampler->every_sample) {
		pthread_mutex_lock(&sampler->lock);
		pthread_cond_broadcast(&sampler->changed);
		pthread_mutex_unlock(&sampler->lock);
	}
	return sample;
}

void sk_sampler_request(struct sk_sampler *sampler, const struct sk_request *request,
			bool now)
{
	pthread_mutex_lock(&sampler->lock);
	sampler->request = *request;
	sampler->now = sampler->now || now;
	pthread_cond_broadcast(&sampler->changed);
	pthread_mutex_unlock(&sampler->lock);
}

void sk_sampler_give_way(struct sk_sampler *sampler, bool wanted)
{
	atomic_store(&sampler->way.wanted, wanted);
}

void sk_sampler_watch(struct sk_sampler *sampler, struct sk_sample *sample,
		      const uint32_t *rows, uint32_t n)
{
	watch_show(sampler->watch, sample, rows, n);
}

struct sk_sample *sk_sampler_take_look(struct sk_sampler *sampler)
{
	return watch_take(sampler->watch);
}
