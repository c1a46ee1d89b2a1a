/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <sktop/leave.h>
#include <sktop/text.h>
#include "app.h"
#include "screen.h"

#define MIN_WIDTH 40
#define MIN_HEIGHT 8

#define PANE_ROW(id, name, digit, make, help) [SK_PANE_##id] = &pane_##name,
const struct pane_ops *const pane_table[SK_PANE_COUNT] = {
	[SK_PANE_DASHBOARD] = &pane_dashboard, SK_PANES(PANE_ROW)
};

struct pane *app_pane(struct app *app)
{
	return &app->panes[app->current];
}

struct sk_context app_context(const struct app *app)
{
	return (struct sk_context){ .sample = app->sample, .names = app->names,
				    .numeric = app->show.numeric, .group = app->show.group };
}

void app_say(struct app *app, bool error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(app->message.text, sizeof(app->message.text), format, args);
	va_end(args);
	app->message.is_error = error;
}

const struct sk_table *app_filter_table(const struct app *app)
{
	return sk_pane_filter_table(app->current);
}

void app_show(struct app *app, enum sk_pane_id pane)
{
	/* what was entered narrows the connections, and nothing else */
	if (pane != SK_PANE_CONNECTIONS)
		app->drill.sockets.kind = SK_DRILL_NONE;
	/* rows stay while others of their kind are made, but not over a sample */
	for (unsigned i = 0; i < SK_PANE_COUNT && pane != app->current; i++)
		pane_forget(&app->panes[i]);
	app->ahead.pane_left = true;
	app->current = pane;
	app->following = false;
	pane_remeasure(app_pane(app));
	app_request(app, false);
	app_rebuild(app, "counting...");
}

static uint32_t pane_needs(const struct app *app, enum sk_pane_id id)
{
	const struct pane *pane = &app->panes[id];

	return sk_pane_needs(id, app->show.all) |
	       sk_column_list_needs(&pane->setup.columns) |
	       (pane->setup.sort ? pane->setup.sort->needs : 0);
}

void app_request(struct app *app, bool now)
{
	const struct pane_ops *ops = app_pane(app)->ops;
	struct sk_request *request = &app->request;
	uint32_t plain = request->plain_states, needed = request->needs;

	/* flows and their makers are known from one sample to the next, whatever is shown */
	request->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_FLOWS | SK_NEED_OWNERS |
			 SK_NEED_LINKS | SK_NEED_COUNTERS | sk_filter_needs(app->filters.of_sockets) |
			 pane_needs(app, app->current);
	for (size_t i = 0; i < ops->n_parts; i++)
		request->needs |= pane_needs(app, ops->parts[i]);
	if (app->current == SK_PANE_HOSTS)
		request->needs |= sk_group_key_needs(app->show.group);
	request->plain_states = sk_setup_plain_states(app->current, app->filters.of_sockets);
	request->protos = app->show.protos ? app->show.protos :
					sk_setup_protos(app->options, app->filters.of_sockets);
	request->needs |= sk_setup_bytes(app->options, app->current, request->protos);
	for (size_t i = 0; i < ops->n_parts; i++)
		request->needs |= sk_setup_bytes(app->options, ops->parts[i], request->protos);
	request->bound_too = sk_setup_bound_too(app->options, app->filters.of_sockets);
	/* once looked at, the feed goes on: it has a past */
	app->feed |= app->current == SK_PANE_EVENTS;
	if (app->feed)
		request->needs |= SK_NEED_EVENTS;
	request->needs |= overlay_ops(app)->needs;
	request->wants_detail = overlay_ops(app)->of_socket;
	request->detached = app->overlay.detached;
	/* what the sample on the screen, or the first one to come, cannot show is not waited for */
	now |= (request->needs & ~(app->sample ? app->sample->needs : needed)) != 0;
	now |= (request->needs & SK_NEED_TCP_EXT) && (plain & ~request->plain_states);
	if (app->sampler)
		sk_sampler_request(app->sampler, request, now);
}

static void draw_too_small(void)
{
	wattrset(newscr, 0);
	mvwprintw(newscr, 0, 0, "sktop needs at least");
	mvwprintw(newscr, 1, 0, "%dx%d; this is %dx%d", MIN_WIDTH, MIN_HEIGHT, COLS, LINES);
}

void app_draw(struct app *app)
{
	struct box screen = { 0, 0, LINES, COLS }, part = screen;
	bool prompt = app->prompt.kind != PROMPT_NONE;
	int header;

	app->dirty = false;
	werase(newscr);
	if (COLS < MIN_WIDTH || LINES < MIN_HEIGHT) {
		draw_too_small();
		doupdate();
		return;
	}
	if (!app->sample) {
		mvwprintw(newscr, 0, 0, app->header.failed[0] ? "sktop: no sample yet: %.*s" :
						"sktop: taking the first sample...%.*s",
			  COLS - 24, app->header.failed);
		doupdate();
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
	doupdate();
}

static void take_sample(struct app *app)
{
	char note[SK_ERROR_LEN];
	int err;
	struct sk_sample *sample = sk_sampler_take(app->sampler, &err, note);

	if (sample) {
		app->header.failed[0] = '\0';
		rows_take_sample(app, sample);
	}
	if (err == -ENODEV) {
		snprintf(app->error_text, SK_ERROR_LEN, "%s", note);
		app->ended = err;
	} else if (err)
		header_note_failure(app, "no new sample, this is the last one", note);
}

static void handle_signal(struct app *app)
{
	struct signalfd_siginfo info;

	while (read(app->screen->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTSTP) {
			screen_suspend(app->screen);
		} else {
			screen_resize();
			for (unsigned i = 0; i < SK_PANE_COUNT; i++)
				pane_remeasure(&app->panes[i]);
		}
		app->dirty = true;
	}
	app->quit |= sk_leave_wanted();
}

/* Text that is no key is for a prompt only. */
static void handle_event(struct app *app, const struct input_event *event)
{
	if (event->kind == INPUT_KEY)
		app_key(app, event->code);
	else if (event->kind == INPUT_MOUSE)
		app_mouse(app, event);
	else if (app->prompt.kind != PROMPT_NONE)
		prompt_text(app, event->text);
}

static bool keys_wait(const struct app *app)
{
	return app->waiting.held || rows_hold_keys(app);
}

/* One after the other: what a key wants is begun before the next one. */
static void handle_keys(struct app *app)
{
	struct input_event event;

	app->waiting.unread = true;
	while (!app->quit && !keys_wait(app) && !rows_can_begin(app)) {
		app->waiting.unread = screen_read(app->screen, &event);
		if (!app->waiting.unread)
			break;
		search_end(app);
		handle_event(app, &event);
	}
	app->quit |= app->screen->gone;
}

static int sooner(int a, int b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

enum { KEYS, SAMPLES, SIGNALS, NAMES, LEAVE, FILTER, ROWS, SOURCES };

/* Milliseconds for which there is nothing to do unless something comes; -1 = for ever. */
static int patience(const struct app *app)
{
	int due = rows_due_ms(app);

	if (act_is_busy(app) || rows_can_begin(app) || (app->waiting.unread && !keys_wait(app)))
		return 0;
	return sooner(app->dirty && due ? due : -1,
		      keys_wait(app) ? -1 : screen_due_ms(app->screen));
}

static void answer(struct app *app, const struct pollfd polls[SOURCES])
{
	if (polls[FILTER].revents)
		app_take_job(app);
	if ((polls[NAMES].revents || polls[SAMPLES].revents) && !app->ahead.under_way)
		app_take_names(app); /* with each sample some grow old */
	if (polls[SAMPLES].revents)
		take_sample(app);
	if (polls[SIGNALS].revents || polls[LEAVE].revents)
		handle_signal(app);
	if (polls[KEYS].revents & (POLLHUP | POLLERR | POLLNVAL))
		app->quit = true;
	else if (polls[KEYS].revents || app->waiting.unread || screen_due_ms(app->screen) == 0)
		handle_keys(app);
	if (act_is_busy(app))
		act_step(app);
}

static int loop(struct app *app)
{
	struct pollfd polls[SOURCES] = {
		[SAMPLES] = { .fd = sk_sampler_fd(app->sampler), .events = POLLIN },
		[SIGNALS] = { .fd = app->screen->signals, .events = POLLIN },
		[LEAVE] = { .fd = sk_leave_fd(), .events = POLLIN },
		[ROWS] = { .fd = sk_row_worker_fd(app->ahead.worker), .events = POLLIN },
	};

	while (!app->quit && !app->ended) {
		rows_take(app);
		if (app->dirty && rows_take_long(app))
			app_draw(app);
		rows_begin(app);
		if (app_release(app))
			search_end(app);
		if (app->dirty && !rows_due_ms(app))
			app_draw(app);
		polls[KEYS] = (struct pollfd){ keys_wait(app) ? -1 : STDIN_FILENO, POLLIN, 0 };
		polls[NAMES] = (struct pollfd){ app->ahead.under_way ? -1 :
							sk_names_fd(app->names), POLLIN, 0 };
		polls[FILTER] = (struct pollfd){ app->filters.job ? sk_filter_job_fd(app->filters.job) : -1,
						 POLLIN, 0 };
		if (poll(polls, SOURCES, patience(app)) >= 0) {
			answer(app, polls);
		} else if (errno != EINTR) {
			snprintf(app->error_text, SK_ERROR_LEN, "poll: %s",
				 strerror(errno));
			return -errno;
		}
	}
	return app->ended;
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
		err = sk_setup_pane(&general, i, false, &app->panes[i].setup, error);
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
	app->show.group = app->options->group;
	app->request = app->options->request;
	app->show.zeros = app->show.all = app->options->all;
	app->show.mark_sort = true;
	app->show.format = SK_FORMAT_JOIN_PORTS | SK_FORMAT_HOSTS;
	app->show.numeric = app->options->numeric;
	snprintf(app_filter_text(app), FILTER_MAX, "%s",
		 app->options->filter ? app->options->filter : "");
	squeeze(app_filter_text(app));
	err = app_filter_events(app);
	if (err)
		return err;
	err = sk_row_worker_new(&app->ahead.worker);
	if (!err)
		err = sk_names_new(NULL, &app->names);
	if (!err && !(app->show.numeric & SK_NAMES_HOSTS) && sk_names_can_hosts())
		err = sk_names_set_hosts(app->names, true);
	return err;
}

static void tear_down(struct app *app)
{
	act_end(app);
	overlay_forget(&app->overlay);
	rows_free(app);
	sk_sampler_free(app->sampler);
	sk_sample_unref(app->sample);
	filters_free(&app->filters);
	sk_names_free(app->names);
	detail_free(&app->detail);
	tags_free(&app->tags);
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
	app->screen = &screen;
	if (!screen.terminal.known)
		app_say(app, false, "TERM=%s is not known on this machine; taken for %s",
			screen.terminal.shown, screen.terminal.name);
	theme_init(&app->theme);
	app_request(app, false); /* the first sample has what its pane shows */
	err = sk_sampler_new(source, &app->request, false, &app->sampler);
	if (!err) {
		app->dirty = true;
		err = loop(app);
	}
	screen_close(&screen);
	return err;
}

int sk_ui_run(const struct sk_options *options, struct sk_source *source, int *status,
	      char *error)
{
	struct app *app = calloc(1, sizeof(*app));
	int err = app ? 0 : -ENOMEM;

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
	if (err && !error[0])
		snprintf(error, SK_ERROR_LEN, "cannot start: %s", strerror(-err));
	if (app)
		tear_down(app);
	return err;
}
