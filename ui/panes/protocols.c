/* SPDX-License-Identifier: MIT */
#include "app.h"

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);

	if (app->show.zeros)
		draw_text(&pen, ROLE_DIM, "%u counters (i hides the zeros)", pane->built.rows.n);
	else
		draw_text(&pen, ROLE_DIM, "%u of %u counters: zeros are hidden (i shows "
			  "them)", pane->built.view.n, pane->built.rows.n);
	return 1;
}

const struct pane_ops pane_protocols = {
	.id = SK_PANE_PROTOCOLS,
	.title = "Protocols",
	.brief = "Proto",
	.empty = "No counter is above zero (i shows the zeros)",
	.window = OVERLAY_COUNTER,
	.head = head,
	.head_height = 1,
};
