/* SPDX-License-Identifier: MIT */
/*
 * Searching: through all rows, as they would be written. A key ends it.
 */
#include <string.h>
#include "app.h"

/* Rows that are written between two looks at the keys: about a millisecond. */
#define STRETCH 256

void search_begin(struct app *app, bool next, bool tell)
{
	app->seek = (struct seek){ .wanted = true, .next = next, .tell = tell };
	app->dirty = true;
}

static bool row_matches(struct app *app, const struct pane *pane, uint32_t at)
{
	struct sk_context context = app_context(app);
	const void *row = sk_rows_at(&pane->made.rows, pane->made.view.index[at]);
	char cell[SK_CELL_STRLEN];

	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		sk_value_format(&context, pane->setup.columns.column[c], row, app->format,
				cell, sizeof(cell));
		if (strcasestr(cell, app->search))
			return true;
	}
	return false;
}

void search_run(struct app *app)
{
	const struct seek seek = app->seek;
	struct pane *pane = app_pane(app);
	uint32_t n = pane->made.view.n, from = pane->at + seek.next;

	app->seek.wanted = false;
	for (uint32_t i = 0; app->search[0] && i < n; i++) {
		uint32_t at = (uint32_t)(((uint64_t)from + i) % n);

		if (row_matches(app, pane, at)) {
			pane_move(pane, (int64_t)at - pane->at);
			pane->moved = true;
			return;
		}
		if (i % STRETCH == STRETCH - 1 && app_attend(app))
			return;
	}
	if (app->search[0] && seek.tell)
		app_say(app, true, "'%.60s' is not in any row", app->search);
}
