/* SPDX-License-Identifier: MIT */
/*
 * The history is a short memory for graphs and slopes: for each series the values of the
 * newest samples, with the times of these samples.
 *
 * The sampler adds each sample that it takes, whether anybody reads the sample or not.
 * Other threads may read meanwhile, because they get copies, made under a lock.
 */
#ifndef SKTOP_HISTORY_H
#define SKTOP_HISTORY_H

#include <math.h>
#include <sktop/sample.h>

#define SK_HISTORY_POINTS 300

/** The points of one series, the newest first. */
struct sk_series {
	uint32_t n; /* how many there are */
	float value[SK_HISTORY_POINTS]; /* NaN = unknown at that time */
	uint64_t time_ns[SK_HISTORY_POINTS]; /* sk_sample.time_ns */
};

struct sk_history;

int sk_history_new(struct sk_history **out); /* 0 or -ENOMEM */
void sk_history_free(struct sk_history *history);

/**
 * Adds a point to every series, forgets interfaces that are gone, and fills sample->trend.
 * If the last sample is of the same time, its points are replaced. Returns 0, or -ENOMEM:
 * then nothing is added.
 */
int sk_history_add(struct sk_history *history, struct sk_sample *sample);

/*
 * Each of these copies a series up to the time of a sample, so that the newest point is
 * that of the sample, or an older one, and a screen that stands still has a graph that
 * stands still.
 */

/** Number of TCP sockets in a state, of those that were sampled. */
void sk_history_state(struct sk_history *history, const struct sk_sample *until,
		      enum sk_state state, struct sk_series *out);

/** Bytes/s of an interface; there are no points if the interface is unknown. */
void sk_history_link(struct sk_history *history, const struct sk_sample *until,
		     const struct sk_link *link, bool tx, struct sk_series *out);

/** Bytes/s as in sk_trend.rate. */
void sk_history_total(struct sk_history *history, const struct sk_sample *until, bool tx,
		      struct sk_series *out);

/** i-th newest value, 0 = newest; NaN when there are not that many. */
static inline float sk_series_back(const struct sk_series *series, uint32_t i)
{
	return i < series->n ? series->value[i] : NAN;
}

/**
 * Slope of the newest points by least squares, per second of their times. NaN: fewer than
 * two of these points are known.
 */
double sk_series_slope(const struct sk_series *series, uint32_t points);

#endif
