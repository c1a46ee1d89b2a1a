/* SPDX-License-Identifier: MIT */
/*
 * The part of the diff that is not about sockets: rates of interfaces and counters.
 */
#ifndef SKTOP_MODEL_DIFF_COUNTERS_H
#define SKTOP_MODEL_DIFF_COUNTERS_H

#include <sktop/sample.h>

/** Rates of cur's interfaces since prev (NULL: none), by cur->interval. */
void diff_links(const struct sk_sample *prev, struct sk_sample *cur);

/** Likewise of its counters. */
void diff_counters(const struct sk_sample *prev, struct sk_sample *cur);

#endif
