/* SPDX-License-Identifier: MIT */
#include "../app.h"

static bool not_zero(const void *row, void *unused)
{
	(void)unused;
	return ((const struct sk_counter *)row)->value != 0;
}

static bool hides_zeros(const struct app *app)
{
	return !app->show_zeros;
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);

	if (app->show_zeros)
		draw_text(&pen, ROLE_DIM, "%u counters (i hides the zeros)", pane->rows.n);
	else
		draw_text(&pen, ROLE_DIM, "%u of %u counters: zeros are hidden (i shows "
			  "them)", pane->view.n, pane->rows.n);
	return 1;
}

const struct pane_ops pane_protocols = {
	.id = SK_PANE_PROTOCOLS,
	.title = "Protocols",
	.keep = not_zero,
	.keeps_some = hides_zeros,
	.head = head,
	.head_height = 1,
};
