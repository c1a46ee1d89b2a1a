/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the diff: rates of whatever counts.
 */
#ifndef SKTOP_SAMPLE_DIFF_COUNTERS_H
#define SKTOP_SAMPLE_DIFF_COUNTERS_H

#include <sktop/sample.h>

/** What is kept beside a socket, from what was kept of it before: drops per second. */
void diff_drops(struct sk_more *more, const struct sk_more *old, double interval);

/** Likewise segments per second, and how long it was held back by what. */
void diff_more(struct sk_more *more, const struct sk_more *old, const struct sk_socket *s,
	       const struct sk_socket *old_socket, double interval);

/** Rates of cur's interfaces since prev (NULL: none), by cur->interval. */
void diff_links(const struct sk_sample *prev, struct sk_sample *cur);

/** Likewise of its counters. */
void diff_counters(const struct sk_sample *prev, struct sk_sample *cur);

#endif
