/* SPDX-License-Identifier: MIT */
/*
 * Rings of numbers: what they keep, what they forget, their slope.
 */
#include "../testing.h"
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

static void assert_point(const struct sk_series *series, uint32_t back, double value)
{
	assert_non_null(series);
	assert_true((double)sk_series_back(series, back) == value);
}

FRESH(test_states)
{
	struct fixture *f = *state;
	const struct sk_series *series =
		sk_history_state(f->history, SK_STATE_TIME_WAIT);

	assert_int_equal(series->n, 0);
	assert_true(isnan(sk_series_back(series, 0)));
	for (uint32_t i = 1; i <= SK_HISTORY_POINTS + 50; i++) {
		next_sample(f, i);
		f->sample->summary.count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] = i;
		f->sample->summary.count[SK_PROTO_TCP][1][SK_STATE_TIME_WAIT] = 1000;
		f->sample->summary.count[SK_PROTO_UDP][0][SK_STATE_TIME_WAIT] = 7;
		add(f);
	}
	assert_int_equal(series->n, SK_HISTORY_POINTS);
	assert_point(series, 0, 1000 + SK_HISTORY_POINTS + 50);
	assert_point(series, SK_HISTORY_POINTS - 1, 1051);
	assert_true(isnan(sk_series_back(series, SK_HISTORY_POINTS)));
	assert_point(sk_history_state(f->history, SK_STATE_LISTEN), 0, 0);
	assert_true(fabs(sk_series_slope(series, 60, 1) - 1) < 1e-6);
	assert_true(fabs(sk_series_slope(series, 60, 0.5) - 2) < 1e-6);
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
	assert_point(sk_history_link(f->history, 0, "eth0", false), 0, 10);
	assert_point(sk_history_link(f->history, 0, "eth0", true), 0, 20);
	assert_point(sk_history_link(f->history, 0, "lo", true), 0, 5000);
	assert_true(isnan(sk_series_back(sk_history_link(f->history, 0, "new", true), 0)));
	assert_null(sk_history_link(f->history, 0, "eth9", true));
	assert_point(sk_history_total(f->history, false), 0, 11);
	assert_point(sk_history_total(f->history, true), 0, 22);
}

FRESH(test_loopback_alone)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	add_link(f, "lo", 1, 30, 40, SK_LINK_RATE);
	add(f);
	assert_point(sk_history_total(f->history, false), 0, 30);
	assert_point(sk_history_total(f->history, true), 0, 40);
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
	assert_null(sk_history_link(f->history, 0, "veth", false));
	assert_int_equal(sk_history_link(f->history, 0, "eth0", false)->n, 3);
	assert_point(sk_history_link(f->history, 0, "eth0", false), 2, 1);
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
	assert_int_equal(sk_history_link(f->history, 0, name[0], false)->n, 2);
	assert_point(sk_history_link(f->history, 0, name[0], false), 1, 1);
	assert_point(sk_history_link(f->history, 0, name[1], false), 0, 7);
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
	assert_int_equal(sk_history_link(f->history, 0, "tun0", false)->n, 1);
	assert_point(sk_history_link(f->history, 0, "tun0", false), 0, 3);
}

FRESH(test_no_links)
{
	struct fixture *f = *state;

	next_sample(f, 1);
	add(f);
	assert_true(isnan(sk_series_back(sk_history_total(f->history, true), 0)));
}

TEST(test_slope)
{
	struct sk_series series = { .n = 0 };

	assert_true(isnan(sk_series_slope(&series, 60, 1)));
	for (uint32_t i = 0; i < 10; i++) {
		series.value[series.next++] =
			i == 4 ? __builtin_nanf("") : 50 - 3 * (float)i;
		series.n++;
	}
	assert_true(fabs(sk_series_slope(&series, 60, 1) + 3) < 1e-5);
	assert_true(fabs(sk_series_slope(&series, 5, 2) + 1.5) < 1e-5);
	assert_true(isnan(sk_series_slope(&series, 1, 1)));
	assert_true(isnan(sk_series_slope(&series, 60, 0)));
}
