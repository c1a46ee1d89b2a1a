/* SPDX-License-Identifier: MIT */
/*
 * The sampler: source and diff on a thread of their own, and a mailbox of one.
 *
 * The reader polls sk_sampler_fd() and takes the newest sample; one that was
 * never taken is replaced.
 */
#ifndef SKTOP_SAMPLER_H
#define SKTOP_SAMPLER_H

#include <sktop/source.h>

struct sk_history;
struct sk_sampler;

/**
 * Starts the thread. It takes over the source and frees it at the end. With
 * every_sample set no sample is ever replaced: the thread waits for the reader
 * (batch output), and takes all of them. Returns 0 or -errno; the source is freed then too.
 */
int sk_sampler_new(struct sk_source *source, const struct sk_request *request,
		   bool every_sample, struct sk_sampler **out);

/** Ends the thread and frees all. Samples taken live on. NULL is fine. */
void sk_sampler_free(struct sk_sampler *sampler);

/** A descriptor that is readable while a sample waits, or one has failed. */
int sk_sampler_fd(const struct sk_sampler *sampler);

/**
 * The history of all samples, those that were never taken too. It belongs to the sampler;
 * any thread may read it.
 */
struct sk_history *sk_sampler_history(const struct sk_sampler *sampler);

/**
 * The newest sample not yet taken, with a reference for the caller, or NULL. *error is 0, or
 * the -errno of a sample that failed since the last call (note says why; may be NULL): the
 * next tick tries again, and rates go back to the last good sample. -ENODEV is the exception:
 * what was sampled is gone for good, the sampling has ended, and every further call says so.
 * All calls with a sampler come from one thread, the reader's.
 */
struct sk_sample *sk_sampler_take(struct sk_sampler *sampler, int *error,
				  char note[SK_ERROR_LEN]);

/**
 * Changes what is asked for from the next sample on. With now set, that sample is
 * taken at once instead of at the next tick.
 */
void sk_sampler_request(struct sk_sampler *sampler,
			const struct sk_request *request, bool now);

#endif
