/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "app.h"
#include "screen.h"

#define MIN_WIDTH 40
#define MIN_HEIGHT 8
/* A held key comes some thirty times a second: half a second of them. */
#define PUT_OFF_MAX 16

const struct pane_ops *const pane_table[SK_PANE_COUNT] = {
	[SK_PANE_DASHBOARD] = &pane_dashboard,	 [SK_PANE_CONNECTIONS] = &pane_connections,
	[SK_PANE_HOSTS] = &pane_hosts,		 [SK_PANE_STATES] = &pane_states,
	[SK_PANE_INTERFACES] = &pane_interfaces, [SK_PANE_PROTOCOLS] = &pane_protocols,
	[SK_PANE_PROCESSES] = &pane_processes,	 [SK_PANE_LISTENERS] = &pane_listeners,
	[SK_PANE_EVENTS] = &pane_events,	 [SK_PANE_ROUTES] = &pane_routes,
	[SK_PANE_RULES] = &pane_rules,
	[SK_PANE_NEIGHBOURS] = &pane_neighbours, [SK_PANE_GROUPS] = &pane_groups,
	[SK_PANE_NAT] = &pane_nat,
};

struct pane *app_pane(struct app *app)
{
	return &app->panes[app->current];
}

struct sk_context app_context(const struct app *app)
{
	return (struct sk_context){ .sample = app->sample, .names = app->names,
				    .numeric = app->numeric, .group = app->group };
}

void app_say(struct app *app, bool error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(app->message, sizeof(app->message), format, args);
	va_end(args);
	app->message_is_error = error;
}

bool app_is_tagged(const struct app *app, uint64_t id)
{
	if (app->tags_of != app->panes[app->current].rows.table)
		return false;
	for (size_t i = 0; i < app->n_tags; i++) {
		if (app->tags[i] == id)
			return true;
	}
	return false;
}

const struct sk_table *app_filter_table(const struct app *app)
{
	return sk_pane_filter_table(app->current);
}

/* The order is made; what it was gives its memory to the next one. */
static void swap_order(struct sk_view *a, struct sk_view *b)
{
	const struct sk_view old = *a;

	a->index = b->index;
	a->n = b->n;
	a->capacity = b->capacity;
	b->index = old.index;
	b->n = old.n;
	b->capacity = old.capacity;
}

/* A key waits, and has not waited for too many of its kind. */
static bool key_comes_first(void *arg)
{
	const struct app *app = arg;
	struct pollfd key = { .fd = STDIN_FILENO, .events = POLLIN };

	return app->put_off < PUT_OFF_MAX && poll(&key, 1, 0) > 0;
}

static int make_rows(struct app *app, struct pane *pane, bool can_wait)
{
	enum sk_pane_id id = pane->ops->id;
	const struct pane_ops *ops = pane->ops;
	bool is_part = app->current == SK_PANE_DASHBOARD && ops->part;
	struct sk_context context = app_context(app);
	struct sk_choice choice = { .filter = *app_filter_slot(app, id),
				    .arg = app,
				    .gone = true,
				    .usual = !app->show_all && !ops->whole };
	struct sk_view *view = &app->work;
	struct sk_rows rows;
	int err;

	if (ops->keep && (!ops->keeps_some || ops->keeps_some(app)))
		choice.keep = ops->keep;
	/* rows that lie in the maker, not in the sample, are overwritten: no way back */
	if (can_wait && id == SK_PANE_CONNECTIONS)
		context.interrupted = key_comes_first;
	context.arg = app;
	err = sk_rows_make(pane->maker, id, &context, &choice, &rows, view);
	if (!err && !is_part && pane->setup.sort)
		err = sk_view_sort(view, &rows, pane->setup.sort, pane->setup.descending,
				   &context);
	if (!err && id == SK_PANE_CONNECTIONS)
		err = sk_view_nest(view, app->sample);
	if (err)
		return err;
	swap_order(&pane->view, view);
	pane->rows = rows;
	if (is_part)
		err = ops->part(pane, &context);
	if (!err)
		pane_settle(pane);
	return err;
}

static int rebuild(struct app *app, bool can_wait)
{
	const struct pane_ops *ops = app_pane(app)->ops;
	int err = 0;

	for (size_t i = 0; i < ops->n_parts && !err; i++)
		err = make_rows(app, &app->panes[ops->parts[i]], false);
	if (!err && !ops->n_parts)
		err = make_rows(app, app_pane(app), can_wait);
	return err;
}

void app_rebuild(struct app *app)
{
	app->dirty = true;
	if (app->sample && !app->error)
		app->error = rebuild(app, false);
}

void app_show(struct app *app, enum sk_pane_id pane)
{
	/* what was entered narrows the connections, and nothing else */
	if (pane != SK_PANE_CONNECTIONS)
		app->drill.kind = DRILL_NONE;
	app->current = pane;
	app->following = false;
	pane_remeasure(app_pane(app));
	app_request(app, false);
	app_rebuild(app);
}

void app_request(struct app *app, bool now)
{
	struct sk_request *request = &app->request;

	request->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_LINKS |
			 SK_NEED_COUNTERS | sk_filter_needs(app->filter) |
			 sk_pane_needs(app->current, app->show_all) |
			 sk_column_list_needs(&app_pane(app)->setup.columns);
	if (app->current == SK_PANE_HOSTS)
		request->needs |= sk_group_key_needs(app->group);
	if (app_pane(app)->setup.sort)
		request->needs |= app_pane(app)->setup.sort->needs;
	request->protos = app->protos ? app->protos :
					sk_setup_protos(app->options, app->filter);
	/* once looked at, the feed goes on: it has a past */
	app->feed |= app->current == SK_PANE_EVENTS;
	if (app->feed)
		request->needs |= SK_NEED_EVENTS;
	if (app->overlay.kind == OVERLAY_LINK)
		request->needs |= SK_NEED_ADDRESSES;
	request->pinned = app->overlay.kind == OVERLAY_SOCKET;
	request->pin = app->overlay.pin;
	/* what the sample on the screen cannot show is not waited for */
	now |= app->sample && (request->needs & ~app->sample->needs);
	sk_sampler_request(app->sampler, request, now);
}

static void draw_too_small(void)
{
	attrset(0);
	mvprintw(0, 0, "sktop needs at least");
	mvprintw(1, 0, "%dx%d; this is %dx%d", MIN_WIDTH, MIN_HEIGHT, COLS, LINES);
}

void app_draw(struct app *app)
{
	struct box screen = { 0, 0, LINES, COLS }, part = screen;
	bool prompt = app->prompt.kind != PROMPT_NONE;
	int header;

	erase();
	if (COLS < MIN_WIDTH || LINES < MIN_HEIGHT) {
		draw_too_small();
		refresh();
		return;
	}
	if (!app->sample) {
		mvprintw(0, 0, "sktop: taking the first sample...");
		refresh();
		return;
	}
	header = header_height(app, LINES);
	part.h = header;
	header_draw(app, &part);
	part = (struct box){ header, 0, tabs_height(app, LINES), COLS };
	tabs_draw(app, &part);
	part = (struct box){ header + part.h, 0, LINES - header - part.h - 1, COLS };
	if (app->overlay.kind != OVERLAY_NONE)
		overlay_draw(app, &part);
	else if (app_pane(app)->ops->draw)
		app_pane(app)->ops->draw(app, &part);
	else
		pane_draw(app, app_pane(app), &part, true);
	part = (struct box){ LINES - 1, 0, 1, COLS };
	keybar_draw(app, &part);
	curs_set(prompt);
	if (prompt)
		prompt_draw(app, &screen);
	refresh();
	refreshed_watch(app);
}

static void follow_namespaces(struct app *app)
{
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		if (sk_setup_follow(&app->panes[i].setup, app->sample))
			pane_remeasure(&app->panes[i]);
	}
}

static void take_sample(struct app *app)
{
	char note[SK_ERROR_LEN];
	int err;
	struct sk_sample *sample = sk_sampler_take(app->sampler, &err, note);

	if (sample) {
		if (sk_history_add(app->history, sample))
			app->error = -ENOMEM;
		sk_sample_unref(app->pending);
		app->pending = sample;
		app->put_off = 0;
	}
	if (err) {
		app->error = err;
		snprintf(app->error_text, SK_ERROR_LEN, "%.200s", note);
	}
}

/*
 * Brings the newest sample to the screen. Filtering and sorting a million rows takes
 * longer than a key may wait: then the key is answered from the sample before.
 */
static void show_pending(struct app *app)
{
	struct sk_sample *old = app->sample, *sample = app->pending;
	int err = 0;

	app->pending = NULL;
	if (app->frozen && old) {
		sk_sample_unref(sample);
		return;
	}
	app->sample = sample;
	follow_namespaces(app);
	err = rebuild(app, old != NULL);
	if (err == -EINTR) {
		app->sample = old;
		app->pending = sample;
		app->put_off++;
		return;
	}
	if (err)
		app->error = err;
	header_note_losses(app);
	app->dirty = true;
	sk_sample_unref(old);
}

static void handle_signal(struct app *app, struct screen *screen)
{
	struct signalfd_siginfo info;

	while (read(screen->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTSTP) {
			screen_suspend(screen);
		} else if (info.ssi_signo == SIGWINCH) {
			screen_resize();
			for (unsigned i = 0; i < SK_PANE_COUNT; i++)
				pane_remeasure(&app->panes[i]);
		} else {
			app->quit = true;
		}
		app->dirty = true;
	}
}

static void handle_keys(struct app *app, struct screen *screen)
{
	int code, n = 0, waiting;

	while (!app->quit && (code = screen_key()) != ERR) {
		n++;
		app->dirty = true;
		if (app->prompt.kind != PROMPT_NONE)
			prompt_key(app, code);
		else if (key_action(code) == ACT_SUSPEND)
			screen_suspend(screen);
		else if (app->overlay.kind == OVERLAY_NONE || !overlay_key(app, code)) {
			if (app->overlay.kind != OVERLAY_NONE &&
			    key_action(code) != ACT_QUIT)
				overlay_close(app);
			app_act(app, key_action(code));
		}
	}
	/* readable, but nothing to read: the terminal is gone */
	if (n == 0 && ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0)
		app->quit = true;
}

static int loop(struct app *app, struct screen *screen)
{
	struct pollfd polls[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				  { .fd = sk_sampler_fd(app->sampler), .events = POLLIN },
				  { .fd = screen->signals, .events = POLLIN },
				  { .fd = sk_names_fd(app->names), .events = POLLIN },
				  { .events = POLLIN } };
	int wait;

	while (!app->quit && !app->error) {
		if (app->dirty)
			app_draw(app);
		app->dirty = false;
		if (app->pending)
			show_pending(app);
		polls[4].fd = app->job ? sk_filter_job_fd(app->job) : -1;
		wait = app->dirty || app->pending || act_is_busy(app) ? 0 : -1;
		if (poll(polls, 5, wait) < 0 && errno != EINTR)
			return -errno;
		if (polls[4].revents)
			app_take_job(app);
		if (polls[3].revents || polls[1].revents)
			app_take_names(app); /* with each sample some grow old */
		if (polls[1].revents) {
			take_sample(app);
			refreshed_take(app);
		}
		if (polls[2].revents)
			handle_signal(app, screen);
		if (polls[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			app->quit = true;
		else if (polls[0].revents)
			handle_keys(app, screen);
		if (act_is_busy(app))
			act_step(app);
	}
	return app->error;
}

static int setup_panes(struct app *app, char *error)
{
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		struct sk_options general = *app->options;
		int err;

		/* --columns and --sort are for the pane that opens */
		if (i != app->options->pane)
			general.columns = general.sort = NULL;
		app->panes[i].ops = pane_table[i];
		err = sk_maker_new(&app->panes[i].maker);
		if (!err)
			err = sk_setup_pane(&general, i, false, &app->panes[i].setup,
					    error);
		if (err)
			return err;
	}
	return 0;
}

/* A filter file has lines, and blanks where its comments were; the prompt has one line. */
static void squeeze(char *text)
{
	char *to = text;
	bool quoted = false;

	for (const char *from = text; *from; from++) {
		bool blank = strchr(" \t\r\n", *from) != NULL;

		quoted ^= *from == '"';
		if (blank && !quoted && (to == text || to[-1] == ' '))
			continue;
		*to++ = blank ? ' ' : *from;
	}
	*to = '\0';
}

static int setup(struct app *app, char *error)
{
	struct sk_filter **slot = app_filter_slot(app, app->options->pane);
	int err = setup_panes(app, error);

	if (!err)
		err = sk_setup_filter(app->options, app->options->pane, slot, error);
	if (err)
		return err;
	app->current = app->options->pane;
	app->group = app->options->group;
	app->request = app->options->request;
	app->show_zeros = app->show_all = app->options->all;
	app->mark_sort = true;
	app->format = SK_FORMAT_JOIN_PORTS | SK_FORMAT_HOSTS;
	app->numeric = app->options->numeric;
	snprintf(app_filter_text(app), FILTER_MAX, "%s",
		 app->options->filter ? app->options->filter : "");
	squeeze(app_filter_text(app));
	if (gethostname(app->host, sizeof(app->host) - 1))
		strcpy(app->host, "?");
	for (char *c = app->host; *c; c++) {
		if (*c < '!' || *c > '~')
			*c = '?';
	}
	err = sk_history_new(&app->history);
	if (!err)
		err = sk_names_new(NULL, &app->names);
	if (!err && !(app->numeric & SK_NAMES_HOSTS) && sk_names_can_hosts())
		err = sk_names_set_hosts(app->names, true);
	return err;
}

static void tear_down(struct app *app)
{
	act_end(app);
	sk_sampler_free(app->sampler);
	sk_sample_unref(app->sample);
	sk_sample_unref(app->pending);
	refreshed_free(app);
	sk_view_free(&app->work);
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		sk_view_free(&app->panes[i].view);
		sk_maker_free(app->panes[i].maker);
		sk_filter_free(app->own_filter[i]);
	}
	sk_filter_free(app->filter);
	sk_filter_job_free(app->job);
	sk_history_free(app->history);
	sk_names_free(app->names);
	detail_free(&app->detail);
	free(app->tags);
	free(app);
}

static int run(struct app *app, struct sk_source *source, char *error)
{
	struct screen screen;
	int err = screen_open(&screen, error);

	if (err) {
		sk_source_free(source);
		return err;
	}
	theme_init(&app->theme);
	err = sk_sampler_new(source, &app->request, false, &app->sampler);
	if (!err) {
		app_request(app, false);
		app->dirty = true;
		err = loop(app, &screen);
	}
	screen_close(&screen);
	if (err && !error[0])
		snprintf(error, SK_ERROR_LEN, "%s", strerror(-err));
	return err;
}

int sk_ui_run(const struct sk_options *options, struct sk_source *source, int *status,
	      char *error)
{
	struct app *app = calloc(1, sizeof(*app));
	int err = app ? 0 : -ENOMEM;

	setlocale(LC_CTYPE, "");
	*status = 1;
	if (!err) {
		app->options = options;
		app->error_text = error;
		err = setup(app, error);
	}
	if (err) {
		*status = err == -EINVAL ? 2 : 1;
		sk_source_free(source);
	} else {
		err = run(app, source, error);
	}
	if (app)
		tear_down(app);
	return err;
}
