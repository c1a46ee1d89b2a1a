/* SPDX-License-Identifier: MIT */
/*
 * The one table of keys: what is pressed, what it does, how help calls it.
 */
#ifndef SKTOP_UI_KEYS_H
#define SKTOP_UI_KEYS_H

#include <stddef.h>

enum action {
	ACT_NONE,
	ACT_QUIT,
	ACT_HELP,
	ACT_UP,
	ACT_DOWN,
	ACT_PAGE_UP,
	ACT_PAGE_DOWN,
	ACT_HALF_UP,
	ACT_HALF_DOWN,
	ACT_HOME,
	ACT_END,
	ACT_LEFT,
	ACT_RIGHT,
	ACT_NEXT_PANE,
	ACT_PREVIOUS_PANE,
	ACT_PANE_0,
	ACT_PANE_1,
	ACT_PANE_2,
	ACT_PANE_3,
	ACT_PANE_4,
	ACT_PANE_5,
	ACT_PANE_6,
	ACT_PANE_7,
	ACT_PANE_8,
	ACT_PANE_9,
	ACT_ENTER,
	ACT_BACK,
	ACT_SEARCH,
	ACT_SEARCH_NEXT,
	ACT_FILTER,
	ACT_CLEAR_ALL,
	ACT_SORT_MENU,
	ACT_SORT_LEFT,
	ACT_SORT_RIGHT,
	ACT_REVERSE,
	ACT_SORT_RATE,
	ACT_SORT_MEMORY,
	ACT_SORT_AGE,
	ACT_SORT_PID,
	ACT_SORT_TOTAL,
	ACT_SORT_REMOTE,
	ACT_SORT_STATE,
	ACT_GROUP,
	ACT_TAG,
	ACT_UNTAG,
	ACT_FOLLOW,
	ACT_FREEZE,
	ACT_USER,
	ACT_HIDE_IDLE,
	ACT_ALL_STATES,
	ACT_HOST_NAMES,
	ACT_SERVICES,
	ACT_USER_NAMES,
	ACT_UNITS,
	ACT_INTERVAL,
	ACT_COLUMNS,
	ACT_PROTOCOLS,
	ACT_COLORS,
	ACT_MARK_SORT,
	ACT_COPY,
	ACT_REDRAW,
	ACT_SUSPEND,
	ACT_KILL,
};

struct key_row {
	int keys[4];	    /* curses codes, 0-ended; none: a line of help alone */
	enum action action;
	const char *shown;  /* "F3 /"; NULL: help is the heading of a section */
	const char *help;   /* what it does, in 27 cells; NULL = not in help */
};

extern const struct key_row key_table[];
extern const size_t key_count;

/** The action of a curses key code. */
enum action key_action(int code);

#endif
