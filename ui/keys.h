/* SPDX-License-Identifier: MIT */
/*
 * This is the one table of keys: what is pressed, what it does, how help describes it.
 * A key is one row of it, and the function that the row names.
 */
#ifndef SKTOP_UI_KEYS_H
#define SKTOP_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct input_event;
struct key_row;

/** Flags of a key: its needs, and what it waits for. */
enum key_flag {
	KEY_TABLE = 1 << 0,   /* a table at hand: not on the dashboard */
	KEY_INSIDE = 1 << 1,  /* rows that can be looked into */
	KEY_GROUPS = 1 << 2,  /* rows of sockets, or a pane that this one leads to */
	KEY_SOCKETS = 1 << 3, /* rows that are sockets or stand for some */
	KEY_WAITS = 1 << 4,   /* it is about a row: rows that are being made come first */
	KEY_MOVES = 1 << 5,   /* among the rows of the pane, or the lines of a window */
	KEY_OF_SOCKET = 1 << 6,  /* in a window only where that looks into a socket */
	KEY_FIRST = 1 << 7,   /* no window is asked whether the key is its own */
};

/** How far a key moves; the other way if negative. */
enum key_move { MOVE_LINE = 1, MOVE_HALF_PAGE, MOVE_PAGE, MOVE_END };

/** Place on the line of keys, from 1 on; 0 = the key is not there. */
struct key_bar {
	uint8_t place;
	const char *key, *label;
};

struct key_row {
	int keys[4];	   /* curses codes, 0-ended; none: a line of help alone */
	const char *shown; /* "F3 /"; NULL: help is the heading of a section */
	const char *help;  /* what it does, in 27 cells; NULL = not in help */
	void (*act)(struct app *app, const struct key_row *key);
	int arg;	     /* of act() */
	const char *columns; /* likewise: the first of these that the pane has */
	unsigned flags;	     /* enum key_flag */
	struct key_bar pane, window; /* below a pane, below a window that is open */
};

/** Keys that wait until the rows that they need are built. */
struct keys_waiting {
	const struct key_row *held; /* NULL = none waits */
	bool unread; /* keys are left, wherever they are */
};

extern const struct key_row key_table[];
extern const size_t key_count;

/** The row of a curses key code; a row without act() for a code that no key has. */
const struct key_row *key_find(int code);

/** Why a key does nothing in the current pane, with one %s for its title; NULL = it does. */
const char *key_why_not(const struct app *app, const struct key_row *key);

/** Gives a typed key to the prompt or the window that is open, else does what its row says. */
void app_key(struct app *app, int code);

/** Does what a key is bound to; or later, if that needs rows that are to come. */
void app_act(struct app *app, const struct key_row *key);

/** Does what was held back, once the rows are there. True when there was something. */
bool app_release(struct app *app);

/** A click, or a turn of the wheel. */
void app_mouse(struct app *app, const struct input_event *event);

/* Functions of rows, by which windows know a key. */
void key_window(struct app *app, const struct key_row *key);
void key_move(struct app *app, const struct key_row *key);
void key_enter(struct app *app, const struct key_row *key);
void key_back(struct app *app, const struct key_row *key);
void key_tag(struct app *app, const struct key_row *key);
void key_copy(struct app *app, const struct key_row *key);
void key_show_more(struct app *app, const struct key_row *key);
void key_kill(struct app *app, const struct key_row *key);

#endif
