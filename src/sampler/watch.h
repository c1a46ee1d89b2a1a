/* SPDX-License-Identifier: MIT */
/*
 * The sampler's second thread: looks at the rows on the screen while a sample is late, and
 * sleeps otherwise. Where there is none (NULL) all that is asked of it is in vain.
 */
#ifndef SKTOP_SAMPLER_WATCH_H
#define SKTOP_SAMPLER_WATCH_H

#include <sktop/source.h>

struct watch;

/** Starts the thread. fd: an eventfd to tell the reader by. Returns 0 or -errno. */
int watch_new(struct sk_source *source, int fd, struct watch **out);

/** Ends it; nobody else may be calling. */
void watch_free(struct watch *watch);

/** As sk_sampler_watch() and sk_sampler_take_look(). */
void watch_show(struct watch *watch, struct sk_sample *sample, const uint32_t *rows,
		uint32_t n);
struct sk_sample *watch_take(struct watch *watch);

/**
 * A sample begins that should be there before time + interval: CLOCK_MONOTONIC,
 * nanoseconds. Until watch_end() an interval without one brings a look.
 */
void watch_begin(struct watch *watch, uint64_t time, uint64_t interval);

/**
 * The sample is out. late: it took longer than the interval, so that the next will, too,
 * and rows move an interval from now.
 */
void watch_end(struct watch *watch, bool late, uint64_t now, uint64_t interval);

#endif
