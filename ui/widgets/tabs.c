/* SPDX-License-Identifier: MIT */
/*
 * The bar of tabs has whole titles, brief ones, or brief ones side by side, as there is
 * room. If not all fit, the tabs around the current pane stay, and marks at the ends
 * say that there are more.
 */
#include <stdio.h>
#include <string.h>
#include "app.h"

/** The tabs that are shown: first to last, how, and where the first begins. */
struct bar {
	int first, last;
	int x;
	enum look { WHOLE, BRIEF, TIGHT } look;
};

/* " 9 Routes ", " 9 Route ", "9Route "; without a digit for panes that have none. */
static int tab_text(int pane, enum look look, char text[32])
{
	const char key[2] = { sk_pane_info((unsigned)pane)->key };
	const struct pane_ops *ops = pane_table[pane];

	if (look == TIGHT)
		return snprintf(text, 32, "%s%s ", key, ops->brief);
	return snprintf(text, 32, " %s%s%s ", key, key[0] ? " " : "",
			look == WHOLE ? ops->title : ops->brief);
}

static int tab_width(int pane, enum look look)
{
	char text[32];

	return tab_text(pane, look, text);
}

/* As many as fit, added on either side of the current one in turn. */
static struct bar lay_out_some(const struct app *app, int width)
{
	const int n = SK_PANE_COUNT;
	struct bar bar = { (int)app->current, (int)app->current, 2, BRIEF };
	int used = tab_width(bar.first, BRIEF);
	bool grown = true;

	width -= 4; /* marks at both ends */
	while (grown) {
		grown = false;
		if (bar.last + 1 < n && used + tab_width(bar.last + 1, BRIEF) <= width) {
			used += tab_width(++bar.last, BRIEF);
			grown = true;
		}
		if (bar.first > 0 && used + tab_width(bar.first - 1, BRIEF) <= width) {
			used += tab_width(--bar.first, BRIEF);
			grown = true;
		}
	}
	return bar;
}

static struct bar lay_out(const struct app *app, int width)
{
	for (enum look look = WHOLE; look <= TIGHT; look++) {
		/* the blank behind the last one may be cut */
		int all = look == TIGHT ? -1 : 0;

		for (int i = 0; i < SK_PANE_COUNT; i++)
			all += tab_width(i, look);
		if (all <= width)
			return (struct bar){ 0, SK_PANE_COUNT - 1, 0, look };
	}
	return lay_out_some(app, width);
}

int tabs_hit(const struct app *app, int x)
{
	struct bar bar = lay_out(app, COLS);
	int at = bar.x;

	if (x >= 0 && x < at) /* the marks lead to what they stand for */
		return bar.first > 0 ? bar.first - 1 : -1;
	for (int pane = bar.first; pane <= bar.last; pane++) {
		at += tab_width(pane, bar.look);
		if (x < at)
			return pane;
	}
	return bar.last + 1 < (int)SK_PANE_COUNT && x < at + 2 ? bar.last + 1 : -1;
}

void tabs_draw_bar(struct app *app, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	struct bar bar = lay_out(app, box->w);
	char text[32];

	draw_rest(&pen, ROLE_TAB);
	pen.x = box->x;
	if (bar.x)
		draw_text(&pen, ROLE_TAB, bar.first > 0 ? "< " : "  ");
	for (int pane = bar.first; pane <= bar.last; pane++) {
		int len = tab_text(pane, bar.look, text);
		bool here = pane == (int)app->current;

		/* side by side, the blank between two belongs to none */
		if (bar.look == TIGHT)
			text[len - 1] = '\0';
		draw_text(&pen, here ? ROLE_TAB_ON : ROLE_TAB, "%s", text);
		if (bar.look == TIGHT)
			draw_text(&pen, ROLE_TAB, " ");
	}
	if (bar.last + 1 < (int)SK_PANE_COUNT)
		draw_text(&pen, ROLE_TAB, " >");
}
