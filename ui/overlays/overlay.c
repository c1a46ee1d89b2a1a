/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/counter_help.h>
#include "app.h"

#define ESC 27

static size_t menu_size(const struct app *app)
{
	const struct pane *pane = &app->panes[app->current];

	return app->overlay.kind == OVERLAY_SORT ? pane->setup.columns.n :
						   pane->setup.table->n_columns;
}

static const struct sk_column *menu_column(const struct app *app, int at)
{
	const struct pane *pane = &app->panes[app->current];

	return app->overlay.kind == OVERLAY_SORT ? pane->setup.columns.column[at] :
						   &pane->setup.table->columns[at];
}

bool overlay_has_row(const struct overlay *overlay)
{
	return overlay->kind == OVERLAY_SOCKET || overlay->kind == OVERLAY_LINK ||
	       overlay->kind == OVERLAY_COUNTER || overlay->kind == OVERLAY_ROW;
}

void overlay_forget(struct overlay *overlay)
{
	free(overlay->last_row);
	sk_sample_unref(overlay->last_sample);
	overlay->last_row = NULL;
	overlay->last_sample = NULL;
}

void overlay_open(struct app *app, enum overlay_kind kind)
{
	const void *row = pane_row(app_pane(app));

	overlay_forget(&app->overlay);
	app->overlay = (struct overlay){ .kind = kind };
	while (kind == OVERLAY_SORT && app->overlay.at + 1 < (int)menu_size(app) &&
	       menu_column(app, app->overlay.at) != app_pane(app)->setup.sort)
		app->overlay.at++;
	if (!overlay_has_row(&app->overlay))
		return;
	if (!row) {
		app->overlay.kind = OVERLAY_NONE;
		return;
	}
	app->overlay.row = app_pane(app)->made.rows.table->row_id(app->sample, row);
	app->overlay.place = app_pane(app)->at;
	if (kind == OVERLAY_LINK)
		app_request(app, true);
	if (kind == OVERLAY_SOCKET) {
		app->detail.id = 0; /* another one, or anew */
		app->overlay.pin = sk_pin_of(app->sample, row);
		app_request(app, true);
	}
}

void overlay_close(struct app *app)
{
	if (app->overlay.kind == OVERLAY_ACT)
		act_end(app);
	app->overlay.kind = OVERLAY_NONE;
	overlay_forget(&app->overlay);
	app_request(app, false);
}

const void *overlay_row(const struct app *app)
{
	const struct sk_built_rows *made = &app->panes[app->current].made;
	int64_t at = app->overlay.place;

	return at < 0 || at >= made->view.n ?
		       NULL : sk_rows_at(&made->rows, made->view.index[at]);
}

const void *overlay_last_row(const struct app *app, struct sk_context *context)
{
	const void *row = overlay_row(app);

	*context = app_context(app);
	if (row || !app->overlay.last_row)
		return row;
	context->sample = app->overlay.last_sample;
	return app->overlay.last_row;
}

void overlay_title(const struct app *app, const char *name, char *out, size_t size)
{
	const char *gone = app_filter(app) ? "gone or filtered out" : "gone";

	if (overlay_row(app))
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%s (%s%s)", name, gone,
			 app->overlay.last_row ? "; last seen so" : "");
}

/* An interface that was made anew has another number, and its name. */
static int64_t find_link(const struct sk_built_rows *made, const struct sk_link *last)
{
	for (uint32_t i = 0; i < made->view.n; i++) {
		const struct sk_link *link = sk_rows_at(&made->rows, made->view.index[i]);

		if (link->netns == last->netns && strcmp(link->name, last->name) == 0)
			return i;
	}
	return -1;
}

void overlay_follow(struct app *app, const struct sk_built_rows *made, int64_t *place)
{
	struct overlay *overlay = &app->overlay;
	size_t size = made->rows.table->row_size;
	struct sk_context context;
	const void *last = overlay_last_row(app, &context);

	if (*place < 0 && last && overlay->kind == OVERLAY_LINK)
		*place = find_link(made, last);
	if (*place >= 0) {
		overlay->row = made->rows.table->row_id(
			made->sample, sk_rows_at(&made->rows, made->view.index[*place]));
		overlay_forget(overlay);
		return;
	}
	if (!last || overlay->last_row || overlay->kind == OVERLAY_SOCKET)
		return;
	overlay->last_row = malloc(size);
	if (!overlay->last_row)
		return;
	memcpy(overlay->last_row, last, size);
	overlay->last_sample = sk_sample_ref(app->sample);
}

static void draw_key(struct app *app, const struct box *box, int line,
		     const struct key_row *key)
{
	struct pen pen = draw_pen(&app->theme, box, line);

	if (!key->shown) {
		draw_text(&pen, ROLE_TITLE, "%s", key->help);
		return;
	}
	draw_text(&pen, ROLE_KEY, " %-9s", key->shown);
	draw_text(&pen, ROLE_TEXT, " %s", key->help);
}

/* Help in as many columns as there is room for; scrolls where it has no room. */
static void draw_help(struct app *app, const struct box *box)
{
	const int cell = 39;
	int lines, columns, shown = 0, n = 0;
	struct box inside;

	for (size_t i = 0; i < key_count; i++)
		n += key_table[i].help != NULL;
	columns = (box->w - 2) / cell > 0 ? (box->w - 2) / cell : 1;
	lines = (n + columns - 1) / columns;
	draw_frame(&app->theme, box,
		   lines > box->h - 2 ? "Keys (Up and Down scroll)" : "Keys", &inside);
	if (app->overlay.top > lines - inside.h)
		app->overlay.top = lines > inside.h ? lines - inside.h : 0;
	for (size_t i = 0; i < key_count; i++) {
		int at = shown / lines * cell, line = shown % lines - app->overlay.top;
		struct box part = { inside.y, inside.x + at, inside.h,
				    inside.w - at < cell ? inside.w - at : cell };

		if (!key_table[i].help)
			continue;
		shown++;
		if (line >= 0 && part.w > 0)
			draw_key(app, &part, line, &key_table[i]);
	}
}

static bool is_shown(const struct pane *pane, const struct sk_column *column)
{
	for (size_t i = 0; i < pane->setup.columns.n; i++) {
		if (pane->setup.columns.column[i] == column)
			return true;
	}
	return false;
}

static void draw_menu(struct app *app, const struct box *box)
{
	const struct pane *pane = app_pane(app);
	bool sort = app->overlay.kind == OVERLAY_SORT;
	int n = (int)menu_size(app);
	struct box inside;

	draw_frame(&app->theme, box, sort ? "Sort by (Enter)" :
					    "Columns (Space shows or hides, Esc ends)",
		   &inside);
	if (app->overlay.at < app->overlay.top)
		app->overlay.top = app->overlay.at;
	if (app->overlay.at >= app->overlay.top + inside.h)
		app->overlay.top = app->overlay.at - inside.h + 1;
	for (int y = 0; y < inside.h && app->overlay.top + y < n; y++) {
		int at = app->overlay.top + y;
		const struct sk_column *column = menu_column(app, at);
		bool on = sort ? column == pane->setup.sort : is_shown(pane, column);
		bool here = at == app->overlay.at;
		struct pen pen = draw_pen(&app->theme, &inside, y);

		draw_rest(&pen, here ? ROLE_SELECTED : ROLE_TEXT);
		pen.x = inside.x;
		draw_text(&pen, here ? ROLE_SELECTED : ROLE_VALUE, " [%c] %-16s",
			  on ? 'x' : ' ', column->id);
		draw_text(&pen, here ? ROLE_SELECTED : ROLE_DIM, " %s", column->help);
	}
}

static void draw_socket(struct app *app, const struct box *box)
{
	const struct sk_socket *now = overlay_row(app);

	if (now)
		app->overlay.pin = sk_pin_of(app->sample, now);
	detail_draw(app, box, now && !(now->flags & SK_F_GONE) ?
				      "Connection" : "Connection (gone; last seen so)");
}

static void draw_link(struct app *app, const struct box *box)
{
	struct sk_context context;
	const struct sk_link *link = overlay_last_row(app, &context);
	struct box inside, part;
	const struct sk_series *series;
	int counters, lines;
	char title[80];

	overlay_title(app, link ? link->name : "Interface", title, sizeof(title));
	draw_frame(&app->theme, box, title, &inside);
	if (!link)
		return;
	lines = overlay_draw_link_facts(app, &inside, link, &context);
	inside.y += lines;
	inside.h -= lines;
	counters = (link->n_stats + 1) / 2;
	overlay_draw_link_counters(app, &inside, link);
	for (int tx = 0; tx < 2; tx++) {
		int h = (inside.h - counters - 1) / 2;

		series = sk_history_link(app->history, link->netns, link->name, tx);
		part = (struct box){ inside.y + counters + 1 + tx * h, inside.x + 1, h,
				     inside.w - 2 };
		if (series && h > 2)
			draw_graph(&app->theme, &part, tx ? ROLE_TX : ROLE_RX, series,
				   tx ? "TX" : "RX");
	}
}

static void draw_counter(struct app *app, const struct box *box)
{
	struct sk_context context;
	const struct sk_counter *counter = overlay_last_row(app, &context);
	const struct sk_counter_help *help;
	struct box inside;
	struct pen pen;
	char number[32], title[80];
	int line = 1;

	overlay_title(app, counter ? counter->name : "Counter", title, sizeof(title));
	draw_frame(&app->theme, box, title, &inside);
	if (!counter)
		return;
	help = sk_counter_help(counter->section, counter->name);
	pen = draw_pen(&app->theme, &inside, 0);
	draw_text(&pen, ROLE_LABEL, " %s.%s", counter->section, counter->name);
	line += draw_wrapped(&app->theme, &inside, line, ROLE_TEXT,
			     help ? help->text : "newer than this sktop");
	pen = draw_pen(&app->theme, &inside, line);
	draw_text(&pen, ROLE_VALUE, " %s", draw_thousands(counter->value, number));
	sk_unit_format(SK_UNIT_RATE, counter->rate, 0, number, sizeof(number));
	draw_text(&pen, ROLE_DIM, "   %s/s, %s", number,
		  counter->gauge ? "a level" : "counted since boot");
}

void overlay_draw(struct app *app, const struct box *box)
{
	static void (*const drawers[])(struct app *, const struct box *) = {
		[OVERLAY_HELP] = draw_help,	  [OVERLAY_SORT] = draw_menu,
		[OVERLAY_PROTOCOLS] = protocols_draw,
		[OVERLAY_COLUMNS] = draw_menu,	  [OVERLAY_SOCKET] = draw_socket,
		[OVERLAY_LINK] = draw_link,	  [OVERLAY_COUNTER] = draw_counter,
		[OVERLAY_ROW] = overlay_draw_row,
		[OVERLAY_ACT] = act_draw,
	};

	if (app->overlay.kind != OVERLAY_NONE)
		drawers[app->overlay.kind](app, box);
}

static void choose_sort(struct app *app)
{
	struct pane *pane = app_pane(app);

	pane->setup.sort = menu_column(app, app->overlay.at);
	pane->setup.descending = (pane->setup.sort->flags & SK_COL_DESC) != 0;
	overlay_close(app);
	app_rebuild(app, "sorting...");
}

static void toggle_column(struct app *app)
{
	struct pane *pane = app_pane(app);
	const struct sk_column *column = menu_column(app, app->overlay.at);
	char spec[64], error[SK_ERROR_LEN];

	snprintf(spec, sizeof(spec), "%c%s", is_shown(pane, column) ? '-' : '+',
		 column->id);
	if (pane->setup.columns.n == 1 && spec[0] == '-')
		return;
	sk_column_list_parse(pane->setup.table, spec, &pane->setup.columns, error);
	pane_remeasure(pane);
	app_request(app, true);
}

static void menu_move(struct app *app, int by)
{
	int n = (int)menu_size(app), at = app->overlay.at + by;

	app->overlay.at = at < 0 ? 0 : at >= n ? n - 1 : at;
}

void overlay_scroll(struct app *app, int by)
{
	if (app->overlay.kind == OVERLAY_SORT || app->overlay.kind == OVERLAY_COLUMNS)
		menu_move(app, by);
	else if (app->overlay.kind == OVERLAY_SOCKET)
		detail_move(app, by);
	else
		app->overlay.top = app->overlay.top + by < 0 ? 0 : app->overlay.top + by;
}

bool overlay_key(struct app *app, int code)
{
	enum action action = key_action(code);
	int by = action == ACT_UP ? -1 : action == ACT_DOWN ? 1 :
		 action == ACT_PAGE_UP ? -10 : action == ACT_PAGE_DOWN ? 10 :
		 action == ACT_HOME ? -10000 : action == ACT_END ? 10000 : 0;

	if (app->overlay.kind == OVERLAY_ACT)
		return act_key(app, code);
	/* on what is looked into, wherever the selection went meanwhile */
	if (action == ACT_KILL && app->overlay.kind == OVERLAY_SOCKET) {
		act_open(app);
		return true;
	}
	if (app->overlay.kind == OVERLAY_PROTOCOLS && protocols_key(app, action))
		return true;
	if (by)
		overlay_scroll(app, by);
	else if (action == ACT_COPY && app->overlay.kind == OVERLAY_SOCKET)
		detail_copy(app);
	else if (app->overlay.kind == OVERLAY_COLUMNS &&
		 (action == ACT_TAG || action == ACT_ENTER))
		toggle_column(app);
	else if (app->overlay.kind == OVERLAY_SORT && action == ACT_ENTER)
		choose_sort(app);
	else if (action == ACT_BACK || action == ACT_ENTER || code == ESC || code == 'q' ||
		 action == ACT_HELP)
		overlay_close(app);
	else
		return false;
	return true;
}
