/* SPDX-License-Identifier: MIT */
#include "../app.h"

static bool not_zero(const void *row, void *unused)
{
	(void)unused;
	return ((const struct sk_counter *)row)->value != 0;
}

static int rows(struct app *app, struct pane *pane)
{
	struct sk_context context = app_context(app);
	int err;

	pane->rows = (struct sk_rows){ pane->setup.table, app->sample->counters,
				       app->sample->n_counters };
	err = sk_view_filter(&pane->view, &pane->rows,
			     app->own_filter[SK_PANE_PROTOCOLS], &context);
	if (!err && !app->show_zeros)
		sk_view_keep(&pane->view, &pane->rows, not_zero, NULL);
	return err;
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
	.rows = rows,
	.head = head,
	.head_height = 1,
};
