/* SPDX-License-Identifier: MIT */
#include "app.h"

static void count(const void *row, uint64_t sum[SK_ROW_SUMS])
{
	sum[0] += (((const struct sk_neighbour *)row)->state & SK_NUD_FAILED) != 0;
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	uint64_t failed = pane->built.sum[0];
	char number[32];

	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(pane->built.view.n, number));
	draw_text(&pen, ROLE_LABEL, " of %s neighbours",
		  sk_thousands(pane->built.rows.n, number));
	if (failed)
		draw_text(&pen, ROLE_ERROR, ", %s do not answer",
			  sk_thousands(failed, number));
	if (!app->show_all)
		draw_text(&pen, ROLE_DIM, ", those that need no asking (NOARP) hidden "
					  "(a shows them)");
	return 1;
}

const struct pane_ops pane_neighbours = {
	.id = SK_PANE_NEIGHBOURS,
	.title = "Neighbours",
	.brief = "Nbr",
	.empty = "Nobody on the links has been asked for yet",
	.window = OVERLAY_ROW,
	.count = count,
	.head = head,
	.head_height = 1,
	.next = SK_PANE_GROUPS,
};
