/* SPDX-License-Identifier: MIT */
/*
 * Searching: through all rows, as they would be written. A key ends it.
 */
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
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
		const struct sk_column *column = pane->setup.columns.column[c];
		int len = sk_value_format(&context, column, row, app->format, cell,
					  sizeof(cell));
		char *whole = len < (int)sizeof(cell) ? NULL :
					app_whole_cell(&context, column, row, app->format);
		bool found = sk_ascii_contains(whole ? whole : cell, app->search);

		free(whole);
		if (found)
			return true;
	}
	return false;
}

/* The first row that matches, from a place on and round; -1 = none, or a key came. */
static int64_t find(struct app *app, const struct pane *pane, uint32_t from, bool *ended)
{
	uint32_t n = pane->made.view.n;

	*ended = false;
	for (uint32_t i = 0; app->search[0] && i < n && !*ended; i++) {
		uint32_t at = (uint32_t)(((uint64_t)from + i) % n);

		if (row_matches(app, pane, at))
			return at;
		*ended = i % STRETCH == STRETCH - 1 && app_attend(app);
	}
	return -1;
}

void search_run(struct app *app)
{
	struct pane *pane = app_pane(app);
	bool tell = app->seek.tell, ended;
	int64_t at;

	app->seek.wanted = false;
	app->seek.running = true;
	at = find(app, pane, pane->at + app->seek.next, &ended);
	app->seek.running = false;
	app->dirty = true;
	if (at >= 0) {
		pane_move(pane, at - pane->at);
		pane->moved = true;
	} else if (!ended && tell && app->search[0]) {
		app_say(app, true, "'%.60s' is not in any row", app->search);
	}
}
