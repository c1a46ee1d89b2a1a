/* SPDX-License-Identifier: MIT */
/*
 * Rows are looked at again while a sample is late, and only then. The source is slow
 * because it waits until it is told: nothing here depends on how fast the machine is.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sktop/detail.h>
#include <sktop/sampler.h>

#define SOCKETS 5
#define DEAR_US 20000
enum { BUSY, CLOSING, DYING, UNTOLD, UNSEEN }; /* the sockets, by their index */

struct slow {
	struct sk_source source;
	sem_t may_end;	/* of each sample */
	sem_t may_look; /* at BUSY, at UNSEEN */
	atomic_uint looks[SOCKETS];
};

static void fill(struct sk_socket *s, uint32_t i)
{
	*s = (struct sk_socket){ .cookie = 100 + i,
				 .proto = SK_PROTO_TCP,
				 .state = SK_STATE_ESTABLISHED,
				 .flags = SK_F_INFO,
				 .tx_total = 1000,
				 .rx_total = 2000,
				 .rtt_us = 10,
				 .inode = 50 + i };
}

static int slow_collect(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample)
{
	struct slow *slow = (struct slow *)source;

	usleep(DEAR_US); /* or the reader would take the next one, and wait itself */
	while (sem_wait(&slow->may_end))
		;
	sample->needs = request->needs;
	sample->time_ns = sample->seq * 1000000000U;
	for (uint32_t i = 0; i < SOCKETS; i++) {
		struct sk_socket *s;
		struct sk_more *more;

		assert_int_equal(sk_sample_add_socket(sample, &s, &more), 0);
		fill(s, i);
		s->flags |= SK_F_OWNER;
		s->tx_total += sample->seq * 70;
	}
	return 0;
}

/* A look finds 500 bytes more than the one before, and 40 segments. */
static int slow_look(struct sk_source *source, const struct sk_pin *pin,
		     struct sk_detail **detail)
{
	struct slow *slow = (struct slow *)source;
	uint32_t i = (uint32_t)pin->socket.cookie - 100;
	unsigned nth = atomic_fetch_add(&slow->looks[i], 1) + 1;

	while ((i == BUSY || i == UNSEEN) && sem_wait(&slow->may_look))
		;
	if (i == DYING)
		return -ENOENT;
	if (i == UNTOLD)
		return -EOPNOTSUPP;
	*detail = calloc(1, sizeof(**detail));
	assert_non_null(*detail);
	fill(&(*detail)->pin.socket, i);
	(*detail)->pin.socket.tx_total = 5000 + 500 * nth;
	(*detail)->pin.socket.rtt_us = 1000 + nth;
	(*detail)->pin.socket.recv_q = 7;
	(*detail)->pin.socket.inode = 0; /* kept from the sample */
	(*detail)->more.flags = SK_MORE_INFO;
	(*detail)->more.segs_out = 40 * nth;
	if (i == CLOSING && nth > 1)
		(*detail)->pin.socket.state = SK_STATE_CLOSE_WAIT;
	return 0;
}

static void slow_free(struct sk_source *source)
{
	(void)source; /* on the stack of its test */
}

static const struct sk_source_ops slow_ops = { .collect = slow_collect,
					       .look = slow_look,
					       .free = slow_free };

static struct sk_sampler *start_with(struct slow *slow, const struct sk_source_ops *ops,
				     double interval)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sampler *sampler;

	*slow = (struct slow){ .source.ops = ops };
	assert_int_equal(sem_init(&slow->may_end, 0, 0), 0);
	assert_int_equal(sem_init(&slow->may_look, 0, 0), 0);
	request.interval = interval;
	request.needs |= SK_NEED_MORE;
	assert_int_equal(sk_sampler_new(&slow->source, &request, false, &sampler), 0);
	return sampler;
}

static struct sk_sampler *start(struct slow *slow, double interval)
{
	return start_with(slow, &slow_ops, interval);
}

static void let_end(struct slow *slow)
{
	assert_int_equal(sem_post(&slow->may_end), 0);
}

static void end(struct slow *slow, struct sk_sampler *sampler)
{
	for (int i = 0; i < 1000; i++) {
		let_end(slow);
		sem_post(&slow->may_look);
	}
	sk_sampler_free(sampler);
	sem_destroy(&slow->may_end);
	sem_destroy(&slow->may_look);
}

/* The next sample, or the next look. */
static struct sk_sample *next(struct sk_sampler *sampler, bool look)
{
	for (;;) {
		struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
		struct sk_sample *sample;
		int err;

		if (look) {
			sample = sk_sampler_take_look(sampler);
			if (sample)
				return sample;
		}
		assert_int_equal(poll(&p, 1, 30000), 1);
		sample = sk_sampler_take(sampler, &err, NULL);
		assert_int_equal(err, 0);
		if (sample && !look)
			return sample;
		assert_null(sample);
	}
}

static struct sk_sample *next_look(struct slow *slow, struct sk_sampler *sampler)
{
	assert_int_equal(sem_post(&slow->may_look), 0);
	return next(sampler, true);
}

static struct sk_sample *first_sample(struct slow *slow, struct sk_sampler *sampler)
{
	static const uint32_t rows[] = { BUSY, CLOSING, DYING, UNTOLD };
	struct sk_sample *sample;

	let_end(slow);
	sample = next(sampler, false);
	sk_sampler_watch(sampler, sample, rows, 4);
	return sample;
}

static const struct sk_socket *find(const struct sk_sample *look, uint32_t i)
{
	for (uint32_t k = 0; k < look->n_sockets + look->n_gone; k++) {
		if (look->sockets[k].cookie == 100 + i)
			return &look->sockets[k];
	}
	return NULL;
}

static bool nearly(double a, double b)
{
	return a > b * 0.999 && a < b * 1.001;
}

/* What is new, what is kept, who is gone and who is not to be had. */
static void test_look(void **state)
{
	struct slow slow;
	struct sk_sampler *sampler = start(&slow, 0.1);
	struct sk_sample *sample = first_sample(&slow, sampler);
	struct sk_sample *look = next_look(&slow, sampler); /* the second sample waits */
	const struct sk_socket *s = find(look, BUSY);

	(void)state;
	assert_int_equal(look->seq, 1);
	assert_int_equal(look->n_sockets, 2);
	assert_int_equal(look->n_gone, 1);
	assert_non_null(s);
	assert_int_equal(s->tx_total, 5500);
	assert_int_equal(s->rtt_us, 1001);
	assert_int_equal(s->recv_q, 7);
	assert_int_equal(s->inode, 50 + BUSY);
	assert_int_equal(s->first_seen, sample->sockets[BUSY].first_seen);
	assert_false(s->flags & (SK_F_NEW | SK_F_CHANGED | SK_F_GONE | SK_F_RATE));
	assert_true(find(look, DYING)->flags & SK_F_GONE);
	assert_null(find(look, UNTOLD));
	assert_null(find(look, UNSEEN));
	assert_int_equal(slow.looks[UNSEEN], 0);
	sk_sample_unref(look);
	sk_sample_unref(sample);
	end(&slow, sampler);
}

/* Against the look before, over the time between the two; the gone stay gone. */
static void test_rates(void **state)
{
	struct slow slow;
	struct sk_sampler *sampler = start(&slow, 0.1);
	struct sk_sample *sample = first_sample(&slow, sampler);
	struct sk_sample *one = NULL, *two = next_look(&slow, sampler);
	const struct sk_socket *s;

	(void)state;
	do { /* on a machine that stood still meanwhile the look before is too old */
		sk_sample_unref(one);
		one = two;
		two = next_look(&slow, sampler);
		s = find(two, BUSY);
	} while (!(s->flags & SK_F_RATE));
	assert_int_equal(s->tx_total, find(one, BUSY)->tx_total + 500);
	assert_true(two->time_ns > one->time_ns);
	assert_true(nearly(two->interval, (double)(two->time_ns - one->time_ns) / 1e9));
	assert_true(nearly(s->tx_rate, 500 / two->interval));
	assert_true(two->more[0].flags & SK_MORE_RATE);
	assert_true(nearly(two->more[0].tx_packets, 40 / two->interval));
	s = find(two, CLOSING);
	assert_int_equal(s->state, SK_STATE_CLOSE_WAIT);
	if (slow.looks[CLOSING] == 2) {
		assert_true(s->flags & SK_F_CHANGED);
		assert_int_equal(s->prev_state, SK_STATE_ESTABLISHED);
	}
	assert_int_equal(two->n_gone, 1);
	assert_true(find(two, DYING)->flags & SK_F_GONE);
	sk_sample_unref(one);
	sk_sample_unref(two);
	sk_sample_unref(sample);
	end(&slow, sampler);
}

/* The rates of the sample stand where there was no look before. */
static void test_first_rates(void **state)
{
	static const uint32_t rows[] = { UNSEEN };
	struct slow slow;
	struct sk_sampler *sampler = start(&slow, 0.1);
	struct sk_sample *sample = first_sample(&slow, sampler), *look;

	(void)state;
	sk_sample_unref(sample);
	let_end(&slow);
	sample = next(sampler, false);
	assert_int_equal(sample->seq, 2);
	sk_sampler_watch(sampler, sample, rows, 1);
	do { /* of the first sample's rows there may still be one */
		look = next_look(&slow, sampler);
		if (look->seq == 2)
			break;
		sk_sample_unref(look);
	} while (true);
	assert_int_equal(look->n_sockets, 1);
	assert_true(look->sockets[0].flags & SK_F_RATE);
	assert_true(nearly(look->sockets[0].tx_rate, 70));
	sk_sample_unref(look);
	sk_sample_unref(sample);
	end(&slow, sampler);
}

/* A look came after the next tick had passed: that sample was late, and is counted. */
static void test_late(void **state)
{
	struct slow slow;
	struct sk_sampler *sampler = start(&slow, 0.1);
	struct sk_sample *first = first_sample(&slow, sampler), *second, *third;

	(void)state;
	sk_sample_unref(next_look(&slow, sampler));
	let_end(&slow);
	second = next(sampler, false);
	assert_int_equal(second->seq, 2);
	let_end(&slow);
	third = next(sampler, false);
	assert_int_equal(third->seq, 3); /* no queue of what was missed */
	assert_int_equal(third->losses.late, second->losses.late + 1);
	sk_sample_unref(first);
	sk_sample_unref(second);
	sk_sample_unref(third);
	end(&slow, sampler);
}

/*
 * Seconds until the timer for looks fires; 0 = not armed, -1 = there is only the other
 * one, for the reader's ticks, which none of 3600 seconds is.
 */
static long timer_left(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	long left = 0, most = 0;
	int timers = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[300], link[64] = "", line[128];
		FILE *file;

		if (readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1) < 0 ||
		    !strstr(link, "[timerfd]"))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", entry->d_name);
		file = fopen(path, "r");
		assert_non_null(file);
		while (fgets(line, sizeof(line), file))
			sscanf(line, "it_value: (%ld,", &left);
		fclose(file);
		most = left > most ? left : most;
		timers++;
	}
	closedir(dir);
	return timers < 2 ? -1 : most;
}

static void wait_for_timer(bool armed)
{
	for (int i = 0; (timer_left() > 0) != armed; i++) {
		assert_true(i < 30000);
		poll(NULL, 0, 1);
	}
}

/* Who keeps up is left in peace: the timer stands still before it has ever fired. */
static void test_in_time(void **state)
{
	static const uint32_t rows[] = { BUSY };
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct slow slow;
	struct sk_sampler *sampler = start(&slow, 3600);
	struct sk_sample *sample;

	(void)state;
	request.interval = 3600;
	for (int i = 0; i < 3; i++) {
		wait_for_timer(true); /* the sample is under way */
		let_end(&slow);
		sample = next(sampler, false);
		sk_sampler_watch(sampler, sample, rows, 1);
		sk_sample_unref(sample);
		wait_for_timer(false);
		sk_sampler_request(sampler, &request, true);
	}
	assert_int_equal(slow.looks[BUSY], 0);
	assert_null(sk_sampler_take_look(sampler));
	end(&slow, sampler);
}

/* A source that cannot look is not asked to. */
static void test_no_look(void **state)
{
	static const struct sk_source_ops ops = { .collect = slow_collect,
						  .free = slow_free };
	struct slow slow;
	struct sk_sampler *sampler = start_with(&slow, &ops, 3600);
	struct sk_sample *sample;

	(void)state;
	sample = first_sample(&slow, sampler);
	assert_int_equal(timer_left(), -1);
	sk_sample_unref(sample);
	end(&slow, sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),	    cmocka_unit_test(test_rates),
		cmocka_unit_test(test_first_rates), cmocka_unit_test(test_late),
		cmocka_unit_test(test_in_time),	    cmocka_unit_test(test_no_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
