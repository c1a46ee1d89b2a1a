/* SPDX-License-Identifier: MIT */
/*
 * Rings of numbers: what they keep, what they forget, their slope.
 */
#include "../testing.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sktop/history.h>

/** A history and the sample it is fed with. */
struct fixture {
	struct sk_history *history;
	struct sk_sample *sample;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	*state = &fixture;
	return sk_history_new(&fixture.history) || sk_sample_new(&fixture.sample);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_history_free(f->history);
	sk_sample_unref(f->sample);
	return 0;
}

static void next_sample(struct fixture *f, uint64_t seq)
{
	sk_sample_reset(f->sample);
	f->sample->seq = seq;
	f->sample->time_ns = seq * 1000000000;
	f->sample->protos = SK_PROTO_BIT(SK_PROTO_TCP);
}

static void add_link(struct fixture *f, const char *name, uint32_t ifindex, float rx,
		     float tx, uint8_t flags)
{
	struct sk_link *link;

	assert_int_equal(sk_sample_add_link(f->sample, &link), 0);
	snprintf(link->name, sizeof(link->name), "%s", name);
	link->ifindex = ifindex;
	link->flags = flags;
	link->rate[SK_LINK_RX_BYTES] = rx;
	link->rate[SK_LINK_TX_BYTES] = tx;
}

static void add(struct fixture *f)
{
	assert_int_equal(sk_history_add(f->history, f->sample), 0);
}

/* Each copies a series as it is at the newest sample; it holds until the next. */
static const struct sk_series *state_series(struct fixture *f, enum sk_state state)
{
	static struct sk_series series;

	sk_history_state(f->history, f->sample, state, &series);
	return &series;
}

static const struct sk_series *link_series(struct fixture *f, const char *name, bool tx)
{
	static struct sk_series series;
	struct sk_link link = { 0 };

	snprintf(link.name, sizeof(link.name), "%s", name);
	sk_history_link(f->history, f->sample, &link, tx, &series);
	return &series;
}

static void assert_total(struct fixture *f, bool tx, double value)
{
	struct sk_series series;

	sk_history_total(f->history, f->sample, tx, &series);
	assert_true((double)sk_series_back(&series, 0) == value);
	assert_true(f->sample->trend.rate[tx] == value);
}

static void assert_point(const struct sk_series *series, uint32_t back, double value)
{
	assert_true((double)sk_series_back(series, back) == value);
}

FRESH(test_states)
{
	struct fixture *f = *state;
	const struct sk_series *series = state_series(f, SK_STATE_TIME_WAIT);

	assert_int_equal(series->n, 0);
	assert_true(isnan(sk_series_back(series, 0)));
	for (uint32_t i = 1; i <= SK_HISTORY_POINTS + 50; i++) {
		next_sample(f, i);
		f->sample->summary.count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] = i;
		f->sample->summary.count[SK_PROTO_TCP][1][SK_STATE_TIME_WAIT] = 1000;
		f->sample->summary.count[SK_PROTO_UDP][0][SK_STATE_TIME_WAIT] = 7;
		add(f);
	}
	series = state_series(f, SK_STATE_TIME_WAIT);
	assert_int_equal(series->n, SK_HISTORY_POINTS);
	assert_true(series->time_ns[0] == f->sample->time_ns);
	assert_true(series->time_ns[2] == f->sample->time_ns - 2000000000);
	assert_point(series, 0, 1000 + SK_HISTORY_POINTS + 50);
	assert_point(series, SK_HISTORY_POINTS - 1, 1051);
	assert_true(isnan(sk_series_back(series, series->n)));
	assert_true(fabs(sk_series_slope(series, 60) - 1) < 1e-6);
	assert_true(fabs(f->sample->trend.time_wait_slope - 1) < 1e-6);
	assert_point(state_series(f, SK_STATE_LISTEN), 0, 0);
}

FRESH(test_links)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	add_link(f, "lo", 1, 5000, 5000, SK_LINK_RATE);
	add_link(f, "eth0", 2, 10, 20, SK_LINK_RATE);
	add_link(f, "eth1", 3, 1, 2, SK_LINK_RATE);
	add_link(f, "new", 4, 77, 77, SK_LINK_NEW);
	add(f);
	assert_point(link_series(f, "eth0", false), 0, 10);
	assert_point(link_series(f, "eth0", true), 0, 20);
	assert_point(link_series(f, "lo", true), 0, 5000);
	assert_true(isnan(sk_series_back(link_series(f, "new", true), 0)));
	assert_int_equal(link_series(f, "eth9", true)->n, 0);
	assert_total(f, false, 11);
	assert_total(f, true, 22);
}

FRESH(test_loopback_alone)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	add_link(f, "lo", 1, 30, 40, SK_LINK_RATE);
	add(f);
	assert_total(f, false, 30);
	assert_total(f, true, 40);
}

FRESH(test_links_come_and_go)
{
	struct fixture *f = *state;

	for (uint64_t seq = 1; seq <= 3; seq++) {
		next_sample(f, seq);
		add_link(f, "eth0", 2, (float)seq, 0, SK_LINK_RATE);
		if (seq < 3)
			add_link(f, "veth", 9, (float)seq, 0, SK_LINK_RATE);
		add(f);
	}
	assert_int_equal(link_series(f, "veth", false)->n, 0);
	assert_int_equal(link_series(f, "eth0", false)->n, 3);
	assert_point(link_series(f, "eth0", false), 2, 1);
}

/* 15 bytes that are no text, as they were taken in. */
FRESH(test_longest_names)
{
	struct fixture *f = *state;
	char name[2][SK_DEVICE_STRLEN];

	sk_text_clean(name[0], sizeof(name[0]), "\xff\xff\xff\xff\xff\xff\xff\xff"
						"\xff\xff\xff\xff\xff\xff\xfe", 15);
	sk_text_clean(name[1], sizeof(name[1]), "\xff\xff\xff\xff\xff\xff\xff\xff"
						"\xff\xff\xff\xff\xff\xff\xfd", 15);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		next_sample(f, seq);
		add_link(f, name[0], 2, 1, 0, SK_LINK_RATE);
		add_link(f, name[1], 3, 7, 0, SK_LINK_RATE);
		add(f);
	}
	assert_int_equal(link_series(f, name[0], false)->n, 2);
	assert_point(link_series(f, name[0], false), 1, 1);
	assert_point(link_series(f, name[1], false), 0, 7);
}

/* Deleted and made anew between two samples: not the same interface. */
FRESH(test_link_made_anew)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	add_link(f, "tun0", 5, 100, 100, SK_LINK_RATE);
	add(f);
	next_sample(f, 2);
	add_link(f, "tun0", 6, 3, 4, SK_LINK_RATE);
	add(f);
	assert_int_equal(link_series(f, "tun0", false)->n, 1);
	assert_point(link_series(f, "tun0", false), 0, 3);
}

FRESH(test_no_links)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	add(f);
	assert_true(isnan(f->sample->trend.rate[true]));
}

/* A screen that stands still has the graph of the sample that it shows. */
FRESH(test_until)
{
	struct fixture *f = *state;
	struct sk_sample shown = { .time_ns = 4000000000 };
	struct sk_series series;

	for (uint64_t seq = 1; seq <= 6; seq++) {
		next_sample(f, seq);
		f->sample->summary.count[SK_PROTO_TCP][1][SK_STATE_LISTEN] = (uint32_t)seq;
		add(f);
	}
	sk_history_state(f->history, &shown, SK_STATE_LISTEN, &series);
	assert_int_equal(series.n, 4);
	assert_point(&series, 0, 4);
	assert_point(&series, 3, 1);
}

/* An instant that is shown again has one point: what was seen last. */
FRESH(test_same_instant)
{
	struct fixture *f = *state;

	for (uint64_t seq = 1; seq <= 6; seq++) {
		next_sample(f, seq);
		f->sample->time_ns = (seq + 1) / 2 * 1000000000;
		f->sample->sockstat.valid = true;
		f->sample->sockstat.tcp_tw = 5 * (uint32_t)((seq + 1) / 2);
		f->sample->summary.count[SK_PROTO_TCP][0][SK_STATE_LISTEN] = (uint32_t)seq;
		if (seq >= 4)
			add_link(f, "eth0", 2, (float)seq, 0, SK_LINK_RATE);
		add(f);
	}
	assert_int_equal(state_series(f, SK_STATE_LISTEN)->n, 3);
	assert_point(state_series(f, SK_STATE_LISTEN), 0, 6);
	assert_point(state_series(f, SK_STATE_LISTEN), 1, 4);
	assert_int_equal(link_series(f, "eth0", false)->n, 2);
	assert_point(link_series(f, "eth0", false), 1, 4);
	assert_true(fabs(f->sample->trend.buckets_slope - 5) < 1e-6);
}

/* What was not asked for, or could not be read, is not known to be 0. */
FRESH(test_unknown_counts)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	f->sample->protos = SK_PROTO_BIT(SK_PROTO_UDP);
	add(f);
	assert_true(isnan(sk_series_back(state_series(f, SK_STATE_LISTEN), 0)));
	next_sample(f, 2);
	sk_sample_lose(f->sample, SK_PROTO_TCP, SK_LOSS_ALL, -EPERM);
	add(f);
	assert_int_equal(state_series(f, SK_STATE_LISTEN)->n, 2);
	assert_true(isnan(sk_series_back(state_series(f, SK_STATE_LISTEN), 0)));
	next_sample(f, 3);
	add(f);
	assert_point(state_series(f, SK_STATE_LISTEN), 0, 0);
}

/* The slope of buckets goes by what the kernel counts, whichever sockets were asked for. */
FRESH(test_trend)
{
	struct fixture *f = *state;

	assert_true(isnan(f->sample->trend.buckets_slope));
	for (uint64_t seq = 1; seq <= 4; seq++) {
		next_sample(f, seq);
		assert_true(isnan(f->sample->trend.buckets_slope));
		f->sample->protos = 0;
		f->sample->sockstat.valid = seq != 3;
		f->sample->sockstat.tcp_tw = seq == 3 ? 0 : 7 * (uint32_t)seq;
		add(f);
		assert_int_equal(isnan(f->sample->trend.buckets_slope), seq == 1);
	}
	assert_true(fabs(f->sample->trend.buckets_slope - 7) < 1e-5);
	assert_true(isnan(f->sample->trend.time_wait_slope));
}

/* Points of a line at these times, the newest first. */
static struct sk_series line_at(const double *seconds, uint32_t n, double slope)
{
	struct sk_series series = { .n = n };

	for (uint32_t i = 0; i < n; i++) {
		series.time_ns[i] = 5000000000 + (uint64_t)(seconds[i] * 1e9);
		series.value[i] = (float)(50 + slope * seconds[i]);
	}
	return series;
}

static void see_netns(struct fixture *f, uint64_t inode, uint8_t seen)
{
	struct sk_netns *netns;

	assert_int_equal(sk_sample_add_netns(f->sample, &netns), 0);
	netns->inode = inode;
	netns->state = seen;
}

/* Sockets of a namespace that comes into view did not begin now: no slope follows. */
FRESH(test_another_namespace)
{
	struct fixture *f = *state;

	for (uint64_t seq = 1; seq <= 8; seq++) {
		next_sample(f, seq);
		see_netns(f, 1, SK_NETNS_SEEN);
		see_netns(f, 2, seq > 4 ? SK_NETNS_SEEN : SK_NETNS_GONE);
		f->sample->summary.count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] =
			(uint32_t)(seq > 4 ? 1000 + seq : seq);
		add(f);
		if (seq == 1 || seq == 5)
			assert_true(isnan(f->sample->trend.time_wait_slope));
		else
			assert_true(fabs(f->sample->trend.time_wait_slope - 1) < 1e-5);
	}
	assert_int_equal(state_series(f, SK_STATE_TIME_WAIT)->n, 4);
}

TEST(test_slope)
{
	static const double even[] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 };
	struct sk_series series = line_at(even, 10, -3);

	series.value[5] = NAN;
	assert_true(fabs(sk_series_slope(&series, 60) + 3) < 1e-5);
	assert_true(fabs(sk_series_slope(&series, 5) + 3) < 1e-5);
	assert_true(isnan(sk_series_slope(&series, 1)));
	series.n = 0;
	assert_true(isnan(sk_series_slope(&series, 60)));
}

/* Late samples, samples that a key has asked for, another interval. */
TEST(test_slope_of_uneven_times)
{
	static const double uneven[] = { 40.5, 30, 29.5, 29.4, 12, 7, 2.5, 2, 1.5, 1, 0.5, 0 };
	static const double same[] = { 3, 3, 3 };
	struct sk_series series = line_at(uneven, 12, 13);

	for (uint32_t points = 2; points <= 12; points++)
		assert_true(fabs(sk_series_slope(&series, points) - 13) < 1e-4);
	series = line_at(same, 3, 13);
	assert_true(isnan(sk_series_slope(&series, 3)));
}
