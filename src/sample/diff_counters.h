/* SPDX-License-Identifier: MIT */
/*
 * This is the arithmetic of the diff: the rates of all counters.
 */
#ifndef SKTOP_SAMPLE_DIFF_COUNTERS_H
#define SKTOP_SAMPLE_DIFF_COUNTERS_H

#include <sktop/sample.h>

/** Computes the rates of what is kept beside a socket: drops per second. */
void diff_drops(struct sk_tcp_ext *tcp_ext, const struct sk_tcp_ext *old,
		double interval);

/** Computes segments per second too, and for how long each bottleneck held it back. */
void diff_tcp_ext(struct sk_tcp_ext *tcp_ext, const struct sk_tcp_ext *old,
		  const struct sk_socket *s, const struct sk_socket *old_socket,
		  double interval);

/** Rates of cur's interfaces since prev (NULL: none), by cur->interval. */
void diff_links(const struct sk_sample *prev, struct sk_sample *cur);

/** Computes the rates of its counters. */
void diff_counters(const struct sk_sample *prev, struct sk_sample *cur);

#endif
