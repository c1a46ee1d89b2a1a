/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
#include <sktop/row_worker.h>

/* Rows whose cells are written between two looks at `cancelled`: about a millisecond. */
#define STRETCH 256

void sk_built_rows_free(struct sk_built_rows *built)
{
	sk_view_free(&built->view);
	sk_row_builder_free(built->builder);
	built->builder = NULL;
	built->rows.base = NULL;
	built->rows.n = 0;
}

static int count_rows(const struct sk_row_part *part, struct sk_built_rows *built,
		      const struct sk_context *context)
{
	memset(built->sum, 0, sizeof(built->sum));
	for (uint32_t i = 0; part->count && i < built->rows.n; i++) {
		if (sk_context_cancelled(context, i))
			return -EINTR;
		part->count(sk_rows_at(&built->rows, i), built->sum);
	}
	return 0;
}

static int build(struct sk_row_job *job, struct sk_row_part *part,
		 const struct sk_context *context)
{
	struct sk_built_rows *built = &part->built;
	struct sk_view *view = &built->view;
	int err = built->builder ? 0 : sk_row_builder_new(&built->builder);

	built->sample = job->sample;
	if (!err)
		err = sk_rows_build(built->builder, part->pane, context, &part->choice,
				    &built->rows, view);
	if (!err && part->order)
		err = part->order(view, &built->rows, context);
	else if (!err && part->sort)
		err = sk_view_sort(view, &built->rows, part->sort, part->descending, context);
	if (!err && !part->order && part->sort && part->steady)
		err = sk_view_steady(view, &built->rows, part->sort, part->descending, part->steady,
				     context);
	if (!err && part->pane == SK_PANE_CONNECTIONS)
		err = sk_view_place_children(view, job->sample);
	if (!err)
		err = count_rows(part, built, context);
	sk_view_end(view);
	return err;
}

static int find(const struct sk_built_rows *built, struct sk_row_place *place,
		const struct sk_context *context)
{
	place->at = -1;
	return place->wanted ? sk_view_find(&built->view, &built->rows, place->id,
					    place->near, context, &place->at) :
			       0;
}

static bool cell_has(const struct sk_row_search *search, const struct sk_column *column,
		     const void *row, const struct sk_context *context)
{
	char cell[SK_CELL_STRLEN], *whole = NULL;
	int len = sk_value_format(context, column, row, search->format, cell, sizeof(cell));
	bool found;

	if (len >= (int)sizeof(cell))
		whole = malloc((size_t)len + 1);
	if (whole)
		sk_value_format(context, column, row, search->format, whole, (size_t)len + 1);
	found = sk_ascii_contains(whole ? whole : cell, search->text);
	free(whole);
	return found;
}

static int search_rows(struct sk_row_search *search, const struct sk_context *context)
{
	uint32_t n = search->view.n;

	search->at = -1;
	for (uint32_t i = 0; search->text[0] && i < n; i++) {
		uint32_t at = (uint32_t)(((uint64_t)search->from + i) % n);
		const void *row = sk_rows_at(&search->rows, search->view.index[at]);

		if (sk_context_cancelled(context, i % STRETCH))
			return -EINTR;
		for (size_t c = 0; c < search->columns.n; c++) {
			if (!cell_has(search, search->columns.column[c], row, context))
				continue;
			search->at = at;
			return 0;
		}
	}
	return 0;
}

void sk_row_job_run(struct sk_row_job *job, const atomic_bool *cancelled)
{
	const struct sk_context context = { .sample = job->sample,
					    .names = job->names,
					    .numeric = job->numeric,
					    .group = job->group,
					    .cancelled = cancelled };

	job->err = job->task == SK_ROWS_SEARCH ? search_rows(&job->search, &context) : 0;
	for (size_t i = 0; i < job->n_parts && !job->err; i++) {
		struct sk_row_part *part = &job->part[i];

		if (job->task == SK_ROWS_BUILD)
			job->err = build(job, part, &context);
		if (!job->err)
			job->err = find(&part->built, &part->selected, &context);
		if (!job->err)
			job->err = find(&part->built, &part->inside, &context);
	}
	for (size_t i = 0; i < job->n_trash; i++)
		sk_built_rows_free(&job->trash[i]);
	job->n_trash = 0;
}

void sk_row_job_end(struct sk_row_job *job)
{
	for (size_t i = 0; i < job->n_parts; i++) {
		sk_filter_free(job->part[i].filter);
		job->part[i].filter = NULL;
	}
	job->n_parts = 0;
	sk_sample_unref(job->sample);
	job->sample = NULL;
}
