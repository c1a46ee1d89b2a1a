/* SPDX-License-Identifier: MIT */
/*
 * Makes the rows of what is shown: of a new sample, or chosen and ordered anew by a key.
 * Of a million sockets that takes longer than a key may wait. So keys are answered in
 * between, from the rows that are on the screen until the new ones are whole; making
 * goes on behind them, unless what was pressed wants other rows. What a key has changed
 * is drawn before its rows are there, if they take long.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "app.h"

/* So many are ready before anybody could see a frame without them. */
#define FEW_ROWS 16384U
/*
 * A frame that is owed for so long is drawn before its rows are made; where they surely
 * take longer, at once: what runs beside them may take the CPU before the time is over.
 */
#define AHEAD_NS 4000000
#define MANY_ROWS 262144U
/*
 * A held key that wants other rows each time comes some thirty times a second: so long
 * it is answered and the rows put off, then they are made and one key waits for them.
 */
#define PUT_OFF_NS 4000000000

int64_t app_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

void app_rebuild(struct app *app, const char *doing)
{
	app->doing = doing;
	app->wanted = app->other_wanted = app->dirty = true;
}

/* A held action waits for these rows: what was pressed behind it comes later. */
static bool may_read_keys(const struct app *app)
{
	return !app->held &&
	       (!app->put_off_ns || app_now_ns() - app->put_off_ns < PUT_OFF_NS);
}

static bool is_overtaken(const struct app *app)
{
	return app->other_wanted || app->quit ||
	       (app->frozen && app->sample && app->making != app->sample);
}

static bool is_ahead(const struct app *app)
{
	return (app->making && app->making->n_sockets > MANY_ROWS) ||
	       app_now_ns() - app->owed_ns >= AHEAD_NS;
}

bool app_attend(struct app *app)
{
	bool owed = app->dirty;
	bool news = app_answer(app, !app->making || may_read_keys(app));

	if (app->dirty && !owed)
		app->owed_ns = app_now_ns();
	/* without other rows to come of it, the key's frame is complete */
	if (app->dirty && ((news && !is_overtaken(app)) || is_ahead(app)))
		app_draw(app);
	return news;
}

static bool interrupted(void *arg)
{
	app_attend(arg);
	return is_overtaken(arg);
}

bool app_is_long(const struct sk_sample *sample)
{
	return sample->n_sockets > FEW_ROWS || sample->n_events > FEW_ROWS ||
	       sample->n_routes > FEW_ROWS || sample->n_neighbours > FEW_ROWS ||
	       sample->n_nats > FEW_ROWS;
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

static int count_rows(struct made *made, const struct pane_ops *ops,
		      const struct sk_context *context)
{
	memset(made->sum, 0, sizeof(made->sum));
	for (uint32_t i = 0; ops->count && i < made->rows.n; i++) {
		if (sk_context_interrupted(context, i))
			return -EINTR;
		ops->count(sk_rows_at(&made->rows, i), made->sum);
	}
	return 0;
}

static int make_rows(struct app *app, struct pane *pane, const struct sk_context *context)
{
	struct made *made = &pane->next;
	enum sk_pane_id id = pane->ops->id;
	const struct pane_ops *ops = pane->ops;
	struct sk_choice choice = { .filter = *app_filter_slot(app, id),
				    .arg = app,
				    .gone = true,
				    .usual = !app->show_all && !ops->whole };
	struct sk_view *view = &app->work;
	int err = made->maker ? 0 : sk_maker_new(&made->maker);

	if (err)
		return err;
	if (ops->keep && (!ops->keeps_some || ops->keeps_some(app, context->sample)))
		choice.keep = ops->keep;
	made->sample = context->sample;
	err = sk_rows_make(made->maker, id, context, &choice, &made->rows, view);
	if (!err && app->current == SK_PANE_DASHBOARD && ops->part)
		err = ops->part(view, &made->rows, context);
	else if (!err && pane->setup.sort)
		err = sk_view_sort(view, &made->rows, pane->setup.sort,
				   pane->setup.descending, context);
	if (!err && id == SK_PANE_CONNECTIONS)
		err = sk_view_nest(view, context->sample);
	if (!err)
		err = count_rows(made, ops, context);
	if (!err)
		swap_order(&made->view, view);
	return err;
}

/* Where the selected row and the one that is looked into are now. */
static int find_rows(struct app *app, const struct pane *pane,
		     const struct sk_context *context, int64_t *selected, int64_t *inside)
{
	const struct made *made = &pane->next;
	const struct overlay *overlay = &app->overlay;
	uint64_t id, row;
	bool moved;
	int err = 0;

	/* keys may come in between, and move */
	do {
		id = pane->at_id;
		moved = pane->moved;
		row = overlay->row;
		*selected = *inside = -1;
		if (moved)
			err = sk_view_find(&made->view, &made->rows, id, pane->at, context,
					   selected);
		if (!err && overlay_has_row(overlay))
			err = sk_view_find(&made->view, &made->rows, row,
					   (uint32_t)overlay->place, context, inside);
	} while (!err &&
		 (id != pane->at_id || moved != pane->moved || row != overlay->row));
	return err;
}

static void show_rows(struct pane *pane, int64_t selected)
{
	const struct made old = pane->made;

	pane->made = pane->next;
	pane->is_made = true;
	pane->next = old;
	sk_view_spare(&pane->next.view);
	pane_settle(pane, selected);
}

/* The sample that the new rows are from is the one on the screen now. */
static void show_sample(struct app *app)
{
	struct sk_sample *old = app->sample;

	app->sample = app->pending;
	app->pending = NULL;
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		pane_forget(&app->panes[i]);
		if (sk_setup_follow(&app->panes[i].setup, app->sample))
			pane_remeasure(&app->panes[i]);
	}
	header_note_losses(app);
	sk_sample_unref(old);
}

/* All that the current pane shows, from one sample: whole, or not at all. */
static int make_pane(struct app *app, struct sk_sample *sample)
{
	const struct pane_ops *ops = app_pane(app)->ops;
	const enum sk_pane_id *ids = ops->n_parts ? ops->parts : &ops->id;
	size_t n = ops->n_parts ? ops->n_parts : 1;
	struct sk_context context = app_context(app);
	int64_t selected[APP_PARTS], inside = -1;
	int err = 0;

	context.sample = sample;
	context.arg = app;
	if (app_is_long(sample) && app->sample)
		context.interrupted = interrupted;
	for (size_t i = 0; i < n && !err; i++) {
		struct pane *pane = &app->panes[ids[i]];

		err = make_rows(app, pane, &context);
		if (!err)
			err = find_rows(app, pane, &context, &selected[i], &inside);
	}
	if (err)
		return err;
	if (overlay_has_row(&app->overlay))
		overlay_follow(app, &app_pane(app)->next, &inside);
	if (sample == app->pending)
		show_sample(app);
	for (size_t i = 0; i < n; i++)
		show_rows(&app->panes[ids[i]], selected[i]);
	app->overlay.place = inside;
	return 0;
}

void made_free(struct made *made)
{
	sk_view_free(&made->view);
	sk_maker_free(made->maker);
	made->maker = NULL;
	made->rows.base = NULL;
	made->rows.n = 0;
}

static bool is_shown(const struct app *app, unsigned id)
{
	const struct pane_ops *ops = app->panes[app->current].ops;
	bool shown = id == app->current;

	for (size_t i = 0; i < ops->n_parts; i++)
		shown |= id == ops->parts[i];
	return shown;
}

/* To unmap the memory of a million rows takes a while: keys come in between. */
void app_give_back(struct app *app)
{
	unsigned piece = --app->to_free;
	struct pane *pane = &app->panes[piece / 2];

	if (piece == APP_PIECES - 1)
		sk_view_free(&app->work);
	else if (!is_shown(app, piece / 2))
		made_free(piece % 2 ? &pane->next : &pane->made);
}

bool app_has_work(const struct app *app)
{
	return app->pending || (app->wanted && app->sample);
}

void app_make(struct app *app)
{
	int err;

	if (app->frozen && app->sample) {
		sk_sample_unref(app->pending);
		app->pending = NULL;
	}
	if (!app_has_work(app))
		return;
	app->making = app->pending ? app->pending : app->sample;
	app->other_wanted = false;
	err = make_pane(app, app->pending ? app->pending : app->sample);
	app->making = NULL;
	if (err == -EINTR) {
		if (!app->put_off_ns)
			app->put_off_ns = app_now_ns();
		return;
	}
	if (err) {
		/* what is on the screen stays, and the next sample is tried */
		sk_sample_unref(app->pending);
		app->pending = NULL;
		app_fail(app, "this is the last sample that could be shown",
			 strerror(-err));
	}
	sk_view_spare(&app->work);
	app->wanted = false;
	app->put_off_ns = 0;
	app->dirty = true;
}
