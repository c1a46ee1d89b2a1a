/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/array.h>
#include <sktop/text.h>
#include "app.h"
#include "widgets/layout.h"

#define GRAPH_MIN 10
#define ESSENTIAL 2 /* columns up to this priority are worth a cut address */

/** The steps in which texts give way: which of them, and down to how many cells. */
static const struct step {
	const char *id; /* NULL = all that have the flag */
	unsigned flag;
	int floor;
	bool last; /* when nothing else helps */
} steps[] = {
	{ "process", 0, 10, false },	  { NULL, SK_COL_ADDRESS, 18, false },
	{ "process", 0, 8, false },	  { NULL, SK_COL_ADDRESS, 16, false },
	{ "host", 0, 16, false },
	{ NULL, SK_COL_WIDE, 8, true },
};

/*
 * With host names on, a column of addresses has one width, whatever names come: the
 * rest of the table must not jump each time a name server answers.
 */
static int least_width(const struct app *app, const struct sk_column *column, int room)
{
	int width = column->width, title = (int)strlen(column->title);

	if (width < title)
		width = title;
	if (sk_names_hosts(app->names) && (column->flags & SK_COL_HOST)) {
		int host = room / 5 < 24 ? 24 : room / 5 > 48 ? 48 : room / 5;

		width = width < host ? host : width;
	}
	return width;
}

static void measure(struct app *app, struct pane *pane, int height, int room)
{
	unsigned format = app->show.format & ~(unsigned)SK_FORMAT_HOSTS;
	char cell[SK_CELL_STRLEN];

	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		const struct sk_column *column = pane->setup.columns.column[c];
		int least = least_width(app, column, room);

		if (pane->width[c] < least)
			pane->width[c] = least;
		for (int y = 0; y < height && pane->top + (uint32_t)y < pane->built.view.n; y++) {
			uint32_t i = pane->built.view.index[pane->top + (uint32_t)y];
			struct sk_context context = app_context(app);
			const void *row = sk_rows_at(&pane->built.rows, i);
			int len = sk_value_format(&context, column, row, format, cell,
						  sizeof(cell));

			if (len > (int)sizeof(cell) - 1 || !sk_text_is_plain(cell))
				len = (int)sk_text_width(cell);
			if (len > pane->width[c])
				pane->width[c] = len;
		}
	}
}

/* Cells that are missing; negative = left over. */
static int missing_cells(const struct pane *pane, int room)
{
	int total = LAYOUT_MARKS - 1;

	for (size_t c = 0; c < pane->setup.columns.n; c++)
		total += pane->column_w[c] ? pane->column_w[c] + 1 : 0;
	return total - room;
}

static bool gives_way(const struct pane *pane, size_t c, const struct step *step)
{
	const struct sk_column *column = pane->setup.columns.column[c];

	if (pane->column_w[c] <= step->floor)
		return false;
	return step->id ? strcmp(column->id, step->id) == 0 :
			  (column->flags & step->flag) != 0;
}

/* Cells that texts can give without anything being lost but their ends. */
static int yield_of(const struct pane *pane)
{
	int sum = 0;

	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		int floor = pane->column_w[c];

		for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
			if (!steps[i].last && gives_way(pane, c, &steps[i]))
				floor = steps[i].floor;
		}
		sum += pane->column_w[c] - floor;
	}
	return sum;
}

/* Drops the least important column above a priority; false = there is none. */
static bool drop_column(struct pane *pane, int above)
{
	const struct sk_column_list *list = &pane->setup.columns;
	size_t worst = list->n;

	for (size_t c = 0; c < list->n; c++) {
		if (pane->column_w[c] && list->column[c]->priority > above &&
		    (worst == list->n ||
		     list->column[c]->priority >= list->column[worst]->priority))
			worst = c;
	}
	if (worst == list->n)
		return false;
	pane->column_w[worst] = 0;
	return true;
}

/* The widest first, cell by cell. Returns what is still missing. */
static int shrink(struct pane *pane, const struct step *step, int missing)
{
	for (; missing > 0; missing--) {
		size_t widest = pane->setup.columns.n;

		for (size_t c = 0; c < pane->setup.columns.n; c++) {
			if (gives_way(pane, c, step) &&
			    (widest == pane->setup.columns.n ||
			     pane->column_w[c] > pane->column_w[widest]))
				widest = c;
		}
		if (widest == pane->setup.columns.n)
			break;
		pane->column_w[widest]--;
	}
	return missing;
}

/* A command line as long as three screens is no reason to drop it, or any column. */
static void shorten_texts(struct pane *pane, int room)
{
	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		unsigned flags = pane->setup.columns.column[c]->flags;
		int over = pane->column_w[c] - room / 3, missing = missing_cells(pane, room);

		if ((flags & SK_COL_WIDE) && !(flags & (SK_COL_ADDRESS | SK_COL_HOST)) &&
		    over > 0 && missing > 0)
			pane->column_w[c] -= over < missing ? over : missing;
	}
}

static void fit_columns(struct pane *pane, int room)
{
	int missing;

	for (size_t c = 0; c < pane->setup.columns.n; c++)
		pane->column_w[c] = pane->width[c];
	if (pane->scroll) /* who scrolls sideways wants all of them, and whole */
		return;
	shorten_texts(pane, room);
	while (missing_cells(pane, room) > 0 && drop_column(pane, ESSENTIAL))
		;
	while (missing_cells(pane, room) > yield_of(pane) && drop_column(pane, 0))
		;
	missing = missing_cells(pane, room);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		missing = shrink(pane, &steps[i], missing);
}

/* Places the columns from x on; the first one stands while the rest scroll. */
static void place_columns(struct pane *pane, const struct box *box, int graph)
{
	const struct sk_column_list *list = &pane->setup.columns;
	int x = box->x + LAYOUT_MARKS, end = box->x + box->w - graph;

	for (size_t c = 0; c < list->n; c++) {
		bool gone = c > 0 && (int)c <= pane->scroll;

		pane->column_x[c] = -1;
		if (gone || !pane->column_w[c] || x >= end)
			continue;
		if (x + pane->column_w[c] > end) {
			/* half a text is something; half a number is another number */
			if (c > 0 && !(list->column[c]->flags & SK_COL_LEFT)) {
				x = end;
				continue;
			}
			pane->column_w[c] = end - x;
		}
		pane->column_x[c] = x;
		x += pane->column_w[c] + 1;
	}
}

/* Text at the very end may use what is left. */
static void widen_last(struct pane *pane, int left)
{
	size_t last = pane->setup.columns.n;

	while (last > 0 && pane->column_x[last - 1] < 0)
		last--;
	if (last && (pane->setup.columns.column[last - 1]->flags & SK_COL_LEFT))
		pane->column_w[last - 1] += left;
}

static bool cuts_address(const struct pane *pane)
{
	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		if ((pane->setup.columns.column[c]->flags & SK_COL_ADDRESS) &&
		    pane->column_w[c] && pane->column_w[c] < pane->width[c])
			return true;
	}
	return false;
}

int layout_columns(struct app *app, struct pane *pane, const struct box *box)
{
	int left, graph = 0;

	measure(app, pane, pane->visible, box->w);
	fit_columns(pane, box->w - pane->ops->graph_width);
	if (pane->ops->graph_width && cuts_address(pane))
		fit_columns(pane, box->w);
	left = -missing_cells(pane, box->w);
	if (pane->ops->graph && left > GRAPH_MIN)
		graph = left - 1;
	place_columns(pane, box, graph ? graph + 1 : 0);
	if (!graph && left > 0 && pane->scroll == 0)
		widen_last(pane, left);
	return graph;
}
