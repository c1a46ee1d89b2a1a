/* SPDX-License-Identifier: MIT */
#include "../app.h"

static bool keep(const void *row, void *arg)
{
	const struct app *app = arg;
	const struct sk_socket *s = row;

	if (app->drill.active && app->drill.by_state &&
	    (s->proto != SK_PROTO_TCP || s->state != app->drill.state))
		return false;
	if (app->drill.active && !app->drill.by_state &&
	    !sk_group_holds(&app->drill.group, s))
		return false;
	if (app->hide_idle && !(s->tx_rate > 0) && !(s->rx_rate > 0))
		return false;
	if (app->options->listening && !sk_is_listening(s, NULL))
		return false;
	return !app->hide_listening || !sk_is_listening(s, NULL);
}

static bool keeps_some(const struct app *app)
{
	return app->drill.active || app->hide_idle || app->hide_listening ||
	       app->options->listening;
}

const struct pane_ops pane_connections = {
	.id = SK_PANE_CONNECTIONS,
	.title = "Connections",
	.keep = keep,
	.keeps_some = keeps_some,
};
