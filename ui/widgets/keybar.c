/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include "app.h"
#include "widgets/keybar.h"

/** What an entry needs to be true. */
enum when { ALWAYS, TABLE, SOCKETS, SCROLLS, CLOSES, COPIES, KILLS };

static const struct entry {
	enum action action;
	enum when when;
	const char *key, *label;
} on_panes[] = {
	{ ACT_HELP, ALWAYS, "F1", "Help" },	{ ACT_COLUMNS, TABLE, "F2", "Columns" },
	{ ACT_SEARCH, TABLE, "F3", "Search" },	{ ACT_FILTER, ALWAYS, "F4", "Filter" },
	{ ACT_GROUP, TABLE, "F5", "Group" },	{ ACT_SORT_MENU, TABLE, "F6", "Sort" },
	{ ACT_KILL, SOCKETS, "F9", "Kill" },	{ ACT_QUIT, ALWAYS, "F10", "Quit" },
	{ ACT_ENTER, ALWAYS, "Enter", "Look in" }, { ACT_NEXT_PANE, ALWAYS, "Tab", "Next" },
	{ ACT_TAG, TABLE, "Space", "Tag" },	{ ACT_FREEZE, ALWAYS, "Z", "Freeze" },
	{ ACT_CLEAR_ALL, ALWAYS, "=", "Show all" },
}, on_windows[] = {
	{ ACT_BACK, CLOSES, "Esc", "Close" },	{ ACT_DOWN, SCROLLS, "Up Down PgUp PgDn", "Scroll" },
	{ ACT_COPY, COPIES, "y", "Copy" },	{ ACT_KILL, KILLS, "F9", "Kill" },
	{ ACT_QUIT, ALWAYS, "F10", "Quit" },
};

static bool holds(const struct app *app, enum when when)
{
	const struct pane_ops *ops = app->panes[app->current].ops;
	bool socket = app->overlay.kind == OVERLAY_SOCKET;

	switch (when) {
	case TABLE:
		return !ops->draw;
	case SOCKETS:
		return !ops->draw && (ops->id == SK_PANE_CONNECTIONS || ops->drill);
	case COPIES:
	case KILLS:
		return socket;
	default:
		return true;
	}
}

/* Entry i that there is to show now; NULL behind the last. */
static const struct entry *entry_at(const struct app *app, size_t *i)
{
	bool window = app->overlay.kind != OVERLAY_NONE;
	const struct entry *entries = window ? on_windows : on_panes;
	size_t n = window ? sizeof(on_windows) / sizeof(on_windows[0]) :
			    sizeof(on_panes) / sizeof(on_panes[0]);

	while (*i < n && !holds(app, entries[*i].when))
		++*i;
	return *i < n ? &entries[(*i)++] : NULL;
}

/* htop's: labels of six cells at least, so that they stand still. */
static int label_width(const struct entry *entry)
{
	int len = (int)strlen(entry->label);

	return (len < 6 ? 6 : len) + 1;
}

enum action keybar_hit(const struct app *app, int x)
{
	const struct entry *entry;
	size_t i = 0;
	int at = 0;

	if (app->message[0])
		return ACT_NONE;
	while ((entry = entry_at(app, &i)) != NULL) {
		at += (int)strlen(entry->key) + label_width(entry);
		if (x < at)
			return entry->action;
	}
	return ACT_NONE;
}

void keybar_draw(struct app *app, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	const struct entry *entry;
	size_t i = 0;

	if (app->message[0]) {
		draw_text(&pen, app->message_is_error ? ROLE_ERROR : ROLE_VALUE, "%s",
			  app->message);
		return;
	}
	while ((entry = entry_at(app, &i)) != NULL) {
		int cells = (int)strlen(entry->key) + (int)strlen(entry->label);

		if (pen.end - pen.x < cells)
			break;
		draw_text(&pen, ROLE_KEY, "%s", entry->key);
		draw_cell(&pen, ROLE_KEY_LABEL, entry->label,
			  pen.end - pen.x < label_width(entry) ? pen.end - pen.x :
								 label_width(entry),
			  true);
	}
	draw_rest(&pen, ROLE_KEY_LABEL);
}
