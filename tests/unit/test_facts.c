/* SPDX-License-Identifier: MIT */
/*
 * The facts about the rows of a pane as a whole: each sentence, and the numbers for
 * programs, at their edges.
 */
#include "samples.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/history.h>
#include <sktop/facts.h>

enum { TIME_WAIT, SOCKSTAT };

static struct sk_sample *sample;
static struct sk_fact facts[SK_FACTS_MAX];
static char text[400];

/* A machine with 40 sockets in use, 3 of them IPv6, and 12 buckets of 1000. */
static int set_up(void **state)
{
	(void)state;
	sample = new_sample(0, SK_NEED_COUNTERS);
	sample->protos = SK_PROTOS_DEFAULT;
	sample->whole_tcp = true;
	sample->limits = (struct sk_limits){ .known = SK_LIMIT_TW_BUCKETS,
					     .max_tw_buckets = 1000 };
	sample->sockstat = (struct sk_sockstat){ true, 37, 3, 12 };
	sample->summary.count[SK_PROTO_TCP][0][SK_STATE_ESTABLISHED] = 37;
	sample->summary.count[SK_PROTO_TCP][1][SK_STATE_LISTEN] = 3;
	sample->summary.count[SK_PROTO_TCP][0][SK_STATE_SYN_RECV] = 5;
	sample->summary.count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] = 12;
	sample->summary.mini[0] = 12;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sk_sample_unref(sample);
	return 0;
}

static const char *said(enum sk_pane_id pane, bool filtered, size_t which)
{
	assert_true(which < sk_pane_facts(pane, sample, filtered, facts));
	return sk_fact_print(&facts[which], text, sizeof(text));
}

#define assert_said(which, words) \
	assert_string_equal(said(SK_PANE_STATES, false, which), words)

static const struct sk_number *number(size_t which, const char *key)
{
	for (size_t i = 0; i < facts[which].n_numbers; i++) {
		if (strcmp(facts[which].number[i].key, key) == 0)
			return &facts[which].number[i];
	}
	fail_msg("no number %s", key);
	return NULL;
}

static void assert_count(size_t which, const char *key, uint64_t n)
{
	assert_true(number(which, key)->known && number(which, key)->whole);
	assert_true(number(which, key)->n == n);
}

static void assert_unknown(size_t which, const char *key)
{
	assert_false(number(which, key)->known);
}

FRESH(test_no_slope)
{
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 1,000 (tcp_max_tw_buckets), the change is not "
			       "known yet");
	assert_count(TIME_WAIT, "buckets", 12);
	assert_count(TIME_WAIT, "limit", 1000);
	assert_unknown(TIME_WAIT, "slope");
	assert_unknown(TIME_WAIT, "full-in");
	assert_non_null(facts[TIME_WAIT].note);
	assert_true(isnan(sk_tw_forecast(sample).full_in));
}

FRESH(test_rising)
{
	sample->trend.buckets_slope = 13;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 1,000 (tcp_max_tw_buckets)  +13/s, full in 1m16s "
			       "at this pace");
	assert_true(number(TIME_WAIT, "slope")->real > 12.99);
	assert_true(fabs(number(TIME_WAIT, "full-in")->real - 76) < 1e-9);
	assert_null(facts[TIME_WAIT].note);
}

/* Falling, and as good as steady: there is no end to foresee, and 0 would be one. */
FRESH(test_falling)
{
	sample->trend.buckets_slope = -2;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 1,000 (tcp_max_tw_buckets)  -2/s");
	assert_true(number(TIME_WAIT, "slope")->known);
	assert_unknown(TIME_WAIT, "full-in");
	sample->trend.buckets_slope = 0.05;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 1,000 (tcp_max_tw_buckets)  +0.1/s");
	assert_unknown(TIME_WAIT, "full-in");
	sample->trend.buckets_slope = 0;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 1,000 (tcp_max_tw_buckets)  0/s");
}

FRESH(test_full)
{
	sample->limits.max_tw_buckets = 12;
	said(SK_PANE_STATES, false, TIME_WAIT);
	assert_true(number(TIME_WAIT, "full-in")->known);
	sample->trend.buckets_slope = 1;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 12 (tcp_max_tw_buckets): full, the next is not "
			       "kept  +1/s");
	assert_true(number(TIME_WAIT, "full-in")->known);
	assert_true(number(TIME_WAIT, "full-in")->real <= 0);
	sample->limits.max_tw_buckets = 13;
	said(SK_PANE_STATES, false, TIME_WAIT);
	assert_true(fabs(number(TIME_WAIT, "full-in")->real - 1) < 1e-9);
	sample->limits.max_tw_buckets = 0;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 0 (tcp_max_tw_buckets): none is kept  +1/s");
}

FRESH(test_unknown_limit)
{
	struct sk_netns *netns;

	sample->trend.buckets_slope = 13;
	sample->limits = (struct sk_limits){ 0 };
	assert_said(TIME_WAIT, "TIME_WAIT tcp_max_tw_buckets cannot be read here");
	assert_count(TIME_WAIT, "buckets", 12);
	assert_unknown(TIME_WAIT, "limit");
	assert_unknown(TIME_WAIT, "full-in");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sk_sample_add_netns(sample, &netns), 0);
		netns->state = SK_NETNS_SEEN;
	}
	assert_said(TIME_WAIT, "TIME_WAIT every namespace has a limit of its own");
}

/* Neither does the kernel tell, nor were all sockets asked for. */
FRESH(test_unknown_count)
{
	sample->sockstat.valid = false;
	sample->whole_tcp = false;
	assert_said(TIME_WAIT, "TIME_WAIT - of 1,000 (tcp_max_tw_buckets), the change is not "
			       "known yet");
	assert_unknown(TIME_WAIT, "buckets");
	sample->whole_tcp = true;
	said(SK_PANE_STATES, false, TIME_WAIT);
	assert_count(TIME_WAIT, "buckets", 12);
	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_SOME, -EIO);
	said(SK_PANE_STATES, false, TIME_WAIT);
	assert_unknown(TIME_WAIT, "buckets");
}

FRESH(test_fin_wait2)
{
	sample->summary.mini[1] = 2000;
	sample->trend.buckets_slope = 0;
	assert_said(TIME_WAIT, "TIME_WAIT 12 of 1,000 (tcp_max_tw_buckets)  0/s, 2,000 in "
			       "FIN_WAIT2");
}

/*
 * The example of the issue: from 0.5 s to 5 s the forecast of "+13/s, full in 1h11m" became
 * "+1.3/s, full in 11h58m".
 */
FRESH(test_other_interval)
{
	double interval[40], before;
	struct sk_history *history;

	assert_int_equal(sk_history_new(&history), 0);
	for (size_t i = 0; i < ARRAY_SIZE(interval); i++)
		interval[i] = i < 30 ? 0.5 : 5;
	sample->limits.max_tw_buckets = 60000;
	for (size_t i = 0; i < ARRAY_SIZE(interval); i++) {
		sample->time_ns += (uint64_t)(interval[i] * 1e9);
		sample->sockstat.tcp_tw =
			(uint32_t)lround(4000 + 13e-9 * (double)sample->time_ns);
		assert_int_equal(sk_history_add(history, sample), 0);
		said(SK_PANE_STATES, false, TIME_WAIT);
		if (i < 10)
			continue;
		if (i > 10)
			assert_true(fabs(before - number(TIME_WAIT, "full-in")->real -
					 interval[i]) < 40);
		before = number(TIME_WAIT, "full-in")->real;
		assert_true(fabs(number(TIME_WAIT, "slope")->real - 13) < 0.1);
		assert_non_null(strstr(text, "+13"));
		assert_non_null(strstr(text, "full in 1h"));
	}
	sk_history_free(history);
}

FRESH(test_agrees)
{
	assert_said(SOCKSTAT, "sockstat agrees: 40 in use, 12 waiting");
	assert_count(SOCKSTAT, "in-use", 40);
	assert_count(SOCKSTAT, "waiting", 12);
	assert_count(SOCKSTAT, "sampled-in-use", 40);
	assert_count(SOCKSTAT, "sampled-waiting", 12);
	assert_count(SOCKSTAT, "difference", 0);
	assert_null(facts[SOCKSTAT].note);
}

/* Both differences count: they do not make up for each other. */
FRESH(test_differs)
{
	sample->sockstat.tcp_inuse--;
	sample->sockstat.tcp_tw++;
	assert_said(SOCKSTAT, "sockstat differs by 2: 40 in use here, 39 there; 12 waiting here, "
			      "13 there (sockets moved between the two readings)");
	assert_count(SOCKSTAT, "difference", 2);
}

static void assert_not_compared(const char *words)
{
	assert_said(SOCKSTAT, words);
	assert_unknown(SOCKSTAT, "sampled-in-use");
	assert_unknown(SOCKSTAT, "sampled-waiting");
	assert_unknown(SOCKSTAT, "difference");
	assert_non_null(facts[SOCKSTAT].note);
}

FRESH(test_cannot_be_compared)
{
	assert_string_equal(said(SK_PANE_STATES, true, SOCKSTAT),
			    "sockstat not compared: the counts above are filtered");
	assert_unknown(SOCKSTAT, "difference");
	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_SOME, -EIO);
	assert_not_compared("sockstat cannot be compared: not every socket could be read");
	sample->sockstat.valid = false;
	assert_not_compared("sockstat cannot be compared: /proc/net/sockstat is unreadable");
	assert_unknown(SOCKSTAT, "in-use");
	sample->whole_tcp = false;
	assert_not_compared("sockstat cannot be compared: not every socket is sampled");
	sample->protos = SK_PROTO_BIT(SK_PROTO_UDP);
	assert_not_compared("sockstat TCP is not sampled");
}

static void add_counter(const char *section, const char *name, uint64_t value, double rate)
{
	struct sk_counter *counter;

	assert_int_equal(sk_sample_add_counter(sample, &counter), 0);
	strcpy(counter->section, section);
	strcpy(counter->name, name);
	counter->value = value;
	counter->rate = rate;
}

FRESH(test_overflows)
{
	struct sk_netns *netns;

	add_counter("MPTcpExt", "ListenDrops", 99, 0);
	add_counter("TcpExt", "ListenOverflows", 12345, 2);
	add_counter("TcpExt", "ListenDrops", 7, NAN);
	add_counter("TcpExt", "TCPReqQFullDrop", 0, 0);
	assert_string_equal(said(SK_PANE_LISTENERS, false, 0),
			    "All listeners since boot: 12,345 accept queue overflows +2/s   "
			    "7 SYNs dropped   0 SYN queue full");
	assert_count(0, "accept-queue-overflows", 12345);
	assert_true(fabs(number(0, "accept-queue-overflows-rate")->real - 2) < 1e-9);
	assert_count(0, "syns-dropped", 7);
	assert_unknown(0, "syns-dropped-rate");
	assert_unknown(0, "syn-cookies");
	assert_unknown(0, "syn-cookies-rate");
	assert_count(0, "syn-queue-full", 0);
	assert_true(number(0, "syn-queue-full-rate")->known);
	assert_null(facts[0].note);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sk_sample_add_netns(sample, &netns), 0);
		netns->state = SK_NETNS_SEEN;
	}
	assert_non_null(strstr(said(SK_PANE_LISTENERS, false, 0), "of the own namespace since boot: "));
	assert_non_null(facts[0].note);
}

FRESH(test_no_counters)
{
	assert_string_equal(said(SK_PANE_LISTENERS, false, 0), "All listeners since boot:");
	assert_unknown(0, "accept-queue-overflows");
}

FRESH(test_other_panes)
{
	for (unsigned pane = 0; pane < SK_PANE_COUNT; pane++)
		assert_int_equal(sk_pane_facts(pane, sample, false, facts),
				 pane == SK_PANE_STATES ? 3 : pane == SK_PANE_LISTENERS);
}
