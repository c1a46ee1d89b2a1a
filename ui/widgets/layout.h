/* SPDX-License-Identifier: MIT */
/*
 * Where the columns of a table stand. Few cells are shared out like this: first the
 * columns that matter least go, then texts and addresses give way, cut visibly, for
 * the sake of those that matter; rates and states are never cut.
 */
#ifndef SKTOP_UI_WIDGETS_LAYOUT_H
#define SKTOP_UI_WIDGETS_LAYOUT_H

#include "pane.h"

#define LAYOUT_MARKS 2 /* cells before the first column: tag, and new/changed/gone */

/** Fills pane->column_x and column_w. Returns the cells left for the graph, or 0. */
int layout_columns(struct app *app, struct pane *pane, const struct box *box);

#endif
