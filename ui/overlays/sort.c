/* SPDX-License-Identifier: MIT */
#include "app.h"

static int entries(const struct app *app)
{
	return (int)app->panes[app->current].setup.columns.n;
}

/* The menu begins at what holds now. */
static void open_menu(struct app *app)
{
	const struct sk_setup *setup = &app_pane(app)->setup;

	while (app->overlay.at + 1 < entries(app) &&
	       setup->columns.column[app->overlay.at] != setup->sort)
		app->overlay.at++;
}

static void draw_entry(struct app *app, struct pen *pen, int at, bool here)
{
	const struct sk_setup *setup = &app_pane(app)->setup;
	const struct sk_column *column = setup->columns.column[at];

	overlay_draw_column(pen, column, column == setup->sort, here);
}

static void draw(struct app *app, const struct box *box)
{
	overlay_draw_menu(app, box, "Sort by (Enter)", draw_entry);
}

static bool take_key(struct app *app, int code)
{
	struct sk_setup *setup = &app_pane(app)->setup;

	if (key_find(code)->act != key_enter)
		return false;
	setup->sort = setup->columns.column[app->overlay.at];
	setup->descending = (setup->sort->flags & SK_COL_DESC) != 0;
	overlay_close(app);
	app_rebuild(app, "sorting...");
	return true;
}

const struct overlay_ops window_sort = {
	.draw = draw,
	.open = open_menu,
	.key = take_key,
	.entries = entries,
};
