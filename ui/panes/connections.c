/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/identity.h>
#include <sktop/listener.h>
#include "app.h"

static bool is_pinned(const struct sk_pin *pin, const struct sk_sample *sample,
		      const struct sk_socket *s)
{
	struct sk_pin here;

	if (s->cookie != pin->socket.cookie)
		return false;
	here = sk_pin_of(sample, s);
	return sk_pin_same(pin, &here);
}

/* Which side of a connection is the service's the listeners of the same sample tell. */
static const struct sk_ports *ports_of(struct app *app, const struct sk_sample *sample)
{
	const struct sk_context context = { .sample = sample };
	int err;

	if (app->ports_of == sample && app->ports_seq == sample->seq)
		return app->ports;
	err = sk_ports_note(app->ports, &context);
	if (err) {
		app_fail(app, "the ports of services are not known", strerror(-err));
		return app->ports;
	}
	app->ports_of = sample;
	app->ports_seq = sample->seq;
	return app->ports;
}

bool drill_holds(struct app *app, const struct drill *drill, const struct sk_sample *sample,
		 const struct sk_socket *s)
{
	bool by_port = drill->kind == DRILL_GROUP && drill->group.by == SK_GROUP_PORT;

	switch (drill->kind) {
	case DRILL_GROUP:
		return sk_group_holds(&drill->group, sample,
				      by_port ? ports_of(app, sample) : NULL, s);
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
	struct app *app = arg;
	const struct sk_socket *s = row;

	if (!drill_holds(app, &app->drill, app->making, s))
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
	.window = OVERLAY_SOCKET,
	.keep = keep,
	.keeps_some = keeps_some,
};
