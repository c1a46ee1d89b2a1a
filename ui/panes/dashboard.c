/* SPDX-License-Identifier: MIT */
/*
 * The first four panes at once; where there is no room for four, as many as fit.
 */
#include "../app.h"

static const enum sk_pane_id parts[] = { SK_PANE_CONNECTIONS, SK_PANE_HOSTS,
					 SK_PANE_STATES, SK_PANE_INTERFACES };

static void draw_part(struct app *app, enum sk_pane_id id, const struct box *box)
{
	struct pane *part = &app->panes[id];
	struct box inside;

	draw_frame(&app->theme, box, part->ops->title, &inside);
	pane_draw(app, part, &inside, false);
}

static void draw(struct app *app, const struct box *box)
{
	int left = box->w * 3 / 5, top = box->h * 3 / 5;

	if (box->w >= 140 && box->h >= 24) {
		draw_part(app, SK_PANE_CONNECTIONS,
			  &(struct box){ box->y, box->x, top, left });
		draw_part(app, SK_PANE_HOSTS,
			  &(struct box){ box->y, box->x + left, top, box->w - left });
		draw_part(app, SK_PANE_STATES,
			  &(struct box){ box->y + top, box->x, box->h - top, left });
		draw_part(app, SK_PANE_INTERFACES,
			  &(struct box){ box->y + top, box->x + left, box->h - top,
					 box->w - left });
		return;
	}
	top = box->h / 2;
	draw_part(app, SK_PANE_CONNECTIONS, &(struct box){ box->y, box->x, top, box->w });
	draw_part(app, SK_PANE_STATES,
		  &(struct box){ box->y + top, box->x, box->h - top, box->w });
}

const struct pane_ops pane_dashboard = {
	.id = SK_PANE_DASHBOARD,
	.title = "Dashboard",
	.parts = parts,
	.n_parts = sizeof(parts) / sizeof(parts[0]),
	.draw = draw,
};
