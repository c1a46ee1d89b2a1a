/* SPDX-License-Identifier: MIT */
/*
 * The bar of tabs. When not all titles fit, the ones around the current pane stay and
 * marks at the ends say that there are more.
 */
#include <string.h>
#include "app.h"

/** Which tabs are shown: first to last, and where the first begins. */
struct bar {
	int first, last;
	int x;
};

/* " 9 Routes ", or " NAT " for panes without a digit. */
static int tab_width(int pane)
{
	return (int)strlen(pane_table[pane]->title) + 2 + (sk_pane_info((unsigned)pane)->key ?
								   2 : 0);
}

/* As many as fit, added on either side of the current one in turn. */
static struct bar lay_out(const struct app *app, int width)
{
	const int n = SK_PANE_COUNT;
	struct bar bar = { (int)app->current, (int)app->current, 0 };
	int all = 0, used = tab_width(bar.first);
	bool grown = true;

	for (int i = 0; i < n; i++)
		all += tab_width(i);
	if (all <= width)
		return (struct bar){ 0, n - 1, 0 };
	width -= 4; /* marks at both ends */
	while (grown) {
		grown = false;
		if (bar.last + 1 < n && used + tab_width(bar.last + 1) <= width) {
			used += tab_width(++bar.last);
			grown = true;
		}
		if (bar.first > 0 && used + tab_width(bar.first - 1) <= width) {
			used += tab_width(--bar.first);
			grown = true;
		}
	}
	bar.x = 2;
	return bar;
}

int tabs_hit(const struct app *app, int x)
{
	struct bar bar = lay_out(app, COLS);
	int at = bar.x;

	if (x >= 0 && x < at) /* the marks lead to what they stand for */
		return bar.first > 0 ? bar.first - 1 : -1;
	for (int pane = bar.first; pane <= bar.last; pane++) {
		if (x >= at && x < at + tab_width(pane))
			return pane;
		at += tab_width(pane);
	}
	return bar.last + 1 < (int)SK_PANE_COUNT && x < at + 2 ? bar.last + 1 : -1;
}

void tabs_draw_bar(struct app *app, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	struct bar bar = lay_out(app, box->w);

	draw_rest(&pen, ROLE_TAB);
	pen.x = box->x;
	if (bar.x)
		draw_text(&pen, ROLE_TAB, bar.first > 0 ? "< " : "  ");
	for (int pane = bar.first; pane <= bar.last; pane++) {
		char key = sk_pane_info((unsigned)pane)->key;
		enum role role = pane == (int)app->current ? ROLE_TAB_ON : ROLE_TAB;

		if (key)
			draw_text(&pen, role, " %c %s ", key, pane_table[pane]->title);
		else
			draw_text(&pen, role, " %s ", pane_table[pane]->title);
	}
	if (bar.last + 1 < (int)SK_PANE_COUNT)
		draw_text(&pen, ROLE_TAB, " >");
}
