/* SPDX-License-Identifier: MIT */
/*
 * A view filters and sorts the rows of one table. A pane draws a view.
 */
#ifndef SKTOP_VIEW_H
#define SKTOP_VIEW_H

#include <sktop/column.h>
#include <sktop/filter.h>

/** An array of rows of one table. */
struct sk_rows {
	const struct sk_table *table;
	const void *base; /* array of table->row_size each */
	uint32_t n;
};

/** Row i of it. */
static inline const void *sk_rows_at(const struct sk_rows *rows, uint32_t i)
{
	return (const char *)rows->base + (size_t)i * rows->table->row_size;
}

/** An order of rows, reused from tick to tick. Zero-initialise. */
struct sk_view {
	uint32_t *index; /* n indexes into the rows */
	uint32_t n;
	uint32_t capacity;
	void *scratch;	     /* of sorting; kept until sk_view_end() */
	size_t scratch_size; /* bytes of it */
};

void sk_view_free(struct sk_view *view);

/**
 * The order is made: what sorting needed goes back, eight bytes a row where there are many.
 * To fault it in again takes a tenth of the time of sorting.
 */
void sk_view_end(struct sk_view *view);

/** Empties it besides, before a long rest: many rows give four bytes each back. */
void sk_view_release(struct sk_view *view);

/** Adds an index at its end. Returns 0 or -ENOMEM. */
int sk_view_add(struct sk_view *view, uint32_t index);

/**
 * Puts all rows that the filter lets through into the view, in the order of the array.
 * Returns 0, -ENOMEM or -EINTR.
 */
int sk_view_filter(struct sk_view *view, const struct sk_rows *rows,
		   const struct sk_filter *filter, const struct sk_context *context);

/** Keeps only the rows for which keep() says true. Returns 0 or -EINTR. */
int sk_view_keep(struct sk_view *view, const struct sk_rows *rows,
		 bool (*keep)(const void *row, void *arg), void *arg,
		 const struct sk_context *context);

/**
 * Sorts by a column. Rows with equal keys stand in the order of table->row_id() in both
 * directions; rows alike in that, too, stay in the order in which they lie; missing values
 * come last in both directions. column NULL sorts by row_id alone. Keeps eight bytes a row
 * in view->scratch. Returns 0, -ENOMEM, or -EINTR when context->cancelled said so.
 */
int sk_view_sort(struct sk_view *view, const struct sk_rows *rows,
		 const struct sk_column *column, bool descending,
		 const struct sk_context *context);

/**
 * Sorts upwards by several columns, the most important first; equal rows stand in the
 * order they lie.
 */
int sk_view_sort_by(struct sk_view *view, const struct sk_rows *rows,
		    const struct sk_column *const *columns, unsigned n_columns,
		    const struct sk_context *context);

/**
 * In a view of a sample's sockets, moves each socket behind its parent if that is in
 * the view (struct sk_parent_link). Children keep their order. Returns 0 or -ENOMEM.
 */
int sk_view_place_children(struct sk_view *view, const struct sk_sample *sample);

/**
 * Finds the place in the view of the row with this identity, or -1, looking around
 * `near` first: from sample to sample a row moves little. Returns 0 or -EINTR.
 */
int sk_view_find(const struct sk_view *view, const struct sk_rows *rows, uint64_t row_id,
		 uint32_t near, const struct sk_context *context, int64_t *at);

#endif
