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

static int rows(struct app *app, struct pane *pane)
{
	const struct sk_sample *sample = app->sample;
	struct sk_context context = app_context(app);
	int err;

	pane->rows = (struct sk_rows){ pane->setup.table, sample->sockets,
				       sample->n_sockets + sample->n_gone };
	err = sk_view_filter(&pane->view, &pane->rows, app->filter, &context);
	if (!err && (app->drill.active || app->hide_idle || app->hide_listening ||
		     app->options->listening))
		sk_view_keep(&pane->view, &pane->rows, keep, app);
	return err;
}

const struct pane_ops pane_connections = {
	.id = SK_PANE_CONNECTIONS,
	.title = "Connections",
	.rows = rows,
};
