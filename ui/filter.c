/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "app.h"

static bool has_own_filter(enum sk_pane_id pane)
{
	return !sk_pane_table(pane)->of_sockets;
}

struct sk_filter **app_filter_slot(struct app *app, enum sk_pane_id pane)
{
	return has_own_filter(pane) ? &app->filters.own[pane] : &app->filters.of_sockets;
}

void filters_free(struct filters *filters)
{
	for (unsigned i = 0; i < SK_PANE_COUNT; i++)
		sk_filter_free(filters->own[i]);
	sk_filter_free(filters->of_sockets);
	sk_filter_job_free(filters->job);
}

static char *text_of(struct app *app, enum sk_pane_id pane)
{
	return has_own_filter(pane) ? app->filters.own_text[pane] : app->filters.text;
}

char *app_filter_text(struct app *app)
{
	return text_of(app, app->current);
}

const struct sk_filter *app_filter(const struct app *app)
{
	return has_own_filter(app->current) ? app->filters.own[app->current] : app->filters.of_sockets;
}

static void put_filter(struct app *app, enum sk_pane_id pane, struct sk_filter *filter,
		       const char *text)
{
	struct sk_filter **slot = app_filter_slot(app, pane);

	sk_filter_free(*slot);
	*slot = filter;
	snprintf(text_of(app, pane), FILTER_MAX, "%s", text);
	app_request(app, false);
	app_rebuild(app, "filtering...");
}

static void drop_job(struct app *app)
{
	sk_filter_job_free(app->filters.job);
	app->filters.job = NULL;
}

static int begin_job(struct app *app, const char *text)
{
	int err = sk_filter_job_new(text, sk_pane_filter_table(app->current), &app->filters.job);

	if (err)
		return err;
	app->filters.job_pane = app->current;
	snprintf(app->filters.job_text, sizeof(app->filters.job_text), "%s", text);
	app_say(app, false, "Asking DNS for the names in the filter ...");
	return -EINPROGRESS;
}

int app_set_filter(struct app *app, const char *text, struct sk_filter_error *where)
{
	struct sk_filter_error unused;
	struct sk_filter *filter;
	/* what the filter in force has looked up is known */
	int err = sk_filter_parse_names(text, app_filter_table(app), SK_LOOKUP_HOSTS,
					app_filter(app), &filter, where ? where : &unused);

	if (err == -EINVAL || err == -ENOMEM)
		return err;
	drop_job(app);
	if (err == -EAGAIN)
		return begin_job(app, text);
	put_filter(app, app->current, filter, text);
	return 0;
}

/* An event has less than a socket: what its columns do not know, the header says. */
int app_filter_events(struct app *app)
{
	struct sk_filter_error unused;
	int err;

	if (!app->filters.of_sockets)
		return 0;
	/* its names are known: no DNS is asked twice */
	err = sk_filter_parse_names(app->options->filter, sk_pane_filter_table(SK_PANE_EVENTS),
				    SK_LOOKUP_HOSTS, app->filters.of_sockets,
				    &app->filters.own[SK_PANE_EVENTS], &unused);
	if (!err)
		snprintf(app->filters.own_text[SK_PANE_EVENTS], FILTER_MAX, "%s",
			 app->filters.text);
	return err == -ENOMEM ? err : 0;
}

bool app_filter_is_elsewhere(const struct app *app)
{
	return app->current == SK_PANE_EVENTS && app->filters.of_sockets &&
	       !app->filters.own[SK_PANE_EVENTS];
}

void app_take_job(struct app *app)
{
	struct sk_filter_error error = { .message = "out of memory" };
	struct sk_filter *filter;
	int err = sk_filter_job_take(app->filters.job, &filter, &error);

	if (err == -EINPROGRESS)
		return;
	drop_job(app);
	app->dirty = true;
	if (err) {
		app_say(app, true, "Filter: %s", error.message);
		return;
	}
	put_filter(app, app->filters.job_pane, filter, app->filters.job_text);
	app_say(app, false, "The names in the filter are known");
}
