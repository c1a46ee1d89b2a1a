/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "app.h"

static void sort_by(struct app *app, const struct sk_column *column)
{
	struct pane *pane = app_pane(app);

	if (!column)
		return;
	if (column == pane->setup.sort)
		pane->setup.descending = !pane->setup.descending;
	else
		pane->setup.descending = (column->flags & SK_COL_DESC) != 0;
	pane->setup.sort = column;
	app_request(app, column->needs & SK_NEED_MORE);
	app_rebuild(app, "sorting...");
}

static void sort_by_id(struct app *app, const char *id)
{
	const struct sk_column *column =
		sk_column_find(app_pane(app)->setup.table, id, strlen(id));

	if (column)
		sort_by(app, column);
	else
		app_say(app, true, "%s has no column '%s'", app_pane(app)->ops->title, id);
}

static void sort_neighbour(struct app *app, int by)
{
	struct pane *pane = app_pane(app);
	int n = (int)pane->setup.columns.n, at = 0;

	while (at < n && pane->setup.columns.column[at] != pane->setup.sort)
		at++;
	if (at == n)
		at = by > 0 ? -1 : n;
	at += by;
	if (at >= 0 && at < n)
		sort_by(app, pane->setup.columns.column[at]);
}

static void toggle_tag(struct app *app)
{
	const void *row = pane_row(app_pane(app));
	uint64_t id;

	if (!row)
		return;
	id = app_pane(app)->made.rows.table->row_id(app->sample, row);
	/* identities of different tables may be the same number */
	if (app->tags_of != app_pane(app)->made.rows.table)
		app->n_tags = 0;
	app->tags_of = app_pane(app)->made.rows.table;
	for (size_t i = 0; i < app->n_tags; i++) {
		if (app->tags[i] == id) {
			app->tags[i] = app->tags[--app->n_tags];
			pane_move(app_pane(app), 1);
			return;
		}
	}
	if (app->n_tags == app->tags_capacity) {
		size_t capacity = app->tags_capacity ? app->tags_capacity * 2 : 16;
		uint64_t *bigger = realloc(app->tags, capacity * sizeof(*bigger));

		if (!bigger)
			return;
		app->tags = bigger;
		app->tags_capacity = capacity;
	}
	app->tags[app->n_tags++] = id;
	pane_move(app_pane(app), 1);
}

static void enter(struct app *app)
{
	static const enum overlay_kind details[SK_PANE_COUNT] = {
		[SK_PANE_CONNECTIONS] = OVERLAY_SOCKET,
		[SK_PANE_INTERFACES] = OVERLAY_LINK,
		[SK_PANE_PROTOCOLS] = OVERLAY_COUNTER,
		[SK_PANE_ROUTES] = OVERLAY_ROW,
		[SK_PANE_RULES] = OVERLAY_ROW,
		[SK_PANE_NEIGHBOURS] = OVERLAY_ROW,
		[SK_PANE_GROUPS] = OVERLAY_ROW,
		[SK_PANE_NAT] = OVERLAY_ROW,
	};
	struct pane *pane = app_pane(app);
	const void *row = pane_row(pane);

	if (app->current == SK_PANE_DASHBOARD)
		app_show(app, SK_PANE_CONNECTIONS);
	else if (row && pane->ops->drill) {
		pane->ops->drill(app, pane, row, &app->drill);
		app->drill.from = pane->ops->id;
		app_show(app, SK_PANE_CONNECTIONS);
	}
	else if (row)
		overlay_open(app, details[app->current]);
}

/* The innermost thing first: what was opened last is closed first. */
static void back(struct app *app)
{
	if (app->search[0]) {
		app->search[0] = '\0';
	} else if (app->drill.sockets.kind) {
		app->drill.sockets.kind = SK_DRILL_NONE;
		app_show(app, app->drill.from);
	} else if (app_filter_text(app)[0]) {
		app_set_filter(app, "", NULL);
	}
}

static void clear_all(struct app *app)
{
	app->search[0] = '\0';
	app->drill.sockets.kind = SK_DRILL_NONE;
	app->hide_idle = app->hide_listening = app->frozen = app->following = false;
	app->losses[0] = '\0';
	app->n_tags = 0;
	app_set_filter(app, "", NULL);
}

static void cycle_units(struct app *app)
{
	const unsigned other = app->format & ~(unsigned)(SK_FORMAT_BITS | SK_FORMAT_EXACT);

	if (app->format & SK_FORMAT_BITS)
		app->format = other | SK_FORMAT_EXACT;
	else
		app->format = other | (app->format & SK_FORMAT_EXACT ? 0 : SK_FORMAT_BITS);
	pane_remeasure(app_pane(app));
	app_say(app, false, "Rates in %s", app->format & SK_FORMAT_BITS  ? "bits/s" :
					   app->format & SK_FORMAT_EXACT ? "exact bytes/s" :
									   "bytes/s");
}

/* Pressed again, it lets all of them through again. */
static void only_user(struct app *app)
{
	const struct sk_table *table = app_pane(app)->setup.table;
	const struct sk_column *column = sk_column_find(table, "uid", 3);
	struct sk_context context = app_context(app);
	const void *row = pane_row(app_pane(app));
	struct sk_value value = { .kind = SK_VALUE_NONE };
	char text[40];

	if (strncmp(app_filter_text(app), "uid = ", 6) == 0) {
		app_set_filter(app, "", NULL);
		return;
	}
	if (column && row)
		sk_column_get(column, &context, row, &value);
	if (value.kind != SK_VALUE_UINT) {
		app_say(app, true, "The row has no user");
		sk_value_free(&value);
		return;
	}
	snprintf(text, sizeof(text), "uid = %llu", (unsigned long long)value.uint);
	app_set_filter(app, text, NULL);
}

char *app_whole_cell(const struct sk_context *context, const struct sk_column *column,
		     const void *row, unsigned format)
{
	int len = sk_value_format(context, column, row, format, NULL, 0);
	char *cell = malloc((size_t)len + 1);

	if (cell)
		sk_value_format(context, column, row, format, cell, (size_t)len + 1);
	return cell;
}

/* All cells of a row in one line, to be freed; NULL: no memory. */
static char *row_text(struct app *app, const void *row)
{
	const struct sk_column_list *columns = &app_pane(app)->setup.columns;
	struct sk_context context = app_context(app);
	size_t size = 0;
	char *line = NULL;
	FILE *out = open_memstream(&line, &size);
	bool whole = out != NULL;

	for (size_t c = 0; c < columns->n && whole; c++) {
		char *cell = app_whole_cell(&context, columns->column[c], row, app->format);

		whole = cell && fprintf(out, "%s%s", c ? " " : "", cell) >= 0;
		free(cell);
	}
	if (out && fclose(out))
		whole = false;
	if (whole)
		return line;
	free(line);
	return NULL;
}

static void copy_row(struct app *app)
{
	const void *row = pane_row(app_pane(app));
	char *line = row ? row_text(app, row) : NULL;

	if (row)
		app_copy(app, line);
	free(line);
}

static void follow(struct app *app)
{
	app->following = !app->following && pane_row(app_pane(app));
	app_pane(app)->moved |= app->following;
}

static void freeze(struct app *app)
{
	app->frozen = !app->frozen;
	app_request(app, !app->frozen);
}

/* Some keys would make one group of all. */
static bool is_worth_grouping(const struct app *app, enum sk_group_key key)
{
	if (key == SK_GROUP_NETNS)
		return sk_sample_netns_count(app->sample, SK_NETNS_SEEN) > 1;
	return key != SK_GROUP_CGROUP;
}

static void next_group(struct app *app)
{
	enum sk_pane_id next = app_pane(app)->ops->next;

	if (next) {
		app_show(app, next);
		return;
	}
	if (app->current == SK_PANE_HOSTS) {
		do
			app->group = (app->group + 1) % SK_GROUP_COUNT;
		while (!is_worth_grouping(app, app->group));
		pane_forget(app_pane(app)); /* of another kind */
	}
	app_show(app, SK_PANE_HOSTS);
	app_say(app, false, "Grouped by %s", sk_group_key_name(app->group));
}

static void hide_idle(struct app *app)
{
	if (app->current == SK_PANE_PROTOCOLS) {
		app->show_zeros = !app->show_zeros;
	} else {
		app->hide_idle = !app->hide_idle;
		app_say(app, false, "Idle connections are %s",
			app->hide_idle ? "hidden" : "shown");
	}
	app_rebuild(app, "choosing...");
}

/* Whatever a pane leaves out at first. */
static void show_more(struct app *app)
{
	if (sk_pane_has_extra(app->current) && !app_pane(app)->ops->whole) {
		app->show_all = !app->show_all;
		app_request(app, true);
	} else {
		app->hide_listening = !app->hide_listening;
		app_say(app, false, "Listening sockets are %s among the connections",
			app->hide_listening ? "hidden" : "shown");
	}
	app_rebuild(app, "choosing...");
}

/** Keys that sort by the same column in every pane. */
static const struct {
	enum action action;
	const char *column;
} sort_keys[] = {
	{ ACT_SORT_MEMORY, "rmem" },
	{ ACT_SORT_AGE, "age" },
	{ ACT_SORT_PID, "pid" },
	{ ACT_SORT_TOTAL, "tx-total" },
	{ ACT_SORT_STATE, "state" },
};

/* Whatever a pane has that goes by the second. */
static void sort_by_rate(struct app *app)
{
	static const char *const ids[] = { "tx", "rate", "drop-rate", "in" };
	const struct sk_column *column = NULL;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]) && !column; i++)
		column = sk_column_find(app_pane(app)->setup.table, ids[i],
					strlen(ids[i]));
	if (column)
		sort_by(app, column);
	else
		app_say(app, true, "%s has no rates", app_pane(app)->ops->title);
}

static void sort_by_remote(struct app *app)
{
	sort_by_id(app, app->current == SK_PANE_HOSTS ? "host" : "remote");
}

static void reverse(struct app *app)
{
	sort_by(app, app_pane(app)->setup.sort);
}

static void quit(struct app *app)
{
	app->quit = true;
}

static void search(struct app *app)
{
	prompt_open(app, PROMPT_SEARCH, "");
}

static void search_next(struct app *app)
{
	search_begin(app, true, true);
}

static void edit_filter(struct app *app)
{
	prompt_open(app, PROMPT_FILTER, app_filter_text(app));
}

static void interval(struct app *app)
{
	char number[32];

	snprintf(number, sizeof(number), "%g", app->request.interval);
	prompt_open(app, PROMPT_INTERVAL, number);
}

static void untag(struct app *app)
{
	app->n_tags = 0;
}

static void colors(struct app *app)
{
	theme_set_colors(&app->theme, !app->theme.colors);
}

static void mark_sort(struct app *app)
{
	app->mark_sort = !app->mark_sort;
}

static void redraw(struct app *app)
{
	(void)app;
	clearok(curscr, TRUE);
}

static void open_window(struct app *app, int kind)
{
	overlay_open(app, (enum overlay_kind)kind);
}

static void toggle_names(struct app *app, int kind)
{
	app_toggle_names(app, (enum sk_names_kind)kind);
}

/** What each action does: one of the two functions. */
static const struct {
	enum action action;
	void (*act)(struct app *app);
	void (*act_on)(struct app *app, int arg);
	int arg;
} bindings[] = {
	{ ACT_SORT_LEFT, NULL, sort_neighbour, -1 },
	{ ACT_SORT_RIGHT, NULL, sort_neighbour, 1 },
	{ ACT_REVERSE, reverse, NULL, 0 },
	{ ACT_SORT_RATE, sort_by_rate, NULL, 0 },
	{ ACT_SORT_REMOTE, sort_by_remote, NULL, 0 },
	{ ACT_GROUP, next_group, NULL, 0 },
	{ ACT_TAG, toggle_tag, NULL, 0 },
	{ ACT_UNTAG, untag, NULL, 0 },
	{ ACT_USER, only_user, NULL, 0 },
	{ ACT_HIDE_IDLE, hide_idle, NULL, 0 },
	{ ACT_ALL_STATES, show_more, NULL, 0 },
	{ ACT_UNITS, cycle_units, NULL, 0 },
	{ ACT_COPY, copy_row, NULL, 0 },
	{ ACT_FOLLOW, follow, NULL, 0 },
	{ ACT_FREEZE, freeze, NULL, 0 },
	{ ACT_BACK, back, NULL, 0 },
	{ ACT_CLEAR_ALL, clear_all, NULL, 0 },
	{ ACT_KILL, act_open, NULL, 0 },
	{ ACT_ENTER, enter, NULL, 0 },
	{ ACT_QUIT, quit, NULL, 0 },
	{ ACT_SEARCH, search, NULL, 0 },
	{ ACT_SEARCH_NEXT, search_next, NULL, 0 },
	{ ACT_FILTER, edit_filter, NULL, 0 },
	{ ACT_INTERVAL, interval, NULL, 0 },
	{ ACT_COLORS, colors, NULL, 0 },
	{ ACT_MARK_SORT, mark_sort, NULL, 0 },
	{ ACT_REDRAW, redraw, NULL, 0 },
	{ ACT_HELP, NULL, open_window, OVERLAY_HELP },
	{ ACT_SORT_MENU, NULL, open_window, OVERLAY_SORT },
	{ ACT_PROTOCOLS, NULL, open_window, OVERLAY_PROTOCOLS },
	{ ACT_COLUMNS, NULL, open_window, OVERLAY_COLUMNS },
	{ ACT_HOST_NAMES, NULL, toggle_names, SK_NAMES_HOSTS },
	{ ACT_SERVICES, NULL, toggle_names, SK_NAMES_SERVICES },
	{ ACT_USER_NAMES, NULL, toggle_names, SK_NAMES_USERS },
};

static void act_by_table(struct app *app, enum action action)
{
	for (size_t i = 0; i < sizeof(sort_keys) / sizeof(sort_keys[0]); i++) {
		if (sort_keys[i].action == action)
			sort_by_id(app, sort_keys[i].column);
	}
	for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
		if (bindings[i].action != action)
			continue;
		if (bindings[i].act)
			bindings[i].act(app);
		else
			bindings[i].act_on(app, bindings[i].arg);
		return;
	}
}

/* How far each movement goes, in rows, or in pages of the table. */
static bool act_on_selection(struct app *app, enum action action)
{
	struct pane *pane = app_pane(app);
	int page = pane->visible > 1 ? pane->visible - 1 : 1;
	const struct {
		enum action action;
		int64_t by;
	} moves[] = {
		{ ACT_UP, -1 },		   { ACT_DOWN, 1 },
		{ ACT_PAGE_UP, -page },	   { ACT_PAGE_DOWN, page },
		{ ACT_HALF_UP, -page / 2 }, { ACT_HALF_DOWN, page / 2 },
		{ ACT_HOME, INT32_MIN * INT64_C(4) }, { ACT_END, INT32_MAX * INT64_C(4) },
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		if (moves[i].action == action) {
			pane_move(pane, moves[i].by);
			return true;
		}
	}
	if (action != ACT_LEFT && action != ACT_RIGHT)
		return false;
	pane->scroll += action == ACT_RIGHT ? 1 : -1;
	if (pane->scroll < 0)
		pane->scroll = 0;
	if (pane->scroll > (int)pane->setup.columns.n - 2)
		pane->scroll = (int)pane->setup.columns.n - 2;
	return true;
}

static void show_digit(struct app *app, char digit)
{
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		if (sk_pane_info(i)->key == digit) {
			app_show(app, i);
			return;
		}
	}
}

/* The dashboard shows tables, but none of them is at hand. */
static bool needs_table(enum action action)
{
	static const enum action actions[] = {
		ACT_SEARCH, ACT_SEARCH_NEXT, ACT_TAG, ACT_UNTAG, ACT_FOLLOW, ACT_USER,
		ACT_COLUMNS, ACT_COPY, ACT_KILL,
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (actions[i] == action)
			return true;
	}
	return action >= ACT_SORT_MENU && action <= ACT_SORT_STATE;
}

/*
 * What is about a row, or all that a filter lets through, must not meet the rows from
 * before the filter; and nobody moves among rows that are not there.
 */
static bool must_wait(const struct app *app, enum action action)
{
	static const enum action actions[] = { ACT_ENTER, ACT_KILL, ACT_TAG, ACT_USER,
					       ACT_COPY, ACT_FOLLOW, ACT_SEARCH_NEXT };

	if (!app->sample || !(app->ahead.wanted || app->ahead.search_wanted))
		return false;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (actions[i] == action)
			return true;
	}
	return action >= ACT_UP && action <= ACT_END &&
	       (app->ahead.search_wanted || !app->panes[app->current].is_made);
}

bool app_release(struct app *app)
{
	enum action action = app->held;

	if (action == ACT_NONE || app->ahead.wanted || app->ahead.search_wanted)
		return false;
	app->held = ACT_NONE;
	app->dirty = true;
	app_act(app, action);
	return true;
}

void app_act(struct app *app, enum action action)
{
	app->message[0] = '\0';
	if (must_wait(app, action)) {
		app->held = action;
		return;
	}
	if (app_pane(app)->ops->draw && needs_table(action)) {
		app_say(app, true, "Not on the dashboard: 1 to 9 are the panes");
		return;
	}
	if (act_on_selection(app, action))
		return;
	if (action >= ACT_PANE_0 && action <= ACT_PANE_9) {
		show_digit(app, (char)('0' + (action - ACT_PANE_0)));
	} else if (action == ACT_NEXT_PANE || action == ACT_PREVIOUS_PANE) {
		unsigned by = action == ACT_NEXT_PANE ? 1 : SK_PANE_COUNT - 1;

		app_show(app, (app->current + by) % SK_PANE_COUNT);
	} else {
		act_by_table(app, action);
	}
}

static void click(struct app *app, int x, int y)
{
	struct pane *pane = app_pane(app);
	int tabs = header_height(app, LINES);
	int row = y - pane->table_y - 1;

	if (y == LINES - 1) {
		app_act(app, keybar_hit(app, x));
	} else if (y == tabs && tabs_hit(app, x) >= 0) {
		app_show(app, (enum sk_pane_id)tabs_hit(app, x));
	} else if (pane->ops->draw) {
		return; /* the dashboard's tables are not for picking */
	} else if (row == -1) {
		sort_by(app, pane_column_at(pane, x));
	} else if (row >= 0 && row < pane->visible && pane->top + (uint32_t)row < pane->made.view.n) {
		pane_move(pane, (int64_t)pane->top + row - pane->at);
		pane->moved = true;
	}
}

void app_mouse(struct app *app, const struct input_event *event)
{
	int by = event->button == INPUT_WHEEL_UP ? -3 :
		 event->button == INPUT_WHEEL_DOWN ? 3 : 0;

	app->dirty = true;
	if (app->prompt.kind != PROMPT_NONE || app->overlay.kind == OVERLAY_ACT)
		return;
	app->message[0] = '\0';
	if (by && app->overlay.kind != OVERLAY_NONE) {
		overlay_scroll(app, by);
		return;
	}
	if (app->overlay.kind != OVERLAY_NONE)
		overlay_close(app);
	if (by)
		pane_move(app_pane(app), by);
	else
		click(app, event->x, event->y);
}
