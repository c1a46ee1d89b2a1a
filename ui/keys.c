/* SPDX-License-Identifier: MIT */
#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include "app.h"

#define CTRL(c) ((c) & 0x1f)
#define ESC 27
#define NO_ROW __attribute__((unused)) const struct key_row *key

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
	app_request(app, column->needs & SK_NEED_TCP_EXT);
	app_rebuild(app, "sorting...");
}

/* Sorts by one value that has different columns in different panes. */
static void sort_by_columns(struct app *app, const struct key_row *key)
{
	const struct sk_column *column = NULL;
	const char *id = key->columns, *last = id;

	for (size_t len; *id && !column; id += len + (id[len] == ' ')) {
		len = strcspn(id, " ");
		column = sk_column_find(app_pane(app)->setup.table, last = id, len);
	}
	if (column)
		sort_by(app, column);
	else
		app_say(app, true, "%s has no column '%s'", app_pane(app)->ops->title, last);
}

static void sort_neighbour(struct app *app, const struct key_row *key)
{
	struct pane *pane = app_pane(app);
	int n = (int)pane->setup.columns.n, at = 0, by = key->arg;

	while (at < n && pane->setup.columns.column[at] != pane->setup.sort)
		at++;
	if (at == n)
		at = by > 0 ? -1 : n;
	at += by;
	if (at >= 0 && at < n)
		sort_by(app, pane->setup.columns.column[at]);
}

void key_tag(struct app *app, NO_ROW)
{
	struct pane *pane = app_pane(app);
	const struct sk_table *table = pane->built.rows.table;
	const void *row = pane_row(pane);

	if (!row)
		return;
	if (tags_toggle(&app->tags, table, table->row_id(app->sample, row)))
		app_say(app, true, "Not tagged: there is no memory");
	else
		pane_move(pane, 1);
}

void key_enter(struct app *app, NO_ROW)
{
	struct pane *pane = app_pane(app);
	const void *row = pane_row(pane);

	if (pane->ops->n_parts)
		app_show(app, pane->ops->parts[0]);
	else if (row && pane->ops->drill) {
		pane->ops->drill(app, pane, row, &app->drill);
		app->drill.from = pane->ops->id;
		app_show(app, SK_PANE_CONNECTIONS);
	}
	else if (row)
		overlay_open(app, pane->ops->window);
}

/* The innermost thing first: what was opened last is closed first. */
void key_back(struct app *app, NO_ROW)
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

static void clear_all(struct app *app, NO_ROW)
{
	app->search[0] = '\0';
	app->drill.sockets.kind = SK_DRILL_NONE;
	app->show.hide_idle = app->show.hide_listening = app->frozen = app->following = false;
	app->header.losses[0] = '\0';
	app->tags.n = 0;
	app_set_filter(app, "", NULL);
}

static void begin_sums(struct app *app, NO_ROW)
{
	app->request.sums++;
	app_request(app, true);
	app_say(app, false, "Sums of bytes and connections begin anew");
}

static void cycle_units(struct app *app, NO_ROW)
{
	const unsigned other = app->show.format & ~(unsigned)(SK_FORMAT_BITS | SK_FORMAT_EXACT);

	if (app->show.format & SK_FORMAT_BITS)
		app->show.format = other | SK_FORMAT_EXACT;
	else
		app->show.format = other | (app->show.format & SK_FORMAT_EXACT ? 0 : SK_FORMAT_BITS);
	pane_remeasure(app_pane(app));
	app_say(app, false, "Rates in %s", app->show.format & SK_FORMAT_BITS  ? "bits/s" :
					   app->show.format & SK_FORMAT_EXACT ? "exact bytes/s" :
									   "bytes/s");
}

/* Pressed again, it lets all of them through again. */
static void only_user(struct app *app, NO_ROW)
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

/* Returns all cells of a row in one line, to be freed; NULL: no memory. */
static char *row_text(struct app *app, const void *row)
{
	const struct sk_column_list *columns = &app_pane(app)->setup.columns;
	struct sk_context context = app_context(app);
	size_t size = 0;
	char *line = NULL;
	FILE *out = open_memstream(&line, &size);
	bool whole = out != NULL;

	for (size_t c = 0; c < columns->n && whole; c++) {
		char *cell = app_whole_cell(&context, columns->column[c], row, app->show.format);

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

void key_copy(struct app *app, NO_ROW)
{
	const void *row = pane_row(app_pane(app));
	char *line = row ? row_text(app, row) : NULL;

	if (row)
		app_copy(app, line);
	free(line);
}

static void follow(struct app *app, NO_ROW)
{
	app->following = !app->following && pane_row(app_pane(app));
	app_pane(app)->moved |= app->following;
}

static void freeze(struct app *app, NO_ROW)
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

static void next_group(struct app *app, NO_ROW)
{
	enum sk_pane_id next = app_pane(app)->ops->next;

	if (next) {
		app_show(app, next);
		return;
	}
	if (app->current == SK_PANE_HOSTS) {
		do
			app->show.group = (app->show.group + 1) % SK_GROUP_COUNT;
		while (!is_worth_grouping(app, app->show.group));
		pane_forget(app_pane(app)); /* of another kind */
	}
	app_show(app, SK_PANE_HOSTS);
	app_say(app, false, "Grouped by %s", sk_group_key_name(app->show.group));
}

static void hide_idle(struct app *app, NO_ROW)
{
	if (app->current == SK_PANE_PROTOCOLS) {
		app->show.zeros = !app->show.zeros;
	} else {
		app->show.hide_idle = !app->show.hide_idle;
		app_say(app, false, "Idle connections are %s",
			app->show.hide_idle ? "hidden" : "shown");
	}
	app_rebuild(app, "choosing...");
}

/* Shows the rows that a pane leaves out at first. */
void key_show_more(struct app *app, NO_ROW)
{
	if (sk_pane_table(app->current)->is_extra && !app_pane(app)->ops->whole) {
		app->show.all = !app->show.all;
		app_request(app, true);
	} else {
		app->show.hide_listening = !app->show.hide_listening;
		app_say(app, false, "Listening sockets are %s among the connections",
			app->show.hide_listening ? "hidden" : "shown");
	}
	app_rebuild(app, "choosing...");
}

static void reverse(struct app *app, NO_ROW)
{
	sort_by(app, app_pane(app)->setup.sort);
}

static void quit(struct app *app, NO_ROW)
{
	app->quit = true;
}

static void search(struct app *app, NO_ROW)
{
	prompt_open(app, PROMPT_SEARCH, "");
}

static void search_next(struct app *app, NO_ROW)
{
	search_begin(app, true, true);
}

static void edit_filter(struct app *app, NO_ROW)
{
	prompt_open(app, PROMPT_FILTER, app_filter_text(app));
}

static void interval(struct app *app, NO_ROW)
{
	char number[32];

	snprintf(number, sizeof(number), "%g", app->request.interval);
	prompt_open(app, PROMPT_INTERVAL, number);
}

static void untag(struct app *app, NO_ROW)
{
	app->tags.n = 0;
}

static void colors(struct app *app, NO_ROW)
{
	theme_set_colors(&app->theme, !app->theme.colors);
}

static void mark_sort(struct app *app, NO_ROW)
{
	app->show.mark_sort = !app->show.mark_sort;
}

static void redraw(struct app *app, NO_ROW)
{
	(void)app;
	clearok(curscr, TRUE);
}

static void suspend(struct app *app, NO_ROW)
{
	screen_suspend(app->screen);
}

void key_window(struct app *app, const struct key_row *key)
{
	overlay_open(app, (enum overlay_kind)key->arg);
}

static void toggle_names(struct app *app, const struct key_row *key)
{
	app_toggle_names(app, (enum sk_names_kind)key->arg);
}

void key_kill(struct app *app, NO_ROW)
{
	act_open(app);
}

/* How far is in rows, or in pages of the table. */
void key_move(struct app *app, const struct key_row *key)
{
	struct pane *pane = app_pane(app);
	int page = pane->visible > 1 ? pane->visible - 1 : 1;
	const int64_t by[] = { [MOVE_LINE] = 1, [MOVE_HALF_PAGE] = page / 2,
			       [MOVE_PAGE] = page, [MOVE_END] = INT32_MAX * INT64_C(4) };

	pane_move(pane, key->arg < 0 ? -by[-key->arg] : by[key->arg]);
}

static void scroll_columns(struct app *app, const struct key_row *key)
{
	struct pane *pane = app_pane(app);
	int scroll = pane->scroll + key->arg, last = (int)pane->setup.columns.n - 2;

	pane->scroll = scroll < 0 ? 0 : scroll > last ? last : scroll;
}

static void show_pane(struct app *app, const struct key_row *key)
{
	app_show(app, (enum sk_pane_id)key->arg);
}

static void show_neighbour(struct app *app, const struct key_row *key)
{
	int n = SK_PANE_COUNT;

	app_show(app, (enum sk_pane_id)(((int)app->current + key->arg + n) % n));
}

#define PANE_KEY(id, name, digit, make, words)                                      \
	{ { digit }, (const char[]){ digit, '\0' }, digit ? words : NULL,           \
	  .act = show_pane, .arg = SK_PANE_##id },

/* A row without a key is a line of help, or the heading of what follows. */
const struct key_row key_table[] = {
	{ .help = "Moving" },
	{ { KEY_UP, 'k' }, "Up k", "up", .act = key_move, .arg = -MOVE_LINE,
	  .flags = KEY_MOVES },
	{ { KEY_DOWN, 'j' }, "Down j", "down", .act = key_move, .arg = MOVE_LINE,
	  .flags = KEY_MOVES, .window = { 2, "Up Down PgUp PgDn", "Scroll" } },
	{ { KEY_PPAGE, CTRL('b') }, "PgUp ^B", "page up", .act = key_move, .arg = -MOVE_PAGE,
	  .flags = KEY_MOVES },
	{ { KEY_NPAGE, CTRL('f') }, "PgDn ^F", "page down", .act = key_move, .arg = MOVE_PAGE,
	  .flags = KEY_MOVES },
	{ { CTRL('u') }, "^U", "half a page up", .act = key_move, .arg = -MOVE_HALF_PAGE,
	  .flags = KEY_MOVES },
	{ { CTRL('d') }, "^D", "half a page down", .act = key_move, .arg = MOVE_HALF_PAGE,
	  .flags = KEY_MOVES },
	{ { KEY_HOME, 'g' }, "Home g", "first row", .act = key_move, .arg = -MOVE_END,
	  .flags = KEY_MOVES },
	{ { KEY_END, 'G' }, "End G", "last row", .act = key_move, .arg = MOVE_END,
	  .flags = KEY_MOVES },
	{ { KEY_LEFT }, "Left", "scroll columns back", .act = scroll_columns, .arg = -1 },
	{ { KEY_RIGHT }, "Right", "scroll columns", .act = scroll_columns, .arg = 1 },
	{ .help = "Panes" },
	SK_PANES(PANE_KEY)
	{ { '0' }, "0", "dashboard", .act = show_pane, .arg = SK_PANE_DASHBOARD },
	{ { '\t' }, "Tab", "next pane", .act = show_neighbour, .arg = 1,
	  .pane = { 10, "Tab", "Next" } },
	{ { KEY_BTAB }, "S-Tab", "previous pane", .act = show_neighbour, .arg = -1 },
	{ .help = "The row" },
	{ { '\n', '\r', KEY_ENTER }, "Enter", "look into the row", .act = key_enter,
	  .flags = KEY_INSIDE | KEY_WAITS, .pane = { 9, "Enter", "Look in" } },
	{ { ESC, KEY_BACKSPACE, 127, 8 }, "Esc Bksp", "back, clear", .act = key_back,
	  .window = { 1, "Esc", "Close" } },
	{ { ' ' }, "Space", "tag the row", .act = key_tag, .flags = KEY_TABLE | KEY_WAITS,
	  .pane = { 11, "Space", "Tag" } },
	{ { 'U' }, "U", "untag all", .act = untag, .flags = KEY_TABLE },
	{ { 'F' }, "F", "follow the selected row", .act = follow,
	  .flags = KEY_TABLE | KEY_WAITS },
	{ { 'u' }, "u", "only the row's user; back", .act = only_user,
	  .flags = KEY_TABLE | KEY_WAITS },
	{ { 'y' }, "y", "copy the row (OSC 52)", .act = key_copy,
	  .flags = KEY_TABLE | KEY_WAITS | KEY_OF_SOCKET, .window = { 3, "y", "Copy" } },
	{ { KEY_F(9), 'K' }, "F9 K", "close sockets, signal", .act = key_kill,
	  .flags = KEY_TABLE | KEY_WAITS | KEY_SOCKETS | KEY_OF_SOCKET,
	  .pane = { 7, "F9", "Kill" }, .window = { 4, "F9", "Kill" } },
	{ .help = "What is shown" },
	{ { '/', KEY_F(3) }, "F3 /", "search", .act = search, .flags = KEY_TABLE,
	  .pane = { 3, "F3", "Search" } },
	{ { 'n' }, "n", "next match", .act = search_next, .flags = KEY_TABLE | KEY_WAITS },
	{ { '\\', KEY_F(4), '&' }, "F4 \\ &", "filter", .act = edit_filter,
	  .pane = { 4, "F4", "Filter" } },
	{ { '=' }, "=", "drop filters, tags, freeze", .act = clear_all,
	  .pane = { 13, "=", "Show all" } },
	{ { KEY_F(5), 't' }, "F5 t", "group by ip, port, user...", .act = next_group,
	  .flags = KEY_GROUPS, .pane = { 5, "F5", "Group" } },
	{ { 'i' }, "i", "hide idle rows, zeros", .act = hide_idle },
	{ { 'a' }, "a", "listening, left out rows", .act = key_show_more },
	{ { 'o' }, "o", "protocols: unix, raw...", .act = key_window,
	  .arg = OVERLAY_PROTOCOL_CHOOSER },
	{ { 'r' }, "r", "begin the sums anew", .act = begin_sums },
	{ { 'Z', 'p' }, "Z p", "freeze the screen", .act = freeze,
	  .pane = { 12, "Z", "Freeze" } },
	{ { 'd' }, "d", "interval of sampling", .act = interval },
	{ .help = "Order" },
	{ { KEY_F(6), 's' }, "F6 s", "choose the sort column", .act = key_window,
	  .arg = OVERLAY_SORT, .flags = KEY_TABLE, .pane = { 6, "F6", "Sort" } },
	{ { '<' }, "<", "by the column to the left", .act = sort_neighbour, .arg = -1,
	  .flags = KEY_TABLE },
	{ { '>' }, ">", "by the column to the right", .act = sort_neighbour, .arg = 1,
	  .flags = KEY_TABLE },
	{ { 'R', 'I' }, "R I", "reverse the order", .act = reverse, .flags = KEY_TABLE },
	{ { 'P' }, "P", "sort by rate, mean of 10 s", .act = sort_by_columns,
	  .columns = "rate-10s drop-rate in rate", .flags = KEY_TABLE },
	{ { 'B' }, "B", "sort by sum of bytes sent", .act = sort_by_columns, .columns = "tx-sum tx-total",
	  .flags = KEY_TABLE },
	{ { 'M' }, "M", "sort by receive memory", .act = sort_by_columns, .columns = "rmem",
	  .flags = KEY_TABLE },
	{ { 'T' }, "T", "sort by age", .act = sort_by_columns, .columns = "age",
	  .flags = KEY_TABLE },
	{ { 'N' }, "N", "sort by process id", .act = sort_by_columns, .columns = "pid",
	  .flags = KEY_TABLE },
	{ { 'A' }, "A", "sort by remote address", .act = sort_by_columns,
	  .columns = "host remote", .flags = KEY_TABLE },
	{ { 'S' }, "S", "sort by state", .act = sort_by_columns, .columns = "state",
	  .flags = KEY_TABLE },
	{ .help = "How it is shown" },
	{ { KEY_F(2), 'C' }, "F2 C", "choose columns", .act = key_window,
	  .arg = OVERLAY_COLUMNS, .flags = KEY_TABLE, .pane = { 2, "F2", "Columns" } },
	{ { 'D' }, "D", "names of hosts", .act = toggle_names, .arg = SK_NAMES_HOSTS },
	{ { 'V' }, "V", "names of services", .act = toggle_names, .arg = SK_NAMES_SERVICES },
	{ { 'O' }, "O", "names of users", .act = toggle_names, .arg = SK_NAMES_USERS },
	{ { 'm' }, "m", "bytes, bits, exact numbers", .act = cycle_units },
	{ { 'x' }, "x", "mark the sort column", .act = mark_sort },
	{ { 'z' }, "z", "colours", .act = colors },
	{ { CTRL('l') }, "^L", "redraw", .act = redraw },
	{ .help = "The program" },
	{ { KEY_F(1), 'h', '?' }, "F1 h ?", "this help", .act = key_window,
	  .arg = OVERLAY_HELP, .pane = { 1, "F1", "Help" } },
	{ { CTRL('z') }, "^Z", "suspend", .act = suspend, .flags = KEY_FIRST },
	{ { 'q', KEY_F(10), CTRL('c') }, "q F10 ^C", "quit", .act = quit,
	  .pane = { 8, "F10", "Quit" }, .window = { 5, "F10", "Quit" } },
	{ .help = "Above the panes" },
	{ .shown = "RX TX", .help = "into, out of the machine," },
	{ .shown = "", .help = "each byte once: devices" },
	{ .shown = "", .help = "count, what is over them" },
	{ .shown = "", .help = "(bridge, VLAN...) does not" },
	{ .shown = "of it TCP", .help = "payload of TCP; loopback's" },
	{ .shown = "", .help = "only if RX and TX count it" },
	{ .shown = "new gone", .help = "connections a second" },
	{ .shown = "TCP in 5m", .help = "payload since sktop began" },
	{ .help = "In the table" },
	{ .shown = ">5k", .help = "at least so much: something" },
	{ .shown = "", .help = "of it is not known (UDP...)" },
	{ .shown = "-", .help = "not known" },
	{ .shown = "(nginx)", .help = "listens on the port: it did" },
	{ .shown = "", .help = "not accept it yet, or is" },
	{ .shown = "", .help = "presumed to have done so" },
};
const size_t key_count = ARRAY_SIZE(key_table);

const struct key_row *key_find(int code)
{
	static const struct key_row none;

	for (size_t i = 0; i < key_count; i++) {
		for (size_t k = 0; k < 4 && key_table[i].keys[k]; k++) {
			if (key_table[i].keys[k] == code)
				return &key_table[i];
		}
	}
	return &none;
}

const char *key_why_not(const struct app *app, const struct key_row *key)
{
	const struct pane_ops *ops = pane_table[app->current];

	if ((key->flags & KEY_TABLE) && ops->draw)
		return "Not on the dashboard: 1 to 9 are the panes";
	if ((key->flags & KEY_INSIDE) && !ops->drill && !ops->window && !ops->n_parts)
		return "A row of %s says all that is known";
	if ((key->flags & KEY_GROUPS) && !ops->next && !sk_pane_table(ops->id)->of_sockets)
		return "The rows of %s are in no groups";
	if ((key->flags & KEY_SOCKETS) && !ops->drill && ops->id != SK_PANE_CONNECTIONS)
		return "Nothing to act on here: the rows of %s are no sockets";
	return NULL;
}

/*
 * A key that is about a row, or about all that a filter lets through, must not meet the
 * rows from before the filter; and nobody moves among rows that are not there.
 */
static bool must_wait(const struct app *app, const struct key_row *key)
{
	if (!app->sample || !(app->ahead.wanted || app->ahead.search_wanted))
		return false;
	return (key->flags & KEY_WAITS) ||
	       ((key->flags & KEY_MOVES) &&
		(app->ahead.search_wanted || !app->panes[app->current].is_built));
}

bool app_release(struct app *app)
{
	const struct key_row *key = app->waiting.held;

	if (!key || app->ahead.wanted || app->ahead.search_wanted)
		return false;
	app->waiting.held = NULL;
	app->dirty = true;
	app_act(app, key);
	return true;
}

void app_act(struct app *app, const struct key_row *key)
{
	const char *why = key_why_not(app, key);

	app->message.text[0] = '\0';
	if (must_wait(app, key))
		app->waiting.held = key;
	else if (why)
		app_say(app, true, why, app_pane(app)->ops->title);
	else if (key->act)
		key->act(app, key);
}

void app_key(struct app *app, int code)
{
	const struct key_row *key = key_find(code);

	app->dirty = true;
	if (app->prompt.kind != PROMPT_NONE) {
		prompt_key(app, code);
		return;
	}
	if (app->overlay.kind != OVERLAY_NONE && !(key->flags & KEY_FIRST)) {
		if (overlay_key(app, code))
			return;
		overlay_close(app);
	}
	app_act(app, key);
}

static void click(struct app *app, int x, int y)
{
	struct pane *pane = app_pane(app);
	int row = y - pane->table_y - 1, tab = tabs_hit(app, x);

	if (y == header_height(app, LINES) && tab >= 0) {
		app_show(app, (enum sk_pane_id)tab);
	} else if (pane->ops->draw) {
		return; /* the dashboard's tables are not for picking */
	} else if (row == -1) {
		sort_by(app, pane_column_at(pane, x));
	} else if (row >= 0 && row < pane->visible &&
		   pane->top + (uint32_t)row < pane->built.view.n) {
		pane_move(pane, (int64_t)pane->top + row - pane->at);
		pane->moved = true;
	}
}

void app_mouse(struct app *app, const struct input_event *event)
{
	int by = event->button == INPUT_WHEEL_UP ? -3 :
		 event->button == INPUT_WHEEL_DOWN ? 3 : 0;
	int code = keybar_hit(app, event->x);

	app->dirty = true;
	if (app->prompt.kind != PROMPT_NONE || overlay_ops(app)->modal)
		return;
	app->message.text[0] = '\0';
	if (by && app->overlay.kind != OVERLAY_NONE) {
		overlay_scroll(app, by);
	} else if (by) {
		pane_move(app_pane(app), by);
	} else if (event->y == LINES - 1) {
		if (code)
			app_key(app, code);
	} else {
		if (app->overlay.kind != OVERLAY_NONE)
			overlay_close(app);
		click(app, event->x, event->y);
	}
}

void sk_ui_print_keys(void)
{
	puts("Keys of the full screen\n");
	for (size_t i = 0; i < key_count; i++) {
		if (key_table[i].shown && key_table[i].help)
			printf("  %-10s %s\n", key_table[i].shown, key_table[i].help);
		else if (key_table[i].help)
			printf("%s\n", key_table[i].help);
	}
	puts("  mouse      click a heading to sort, a row to select, a tab to switch, a key\n"
	     "             of the last line to press it; the wheel scrolls");
}
