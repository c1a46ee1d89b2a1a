/* SPDX-License-Identifier: MIT */
/*
 * Things are drawn by role, not by colour: the role decides how they look with 256
 * colours, with 8, and with none.
 */
#ifndef SKTOP_UI_WIDGETS_THEME_H
#define SKTOP_UI_WIDGETS_THEME_H

#include <curses.h>
#include <stdbool.h>
#include <sktop/types.h>

enum role {
	ROLE_TEXT,
	ROLE_DIM,
	ROLE_LABEL,
	ROLE_VALUE,
	ROLE_TITLE,
	ROLE_TAB,
	ROLE_TAB_ON,
	ROLE_HEADING,
	ROLE_HEADING_SORT,
	ROLE_SELECTED,
	ROLE_TAGGED,
	ROLE_NEW,
	ROLE_CHANGED,
	ROLE_GONE,
	ROLE_MATCH,
	ROLE_KEY,
	ROLE_KEY_LABEL,
	ROLE_WARN,
	ROLE_ERROR,
	ROLE_RX,
	ROLE_TX,
	ROLE_FRAME,
	ROLE_GOOD,    /* ESTABLISHED */
	ROLE_WAITING, /* TIME_WAIT */
	ROLE_BAD,     /* CLOSE_WAIT */
	ROLE_OPENING, /* SYN_SENT, SYN_RECV */
	ROLE_CLOSING, /* FIN_WAIT, LAST_ACK, CLOSING */
	ROLE_LISTEN,
	ROLE_COUNT,
};

/** Signs that differ between UTF-8 and ASCII terminals. */
struct glyphs {
	const char *spark[8]; /* from least to most */
	const char *bar;      /* one cell of a bar */
	const char *down, *up; /* sort direction */
	const char *cut;      /* an address goes on */
	const char *dot;      /* between two things */
	const char *left, *right;
	const char *horizontal, *vertical, *corner[4]; /* tl tr bl br */
};

struct theme {
	bool colors;	 /* now */
	bool can_color;	 /* the terminal can, and NO_COLOR is not set */
	attr_t attr[ROLE_COUNT];
	const struct glyphs *glyphs;
};

/** Chooses by terminal, locale and NO_COLOR. After curses has begun. */
void theme_init(struct theme *theme);

/** Colours on or off (key z). */
void theme_set_colors(struct theme *theme, bool on);

/** Returns the role with which a TCP state is painted. */
enum role theme_state_role(enum sk_state state);

#endif
