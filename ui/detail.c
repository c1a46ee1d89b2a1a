/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "app.h"

#define LABEL_WIDTH 23
#define TWO_COLUMNS 150 /* cells from which on there is room for two */

void detail_free(struct detail_view *view)
{
	sk_detail_rows_free(&view->rows);
	free(view->lines);
	*view = (struct detail_view){ 0 };
}

static int add_line(struct detail_view *view, struct detail_line line)
{
	if (view->n == view->capacity) {
		size_t capacity = view->capacity ? view->capacity * 2 : 256;
		struct detail_line *bigger =
			realloc(view->lines, capacity * sizeof(*bigger));

		if (!bigger)
			return -1;
		view->lines = bigger;
		view->capacity = capacity;
	}
	view->lines[view->n++] = line;
	return 0;
}

/* Where a line of at most `cells` ends: behind a word when there is one. */
static uint32_t piece_of(const char *text, int cells)
{
	uint32_t at = 0, space = 0;

	for (int used = 0; text[at] && used < cells; used++) {
		if (text[at] == ' ')
			space = at;
		at++;
		while ((text[at] & 0xc0) == 0x80)
			at++;
	}
	if (!text[at] || text[at] == ' ' || !space)
		return at;
	return space;
}

static int add_row(struct detail_view *view, uint32_t row, int width)
{
	const char *value = view->rows.row[row].value;
	int cells = *view->rows.row[row].label ? width - LABEL_WIDTH : width;
	uint32_t from = 0;

	do {
		uint32_t len = piece_of(value + from, cells);
		struct detail_line line = { row, from, len, false };

		if (add_line(view, line))
			return -1;
		from += len;
		while (value[from] == ' ')
			from++;
	} while (value[from]);
	return 0;
}

/* Cuts the rows into lines of a column `width` cells wide. */
static int lay_out(struct detail_view *view, int width)
{
	const char *section = "";

	view->n = 0;
	for (uint32_t i = 0; i < view->rows.n; i++) {
		struct detail_line heading = { i, 0, 0, true };

		if (strcmp(view->rows.row[i].section, section) != 0 &&
		    add_line(view, heading))
			return -1;
		section = view->rows.row[i].section;
		if (add_row(view, i, width))
			return -1;
	}
	return 0;
}

static void draw_line(const struct app *app, const struct box *box, int y,
		      const struct detail_line *line)
{
	const struct sk_detail_row *row = &app->detail.rows.row[line->row];
	struct pen pen = draw_pen(&app->theme, box, y);
	bool first = line->from == 0;

	if (line->heading) {
		draw_text(&pen, ROLE_TITLE, "%s", row->section);
		return;
	}
	if (*row->label)
		draw_cell(&pen, ROLE_LABEL, first ? row->label : "", LABEL_WIDTH - 1, true);
	if (*row->label)
		draw_text(&pen, ROLE_TEXT, " ");
	draw_text(&pen, ROLE_VALUE, "%.*s", (int)line->len, row->value + line->from);
}

static void draw_lines(struct app *app, const struct box *box, int columns)
{
	struct detail_view *view = &app->detail;
	int n = (int)view->n, height = (n + columns - 1) / columns;

	if (app->overlay.top > height - box->h)
		app->overlay.top = height > box->h ? height - box->h : 0;
	for (int column = 0; column < columns; column++) {
		struct box part = *box;

		part.w = box->w / columns - 1;
		part.x += column * (box->w / columns);
		for (int y = 0; y < box->h && app->overlay.top + y < height; y++) {
			int at = column * height + app->overlay.top + y;

			if (at < n)
				draw_line(app, &part, y, &view->lines[at]);
		}
	}
}

void detail_draw(struct app *app, const struct box *box)
{
	struct sk_context context = app_context(app);
	struct sk_detail_input input = { .context = &context,
					 .socket = &app->overlay.socket,
					 .detail = app->sample->detail };
	int columns = box->w >= TWO_COLUMNS ? 2 : 1;
	int err;

	context.ask_hosts = true;
	err = sk_detail_rows_make(&input, &app->detail.rows);
	if (!err && lay_out(&app->detail, box->w / columns - 1))
		err = -ENOMEM;
	if (err)
		app->error = err;
	else
		draw_lines(app, box, columns);
}
