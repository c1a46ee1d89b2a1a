/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <sktop/diff.h>
#include <sktop/history.h>
#include <sktop/sampler.h>
#include "base/clock.h"
#include "base/thread.h"

/* Current, previous and one in the reader's hands: more are never alive. */
#define RESERVES 3
#define WORK_AHEAD 0.3	  /* of the interval */
#define SLICE_NS 5000000U /* of that work */

struct sk_sampler {
	struct sk_source *source;
	struct sk_differ *differ;
	struct sk_history *history; /* has a lock of its own */
	pthread_t thread;
	int posted; /* eventfd: the mailbox is full, a sample failed, or the thread ended */
	bool every_sample;

	pthread_mutex_t lock;
	pthread_cond_t changed; /* CLOCK_MONOTONIC */
	/* The lock protects all members below. */
	struct sk_sample *mailbox; /* NULL = empty */
	int error;		   /* of a sample that nobody was told of yet */
	char note[SK_ERROR_LEN];   /* why */
	struct sk_request request;
	bool now;   /* sample at once */
	bool quit;

	/* All below belong to the thread. */
	struct sk_request current;
	uint64_t tick, last_tick; /* the next one, and that of the last sample */
	bool over;	     /* what was sampled is gone for good */
	bool last;	     /* no tick follows; what was last may be asked for again */
	bool fresh;	     /* the next sample has nothing to be compared with */
	bool early;	     /* the next sample comes soon after the last, for a key */
	uint32_t sums;	     /* sk_request.sums of the last sample */
	struct sk_sample *previous;
	struct sk_sample *base; /* it was compared with it; kept if the source repeats */
	struct sk_sample *reserve[RESERVES]; /* references kept for their memory */
	uint64_t seq;
	uint32_t late;
	uint32_t lost; /* events told to samples that failed */
};

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
	ssize_t n = write(sampler->posted, &one, sizeof(one));

	(void)n; /* full means that the reader has been told already */
}

/*
 * A sample that nobody else reads any more, or a new one. A second such one was needed
 * while the reader lagged: its memory goes back.
 */
static int get_blank(struct sk_sampler *sampler, struct sk_sample **out)
{
	struct sk_sample *blank = NULL;

	for (int i = 0; i < RESERVES; i++) {
		struct sk_sample *reserve = sampler->reserve[i];

		if (!reserve || !sk_sample_unshared(reserve))
			continue;
		sampler->reserve[i] = NULL;
		if (blank)
			sk_sample_unref(reserve);
		else
			blank = reserve;
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
	for (int i = 0; sample && i < RESERVES; i++) {
		if (!sampler->reserve[i]) {
			sampler->reserve[i] = sample;
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
	       a->tcp_states == b->tcp_states && a->bound == b->bound &&
	       a->bound_too == b->bound_too && same_filter(&a->filter, &b->filter) &&
	       !((a->needs ^ b->needs) & SK_NEED_SOCKETS);
}

/*
 * The sample to compare with. An instant that is shown again has the one before it. NULL:
 * none, or it came in another way, so that what is missing now did not die.
 */
static struct sk_sample *compared_with(const struct sk_sampler *sampler,
				       const struct sk_sample *sample)
{
	struct sk_sample *old = sampler->current.again ? sampler->base : sampler->previous;
	const struct sk_losses *now = &sample->losses, *before = old ? &old->losses : now;

	return sampler->fresh || now->from_proc != before->from_proc ||
			       now->unavailable != before->unavailable ||
			       ((now->missing ^ before->missing) & SK_MISSING_SOCK_DIAG) ?
		       NULL : old;
}

/*
 * The sample is none. The reader finds the error with what it takes next; the next tick
 * tries again. sample may be NULL.
 */
static void fail(struct sk_sampler *sampler, int err, struct sk_sample *sample)
{
	const char *why = strerror(-err), *note = sample ? sample->losses.note : "";

	pthread_mutex_lock(&sampler->lock);
	/* memory ends anywhere: the note is then of something harmless before it */
	if (note[0] && (err != -ENOMEM || strstr(note, why)))
		snprintf(sampler->note, sizeof(sampler->note), "%s", note);
	else
		snprintf(sampler->note, sizeof(sampler->note), "sampling: %s", why);
	sampler->error = err;
	pthread_mutex_unlock(&sampler->lock);
	sampler->over = err == -ENODEV;
	if (sample)
		sampler->lost += sample->n_events;
	sk_sample_unref(sample);
}

/* Notes which sockets the sample has, as far as the source could read them. */
static void note_scope(const struct sk_request *request, struct sk_sample *sample)
{
	const struct sk_bytecode *filter = &request->filter;
	uint32_t tcp = SK_PROTO_BIT(SK_PROTO_TCP), states = request->tcp_states;
	bool filtered = false;

	if (filter->protos & tcp) {
		states &= filter->states;
		filtered = filter->len > 0;
	}
	sample->protos = request->needs & SK_NEED_SOCKETS ? request->protos : 0;
	sample->all_begin = states & SK_STATE_BIT(SK_STATE_ESTABLISHED) && !request->bound;
	sample->whole_tcp = (sample->protos & tcp) && states == SK_STATES_ALL && !filtered &&
			    request->families == 3 && !request->bound;
}

/* Adds what follows from the samples before. Returns 0 or -ENOMEM. */
static int compare(struct sk_sampler *sampler, struct sk_sample *sample)
{
	const struct sk_sample *old = compared_with(sampler, sample);
	const struct sk_sample *past =
		old ? old : sampler->current.again ? sampler->base : sampler->previous;
	int err;

	sample->early = old && sampler->early;
	sample->sums_anew = sampler->sums != sampler->current.sums;
	err = sk_diff_compute(sampler->differ, old, sample);
	return err ? err : sk_flows_carry(sampler->differ, past, old != NULL, sample);
}

/* Returns 0, SK_SOURCE_NOTHING or -errno. */
static int take_sample(struct sk_sampler *sampler, struct sk_sample **out)
{
	const struct sk_request *request = &sampler->current;
	struct sk_sample *previous = sampler->previous, *sample;
	int err = get_blank(sampler, &sample);

	if (err) {
		fail(sampler, err, NULL);
		return err;
	}
	if (previous)
		sample->losses = previous->losses;
	sample->losses.missing = 0;
	sample->losses.unavailable = sample->losses.from_proc = 0;
	sample->losses.note[0] = '\0';
	memset(sample->losses.part, 0, sizeof(sample->losses.part));
	sample->seq = sampler->seq + 1;
	err = sk_source_collect(sampler->source, request, sample);
	if (err == SK_SOURCE_NOTHING) {
		retire(sampler, sample);
		return err;
	}
	note_scope(request, sample);
	if (!err) {
		sample->losses.late = sampler->late;
		sample->losses.events_lost += sampler->lost;
		err = compare(sampler, sample);
	}
	if (!err)
		err = sk_source_complete(sampler->source, request, sample);
	if (!err)
		err = sk_flows_settle(sampler->differ, sample);
	if (!err)
		err = sk_history_add(sampler->history, sample);
	if (err) {
		fail(sampler, err, sample);
		return err;
	}
	sampler->seq++;
	sampler->lost = 0;
	sampler->sums = request->sums;
	if (!sample->losses.note[0] && previous)
		memcpy(sample->losses.note, previous->losses.note,
		       sizeof(sample->losses.note));
	*out = sample;
	return 0;
}

/* Hands the sample to the reader; the sampler keeps a reference as `previous`. */
static void publish(struct sk_sampler *sampler, struct sk_sample *sample)
{
	struct sk_sample *unread, *base = sampler->source->ops->repeats ?
						  compared_with(sampler, sample) : NULL;

	pthread_mutex_lock(&sampler->lock);
	while (sampler->every_sample && sampler->mailbox && !sampler->quit)
		pthread_cond_wait(&sampler->changed, &sampler->lock);
	unread = sampler->mailbox;
	sampler->mailbox = sk_sample_ref(sample);
	pthread_mutex_unlock(&sampler->lock);
	sk_sample_unref(unread);
	if (sampler->base != base)
		retire(sampler, sampler->base);
	if (sampler->previous != base)
		retire(sampler, sampler->previous);
	sampler->base = base;
	sampler->previous = sample;
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

/* The work of one tick. An instant that is shown again leaves the next tick where it is. */
static void sample_tick(struct sk_sampler *sampler)
{
	struct sk_sample *sample;
	int err = take_sample(sampler, &sample);

	if (!err) {
		publish(sampler, sample);
		sampler->fresh = false;
		sampler->last = sample->last;
	}
	if (!sampler->current.again) {
		sampler->last_tick = sampler->tick;
		sampler->tick = next_tick(sampler, sampler->tick,
					  interval_ns(&sampler->current));
	}
	if (err != SK_SOURCE_NOTHING)
		signal_reader(sampler);
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
static void work_ahead(struct sk_sampler *sampler)
{
	struct sk_source *source = sampler->source;
	uint64_t end = now_ns() + (uint64_t)(sampler->current.interval * WORK_AHEAD * 1e9);
	bool more = source->ops->idle != NULL;

	if (sampler->tick < end)
		end = sampler->tick;
	while (more && now_ns() + SLICE_NS < end && !is_called(sampler))
		more = source->ops->idle(source, &sampler->current, SLICE_NS);
}

/* Sleeps to the tick; false = quit. What is sampled follows what the reader asked. */
static bool wait_for_tick(struct sk_sampler *sampler)
{
	struct sk_request *current = &sampler->current;
	int timed_out = 0;
	bool quit, again;

	pthread_mutex_lock(&sampler->lock);
	while (timed_out != ETIMEDOUT) {
		struct timespec until;

		if (sampler->request.interval < current->interval ||
		    sampler->request.interval > current->interval) {
			current->interval = sampler->request.interval;
			sampler->tick = sampler->last_tick + interval_ns(current);
		}
		if (sampler->quit || sampler->now)
			break;
		until = to_timespec(sampler->last ? UINT64_MAX / 2 : sampler->tick);
		timed_out = pthread_cond_timedwait(&sampler->changed, &sampler->lock,
						   &until);
	}
	again = sampler->now && sampler->previous && sampler->source->ops->repeats;
	sampler->early = false;
	if (sampler->now && !again) {
		sampler->tick = now_ns();
		sampler->early = sampler->tick - sampler->last_tick < interval_ns(current) / 2;
	}
	sampler->now = false;
	sampler->fresh |= !same_scope(current, &sampler->request);
	*current = sampler->request;
	current->again = again;
	quit = sampler->quit;
	pthread_mutex_unlock(&sampler->lock);
	return !quit;
}

static void *run(void *arg)
{
	struct sk_sampler *sampler = arg;

	pthread_mutex_lock(&sampler->lock);
	sampler->current = sampler->request;
	pthread_mutex_unlock(&sampler->lock);
	sampler->tick = now_ns();
	sampler->fresh = true;
	do {
		sample_tick(sampler);
		if (sampler->over)
			break;
		work_ahead(sampler);
	} while (wait_for_tick(sampler));
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
	sampler->posted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = sampler->posted < 0 ? -errno : 0;
	if (!err)
		err = sk_differ_new(&sampler->differ);
	if (!err)
		err = sk_history_new(&sampler->history);
	if (!err)
		err = thread_start(&sampler->thread, run, sampler);
	if (err) {
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
		pthread_mutex_lock(&sampler->lock);
		sampler->quit = true;
		pthread_cond_broadcast(&sampler->changed);
		pthread_mutex_unlock(&sampler->lock);
		pthread_join(sampler->thread, NULL);
	}
	sk_sample_unref(sampler->mailbox);
	sk_sample_unref(sampler->previous);
	sk_sample_unref(sampler->base);
	for (int i = 0; i < RESERVES; i++)
		sk_sample_unref(sampler->reserve[i]);
	sk_differ_free(sampler->differ);
	sk_history_free(sampler->history);
	sk_source_free(sampler->source);
	if (sampler->posted >= 0)
		close(sampler->posted);
	pthread_cond_destroy(&sampler->changed);
	pthread_mutex_destroy(&sampler->lock);
	free(sampler);
}

int sk_sampler_fd(const struct sk_sampler *sampler)
{
	return sampler->posted;
}

struct sk_history *sk_sampler_history(const struct sk_sampler *sampler)
{
	return sampler->history;
}

struct sk_sample *sk_sampler_take(struct sk_sampler *sampler, int *error,
				  char note[SK_ERROR_LEN])
{
	struct sk_sample *sample;
	uint64_t count;
	ssize_t n = read(sampler->posted, &count, sizeof(count));

	(void)n; /* empty: the mailbox decides */
	pthread_mutex_lock(&sampler->lock);
	sample = sampler->mailbox;
	sampler->mailbox = NULL;
	*error = sampler->error;
	if (*error != -ENODEV)
		sampler->error = 0;
	if (note)
		snprintf(note, SK_ERROR_LEN, "%s", *error ? sampler->note : "");
	if (sampler->every_sample)
		pthread_cond_broadcast(&sampler->changed);
	pthread_mutex_unlock(&sampler->lock);
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
