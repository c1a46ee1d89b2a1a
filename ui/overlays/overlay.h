/* SPDX-License-Identifier: MIT */
/*
 * Windows over the pane: help, menus, details of a row. A window is one file in
 * overlays/ with its struct overlay_ops, and one row of OVERLAYS.
 */
#ifndef SKTOP_UI_OVERLAYS_OVERLAY_H
#define SKTOP_UI_OVERLAYS_OVERLAY_H

#include <stdint.h>
#include <sktop/column.h>
#include <sktop/sample.h>
#include "keys.h"
#include "widgets/draw.h"

struct app;
struct sk_built_rows;

#define OVERLAYS(OVERLAY)             \
	OVERLAY(HELP, help)           \
	OVERLAY(SORT, sort)           \
	OVERLAY(COLUMNS, columns)     \
	OVERLAY(PROTOCOL_CHOOSER, protocol_chooser) \
	OVERLAY(SOCKET, socket)       \
	OVERLAY(LINK, link)           \
	OVERLAY(COUNTER, counter)     \
	OVERLAY(ROW, row)             \
	OVERLAY(ACT, act)

#define OVERLAY_ID(id, name) OVERLAY_##id,
enum overlay_kind { OVERLAY_NONE, OVERLAYS(OVERLAY_ID) OVERLAY_COUNT };

struct overlay_ops {
	/** Draws it with its frame into the box. Every window has this. */
	void (*draw)(struct app *app, const struct box *box);
	/** Called when it opens, and when it closes; NULL = nothing is to be done. */
	void (*open)(struct app *app);
	void (*close)(struct app *app);
	/** A key of its own. False: not its business. NULL = it has none. */
	bool (*key)(struct app *app, int code);
	/** A menu: how many entries there are; overlay.at is the selected one. */
	int (*entries)(const struct app *app);
	/** Moves by lines. NULL = the selected entry of a menu, else what is shown. */
	void (*move_by)(struct app *app, int by);
	/** Where the row that is looked into is among new rows, if its identity is not; or -1. */
	int64_t (*find)(const struct sk_built_rows *built, const void *last);
	bool of_row; /* looks into the selected row of the pane; does not open without one */
	bool of_socket; /* likewise, a socket, which the sampler looks at by itself: overlay.detached */
	bool modal;  /* the mouse does not close it */
	uint32_t needs; /* enum sk_need while it is open */
};

struct overlay {
	enum overlay_kind kind;
	int top;	/* first line shown */
	int at;		/* selected entry of a menu */
	uint64_t row;	/* identity of the row that is looked into */
	int64_t place;	/* where that is in the view; -1 = gone */
	struct sk_detached detached; /* as last seen: it may be gone meanwhile */
	/* of a row that is no socket and is gone: a copy, and the sample that had it */
	void *last_row;
	struct sk_sample *last_sample;
};

#define OVERLAY_OPS(id, name) extern const struct overlay_ops window_##name;
OVERLAYS(OVERLAY_OPS)

/** The operations of all windows; those of OVERLAY_NONE do nothing. */
extern const struct overlay_ops *const overlay_table[OVERLAY_COUNT];

/** The operations of the window that is open. */
const struct overlay_ops *overlay_ops(const struct app *app);

void overlay_open(struct app *app, enum overlay_kind kind);
void overlay_close(struct app *app);

/** Gives back what is kept of a row that is gone. */
void overlay_forget(struct overlay *overlay);

/** A key while it is open. False: not its business (panes, quit). */
bool overlay_key(struct app *app, int code);

/** The mouse wheel, by so many lines. */
void overlay_scroll(struct app *app, int by);
void overlay_draw(struct app *app, const struct box *box);

/** True if the window looks into a row of the pane. */
bool overlay_has_row(const struct overlay *overlay);

/** The socket that is looked into, or NULL. */
const struct sk_detached *overlay_socket(const struct app *app);

/** The row that is looked into; NULL: gone. */
const void *overlay_row(const struct app *app);

/**
 * The same, or how it was when it was seen last, with the sample that it is from; NULL
 * where that is not known. The title tells which of the two, behind a name.
 */
const void *overlay_last_row(const struct app *app, struct sk_context *context);
void overlay_title(const struct app *app, const char *name, char *out, size_t size);

/**
 * New rows are about to be shown. *place is where the row is in them, or -1: then the
 * window may know it again (ops.find), and anything else is kept as it is now.
 */
void overlay_follow(struct app *app, const struct sk_built_rows *built, int64_t *place);

/** Draws a menu: its frame, and those entries that there is room for, the selected among them. */
void overlay_draw_menu(struct app *app, const struct box *box, const char *title,
		       void (*draw_entry)(struct app *app, struct pen *pen, int at, bool here));

/** An entry of a menu of columns. */
void overlay_draw_column(struct pen *pen, const struct sk_column *column, bool on, bool here);

#endif
