/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include <sktop/identity.h>
#include <sktop/listener.h>
#include <sktop/owners.h>
#include "app.h"

#define CTRL(c) ((c) & 0x1f)
#define ESC 27
/* One turn of work takes so long. Keys and frames can come between turns. */
#define TURN_NS 20000000U
#define PROCESSES_LISTED 8

/*
 * A socket that was copied from this sample or an earlier one, with its table of
 * endpoint attributes; it may be gone.
 */
static int add_socket(const struct app *app, struct sk_view *set,
		      const struct sk_detached *detached)
{
	const struct sk_sample *sample = app->sample;

	for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone; i++) {
		const struct sk_detached here =
			sk_detached_of(sample, &sample->sockets[i]);

		if (sk_detached_same(detached, &here))
			return sk_view_add(set, i);
	}
	return 0;
}

/* Sockets of the pane's filter that a row stands for. */
static int add_row(struct app *app, struct sk_view *set, const void *row)
{
	struct pane *pane = app_pane(app);
	struct drill drill;
	struct sk_detached detached;

	if (pane->ops->id == SK_PANE_CONNECTIONS)
		return sk_view_add(set, (uint32_t)((const struct sk_socket *)row -
					    app->sample->sockets));
	if (pane->ops->id == SK_PANE_LISTENERS) {
		detached = sk_detached_of(app->sample, &((const struct sk_listener *)row)->socket);
		return add_socket(app, set, &detached);
	}
	pane->ops->drill(app, pane, row, &drill);
	return sk_drill_select(&drill.sockets, app->sample,
			       sk_row_builder_chosen(pane->built.builder), set);
}

static int find_row(struct app *app, struct sk_view *set)
{
	const struct sk_detached *detached = overlay_socket(app);
	const void *row = pane_row(app_pane(app));

	if (detached)
		return add_socket(app, set, detached);
	return row ? add_row(app, set, row) : 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Tagged rows that a filter hides now are tagged all the same. */
static int find_tagged(struct app *app, struct sk_view *set)
{
	const struct pane *pane = app_pane(app);
	int err = 0;

	if (!app->tags.n || app->tags.of != pane->built.rows.table)
		return 0;
	qsort(app->tags.id, app->tags.n, sizeof(*app->tags.id), compare);
	for (uint32_t i = 0; i < pane->built.rows.n && !err; i++) {
		const void *row = sk_rows_at(&pane->built.rows, i);
		uint64_t id = pane->built.rows.table->row_id(app->sample, row);

		if (bsearch(&id, app->tags.id, app->tags.n, sizeof(id), compare) &&
		    (pane->ops->id != SK_PANE_CONNECTIONS || i < app->sample->n_sockets))
			err = add_row(app, set, row);
	}
	return err;
}

/* Without any narrowing there is no such set: nothing acts on everything. */
static int find_filtered(struct app *app, struct sk_view *set)
{
	struct pane *pane = app_pane(app);
	const struct sk_view *chosen =
		pane->ops->id == SK_PANE_CONNECTIONS ?
			&pane->built.view :
			sk_row_builder_chosen(pane->built.builder);
	const struct sk_choice choice = rows_choice(app, pane->ops->id);
	int err = 0;

	if (!chosen->index || (!app->filters.of_sockets && !sk_choice_narrows(&choice)))
		return 0;
	for (uint32_t i = 0; i < chosen->n && !err; i++) {
		if (chosen->index[i] < app->sample->n_sockets)
			err = sk_view_add(set, chosen->index[i]);
	}
	return err;
}

__attribute__((format(printf, 5, 6))) static void add_entry(struct kill_view *view,
							     enum sk_act act,
							     enum kill_set set,
							     uint32_t process,
							     const char *format, ...)
{
	struct kill_entry *entry = &view->entries[view->n_entries];
	va_list args;

	if (view->n_entries == KILL_ENTRIES)
		return;
	view->n_entries++;
	*entry = (struct kill_entry){ .act = act, .set = set, .process = process };
	va_start(args, format);
	vsnprintf(entry->text, sizeof(entry->text), format, args);
	va_end(args);
}

/* Distinct processes that hold sockets of the set; at most max are told. */
static uint32_t holders(const struct kill_view *view, const struct sk_view *set,
			uint32_t *list, uint32_t max)
{
	const struct sk_owners *owners = view->sample->owners;
	uint32_t n = 0, last = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		const struct sk_socket *s = &view->sample->sockets[set->index[i]];
		uint32_t owner = s->owner;
		const struct sk_holder *holder;

		if (owner == last || !sk_may_be_held(s))
			continue;
		last = owner;
		for (uint32_t h = 0; (holder = sk_owners_holder(owners, owner, h)); h++) {
			uint32_t known = 0;

			while (known < n && list[known] != holder->process)
				known++;
			if (known == n && n == max)
				return max + 1;
			if (known == n)
				list[n++] = holder->process;
		}
	}
	return n;
}

static void add_signals(struct kill_view *view, enum kill_set set, const char *whose)
{
	uint32_t list[PROCESSES_LISTED];
	uint32_t n = holders(view, &view->sets[set], list, PROCESSES_LISTED);

	if (n > PROCESSES_LISTED)
		add_entry(view, SK_ACT_SIGNAL, set, 0, "Signal all processes that hold %s",
			  whose);
	for (uint32_t i = 0; i < n && n <= PROCESSES_LISTED; i++) {
		const struct sk_process *p = sk_owners_by_id(view->sample->owners, list[i]);

		if (p)
			add_entry(view, SK_ACT_SIGNAL, set, list[i],
				  "Signal %s (pid %u), which holds %s", p->name, p->pid,
				  whose);
	}
}

static void add_set(struct kill_view *view, enum kill_set set, const char *what,
		    const char *one)
{
	uint32_t n = view->sets[set].n;
	char whose[64], number[32];

	if (n == 0)
		return;
	if (n == 1)
		snprintf(whose, sizeof(whose), "%s", one);
	else
		snprintf(whose, sizeof(whose), "%s %s", what, sk_thousands(n, number));
	add_entry(view, SK_ACT_CLOSE, set, 0, "Close %s", whose);
	add_signals(view, set, whose);
}

static void make_entries(struct kill_view *view)
{
	add_set(view, KILL_ROW, "the row's", "this one");
	add_set(view, KILL_TAGGED, "the tagged", "the tagged one");
	add_set(view, KILL_FILTERED, "all filtered", "the only one that is filtered");
}

void act_open(struct app *app)
{
	struct kill_view *view = &app->act;
	int err;

	if (!app->sample)
		return;
	act_end(app);
	view->sample = sk_sample_ref(app->sample);
	if (app_pane(app)->ops->id != SK_PANE_CONNECTIONS && !app_pane(app)->ops->drill) {
		app_say(app, true, "Nothing to act on here: the rows of %s are no sockets",
			app_pane(app)->ops->title);
		act_end(app);
		return;
	}
	err = find_row(app, &view->sets[KILL_ROW]);
	if (!err && !overlay_socket(app))
		err = find_tagged(app, &view->sets[KILL_TAGGED]);
	if (!err && !overlay_socket(app))
		err = find_filtered(app, &view->sets[KILL_FILTERED]);
	if (err) {
		app_say(app, true, "%s", strerror(-err));
		act_end(app);
		return;
	}
	make_entries(view);
	if (view->n_entries)
		overlay_open(app, OVERLAY_ACT);
	else
		app_say(app, true, "Nothing is selected");
}

void act_end(struct app *app)
{
	struct kill_view *view = &app->act;

	sk_actor_free(view->actor);
	sk_plan_free(view->plan);
	sk_sample_unref(view->sample);
	free(view->order);
	for (int i = 0; i < KILL_SETS; i++)
		sk_view_free(&view->sets[i]);
	*view = (struct kill_view){ 0 };
}

static void go_to(struct kill_view *view, enum kill_stage stage)
{
	view->stage = stage;
	view->at = view->top = view->side = 0;
	view->typed[0] = '\0';
}

/* The interesting targets come first: in a plan those to be done, in a result those not done. */
static void sort_targets(struct kill_view *view, enum sk_outcome first, bool is)
{
	const struct sk_plan *plan = view->plan;
	uint32_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < plan->n; i++) {
			if (((plan->targets[i].outcome == first) == is) == (pass == 0))
				view->order[n++] = i;
		}
	}
}

static int make_plan(struct kill_view *view)
{
	const struct kill_entry *entry = &view->entries[view->at];
	const struct sk_view *set = &view->sets[entry->set];
	struct sk_powers *powers = NULL;
	int err = sk_powers_new(view->sample, &powers);

	if (!err && entry->act == SK_ACT_CLOSE)
		err = sk_plan_close(view->sample, set->index, set->n, powers, &view->plan);
	else if (!err)
		err = sk_plan_signal(view->sample, set->index, set->n, entry->process,
				     sk_signals[view->signal].number, powers, &view->plan);
	free(powers);
	if (err)
		return err;
	view->order = calloc(view->plan->n ? view->plan->n : 1, sizeof(*view->order));
	if (!view->order)
		return -ENOMEM;
	sort_targets(view, SK_OUTCOME_WAITING, true);
	return 0;
}

static void show_plan(struct app *app)
{
	int err = make_plan(&app->act);

	if (!err) {
		go_to(&app->act, KILL_STAGE_PLAN);
		return;
	}
	overlay_close(app);
	app_say(app, true, "No plan: %s", strerror(-err));
}

static void begin(struct app *app)
{
	int err = sk_actor_new(app->act.plan, &app->act.actor);

	if (!err) {
		go_to(&app->act, KILL_STAGE_RUN);
		return;
	}
	overlay_close(app);
	app_say(app, true, "Nothing was done: %s", strerror(-err));
}

static void finish(struct app *app)
{
	struct kill_view *view = &app->act;

	sk_actor_stop(view->actor);
	sk_actor_free(view->actor);
	view->actor = NULL;
	sort_targets(view, SK_OUTCOME_DONE, false);
	go_to(view, KILL_STAGE_RESULT);
	app_request(app, true);
}

bool act_is_busy(const struct app *app)
{
	return app->act.actor != NULL;
}

void act_step(struct app *app)
{
	app->dirty = true;
	if (!sk_actor_step(app->act.actor, TURN_NS))
		finish(app);
}

uint32_t act_lines(const struct kill_view *view)
{
	if (view->stage == KILL_STAGE_MENU)
		return (uint32_t)view->n_entries;
	if (view->stage == KILL_STAGE_SIGNAL)
		return (uint32_t)sk_signal_count;
	return view->plan->n;
}

static void cancel(struct app *app)
{
	overlay_close(app);
	app_say(app, false, "Nothing was done");
}

static bool is_alphanumeric(int code)
{
	return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
	       (code >= 'A' && code <= 'Z');
}

/* A number, or the beginning of a name, chooses a signal as it is typed. */
static void type_signal(struct kill_view *view, int code)
{
	size_t len = strlen(view->typed);

	if (code == KEY_BACKSPACE || code == 127 || code == 8)
		view->typed[len ? len - 1 : 0] = '\0';
	else if (is_alphanumeric(code) && len + 1 < sizeof(view->typed))
		view->typed[len] = sk_ascii_upper((char)code), view->typed[len + 1] = '\0';
	for (size_t i = 0; i < sk_signal_count && view->typed[0]; i++) {
		const char *name = sk_signals[i].name + (strncmp(view->typed, "SIG", 3) ? 3 : 0);

		if (sk_signals[i].number == atoi(view->typed) ||
		    strncmp(name, view->typed, strlen(view->typed)) == 0) {
			view->signal = (int)i;
			return;
		}
	}
}

static void menu_key(struct app *app, int code)
{
	struct kill_view *view = &app->act;

	if (key_find(code)->act != key_enter)
		return;
	if (view->entries[view->at].act == SK_ACT_CLOSE) {
		show_plan(app);
		return;
	}
	view->stage = KILL_STAGE_SIGNAL;
	view->top = 0;
}

static void plan_key(struct app *app, int code)
{
	struct kill_view *view = &app->act;

	if ((code != 'y' && code != 'Y') || !view->plan->refused[SK_REFUSAL_NONE])
		cancel(app);
	else if (view->plan->own || view->plan->own_unknown)
		go_to(view, KILL_STAGE_OWN);
	else
		begin(app);
}

/*
 * Only the whole word takes our own session along. Enter alone leaves the session out,
 * where it is known.
 */
static void own_key(struct app *app, int code)
{
	struct kill_view *view = &app->act;
	size_t len = strlen(view->typed);

	if (code == KEY_BACKSPACE || code == 127 || code == 8) {
		view->typed[len ? len - 1 : 0] = '\0';
	} else if (key_find(code)->act == key_enter) {
		view->plan->with_own = strcmp(view->typed, "yes") == 0;
		if (view->plan->own_unknown && !view->plan->with_own)
			cancel(app);
		else
			begin(app);
	} else if (code >= 'a' && code <= 'z' && len + 1 < sizeof(view->typed)) {
		view->typed[len] = (char)code;
		view->typed[len + 1] = '\0';
	}
}

static bool move_key(struct kill_view *view, int code)
{
	static const struct {
		int code, by;
	} moves[] = { { KEY_UP, -1 },	    { KEY_DOWN, 1 },	   { KEY_PPAGE, -10 },
		      { KEY_NPAGE, 10 },    { KEY_HOME, INT32_MIN / 2 },
		      { KEY_END, INT32_MAX / 2 } };
	int *at = view->stage == KILL_STAGE_SIGNAL ? &view->signal : &view->at;
	int n = (int)act_lines(view);

	if (code == KEY_LEFT || code == KEY_RIGHT) {
		view->side += code == KEY_RIGHT ? 8 : view->side >= 8 ? -8 : 0;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		if (moves[i].code != code)
			continue;
		*at += moves[i].by;
		*at = *at >= n ? n - 1 : *at;
		*at = *at < 0 ? 0 : *at;
		return true;
	}
	return false;
}

static bool take_key(struct app *app, int code)
{
	struct kill_view *view = &app->act;

	if (code == KEY_F(10))
		return false;
	if (view->stage == KILL_STAGE_RUN) {
		if (code == ESC || code == 'q' || code == CTRL('c'))
			finish(app);
	} else if (move_key(view, code)) {
		return true;
	} else if (view->stage == KILL_STAGE_RESULT) {
		if (code == ESC || code == 'q' || code == CTRL('c') ||
		    key_find(code)->act == key_enter)
			overlay_close(app);
	} else if (code == ESC || code == CTRL('c')) {
		cancel(app);
	} else if (view->stage == KILL_STAGE_MENU) {
		if (code == 'q')
			cancel(app);
		else
			menu_key(app, code);
	} else if (view->stage == KILL_STAGE_SIGNAL) {
		if (key_find(code)->act == key_enter)
			show_plan(app);
		else
			type_signal(view, code);
	} else if (view->stage == KILL_STAGE_PLAN) {
		plan_key(app, code);
	} else {
		own_key(app, code);
	}
	return true;
}

const struct overlay_ops window_act = {
	.draw = act_draw,
	.close = act_end,
	.key = take_key,
	.modal = true,
};
