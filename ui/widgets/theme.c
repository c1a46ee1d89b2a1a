/* SPDX-License-Identifier: MIT */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include "widgets/theme.h"

static const struct glyphs utf8 = {
	.spark = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
	.bar = "█",
	.down = "▼",
	.up = "▲",
	.cut = "…",
	.dot = "·",
	.left = "◀",
	.right = "▶",
	.horizontal = "─",
	.vertical = "│",
	.corner = { "┌", "┐", "└", "┘" },
};

static const struct glyphs ascii = {
	.spark = { "_", ".", ":", "-", "=", "+", "*", "#" },
	.bar = "|",
	.down = "v",
	.up = "^",
	.cut = "~",
	.dot = "-",
	.left = "<",
	.right = ">",
	.horizontal = "-",
	.vertical = "|",
	.corner = { "+", "+", "+", "+" },
};

/* -1 is the terminal's own colour. */
static const struct {
	short fg256, bg256, fg8, bg8;
	attr_t extra; /* with colours */
	attr_t mono;  /* without */
} looks[ROLE_COUNT] = {
	[ROLE_TEXT] = { -1, -1, -1, -1, 0, 0 },
	[ROLE_DIM] = { 244, -1, -1, -1, 0, A_DIM },
	[ROLE_LABEL] = { 73, -1, COLOR_CYAN, -1, 0, 0 },
	[ROLE_VALUE] = { -1, -1, -1, -1, A_BOLD, A_BOLD },
	[ROLE_TITLE] = { 73, -1, COLOR_CYAN, -1, A_BOLD, A_BOLD },
	[ROLE_TAB] = { 250, 236, -1, -1, 0, 0 },
	[ROLE_TAB_ON] = { 16, 73, COLOR_BLACK, COLOR_CYAN, 0, A_REVERSE },
	[ROLE_HEADING] = { 16, 108, COLOR_BLACK, COLOR_GREEN, 0, A_REVERSE },
	[ROLE_HEADING_SORT] = { 16, 73, COLOR_BLACK, COLOR_CYAN, 0,
				A_REVERSE | A_BOLD },
	[ROLE_SELECTED] = { 231, 24, COLOR_BLACK, COLOR_CYAN, 0, A_REVERSE },
	[ROLE_TAGGED] = { 221, -1, COLOR_YELLOW, -1, A_BOLD, A_BOLD },
	[ROLE_NEW] = { 114, -1, COLOR_GREEN, -1, A_BOLD, A_BOLD },
	[ROLE_CHANGED] = { 221, -1, COLOR_YELLOW, -1, 0, A_UNDERLINE },
	[ROLE_GONE] = { 167, -1, COLOR_RED, -1, 0, A_DIM },
	[ROLE_MATCH] = { 16, 221, COLOR_BLACK, COLOR_YELLOW, 0, A_REVERSE },
	[ROLE_KEY] = { -1, -1, -1, -1, A_BOLD, A_BOLD },
	[ROLE_KEY_LABEL] = { 16, 73, COLOR_BLACK, COLOR_CYAN, 0, A_REVERSE },
	[ROLE_WARN] = { 221, -1, COLOR_YELLOW, -1, A_BOLD, A_BOLD },
	[ROLE_ERROR] = { 203, -1, COLOR_RED, -1, A_BOLD, A_BOLD },
	[ROLE_RX] = { 114, -1, COLOR_GREEN, -1, 0, 0 },
	[ROLE_TX] = { 75, -1, COLOR_BLUE, -1, 0, 0 },
	[ROLE_FRAME] = { 240, -1, -1, -1, 0, 0 },
	[ROLE_GOOD] = { 114, -1, COLOR_GREEN, -1, 0, 0 },
	[ROLE_WAITING] = { 221, -1, COLOR_YELLOW, -1, 0, 0 },
	[ROLE_BAD] = { 203, -1, COLOR_RED, -1, A_BOLD, A_BOLD },
	[ROLE_OPENING] = { 176, -1, COLOR_MAGENTA, -1, 0, 0 },
	[ROLE_CLOSING] = { 180, -1, COLOR_CYAN, -1, 0, 0 },
	[ROLE_LISTEN] = { 75, -1, COLOR_BLUE, -1, 0, 0 },
};

void theme_set_colors(struct theme *theme, bool on)
{
	theme->colors = on && theme->can_color;
	for (int i = 0; i < ROLE_COUNT; i++)
		theme->attr[i] = theme->colors ? (attr_t)COLOR_PAIR(i + 1) | looks[i].extra :
						 looks[i].mono;
}

void theme_init(struct theme *theme)
{
	const char *no_color = getenv("NO_COLOR");

	theme->glyphs = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &utf8 : &ascii;
	theme->can_color = has_colors() && !(no_color && *no_color) &&
			   start_color() == OK && COLOR_PAIRS > ROLE_COUNT;
	if (theme->can_color) {
		bool own = use_default_colors() == OK;

		for (short i = 0; i < ROLE_COUNT; i++) {
			bool rich = COLORS >= 256;
			short fg = rich ? looks[i].fg256 : looks[i].fg8;
			short bg = rich ? looks[i].bg256 : looks[i].bg8;

			init_pair((short)(i + 1), fg < 0 && !own ? COLOR_WHITE : fg,
				  bg < 0 && !own ? COLOR_BLACK : bg);
		}
	}
	theme_set_colors(theme, true);
}

enum role theme_state_role(enum sk_state state)
{
	static const uint8_t roles[SK_STATE_COUNT] = {
		[SK_STATE_UNKNOWN] = ROLE_TEXT,	    [SK_STATE_ESTABLISHED] = ROLE_GOOD,
		[SK_STATE_SYN_SENT] = ROLE_OPENING, [SK_STATE_SYN_RECV] = ROLE_OPENING,
		[SK_STATE_FIN_WAIT1] = ROLE_CLOSING, [SK_STATE_FIN_WAIT2] = ROLE_CLOSING,
		[SK_STATE_TIME_WAIT] = ROLE_WAITING, [SK_STATE_CLOSE] = ROLE_DIM,
		[SK_STATE_CLOSE_WAIT] = ROLE_BAD,   [SK_STATE_LAST_ACK] = ROLE_CLOSING,
		[SK_STATE_LISTEN] = ROLE_LISTEN,    [SK_STATE_CLOSING] = ROLE_CLOSING,
	};

	return roles[(unsigned)state < SK_STATE_COUNT ? state : 0];
}
