/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "app.h"

/* Half of the room for the bar now, half for the past. */
static void graph(struct app *app, const void *row, struct pen *pen, int width)
{
	const struct sk_state_row *state = row;
	enum role role = theme_state_role(state->state);
	int bar = width / 2 - 1;
	int full = isnan(state->share) ? 0 : (int)(state->share / 100 * bar + 0.5);

	if (state->count && full == 0)
		full = 1;
	draw_run(pen, role, app->theme.glyphs->bar, full);
	draw_run(pen, ROLE_FRAME, " ", bar - full + 1);
	/* the past was not filtered */
	if (!app->filter)
		draw_spark(pen, role, sk_history_state(app->history, state->state),
			   width - bar - 1);
}

static void draw_pace(struct app *app, struct pen *pen, uint32_t left, bool wide)
{
	double slope = sk_series_slope(sk_history_state(app->history, SK_STATE_TIME_WAIT),
				       30, app->request.interval);
	char text[32];

	if (isnan(slope))
		return;
	sk_unit_format(SK_UNIT_RATE, slope, 0, text, sizeof(text));
	draw_text(pen, slope > 0.05 ? ROLE_WARN : ROLE_DIM, "  %s%s/s",
		  slope > 0 ? "+" : "", text);
	if (slope > 0.05 && left) {
		sk_unit_format(SK_UNIT_SECONDS, left / slope, 0, text, sizeof(text));
		draw_text(pen, ROLE_WARN, ", full in %s%s", text,
			  wide ? " at this pace" : "");
	}
}

/* All that the limit counts: FIN_WAIT2 too, where nothing else is left of the socket. */
static void draw_time_wait(struct app *app, const struct box *box, int line)
{
	const struct sk_summary *sum = &app->sample->summary;
	uint32_t mini = sum->mini[0] + sum->mini[1];
	uint32_t time_wait = sum->count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] +
			     sum->count[SK_PROTO_TCP][1][SK_STATE_TIME_WAIT];
	uint32_t n = sk_sample_tw_buckets(app->sample);
	uint32_t limit = app->sample->limits.max_tw_buckets;
	struct pen pen = draw_pen(&app->theme, box, line);
	char a[32], b[32];

	draw_text(&pen, ROLE_LABEL, "TIME_WAIT  ");
	if (!(app->sample->limits.known & SK_LIMIT_TW_BUCKETS)) {
		draw_text(&pen, ROLE_DIM, "%s",
			  sk_sample_netns_count(app->sample, SK_NETNS_SEEN) > 1 ?
				  "every namespace has a limit of its own" :
				  "tcp_max_tw_buckets cannot be read here");
		return;
	}
	if (box->w >= 60) {
		if (n)
			draw_run(&pen, n < limit ? ROLE_WAITING : ROLE_ERROR,
				 app->theme.glyphs->bar,
				 n < limit ? (int)(20.0 * n / limit) + 1 : 20);
		pen.x = box->x + 32;
	}
	draw_text(&pen, ROLE_VALUE, " %s", draw_thousands(n, a));
	draw_text(&pen, ROLE_DIM, " of %s%s", draw_thousands(limit, b),
		  box->w < 100 ? "" : " (tcp_max_tw_buckets)");
	if (!limit)
		draw_text(&pen, ROLE_DIM, ": none is kept");
	else if (n >= limit)
		draw_text(&pen, ROLE_ERROR, ": full, the next is not kept");
	draw_pace(app, &pen, n < limit ? limit - n : 0, box->w >= 100);
	if (mini > time_wait)
		draw_text(&pen, ROLE_DIM, ", %s in FIN_WAIT2",
			  draw_thousands(mini - time_wait, a));
}

/* Do our sums and the kernel's own counts say the same? */
static void draw_agreement(struct app *app, const struct box *box, int line)
{
	const struct sk_summary *sum = &app->sample->summary;
	const struct sk_sockstat *stat = &app->sample->sockstat;
	struct pen pen = draw_pen(&app->theme, box, line);
	uint32_t live = 0, mini = sum->mini[0] + sum->mini[1];
	long off;

	draw_text(&pen, ROLE_LABEL, "sockstat   ");
	if (!(app->request.protos & SK_PROTO_BIT(SK_PROTO_TCP))) {
		draw_text(&pen, ROLE_WARN, "TCP is not sampled: o chooses protocols");
		return;
	}
	if (app->request.tcp_states != SK_STATES_ALL || app->request.families != 3 ||
	    !(app->request.protos & (1U << SK_PROTO_TCP))) {
		draw_text(&pen, ROLE_DIM, "cannot be compared: not every socket is sampled");
		return;
	}
	if (app->filter) {
		draw_text(&pen, ROLE_DIM, "not compared: the counts above are filtered");
		return;
	}
	if (!stat->valid) {
		draw_text(&pen, ROLE_WARN, "cannot be compared: /proc/net/sockstat is "
					   "unreadable");
		return;
	}
	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		if (state != SK_STATE_SYN_RECV && state != SK_STATE_CLOSE)
			live += sum->count[SK_PROTO_TCP][0][state] +
				sum->count[SK_PROTO_TCP][1][state];
	}
	off = labs((long)(live - mini) - (long)stat->tcp_inuse - (long)stat->tcp6_inuse) +
	      labs((long)mini - (long)stat->tcp_tw);
	if (off == 0)
		draw_text(&pen, ROLE_GOOD, "agrees: %u in use, %u waiting",
			  live - mini, mini);
	else
		draw_text(&pen, ROLE_WARN, "differs by %ld: %u in use here, %u there; %u "
			  "waiting here, %u there (sockets moved between the two readings)",
			  off, live - mini, stat->tcp_inuse + stat->tcp6_inuse, mini,
			  stat->tcp_tw);
}

static void draw_transitions(struct app *app, const struct sk_summary *sum,
			     const struct box *box, int line)
{
	struct pen pen = draw_pen(&app->theme, box, line);

	draw_text(&pen, ROLE_TITLE, "Transitions in the last sample");
	draw_text(&pen, ROLE_DIM, box->w < 100 ? " (at least these)" :
		  " (at least: what happened between samples is not seen)");
	for (unsigned from = 0; from < SK_STATE_COUNT; from++) {
		for (unsigned to = 0; to < SK_STATE_COUNT; to++) {
			if (!sum->transition[from][to])
				continue;
			if (++line >= box->h)
				return;
			pen = draw_pen(&app->theme, box, line);
			draw_text(&pen, ROLE_VALUE, "%8u  ", sum->transition[from][to]);
			draw_text(&pen, theme_state_role(from), "%-11s",
				  sk_state_name(SK_PROTO_TCP, from));
			draw_text(&pen, ROLE_DIM, " > ");
			draw_text(&pen, theme_state_role(to), "%-11s",
				  sk_state_name(SK_PROTO_TCP, to));
			if (!sk_state_adjacent(from, to))
				draw_text(&pen, ROLE_DIM, "  steps between missed by "
							  "sampling");
		}
	}
}

static int foot(struct app *app, struct pane *pane, const struct box *box)
{
	draw_time_wait(app, box, 1);
	draw_agreement(app, box, 2);
	draw_transitions(app, sk_row_builder_summary(pane->built.builder), box, 4);
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
