/* SPDX-License-Identifier: MIT */
/*
 * The worker that makes rows: filter, group and sort on a thread of its own, so that the
 * screen's thread has nothing to do but draw and take keys.
 *
 * One job is under way at a time. It has all that it needs: references of the sample and
 * the filters, everything else as plain values. While it is under way it belongs to the
 * worker, and nobody may settle names (sktop/names.h).
 */
#ifndef SKTOP_ROW_WORKER_H
#define SKTOP_ROW_WORKER_H

#include <sktop/rows.h>
#include <sktop/steady.h>

#define SK_ROW_SUMS 4
#define SK_ROW_PARTS 4 /* panes that are shown at once */

/** Rows of a pane in their order, and the memory that they are in. Zero-initialise. */
struct sk_built_rows {
	struct sk_row_builder *builder; /* NULL before the first rows */
	struct sk_rows rows;
	const struct sk_sample *sample; /* whose rows these are; no reference */
	struct sk_view view;
	uint64_t sum[SK_ROW_SUMS]; /* by sk_row_part.count() */
};

/** Gives the memory back: there are no rows then, only what kind they were of. */
void sk_built_rows_free(struct sk_built_rows *built);

/** A row to be found again, whose identity is known. */
struct sk_row_place {
	bool wanted;
	uint64_t id;
	uint32_t near; /* where it was */
	int64_t at;    /* result: its place in the view; -1 = it is gone */
};

/** One pane of a job. */
struct sk_row_part {
	enum sk_pane_id pane;
	struct sk_choice choice;
	struct sk_filter *filter; /* choice.filter: a reference, dropped with the job */
	const struct sk_column *sort; /* NULL: as they lie */
	bool descending;
	struct sk_steady *steady; /* the caller's: the order is kept steady; NULL = it is exact */
	/** Chooses and orders them instead; 0 or -errno. NULL = by sort. */
	int (*order)(struct sk_view *view, const struct sk_rows *rows,
		     const struct sk_context *context);
	/** Adds a row to the sums of all rows; NULL = none. */
	void (*count)(const void *row, uint64_t sum[SK_ROW_SUMS]);
	struct sk_row_place selected, inside;
	struct sk_built_rows built; /* result; its memory is used again */
};

/** A text looked for in cells as they would be written, from a place on and round. */
struct sk_row_search {
	struct sk_rows rows;
	struct sk_view view; /* of somebody else, who keeps it until the end */
	struct sk_column_list columns;
	unsigned format; /* enum sk_format_flag */
	char text[80];
	uint32_t from;
	int64_t at; /* result: the first row that has it; -1 = none */
};

enum sk_row_task {
	SK_ROWS_BUILD,	/* all parts, and the places of their rows */
	SK_ROWS_FIND,	/* the parts were built: the places alone */
	SK_ROWS_SEARCH,
	SK_ROWS_FREE, /* what is in trash: to unmap the memory of a million rows takes a while */
};

/** Zero-initialise it, and use it again and again. */
struct sk_row_job {
	enum sk_row_task task;
	struct sk_sample *sample; /* a reference, dropped by sk_row_job_end() */
	struct sk_names *names;
	unsigned numeric; /* enum sk_names_kind */
	enum sk_group_key group;
	struct sk_row_part part[SK_ROW_PARTS];
	size_t n_parts;
	struct sk_row_search search;
	struct sk_built_rows trash[2 * SK_PANE_COUNT];
	size_t n_trash;
	int err; /* result: 0, -ENOMEM, or -EINTR (cancelled) */
};

/** Does it in the calling thread. cancelled: ends it early when true; NULL = never. */
void sk_row_job_run(struct sk_row_job *job, const atomic_bool *cancelled);

/** Drops the references of the job. The rows that were built stay in its parts. */
void sk_row_job_end(struct sk_row_job *job);

struct sk_row_worker;

/** Starts the thread. Returns 0 or -errno. */
int sk_row_worker_new(struct sk_row_worker **out);

/** Cancels what is under way, and ends the thread. NULL is fine. */
void sk_row_worker_free(struct sk_row_worker *worker);

/** A descriptor that is readable when a job is done. */
int sk_row_worker_fd(const struct sk_row_worker *worker);

/** Begins a job; none may be under way. */
void sk_row_worker_begin(struct sk_row_worker *worker, struct sk_row_job *job);

/** The result is not wanted any more: the job is done soon. */
void sk_row_worker_cancel(struct sk_row_worker *worker);

/** True when the job is done: it belongs to the caller again. wait = until it is. */
bool sk_row_worker_take(struct sk_row_worker *worker, bool wait);

#endif
