/* SPDX-License-Identifier: MIT */
/*
 * The history is a short memory for sparklines: one ring of numbers for each series.
 */
#ifndef SKTOP_HISTORY_H
#define SKTOP_HISTORY_H

#include <sktop/sample.h>

#define SK_HISTORY_POINTS 300

/** A ring of the newest SK_HISTORY_POINTS values. */
struct sk_series {
	float value[SK_HISTORY_POINTS];
	uint32_t next; /* where the next one goes */
	uint32_t n;    /* how many there are */
};

struct sk_history;

int sk_history_new(struct sk_history **out); /* 0 or -ENOMEM */
void sk_history_free(struct sk_history *history);

/** Adds a point to every series. Forgets interfaces that are gone. 0 or -ENOMEM. */
int sk_history_add(struct sk_history *history, const struct sk_sample *sample);

/** Number of TCP sockets in a state over time. */
const struct sk_series *sk_history_state(const struct sk_history *history,
					 enum sk_state state);

/** Bytes/s of an interface of a namespace, NULL if unknown; tx or rx. */
const struct sk_series *sk_history_link(const struct sk_history *history,
					uint16_t netns, const char *name, bool tx);

/**
 * Returns the bytes/s of those interfaces that sk_links_count_once() chooses, of the
 * own namespace or of the one that was asked for.
 */
const struct sk_series *sk_history_total(const struct sk_history *history, bool tx);

/**
 * False while the total may count bytes twice, because the kind of some interfaces is
 * not known.
 */
bool sk_history_is_total_sure(const struct sk_history *history);

/** i-th newest value, 0 = newest; NaN when there are not that many. */
static inline float sk_series_back(const struct sk_series *series, uint32_t i)
{
	if (i >= series->n)
		return __builtin_nanf("");
	return series->value[(series->next + SK_HISTORY_POINTS - 1 - i) %
			     SK_HISTORY_POINTS];
}

/** Slope of the newest points by least squares, per second; NaN = too few. */
double sk_series_slope(const struct sk_series *series, uint32_t points,
		       double interval);

#endif
