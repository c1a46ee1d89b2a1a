/* SPDX-License-Identifier: MIT */
#include <sktop/identity.h>
#include <sktop/listener.h>
#include "../app.h"

static bool is_pinned(const struct sk_pin *pin, const struct sk_sample *sample,
		      const struct sk_socket *s)
{
	struct sk_pin here;

	if (s->cookie != pin->socket.cookie)
		return false;
	here = sk_pin_of(sample, s);
	return sk_pin_same(pin, &here);
}

bool drill_holds(const struct drill *drill, const struct sk_sample *sample,
		 const struct sk_socket *s)
{
	switch (drill->kind) {
	case DRILL_GROUP:
		return sk_group_holds(&drill->group, sample, s);
	case DRILL_STATE:
		return s->proto == SK_PROTO_TCP && s->state == drill->state;
	case DRILL_LISTENER:
		return is_pinned(&drill->listener, sample, s) ||
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
