/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/text.h>
#include "app.h"

static void draw_column(struct app *app, const struct box *box, int line, const void *row,
			const struct sk_context *context, const struct sk_column *column)
{
	struct pen pen = draw_pen(&app->theme, box, line);
	char cell[SK_CELL_STRLEN];
	struct sk_value value;
	int width;

	sk_column_get(column, context, row, &value);
	draw_text(&pen, ROLE_LABEL, " %-20s", column->id);
	if (value.kind == SK_VALUE_NONE) {
		draw_text(&pen, ROLE_DIM, "-");
		if (value.text)
			draw_text(&pen, ROLE_DIM, " %s", value.text);
		return;
	}
	sk_value_print(context, column, &value, app->show.format, cell, sizeof(cell));
	sk_value_free(&value);
	width = (int)sk_text_width(cell);
	draw_cell(&pen, ROLE_VALUE, cell, width > 24 ? width : 24, true);
	draw_text(&pen, ROLE_DIM, " %s", column->help);
}

/* Draws all columns of the row's table, with their help. */
static void draw(struct app *app, const struct box *box)
{
	const struct sk_table *table = app_pane(app)->setup.table;
	struct sk_context context;
	const void *row = overlay_last_row(app, &context);
	struct box inside;
	int n = (int)table->n_columns;
	char title[80];

	overlay_title(app, app_pane(app)->ops->title, title, sizeof(title));
	draw_frame(&app->theme, box, title, &inside);
	if (app->overlay.top > n - inside.h)
		app->overlay.top = n > inside.h ? n - inside.h : 0;
	for (int y = 0; row && y < inside.h && app->overlay.top + y < n; y++)
		draw_column(app, &inside, y, row, &context,
			    &table->columns[app->overlay.top + y]);
}

const struct overlay_ops window_row = { .draw = draw, .of_row = true };
