/* SPDX-License-Identifier: MIT */
#include <sktop/listener.h>
#include "../app.h"

bool drill_holds(const struct drill *drill, const struct sk_sample *sample,
		 const struct sk_socket *s)
{
	switch (drill->kind) {
	case DRILL_GROUP:
		return sk_group_holds(&drill->group, sample, s);
	case DRILL_STATE:
		return s->proto == SK_PROTO_TCP && s->state == drill->state;
	case DRILL_LISTENER:
		return s->cookie == drill->listener.socket.cookie ||
		       sk_listener_holds(&drill->listener.socket,
					 &drill->listener.home, sample, s);
	default:
		return true;
	}
}

static bool keep(const void *row, void *arg)
{
	const struct app *app = arg;
	const struct sk_socket *s = row;

	if (!drill_holds(&app->drill, app->making, s))
		return false;
	if (app->hide_idle && !(s->tx_rate > 0) && !(s->rx_rate > 0))
		return false;
	if (app->options->listening && !sk_is_listening(s, NULL))
		return false;
	return !app->hide_listening || !sk_is_listening(s, NULL);
}

static bool keeps_some(const struct app *app, const struct sk_sample *sample)
{
	(void)sample;
	return app->drill.kind || app->hide_idle || app->hide_listening ||
	       app->options->listening;
}

const struct pane_ops pane_connections = {
	.id = SK_PANE_CONNECTIONS,
	.title = "Connections",
	.brief = "Conn",
	.empty = "No socket (o chooses protocols)",
	.keep = keep,
	.keeps_some = keeps_some,
};
