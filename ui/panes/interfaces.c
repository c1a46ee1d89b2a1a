/* SPDX-License-Identifier: MIT */
#include "app.h"

static void graph(struct app *app, const void *row, struct pen *pen, int width)
{
	struct sk_history *history = sk_sampler_history(app->sampler);
	struct sk_series past;

	sk_history_link(history, app->sample, row, false, &past);
	draw_spark(pen, ROLE_RX, &past, width / 2 - 1);
	draw_text(pen, ROLE_TEXT, " ");
	sk_history_link(history, app->sample, row, true, &past);
	draw_spark(pen, ROLE_TX, &past, width - width / 2);
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
