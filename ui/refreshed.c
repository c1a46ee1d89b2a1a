/* SPDX-License-Identifier: MIT */
#include <sktop/identity.h>
#include "app.h"
#include "refreshed.h"

/* Where samples take about an interval, the header must not change with each. */
#define AHEAD_SAMPLES 4

const struct sk_sample *refreshed_look(const struct app *app)
{
	const struct sk_sample *look = app->refreshed.look;

	return look && app->sample && look->seq == app->sample->seq ? look : NULL;
}

bool refreshed_goes_ahead(const struct app *app)
{
	const struct sk_sample *look = app->refreshed.look;

	return look && look->seq + AHEAD_SAMPLES > app->sample->seq;
}

void refreshed_take(struct app *app)
{
	struct refreshed *r = &app->refreshed;
	struct sk_sample *look = sk_sampler_take_look(app->sampler);

	if (!look || !app->sample || app->frozen || look->seq != app->sample->seq) {
		sk_sample_unref(look);
		return;
	}
	sk_sample_unref(r->look);
	r->look = look;
	r->view = *app->sample;
	r->view.sockets = look->sockets;
	r->view.homes = look->homes;
	r->view.more = look->more;
	r->view.n_more = look->n_more;
	r->view.n_sockets = look->n_sockets;
	r->view.n_gone = look->n_gone;
	r->view.time_ns = look->time_ns;
	r->view.interval = look->interval;
	app->dirty = true;
}

void refreshed_free(struct app *app)
{
	sk_sample_unref(app->refreshed.look);
}

/* The socket of a row, and where it lies in the sample; NULL = the row is of no socket. */
static const struct sk_socket *socket_of(const struct app *app, const struct pane *pane,
					 const void *row, uint32_t *at)
{
	if (pane->made.rows.table == sk_table(SK_TABLE_CONNECTIONS)) {
		*at = (uint32_t)((const struct sk_socket *)row - app->sample->sockets);
		return row;
	}
	if (pane->made.rows.table == sk_table(SK_TABLE_LISTENERS)) {
		*at = ((const struct sk_listener *)row)->row;
		return &((const struct sk_listener *)row)->socket;
	}
	return NULL;
}

void refreshed_note(struct app *app, const struct pane *pane, const void *row)
{
	struct refreshed *r = &app->refreshed;

	if (r->n < SK_WATCH_MAX && socket_of(app, pane, row, &r->row[r->n]))
		r->n++;
}

void refreshed_watch(struct app *app)
{
	struct refreshed *r = &app->refreshed;

	sk_sampler_watch(app->sampler, app->sample, r->row, app->frozen ? 0 : r->n);
	r->n = 0;
}

const void *refreshed_row(struct app *app, const struct pane *pane, const void *row,
			  struct sk_context *context)
{
	const struct sk_sample *look = refreshed_look(app);
	struct refreshed *r = &app->refreshed;
	uint32_t at, i = 0, n = look ? look->n_sockets + look->n_gone : 0;
	const struct sk_socket *s = look ? socket_of(app, pane, row, &at) : NULL;

	while (s && i < n && !sk_socket_same(s, &app->sample->homes, &look->sockets[i],
					     &look->homes))
		i++;
	if (!s || i == n)
		return row;
	context->sample = &r->view;
	if (pane->made.rows.table == sk_table(SK_TABLE_CONNECTIONS))
		return &look->sockets[i];
	r->listener = *(const struct sk_listener *)row;
	sk_listener_renew(&r->listener, &look->sockets[i],
			  sk_sample_more(look, i));
	return &r->listener;
}
