/* SPDX-License-Identifier: MIT */
/*
 * The dashboard shows the first four panes at once, or as many of them as fit.
 */
#include <sktop/array.h>
#include "app.h"

static const enum sk_pane_id parts[] = { SK_PANE_CONNECTIONS, SK_PANE_HOSTS,
					 SK_PANE_STATES, SK_PANE_INTERFACES };

static void draw_part(struct app *app, enum sk_pane_id id, const struct box *box)
{
	struct pane *part = &app->panes[id];
	struct box inside;

	draw_frame(&app->theme, box, part->ops->title, &inside);
	pane_draw(app, part, &inside, false);
}

/* States below, no higher than they need; beside them hosts, and interfaces. */
static void draw(struct app *app, const struct box *box)
{
	static const enum sk_pane_id below[] = { SK_PANE_STATES, SK_PANE_HOSTS,
						 SK_PANE_INTERFACES };
	int n = box->w >= 180 ? 3 : box->w >= 100 ? 2 : 1;
	int low = (int)app->panes[SK_PANE_STATES].built.view.n + 3;

	if (low > box->h / 2 || n > 1)
		low = box->h / 2;
	if (low < 5) {
		draw_part(app, SK_PANE_CONNECTIONS, box);
		return;
	}
	draw_part(app, SK_PANE_CONNECTIONS,
		  &(struct box){ box->y, box->x, box->h - low, box->w });
	for (int i = 0; i < n; i++) {
		int from = box->w * i / n, to = box->w * (i + 1) / n;

		draw_part(app, below[i],
			  &(struct box){ box->y + box->h - low, box->x + from, low,
					 to - from });
	}
}

const struct pane_ops pane_dashboard = {
	.id = SK_PANE_DASHBOARD,
	.title = "Dashboard",
	.brief = "Dash",
	.parts = parts,
	.n_parts = ARRAY_SIZE(parts),
	.draw = draw,
};
