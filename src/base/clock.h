/* SPDX-License-Identifier: MIT */
/*
 * Clocks.
 */
#ifndef SKTOP_BASE_CLOCK_H
#define SKTOP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/** CLOCK_MONOTONIC in nanoseconds, by which deadlines and rests are measured. */
static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/** The same in milliseconds. */
static inline int64_t now_ms(void)
{
	return (int64_t)(now_ns() / 1000000);
}

#endif
