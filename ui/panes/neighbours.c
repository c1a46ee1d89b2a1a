/* SPDX-License-Identifier: MIT */
#include "../app.h"

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	uint32_t failed = 0;
	char number[32];

	for (uint32_t i = 0; i < pane->rows.n; i++) {
		const struct sk_neighbour *n = sk_rows_at(&pane->rows, i);

		failed += (n->state & SK_NUD_FAILED) != 0;
	}
	draw_text(&pen, ROLE_VALUE, "%s", draw_thousands(pane->view.n, number));
	draw_text(&pen, ROLE_LABEL, " of %s neighbours",
		  draw_thousands(pane->rows.n, number));
	if (failed)
		draw_text(&pen, ROLE_ERROR, ", %s do not answer",
			  draw_thousands(failed, number));
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
	.head = head,
	.head_height = 1,
	.next = SK_PANE_GROUPS,
};
