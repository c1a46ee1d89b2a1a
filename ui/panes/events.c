/* SPDX-License-Identifier: MIT */
#include <sktop/event.h>
#include "app.h"

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	const struct sk_losses *losses = &app->sample->losses;
	struct pen pen = draw_pen(&app->theme, box, 0);
	char number[32];

	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(pane->built.rows.n, number));
	draw_text(&pen, ROLE_LABEL, " sockets destroyed since this pane was opened");
	if (pane->built.rows.n >= SK_EVENTS_MAX)
		draw_text(&pen, ROLE_DIM, " (the newest of them)");
	if (losses->events_lost)
		draw_text(&pen, ROLE_ERROR, "   at least %s not told in time",
			  sk_thousands(losses->events_lost, number));
	return 1;
}

const struct pane_ops pane_events = {
	.id = SK_PANE_EVENTS,
	.title = "Events",
	.brief = "Evnt",
	.empty = "No socket has ended since; each comes here the moment it does",
	.head = head,
	.head_height = 1,
};
