/* SPDX-License-Identifier: MIT */
/*
 * A pane is a table of rows, with some lines of its own. A pane is one file in panes/,
 * and one row of SK_PANES (sktop/panes.h).
 */
#ifndef SKTOP_UI_PANE_H
#define SKTOP_UI_PANE_H

#include <sktop/row_worker.h>
#include <sktop/setup.h>
#include "overlays/overlay.h"
#include "widgets/draw.h"

struct app;
struct drill;
struct pane;

struct pane_ops {
	enum sk_pane_id id;
	const char *title; /* of the tab */
	const char *brief; /* of the tab on a narrow screen */
	const char *empty; /* what it means that there are no rows, and what to do */
	/** Chooses and orders its rows for the dashboard. 0 or -errno. NULL = the same. */
	int (*part)(struct sk_view *view, const struct sk_rows *rows,
		    const struct sk_context *context);
	/** Adds a row to the sums that its head tells of all rows; NULL = none. */
	void (*count)(const void *row, uint64_t sum[SK_ROW_SUMS]);
	/** Heading of a column that holds now this, now that; NULL = its title. */
	const char *(*heading)(const struct app *app, const struct sk_column *column);
	/** Lines of its own above the table, and in what the rows leave below. */
	int (*head)(struct app *app, struct pane *pane, const struct box *box);
	int (*foot)(struct app *app, struct pane *pane, const struct box *box);
	/** Chooses the role of a row (ROLE_TEXT = like any other), and a sign for it. */
	enum role (*look)(const void *row, char *mark);
	/** A graph at the end of each row; NULL = none. */
	void (*graph)(struct app *app, const void *row, struct pen *pen, int width);
	const char *graph_title;
	int graph_width; /* cells that columns must leave for it */
	int head_height;
	/**
	 * The sockets that a row stands for, to enter it (Enter) or to act on them (K).
	 * NULL: Enter opens the window below, K has nothing to act on (but for the
	 * connections, whose rows are sockets).
	 */
	void (*drill)(struct app *app, struct pane *pane, const void *row,
		      struct drill *out);
	/** The window that Enter opens on a row, where it does not drill; OVERLAY_NONE = none. */
	enum overlay_kind window;
	enum sk_pane_id next; /* where t leads, among panes of one kind; 0 = hosts */
	bool whole;	      /* shows its extra rows without being asked */
	/** Shows other panes inside, whose rows it needs (dashboard): their ids. */
	const enum sk_pane_id *parts;
	size_t n_parts;
	/** Draws all by itself instead (dashboard); NULL = the table. */
	void (*draw)(struct app *app, const struct box *box);
};

/** A pane as it stands: columns, order, place. */
struct pane {
	const struct pane_ops *ops;
	struct sk_setup setup;
	struct sk_built_rows built; /* from app->sample */
	struct sk_steady steady; /* the order of its first rows; a job changes it */
	struct sk_built_rows next; /* memory for those that are built next */
	bool is_built;	    /* false: its rows are still to come, and there are none */
	uint32_t top;	    /* first row on the screen */
	uint32_t at;	    /* selected row, as a place in the view */
	uint64_t at_id;	    /* its identity */
	bool moved;	    /* the user chose the row: it follows its identity */
	int scroll;	    /* columns scrolled away to the left */
	int width[SK_COLUMNS_MAX]; /* widest cell seen, so that columns stand still */
	int visible;	    /* rows on the screen at the last drawing */
	int table_y;	    /* line of the headings at the last drawing */
	int column_x[SK_COLUMNS_MAX]; /* where columns stand; -1 = not shown */
	int column_w[SK_COLUMNS_MAX];
};

extern const struct pane_ops *const pane_table[SK_PANE_COUNT];

#define PANE_OPS(id, name, digit, make, help) extern const struct pane_ops pane_##name;
SK_PANES(PANE_OPS)
extern const struct pane_ops pane_dashboard;

/** The selected row, or NULL. */
const void *pane_row(const struct pane *pane);

/** After new rows: the selection goes to its row's new place; -1 = the row is gone. */
void pane_settle(struct pane *pane, int64_t at);

/** Drops the rows: others are to come. The selection stays. */
void pane_forget(struct pane *pane);

/** Moves the selection by rows; far moves stop at the ends. */
void pane_move(struct pane *pane, int64_t by);

/** Forgets the measured widths: after a resize or a change of columns. */
void pane_remeasure(struct pane *pane);

/** Draws headings and visible rows. */
void pane_draw_table(struct app *app, struct pane *pane, const struct box *box,
		     bool selection);

/** Draws a pane whole, with what it has above and below its table. */
void pane_draw(struct app *app, struct pane *pane, const struct box *box, bool selection);

/** The column whose heading is at cell x, or NULL. */
const struct sk_column *pane_column_at(const struct pane *pane, int x);

#endif
