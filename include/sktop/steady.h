/* SPDX-License-Identifier: MIT */
/*
 * A steady order: on a screen, rows whose rates differ by a few percent keep the order that they
 * had, so that the eye finds them again. A row passes another one only if it exceeds that by more
 * than five percent.
 */
#ifndef SKTOP_STEADY_H
#define SKTOP_STEADY_H

#include <sktop/view.h>

/** So many rows from the top are held steady; more are on no screen. */
#define SK_STEADY_ROWS 512

/** The order of the first rows, as it was shown. Zero-initialise. */
struct sk_steady {
	const struct sk_column *column; /* they were sorted by it; NULL = there is no order yet */
	bool descending;
	uint32_t n;
	uint64_t id[SK_STEADY_ROWS]; /* identities of the rows, in their order */
};

/**
 * Changes a view that sk_view_sort() has just sorted by the column: its first rows stand as *steady
 * has them from the last time, but for those that exceed others. Orders by anything but bytes per
 * second stay as they are. Notes the order in *steady. Returns 0 or -ENOMEM.
 */
int sk_view_steady(struct sk_view *view, const struct sk_rows *rows,
		   const struct sk_column *column, bool descending,
		   struct sk_steady *steady, const struct sk_context *context);

#endif
