/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the diff: rates of whatever counts.
 */
#ifndef SKTOP_MODEL_DIFF_COUNTERS_H
#define SKTOP_MODEL_DIFF_COUNTERS_H

#include <sktop/sample.h>

/** Rates of the socket at a place of cur, which is the one at old_place of prev. */
void diff_socket(const struct sk_sample *prev, uint32_t old_place, struct sk_sample *cur,
		 uint32_t place);

/** Rates of cur's interfaces since prev (NULL: none), by cur->interval. */
void diff_links(const struct sk_sample *prev, struct sk_sample *cur);

/** Likewise of its counters. */
void diff_counters(const struct sk_sample *prev, struct sk_sample *cur);

#endif
