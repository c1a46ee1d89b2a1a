/* SPDX-License-Identifier: MIT */
/*
 * These functions draw text, bars and graphs inside boxes, and never outside of them.
 */
#ifndef SKTOP_UI_WIDGETS_DRAW_H
#define SKTOP_UI_WIDGETS_DRAW_H

#include <sktop/history.h>
#include <sktop/facts.h>
#include "widgets/theme.h"

/** A rectangle of the screen. */
struct box {
	int y, x, h, w;
};

/**
 * A place to write at, moving right; stops at the end of its box's line. Text that has
 * no room there ends in the theme's mark of a cut.
 */
struct pen {
	const struct theme *theme;
	int y, x, start, end;
};

struct pen draw_pen(const struct theme *theme, const struct box *box, int line);

/** Writes text (printable, UTF-8 glyphs count as one cell) in a role. */
__attribute__((format(printf, 3, 4))) void draw_text(struct pen *pen, enum role role,
						     const char *format, ...);

/** Writes a sentence from a line on, over as many as it needs. Returns them. */
int draw_wrapped(const struct theme *theme, const struct box *box, int line, enum role role,
		 const char *text);

/** Writes exactly width cells: padded, or cut with the theme's mark. */
void draw_cell(struct pen *pen, enum role role, const char *text, int width, bool left);

/** As draw_cell(), aligned left, but cut before the last ':': a port is never lost. */
void draw_address(struct pen *pen, enum role role, const char *text, int width);

/** The same glyph n times. */
void draw_run(struct pen *pen, enum role role, const char *glyph, int n);

/** Fills the rest of the line. */
void draw_rest(struct pen *pen, enum role role);

/** The newest `width` points of a series, newest at the right, scaled to the most. */
void draw_spark(struct pen *pen, enum role role, const struct sk_series *series,
		int width);

/** The pieces of a fact, each in the colour of its tone. */
void draw_fact(struct pen *pen, const struct sk_fact *fact, bool wide);

/** A graph of several lines, with its scale's top written in. */
void draw_graph(const struct theme *theme, const struct box *box, enum role role,
		const struct sk_series *series, const char *title);

/** A frame with a title; *inside is what is left. */
void draw_frame(const struct theme *theme, const struct box *box, const char *title,
		struct box *inside);


#endif
