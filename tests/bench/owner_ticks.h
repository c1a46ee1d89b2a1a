/* SPDX-License-Identifier: MIT */
/*
 * Finding the processes of all TCP sockets, tick by tick: a sampler without a thread.
 */
#ifndef SKTOP_TESTS_OWNER_TICKS_H
#define SKTOP_TESTS_OWNER_TICKS_H

#include <stdint.h>

struct owners;
struct sk_differ;
struct sk_sample;
struct sk_source;

/** Zero-initialise. */
struct owner_ticks {
	unsigned options; /* enum sk_live_option */
	struct sk_source *source;
	struct sk_differ *differ;
	struct owners *owners;
	struct sk_sample *previous;
	uint32_t n, unknown; /* sockets with an inode, and those without an owner */
};

void owner_ticks_open(struct owner_ticks *ticks);
void owner_ticks_close(struct owner_ticks *ticks);

/** A scanner that knows nothing: milliseconds until it knows all. */
double owner_ticks_first(struct owner_ticks *ticks);

/** One sample: milliseconds of its attribution, which has a fiftieth of a second. */
double owner_ticks_next(struct owner_ticks *ticks);

#endif
