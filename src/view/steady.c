/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/steady.h>

/* A row passes another one from here on. */
#define EXCEEDS 1.05
#define NEW UINT32_MAX

struct place {
	uint64_t id;
	double key;	/* -INFINITY: there is none */
	uint32_t row;	/* index of the view */
	uint32_t before; /* where it stood; NEW = nowhere */
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static double key_of(const struct sk_column *column, const struct sk_context *context,
		     const void *row)
{
	struct sk_value value;
	double key;

	sk_column_get(column, context, row, &value);
	key = value.kind == SK_VALUE_REAL ? value.real : (double)-INFINITY;
	sk_value_free(&value);
	return key;
}

/* True if a has to stand before b, wherever they stood. New rows stand where they belong. */
static bool passes(const struct place *a, const struct place *b, bool descending)
{
	const struct place *more = descending ? a : b, *less = descending ? b : a;
	double factor = a->before == NEW || b->before == NEW ? 1 : EXCEEDS;

	/* what is not known comes last in both directions */
	if (isinf(a->key) || isinf(b->key))
		return isinf(b->key) && !isinf(a->key);
	return more->key > less->key * factor;
}

/* Finds where each row stood; a row that is near its old place is found at once. */
static void find_before(struct place *places, uint32_t n, const struct sk_steady *before)
{
	for (uint32_t i = 0; i < n; i++) {
		places[i].before = NEW;
		for (uint32_t k = 0; k < before->n; k++) {
			uint32_t at = (i + k) % before->n;

			if (before->id[at] != places[i].id)
				continue;
			places[i].before = at;
			break;
		}
	}
}

/* Each row moves up before the first one that it passes. */
static void move_up(struct place *places, uint32_t n, bool descending)
{
	for (uint32_t i = 1; i < n; i++) {
		struct place place = places[i];
		uint32_t to = 0;

		while (to < i && !passes(&place, &places[to], descending))
			to++;
		memmove(&places[to + 1], &places[to], (i - to) * sizeof(*places));
		places[to] = place;
	}
}

static void note(const struct place *places, uint32_t n, struct sk_steady *steady)
{
	for (uint32_t i = 0; i < n; i++)
		steady->id[i] = places[i].id;
	steady->n = n;
}

int sk_view_steady(struct sk_view *view, const struct sk_rows *rows,
		   const struct sk_column *column, bool descending,
		   struct sk_steady *steady, const struct sk_context *context)
{
	uint32_t n = view->n < SK_STEADY_ROWS ? view->n : SK_STEADY_ROWS;
	struct place *places;

	if (steady->column != column || steady->descending != descending)
		steady->n = 0;
	steady->column = column;
	steady->descending = descending;
	if (column->unit != SK_UNIT_BYTES_RATE || !n)
		return 0;
	places = malloc(n * sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const void *row = sk_rows_at(rows, view->index[i]);

		places[i] = (struct place){ .id = rows->table->row_id(context->sample, row),
					    .key = key_of(column, context, row),
					    .row = view->index[i] };
	}
	if (steady->n) {
		find_before(places, n, steady);
		qsort(places, n, sizeof(*places), by_place);
		move_up(places, n, descending);
	}
	for (uint32_t i = 0; i < n; i++)
		view->index[i] = places[i].row;
	note(places, n, steady);
	free(places);
	return 0;
}
