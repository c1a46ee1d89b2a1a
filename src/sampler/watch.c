/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <sktop/detail.h>
#include <sktop/diff.h>
#include <sktop/identity.h>
#include <sktop/sampler.h>
#include "sampler/watch.h"

/* Bytes counted over a longer time than so many intervals are no rate of now. */
#define LAST_INTERVALS 3

struct watch {
	struct sk_source *source;
	struct sk_differ *differ;
	pthread_t thread;
	pthread_mutex_t lock;
	int timer; /* the thread waits for it, and for nothing else */
	int fd;	   /* tells the reader */

	/* Of who samples. */
	bool armed;

	/* All below under the lock. */
	struct sk_sample *shown;     /* whose rows these are; NULL = none */
	uint32_t rows[SK_WATCH_MAX]; /* indexes into its sockets */
	uint32_t n;
	struct sk_sample *mailbox;
	uint64_t interval; /* nanoseconds */
	bool quit;

	/* Of the thread alone. */
	struct sk_sample *last; /* what it saw last */
};

/** One look at all rows. */
struct look {
	struct sk_source *source;
	const struct sk_sample *shown, *last;
	/* the same sockets in both: as they were, and as they are */
	struct sk_sample *before, *now;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000U),
				  .tv_nsec = (long)(ns % 1000000000U) };
}

/* first = 0: never. */
static void arm(struct watch *watch, uint64_t first, uint64_t interval)
{
	struct itimerspec when = { .it_value = to_timespec(first),
				   .it_interval = to_timespec(interval) };

	timerfd_settime(watch->timer, TFD_TIMER_ABSTIME, &when, NULL);
	watch->armed = first != 0;
}

void watch_begin(struct watch *watch, uint64_t time, uint64_t interval)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->interval = interval;
	pthread_mutex_unlock(&watch->lock);
	if (!watch->armed)
		arm(watch, time + interval, interval);
}

void watch_end(struct watch *watch, bool late, uint64_t now, uint64_t interval)
{
	if (watch && (late || watch->armed))
		arm(watch, late ? now + interval : 0, interval);
}

/* Where a socket was at the last look, or NULL. */
static const struct sk_socket *find_last(const struct look *look, const struct sk_socket *s)
{
	for (uint32_t i = 0; look->last && i < look->last->n_sockets; i++) {
		if (sk_socket_same(&look->last->sockets[i], &look->last->homes, s,
				   &look->shown->homes))
			return &look->last->sockets[i];
	}
	return NULL;
}

/*
 * A socket as the sample has it, but with the numbers of the last look for rates. A
 * sample does not tell when in its walk it met the socket: without a last look there
 * are none, and those of the sample stand.
 */
static int add_before(struct look *look, const struct sk_pin *shown,
		      const struct sk_socket *last)
{
	struct sk_socket *s;
	struct sk_more *more;
	const struct sk_more *last_more;
	int err = sk_sample_add_socket(look->before, &s, &more);

	if (!err)
		err = sk_sample_put(look->before, s, shown);
	if (err)
		return err;
	s->flags &= ~(uint32_t)SK_F_INFO;
	if (!last)
		return 0;
	s->flags |= last->flags & SK_F_INFO;
	s->state = last->state;
	s->tx_total = last->tx_total;
	s->rx_total = last->rx_total;
	s->retrans = last->retrans;
	last_more = sk_sample_more(look->last, (size_t)(last - look->last->sockets));
	if (more && last_more)
		*more = *last_more;
	return 0;
}

static int add_now(struct look *look, const struct sk_socket *shown,
		   const struct sk_socket *last, const struct sk_detail *detail)
{
	struct sk_socket *s;
	struct sk_more *more;
	int err = sk_sample_add_socket(look->now, &s, &more);

	if (!err)
		err = sk_sample_put(look->now, s, &detail->pin);
	if (err)
		return err;
	if (more)
		*more = detail->more;
	s->flags |= shown->flags & SK_F_SUBFLOW;
	if (!s->inode)
		s->flags |= shown->flags & SK_F_QUEUED;
	if (last)
		return 0;
	s->flags |= shown->flags & SK_F_RATE;
	s->tx_rate = shown->tx_rate;
	s->rx_rate = shown->rx_rate;
	return 0;
}

static int look_at(struct look *look, const struct sk_socket *shown)
{
	const struct sk_pin pin = sk_pin_of(look->shown, shown);
	const struct sk_socket *last = find_last(look, shown);
	struct sk_detail *detail = NULL;
	int err = look->source->ops->look(look->source, &pin, &detail);

	if (err && err != -ENOENT)
		return 0; /* not to be had this way: the sample's row stands */
	if (!err)
		err = add_now(look, shown, last, detail);
	else
		err = 0;
	if (!err)
		err = add_before(look, &pin, last);
	free(detail);
	return err;
}

/* Fills look->now. The diff of the two tells rates, changes and who is gone. */
static int look_at_all(struct look *look, struct sk_differ *differ, const uint32_t *rows,
		       uint32_t n)
{
	struct sk_sample *now = look->now, *before = look->before;
	int err = 0;

	now->seq = before->seq = look->shown->seq;
	now->needs = before->needs = look->shown->needs;
	now->source = look->shown->source;
	now->time_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC);
	now->wall_ns = clock_ns(CLOCK_REALTIME);
	before->time_ns = look->last ? look->last->time_ns : now->time_ns;
	for (uint32_t i = 0; i < n && !err; i++) {
		if (rows[i] < look->shown->n_sockets)
			err = look_at(look, &look->shown->sockets[rows[i]]);
	}
	now->duration_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC) - now->time_ns;
	return err ? err : sk_diff_compute(differ, before, now);
}

/* What was seen long ago is nothing to count from. */
static void forget_old(struct watch *watch, uint64_t interval)
{
	uint64_t now = (uint64_t)clock_ns(CLOCK_MONOTONIC);

	if (watch->last && now - watch->last->time_ns > LAST_INTERVALS * interval) {
		sk_sample_unref(watch->last);
		watch->last = NULL;
	}
}

static void post(struct watch *watch, struct sk_sample *now)
{
	struct sk_sample *unread;
	uint64_t one = 1;
	ssize_t n;

	pthread_mutex_lock(&watch->lock);
	unread = watch->mailbox;
	watch->mailbox = sk_sample_ref(now);
	pthread_mutex_unlock(&watch->lock);
	sk_sample_unref(unread);
	sk_sample_unref(watch->last);
	watch->last = now;
	n = write(watch->fd, &one, sizeof(one));
	(void)n; /* full means that the reader has been told already */
}

/* Without memory there is no look, and the next may have some. */
static void look_again(struct watch *watch, struct sk_sample *shown, const uint32_t *rows,
		       uint32_t n)
{
	struct look look = { .source = watch->source, .shown = shown, .last = watch->last };
	int err = sk_sample_new(&look.before);

	if (!err)
		err = sk_sample_new(&look.now);
	if (!err)
		err = look_at_all(&look, watch->differ, rows, n);
	if (err)
		sk_sample_unref(look.now);
	else
		post(watch, look.now);
	sk_sample_unref(look.before);
}

static bool wait_for_timer(const struct watch *watch)
{
	uint64_t times;
	ssize_t n;

	do
		n = read(watch->timer, &times, sizeof(times));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(times);
}

static void *run(void *arg)
{
	struct watch *watch = arg;
	uint32_t rows[SK_WATCH_MAX];

	while (wait_for_timer(watch)) {
		struct sk_sample *shown = NULL;
		uint64_t interval;
		uint32_t n;
		bool quit;

		pthread_mutex_lock(&watch->lock);
		quit = watch->quit;
		interval = watch->interval;
		n = watch->n;
		memcpy(rows, watch->rows, n * sizeof(rows[0]));
		if (n && !quit)
			shown = sk_sample_ref(watch->shown);
		pthread_mutex_unlock(&watch->lock);
		if (quit)
			break;
		forget_old(watch, interval);
		if (shown)
			look_again(watch, shown, rows, n);
		sk_sample_unref(shown);
	}
	return NULL;
}

static int start(struct watch *watch)
{
	sigset_t all, old;
	int err = sk_differ_new(&watch->differ);

	if (err)
		return err;
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (watch->timer < 0)
		return -errno;
	/* Signals are the reader's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	err = -pthread_create(&watch->thread, NULL, run, watch);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		close(watch->timer);
	return err;
}

int watch_new(struct sk_source *source, int fd, struct watch **out)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int err = watch ? -pthread_mutex_init(&watch->lock, NULL) : -ENOMEM;

	if (err) {
		free(watch);
		return err;
	}
	watch->source = source;
	watch->fd = fd;
	err = start(watch);
	if (err) {
		sk_differ_free(watch->differ);
		pthread_mutex_destroy(&watch->lock);
		free(watch);
		return err;
	}
	*out = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->quit = true;
	pthread_mutex_unlock(&watch->lock);
	arm(watch, 1, 0);
	pthread_join(watch->thread, NULL);
	close(watch->timer);
	sk_sample_unref(watch->shown);
	sk_sample_unref(watch->mailbox);
	sk_sample_unref(watch->last);
	sk_differ_free(watch->differ);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

void watch_show(struct watch *watch, struct sk_sample *sample, const uint32_t *rows,
		uint32_t n)
{
	struct sk_sample *old;

	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	old = watch->shown;
	watch->shown = n ? sk_sample_ref(sample) : NULL;
	watch->n = n < SK_WATCH_MAX ? n : SK_WATCH_MAX;
	memcpy(watch->rows, rows, watch->n * sizeof(rows[0]));
	pthread_mutex_unlock(&watch->lock);
	sk_sample_unref(old);
}

struct sk_sample *watch_take(struct watch *watch)
{
	struct sk_sample *look;

	if (!watch)
		return NULL;
	pthread_mutex_lock(&watch->lock);
	look = watch->mailbox;
	watch->mailbox = NULL;
	pthread_mutex_unlock(&watch->lock);
	return look;
}
