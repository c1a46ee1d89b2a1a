/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "app.h"

/* Rows of so few are built at once, sooner than another thread would wake up. */
#define FEW_ROWS 16384U
/*
 * A frame waits for so long for the rows that a key has asked for; where they surely take
 * longer, it does not.
 */
#define AHEAD_NS 4000000
#define MANY_ROWS 262144U
/*
 * A held key that wants other rows each time comes some thirty times a second: so long
 * rows are put off for it, then it waits for them.
 */
#define PUT_OFF_NS 4000000000

static void discard_job(struct rows_ahead *ahead)
{
	if (!ahead->under_way)
		return;
	ahead->stale = true;
	sk_row_worker_cancel(ahead->worker);
}

void app_rebuild(struct app *app, const char *doing)
{
	struct rows_ahead *ahead = &app->ahead;

	if (!ahead->wanted)
		ahead->wanted_ns = screen_now_ns();
	ahead->doing = doing;
	ahead->wanted = app->dirty = true;
	discard_job(ahead);
}

void rows_take_sample(struct app *app, struct sk_sample *sample)
{
	sk_sample_unref(app->ahead.pending);
	app->ahead.pending = sample;
}

static bool is_few(const struct sk_sample *sample)
{
	return sample->n_sockets <= FEW_ROWS && sample->n_events <= FEW_ROWS &&
	       sample->n_routes <= FEW_ROWS && sample->n_neighbours <= FEW_ROWS &&
	       sample->n_nats <= FEW_ROWS;
}

struct sk_choice rows_choice(const struct app *app, enum sk_pane_id pane)
{
	struct sk_choice choice = { .filter = *app_filter_slot((struct app *)app, pane),
				    .counters = app->options,
				    .hide_zeros = !app->show.zeros,
				    .gone = true,
				    .usual = !app->show.all && !app->panes[pane].ops->whole };

	if (pane != SK_PANE_CONNECTIONS)
		return choice;
	choice.drill = app->drill.sockets;
	choice.only_listening = app->options->listening;
	choice.hide_listening = app->show.hide_listening;
	choice.hide_idle = app->show.hide_idle;
	return choice;
}

/* Where the selected row is, and the one that is looked into: keys may move either. */
static void want_places(const struct app *app, struct sk_row_part *part)
{
	const struct pane *pane = &app->panes[part->pane];
	const struct overlay *overlay = &app->overlay;

	part->selected = (struct sk_row_place){ pane->moved, pane->at_id, pane->at, -1 };
	part->inside = (struct sk_row_place){ overlay_has_row(overlay), overlay->row,
					      (uint32_t)overlay->place, -1 };
}

static bool is_place_of(const struct sk_row_place *place, bool wanted, uint64_t id)
{
	return place->wanted == wanted && (!wanted || place->id == id);
}

static bool places_hold(const struct app *app)
{
	const struct sk_row_job *job = &app->ahead.job;
	bool hold = true;

	for (size_t i = 0; i < job->n_parts; i++) {
		const struct pane *pane = &app->panes[job->part[i].pane];

		hold &= is_place_of(&job->part[i].selected, pane->moved, pane->at_id);
		hold &= is_place_of(&job->part[i].inside, overlay_has_row(&app->overlay),
				    app->overlay.row);
	}
	return hold;
}

static void add_part(struct app *app, struct sk_row_job *job, enum sk_pane_id id)
{
	struct pane *pane = &app->panes[id];
	struct sk_row_part *part = &job->part[job->n_parts++];

	*part = (struct sk_row_part){ .pane = id,
				      .choice = rows_choice(app, id),
				      .sort = pane->setup.sort,
				      .descending = pane->setup.descending,
				      .steady = &pane->steady,
				      .count = pane->ops->count,
				      .built = pane->next };
	part->filter = sk_filter_ref(*app_filter_slot(app, id));
	if (app->current == SK_PANE_DASHBOARD)
		part->order = pane->ops->part;
	pane->next = (struct sk_built_rows){ 0 };
	want_places(app, part);
}

static void fill_build(struct app *app, struct sk_row_job *job)
{
	const struct pane_ops *ops = app_pane(app)->ops;

	job->task = SK_ROWS_BUILD;
	for (size_t i = 0; i < ops->n_parts; i++)
		add_part(app, job, ops->parts[i]);
	if (!ops->n_parts)
		add_part(app, job, ops->id);
}

static void fill_search(struct app *app, struct sk_row_job *job)
{
	const struct pane *pane = app_pane(app);
	struct sk_row_search *search = &job->search;

	job->task = SK_ROWS_SEARCH;
	search->rows = pane->built.rows;
	search->view = pane->built.view;
	search->columns = pane->setup.columns;
	search->format = app->show.format;
	search->from = pane->at + app->ahead.search_next;
	snprintf(search->text, sizeof(search->text), "%s", app->search);
	app->ahead.search_wanted = false;
}

static void show_rows(struct pane *pane, struct sk_row_part *part)
{
	pane->next = pane->built;
	pane->built = part->built;
	pane->is_built = true;
	sk_view_release(&pane->next.view);
	pane_settle(pane, part->selected.at);
}

/* The sample that the new rows are from is the one on the screen now. */
static void show_sample(struct app *app, struct sk_sample *sample)
{
	struct sk_sample *old = app->sample;

	app->sample = sk_sample_ref(sample);
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		pane_forget(&app->panes[i]);
		if (sk_setup_follow(&app->panes[i].setup, app->sample))
			pane_remeasure(&app->panes[i]);
	}
	header_note_losses(app);
	sk_sample_unref(old);
}

static bool is_shown(const struct app *app, unsigned id)
{
	const struct pane_ops *ops = app->panes[app->current].ops;
	bool shown = id == app->current;

	for (size_t i = 0; i < ops->n_parts; i++)
		shown |= id == ops->parts[i];
	return shown;
}

static void put_into_trash(struct sk_row_job *job, struct sk_built_rows *built)
{
	if (built->builder || built->view.index)
		job->trash[job->n_trash++] = *built;
	*built = (struct sk_built_rows){ .rows.table = built->rows.table };
}

/* Frees the rows of panes that are not shown any more. */
static void fill_trash(struct app *app, struct sk_row_job *job)
{
	job->task = SK_ROWS_FREE;
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		if (is_shown(app, i))
			continue;
		put_into_trash(job, &app->panes[i].built);
		put_into_trash(job, &app->panes[i].next);
	}
	app->ahead.pane_left = false;
}

static void show(struct app *app)
{
	struct rows_ahead *ahead = &app->ahead;
	struct sk_row_job *job = &ahead->job;
	struct sk_row_place *inside = &job->part[job->n_parts - 1].inside;

	if (inside->wanted)
		overlay_follow(app, &job->part[0].built, &inside->at);
	if (job->sample != app->sample)
		show_sample(app, job->sample);
	for (size_t i = 0; i < job->n_parts; i++)
		show_rows(&app->panes[job->part[i].pane], &job->part[i]);
	app->overlay.place = inside->at;
}

static void show_found(struct app *app)
{
	struct pane *pane = app_pane(app);
	int64_t at = app->ahead.job.search.at;

	if (at >= 0) {
		pane_move(pane, at - pane->at);
		pane->moved = true;
	} else if (app->ahead.search_tells && app->search[0]) {
		app_say(app, true, "'%.60s' is not in any row", app->search);
	}
}

/* The memory for rows that are not shown is used for the next ones. */
static void keep_memory(struct app *app)
{
	struct sk_row_job *job = &app->ahead.job;

	for (size_t i = 0; i < job->n_parts; i++)
		app->panes[job->part[i].pane].next = job->part[i].built;
}

static void start(struct app *app);

/* The job is done, and belongs to the screen again. */
static void finish(struct app *app)
{
	struct rows_ahead *ahead = &app->ahead;
	struct sk_row_job *job = &ahead->job;
	bool stale = ahead->stale;

	ahead->stale = false;
	if (!stale && !job->err && !places_hold(app)) {
		job->task = SK_ROWS_FIND;
		for (size_t i = 0; i < job->n_parts; i++)
			want_places(app, &job->part[i]);
		start(app);
		return;
	}
	if (!stale && ahead->pending == job->sample) {
		sk_sample_unref(ahead->pending);
		ahead->pending = NULL;
	}
	if (stale || job->err)
		keep_memory(app);
	else if (job->task == SK_ROWS_SEARCH)
		show_found(app);
	else if (job->n_parts)
		show(app);
	if (!stale && job->err)
		/* what is on the screen stays, and the next sample is tried */
		header_note_failure(app, "this is the last sample that could be shown",
			 strerror(-job->err));
	app->dirty |= !stale && job->task != SK_ROWS_FREE;
	ahead->wanted &= stale || !job->n_parts;
	sk_row_job_end(job);
}

static void start(struct app *app)
{
	struct rows_ahead *ahead = &app->ahead;

	if (is_few(ahead->job.sample)) {
		sk_row_job_run(&ahead->job, NULL);
		finish(app);
		return;
	}
	ahead->under_way = true;
	sk_row_worker_begin(ahead->worker, &ahead->job);
}

static bool can_build(const struct app *app)
{
	return app->ahead.pending || (app->ahead.wanted && app->sample);
}

bool rows_can_begin(const struct app *app)
{
	const struct rows_ahead *ahead = &app->ahead;

	return !ahead->under_way &&
	       (can_build(app) || (app->sample && (ahead->search_wanted || ahead->pane_left)));
}

static void begin(struct app *app)
{
	struct rows_ahead *ahead = &app->ahead;
	struct sk_row_job *job = &ahead->job;
	bool builds = can_build(app);

	job->sample = sk_sample_ref(builds && ahead->pending ? ahead->pending : app->sample);
	job->names = app->names;
	job->numeric = app->show.numeric;
	job->group = app->show.group;
	if (builds)
		fill_build(app, job);
	else if (ahead->search_wanted)
		fill_search(app, job);
	else
		fill_trash(app, job);
	start(app);
}

void rows_take(struct app *app)
{
	struct rows_ahead *ahead = &app->ahead;

	if (app->frozen && app->sample) {
		sk_sample_unref(ahead->pending);
		ahead->pending = NULL;
		if (ahead->under_way && ahead->job.sample != app->sample)
			discard_job(ahead);
	}
	if (ahead->under_way && sk_row_worker_take(ahead->worker, false)) {
		ahead->under_way = false;
		finish(app);
		if (!ahead->under_way)
			app_take_names(app);
	}
}

void rows_begin(struct app *app)
{
	while (rows_can_begin(app))
		begin(app);
}

bool rows_take_long(const struct app *app)
{
	const struct sk_sample *next = app->ahead.pending ? app->ahead.pending : app->sample;

	return app->ahead.wanted && next && next->n_sockets > MANY_ROWS;
}

void rows_halt(struct app *app)
{
	struct rows_ahead *ahead = &app->ahead;

	if (!ahead->under_way)
		return;
	discard_job(ahead);
	sk_row_worker_take(ahead->worker, true);
	ahead->under_way = false;
	finish(app);
}

int rows_due_ms(const struct app *app)
{
	const struct rows_ahead *ahead = &app->ahead;
	int64_t left = ahead->wanted_ns + AHEAD_NS - screen_now_ns();

	if (!ahead->wanted || !ahead->under_way || left <= 0 || rows_take_long(app))
		return 0;
	return (int)(left / 1000000) + 1;
}

bool rows_hold_keys(const struct app *app)
{
	const struct rows_ahead *ahead = &app->ahead;

	/* a search before this one ends in a moment; the key behind ends this one, not that */
	if (ahead->search_wanted && ahead->under_way && ahead->job.task == SK_ROWS_SEARCH)
		return true;
	return ahead->wanted && app->sample && screen_now_ns() - ahead->wanted_ns > PUT_OFF_NS;
}

void rows_free(struct app *app)
{
	rows_halt(app);
	sk_row_worker_free(app->ahead.worker);
	sk_sample_unref(app->ahead.pending);
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		sk_built_rows_free(&app->panes[i].built);
		sk_built_rows_free(&app->panes[i].next);
	}
}

void search_begin(struct app *app, bool next, bool tell)
{
	app->ahead.search_wanted = true;
	app->ahead.search_next = next;
	app->ahead.search_tells = tell;
	app->dirty = true;
}

bool search_is_running(const struct app *app)
{
	return app->ahead.under_way && !app->ahead.stale &&
	       app->ahead.job.task == SK_ROWS_SEARCH;
}

void search_end(struct app *app)
{
	if (search_is_running(app))
		discard_job(&app->ahead);
}
