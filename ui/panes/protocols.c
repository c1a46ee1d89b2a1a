/* SPDX-License-Identifier: MIT */
#include "app.h"

static bool keep(const void *row, void *arg)
{
	const struct app *app = arg;
	struct sk_counter_scope scope = { app->options, app->show_zeros };

	return sk_counter_wanted(row, &scope);
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);

	if (app->show_zeros)
		draw_text(&pen, ROLE_DIM, "%u counters (i hides the zeros)", pane->made.rows.n);
	else
		draw_text(&pen, ROLE_DIM, "%u of %u counters: zeros are hidden (i shows "
			  "them)", pane->made.view.n, pane->made.rows.n);
	return 1;
}

const struct pane_ops pane_protocols = {
	.id = SK_PANE_PROTOCOLS,
	.title = "Protocols",
	.brief = "Proto",
	.empty = "No counter is above zero (i shows the zeros)",
	.window = OVERLAY_COUNTER,
	.keep = keep,
	.head = head,
	.head_height = 1,
};
