/* SPDX-License-Identifier: MIT */
/*
 * This is the arithmetic of the diff: the rates of all counters.
 */
#ifndef SKTOP_SAMPLE_DIFF_COUNTERS_H
#define SKTOP_SAMPLE_DIFF_COUNTERS_H

#include "sample/diff.h"

/** Computes the rates of what is kept beside a socket: drops per second. */
void diff_drops(const struct pairing *p, struct sk_tcp_ext *tcp_ext,
		const struct sk_tcp_ext *old);

/** Computes segments per second too, and for how long each bottleneck held it back. */
void diff_tcp_ext(const struct pairing *p, struct sk_tcp_ext *tcp_ext,
		  const struct sk_tcp_ext *old, const struct sk_socket *s,
		  const struct sk_socket *old_socket);

/** Computes the rates and means of cur's interfaces. */
void diff_links(const struct pairing *p);

/** Computes the rates of its counters. */
void diff_counters(const struct pairing *p);

#endif
