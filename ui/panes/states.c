/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include "app.h"

/* Half of the room for the bar now, half for the past. */
static void graph(struct app *app, const void *row, struct pen *pen, int width)
{
	const struct sk_state_row *state = row;
	enum role role = theme_state_role(state->state);
	int bar = width / 2 - 1;
	int full = isnan(state->share) ? 0 : (int)(state->share / 100 * bar + 0.5);
	struct sk_series past;

	if (state->count && full == 0)
		full = 1;
	draw_run(pen, role, app->theme.glyphs->bar, full);
	draw_run(pen, ROLE_FRAME, " ", bar - full + 1);
	/* the past was not filtered */
	if (app->filters.of_sockets)
		return;
	sk_history_state(sk_sampler_history(app->sampler), app->sample, state->state, &past);
	draw_spark(pen, role, &past, width - bar - 1);
}

static void draw_time_wait_bar(struct pen *pen, const struct sk_sample *sample)
{
	const struct sk_tw_forecast f = sk_tw_forecast(sample);
	bool full = f.count >= f.limit;

	if (!f.knows_limit)
		return;
	if (f.count)
		draw_run(pen, full ? ROLE_ERROR : ROLE_WAITING, pen->theme->glyphs->bar,
			 full ? 20 : (int)(20.0 * f.count / f.limit) + 1);
	pen->x = pen->start + 32;
}

static void draw_facts(struct app *app, const struct box *box, int line)
{
	struct sk_fact fact[SK_FACTS_MAX];
	size_t n = sk_pane_facts(SK_PANE_STATES, app->sample, app->filters.of_sockets != NULL, fact);

	for (size_t i = 0; i < n; i++) {
		struct pen pen = draw_pen(&app->theme, box, line++);

		if (!fact[i].n_pieces)
			continue;
		draw_text(&pen, ROLE_LABEL, "%-11s", fact[i].title);
		if (i == 0 && box->w >= 60)
			draw_time_wait_bar(&pen, app->sample);
		draw_fact(&pen, &fact[i], box->w >= 100);
	}
}

static void draw_transitions(struct app *app, const struct sk_summary *sum,
			     const struct box *box, int line)
{
	struct pen pen = draw_pen(&app->theme, box, line);

	draw_text(&pen, ROLE_TITLE, "Transitions in the last sample");
	if (sum->exact)
		draw_text(&pen, ROLE_DIM, box->w < 100 ? " (counted by the kernel)" :
			  " (each that the kernel made, counted at its tracepoint)");
	else
		draw_text(&pen, ROLE_DIM, box->w < 100 ? " (at least these)" :
			  " (at least: what happened between samples is not seen)");
	for (unsigned from = 0; from < SK_STATE_COUNT; from++) {
		for (unsigned to = 0; to < SK_STATE_COUNT; to++) {
			uint32_t n = sum->exact ? sum->edge[from][to] : sum->transition[from][to];

			if (!n)
				continue;
			if (++line >= box->h)
				return;
			pen = draw_pen(&app->theme, box, line);
			draw_text(&pen, ROLE_VALUE, "%8u  ", n);
			draw_text(&pen, theme_state_role(from), "%-11s",
				  sk_state_name(SK_PROTO_TCP, from));
			draw_text(&pen, ROLE_DIM, " > ");
			draw_text(&pen, theme_state_role(to), "%-11s",
				  sk_state_name(SK_PROTO_TCP, to));
			if (!sum->exact && !sk_state_adjacent(from, to))
				draw_text(&pen, ROLE_DIM, "  steps between missed by "
							  "sampling");
		}
	}
}

static int foot(struct app *app, struct pane *pane, const struct box *box)
{
	draw_facts(app, box, 1);
	draw_transitions(app, sk_row_builder_summary(pane->built.builder), box, 5);
	return box->h;
}

static void drill(struct app *app, struct pane *pane, const void *row, struct drill *out)
{
	const struct sk_state_row *state = row;

	(void)app;
	(void)pane;
	*out = (struct drill){ .sockets.kind = SK_DRILL_STATE, .sockets.state = state->state };
	snprintf(out->title, sizeof(out->title), "state %s",
		 sk_state_name(SK_PROTO_TCP, state->state));
}

static bool is_in_use(const void *row, void *unused)
{
	(void)unused;
	return ((const struct sk_state_row *)row)->count > 0;
}

/* If there is little room, states in which sockets pile up come first. */
static int part(struct sk_view *view, const struct sk_rows *rows,
		const struct sk_context *context)
{
	const struct sk_column *count = sk_column_find(rows->table, "count", 5);
	int err = sk_view_keep(view, rows, is_in_use, NULL, context);

	return err ? err : sk_view_sort(view, rows, count, true, context);
}

const struct pane_ops pane_states = {
	.id = SK_PANE_STATES,
	.title = "States",
	.brief = "State",
	.empty = "TCP is not sampled (o chooses protocols)",
	.part = part,
	.foot = foot,
	.graph = graph,
	.graph_title = "Share and history",
	.graph_width = 25,
	.drill = drill,
};
