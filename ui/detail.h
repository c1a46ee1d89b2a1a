/* SPDX-License-Identifier: MIT */
/*
 * The window on one socket: all rows of its detail view, in one column or two, with
 * long values wrapped.
 */
#ifndef SKTOP_UI_DETAIL_H
#define SKTOP_UI_DETAIL_H

#include <sktop/detail.h>
#include "draw.h"

struct app;

/** A line of the window: a heading, or a piece of a row's value. */
struct detail_line {
	uint32_t row;
	uint32_t from, len; /* bytes of the value shown here */
	bool heading;	    /* the section's name instead */
};

/** Rows of the socket looked into, and the lines they make. */
struct detail_view {
	struct sk_detail_rows rows;
	struct detail_line *lines;
	size_t n, capacity;
};

void detail_draw(struct app *app, const struct box *box);
void detail_free(struct detail_view *view);

#endif
