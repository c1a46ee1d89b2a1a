/* SPDX-License-Identifier: MIT */
#include "app.h"

static void graph(struct app *app, const void *row, struct pen *pen, int width)
{
	const struct sk_link *link = row;

	draw_spark(pen, ROLE_RX, sk_history_link(app->history, link->netns, link->name, false),
		   width / 2 - 1);
	draw_text(pen, ROLE_TEXT, " ");
	draw_spark(pen, ROLE_TX, sk_history_link(app->history, link->netns, link->name, true),
		   width - width / 2);
}

const struct pane_ops pane_interfaces = {
	.id = SK_PANE_INTERFACES,
	.title = "Interfaces",
	.brief = "Intf",
	.empty = "No interface is up (a shows those that are down)",
	.window = OVERLAY_LINK,
	.whole = true,
	.graph = graph,
	.graph_title = "RX and TX over time",
};
