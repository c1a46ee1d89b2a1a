/* SPDX-License-Identifier: MIT */
/*
 * The diff computes what follows from two samples: rates, new and gone sockets, changes
 * of state.
 */
#ifndef SKTOP_DIFF_H
#define SKTOP_DIFF_H

#include <sktop/sample.h>

struct sk_context;

/** Scratch memory of the diff, reused from tick to tick; one per sampler. */
struct sk_differ;

/** Returns 0 or -ENOMEM. The caller frees with sk_differ_free(). */
int sk_differ_new(struct sk_differ **out);
void sk_differ_free(struct sk_differ *differ);

/**
 * Completes cur, which nobody else may hold yet, from prev: rates, ages, flags,
 * remembered owners, gone rows, links' and counters' rates, the summary.
 * Sockets pair by sk_socket_same(). prev NULL = the first sample: no rates, every
 * socket's age is a lower bound. A socket met twice in one walk is kept once.
 * Returns 0 or -ENOMEM.
 */
int sk_diff_compute(struct sk_differ *differ, const struct sk_sample *prev,
		    struct sk_sample *cur);

/**
 * Counts the given rows (indexes into context->sample->sockets, gone ones too; NULL =
 * all) of a sample that went through sk_diff_compute(): sample->summary of a part of it.
 * Returns 0 or -EINTR (context->cancelled).
 */
int sk_summary_compute(const struct sk_context *context, const uint32_t *rows,
		       uint32_t n_rows, struct sk_summary *summary);

/** What entered and left the states of TCP, by TCP's state machine. */
struct sk_state_flow {
	uint32_t in[SK_STATE_COUNT], out[SK_STATE_COUNT]; /* connections, at least */
	int64_t change[SK_STATE_COUNT]; /* of the number of sockets in the state */
	uint32_t more_in, more_out; /* SK_STATE_BIT() of states where others may be missing */
};

/**
 * Finds out which states connections have passed, also those that no sample saw: what moved from
 * ESTABLISHED to TIME_WAIT was in FIN_WAIT1, and perhaps in FIN_WAIT2.
 */
void sk_summary_flow(const struct sk_summary *summary, struct sk_state_flow *flow);

#endif
