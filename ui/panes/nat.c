/* SPDX-License-Identifier: MIT */
#include "app.h"

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	const char *why = sk_pane_refused(SK_PANE_NAT, app->sample);
	struct pen pen = draw_pen(&app->theme, box, 0);
	char number[32];

	if (why) {
		draw_text(&pen, ROLE_WARN, "%s", why);
		return 1;
	}
	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(pane->built.view.n, number));
	draw_text(&pen, ROLE_LABEL, app->show_all ? " tracked connections" :
						    " translated connections");
	if (!app->show_all)
		draw_text(&pen, ROLE_DIM, " (a shows the others as well)");
	return 1;
}

const struct pane_ops pane_nat = {
	.id = SK_PANE_NAT,
	.title = "NAT",
	.brief = "NAT",
	.empty = "Nothing is translated now",
	.window = OVERLAY_ROW,
	.head = head,
	.head_height = 1,
	.next = SK_PANE_ROUTES,
};
