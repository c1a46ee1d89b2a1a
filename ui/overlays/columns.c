/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "app.h"

static int entries(const struct app *app)
{
	return (int)app->panes[app->current].setup.table->n_columns;
}

static bool is_shown(const struct sk_setup *setup, const struct sk_column *column)
{
	for (size_t i = 0; i < setup->columns.n; i++) {
		if (setup->columns.column[i] == column)
			return true;
	}
	return false;
}

static void draw_entry(struct app *app, struct pen *pen, int at, bool here)
{
	const struct sk_setup *setup = &app_pane(app)->setup;
	const struct sk_column *column = &setup->table->columns[at];

	overlay_draw_column(pen, column, is_shown(setup, column), here);
}

static void draw(struct app *app, const struct box *box)
{
	overlay_draw_menu(app, box, "Columns (Space shows or hides, Esc ends)", draw_entry);
}

static bool take_key(struct app *app, int code)
{
	struct sk_setup *setup = &app_pane(app)->setup;
	const struct sk_column *column = &setup->table->columns[app->overlay.at];
	const struct key_row *key = key_find(code);
	char spec[64], error[SK_ERROR_LEN];

	if (key->act != key_tag && key->act != key_enter)
		return false;
	snprintf(spec, sizeof(spec), "%c%s", is_shown(setup, column) ? '-' : '+', column->id);
	if (setup->columns.n == 1 && spec[0] == '-')
		return true;
	sk_column_list_parse(setup->table, spec, &setup->columns, error);
	pane_remeasure(app_pane(app));
	app_request(app, true);
	return true;
}

const struct overlay_ops window_columns = {
	.draw = draw,
	.key = take_key,
	.entries = entries,
};
