/* SPDX-License-Identifier: MIT */
/*
 * The last line shows what the keys do here and now, or what was just done.
 */
#ifndef SKTOP_UI_WIDGETS_KEYBAR_H
#define SKTOP_UI_WIDGETS_KEYBAR_H

#include "widgets/draw.h"

struct app;

/** The keys of this pane, or of the window that is open; a message instead of them. */
void keybar_draw(struct app *app, const struct box *box);

/** The code of the key that stands at cell x of it; 0 = none does. */
int keybar_hit(const struct app *app, int x);

#endif
