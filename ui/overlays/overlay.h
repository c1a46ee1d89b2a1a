/* SPDX-License-Identifier: MIT */
/*
 * Windows over the pane: help, menus of columns, details of a row.
 */
#ifndef SKTOP_UI_OVERLAYS_OVERLAY_H
#define SKTOP_UI_OVERLAYS_OVERLAY_H

#include <stdint.h>
#include <sktop/column.h>
#include <sktop/sample.h>
#include "widgets/draw.h"

struct app;
struct sk_built_rows;

enum overlay_kind { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_SORT, OVERLAY_COLUMNS, OVERLAY_PROTOCOLS,
		    OVERLAY_SOCKET, OVERLAY_LINK, OVERLAY_COUNTER, OVERLAY_ROW,
		    OVERLAY_ACT };

struct overlay {
	enum overlay_kind kind;
	int top;	/* first line shown */
	int at;		/* selected entry of a menu */
	uint64_t row;	/* identity of the row that is looked into */
	int64_t place;	/* where that is in the view; -1 = gone */
	struct sk_pin pin; /* as last seen: it may be gone meanwhile */
	/* of a row that is no socket and is gone: a copy, and the sample that had it */
	void *last_row;
	struct sk_sample *last_sample;
};

void overlay_open(struct app *app, enum overlay_kind kind);
void overlay_close(struct app *app);

/** Gives back what is kept of a row that is gone. */
void overlay_forget(struct overlay *overlay);

/** A key while it is open. False: not its business (panes, quit). */
bool overlay_key(struct app *app, int code);

/** The mouse wheel, by so many lines. */
void overlay_scroll(struct app *app, int by);
void overlay_draw(struct app *app, const struct box *box);

/** Whether it looks into a row of the pane. */
bool overlay_has_row(const struct overlay *overlay);

/** The row that is looked into; NULL: gone. */
const void *overlay_row(const struct app *app);

/**
 * The same, or how it was when it was seen last, with the sample that it is from; NULL
 * where that is not known. The title tells which of the two, behind a name.
 */
const void *overlay_last_row(const struct app *app, struct sk_context *context);
void overlay_title(const struct app *app, const char *name, char *out, size_t size);

/**
 * New rows are about to be shown. *place is where the row is in them, or -1: then an
 * interface that is back under its name is found, and anything else kept as it is now.
 */
void overlay_follow(struct app *app, const struct sk_built_rows *made, int64_t *place);

/** Address, speed and the like of an interface; returns how many lines it took. */
int overlay_draw_link_facts(struct app *app, const struct box *box,
			    const struct sk_link *link, const struct sk_context *context);

/** All its counters, in two columns that scroll. */
void overlay_draw_link_counters(struct app *app, const struct box *box,
				const struct sk_link *link);

/** Any row: all columns of its table, with what they mean. */
void overlay_draw_row(struct app *app, const struct box *box);

#endif
