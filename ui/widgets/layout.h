/* SPDX-License-Identifier: MIT */
/*
 * The layout gives each column of a table its place. On a narrow screen the least
 * important columns go first; then texts and addresses are cut, visibly, in favour of
 * more important ones. Rates and states are never cut.
 */
#ifndef SKTOP_UI_WIDGETS_LAYOUT_H
#define SKTOP_UI_WIDGETS_LAYOUT_H

#include "pane.h"

#define LAYOUT_MARKS 2 /* cells before the first column: tag, and new/changed/gone */

/** Fills pane->column_x and column_w. Returns the cells left for the graph, or 0. */
int layout_columns(struct app *app, struct pane *pane, const struct box *box);

#endif
