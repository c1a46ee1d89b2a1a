/* SPDX-License-Identifier: MIT */
/*
 * The prompt is a line of input at the bottom, for search, filter and interval.
 */
#ifndef SKTOP_UI_WIDGETS_PROMPT_H
#define SKTOP_UI_WIDGETS_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

struct app;

#define PROMPT_MAX 4097
#define PROMPT_HISTORY 32

enum prompt_kind { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_INTERVAL,
		   PROMPT_KINDS };

struct prompt {
	enum prompt_kind kind;
	char text[PROMPT_MAX];
	size_t len, cursor;
	char history[PROMPT_KINDS][PROMPT_HISTORY][PROMPT_MAX];
	size_t n_history[PROMPT_KINDS];
	size_t recall; /* steps back in the history, 0 = the own text */
};

void prompt_open(struct app *app, enum prompt_kind kind, const char *text);

/** A key while it is open; it closes itself on Enter and Esc. */
void prompt_key(struct app *app, int code);

/** Text while it is open: a character of UTF-8 that is no key, or was pasted. */
void prompt_text(struct app *app, const char *text);

/** Draws it on the last line of the screen, with its hints above. */
struct box;
void prompt_draw(struct app *app, const struct box *box);

#endif
