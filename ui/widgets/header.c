/* SPDX-License-Identifier: MIT */
/*
 * The header is always on the screen: the summary and the tabs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sktop/array.h>
#include "app.h"

/* Cells of the line of throughput without its graphs. */
#define SPARKLESS 72
/* The screen has room for the sums if it has so many cells. */
#define WITH_SUMS 144

/* Losses that need nothing but their name. */
static const struct {
	uint32_t missing; /* enum sk_missing */
	const char *words;
} refusals[] = {
	{ SK_MISSING_BOUND, "bound sockets: not told before Linux 6.8" },
};

/* Data that could not be read, or from /proc only. Returns the length. */
static size_t describe_parts(const struct sk_sample *sample, char *out, size_t size)
{
	uint32_t lost = sk_sample_lost(sample);
	char words[200];
	size_t len = 0;

	while (lost) {
		lost = sk_loss_describe(sample, lost, words, sizeof(words));
		if (len < size)
			len += (size_t)snprintf(out + len, size - len, "%s  ", words);
	}
	return len;
}

/* Honest words for what the sample does not show; false = nothing to say. */
static bool describe_losses(const struct app *app, char *out, size_t size)
{
	const struct sk_losses *l = &app->sample->losses;
	const struct {
		uint32_t n;
		const char *what;
	} counts[] = {
		{ l->dump_errors, "dumps failed" },	{ l->overruns, "overruns" },
		{ l->interrupted, "dumps interrupted" }, { l->malformed, "malformed" },
		{ l->busy, "busy" },			{ l->events_lost, "events lost" },
		{ l->late, "samples late" },		{ app->header.failures, "samples failed" },
	};
	size_t len = 0;

	len = (size_t)snprintf(out, size, "%s%s", app->header.failed, app->header.failed[0] ? "  " : "");
	len += describe_parts(app->sample, out + len, size - len);
	if (len < size)
		len += protocol_chooser_describe(l, out + len, size - len);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (l->missing & refusals[i].missing && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s  ",
						refusals[i].words);
	}
	if (len < size && sk_losses_of_owners(l, out + len, size - len)) {
		len = strlen(out);
		len += (size_t)snprintf(out + len, size - len, "  ");
	}
	if (l->missing & SK_MISSING_ROWS && len < size)
		len += (size_t)snprintf(out + len, size - len,
					"cut after %u rows  ", SK_ROWS_CUT);
	if (len < size && sk_netns_describe(app->sample, out + len, size - len)) {
		len = strlen(out);
		len += (size_t)snprintf(out + len, size - len, "  ");
	}
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (counts[i].n && len < size)
			len += (size_t)snprintf(out + len, size - len, "%u %s  ",
						counts[i].n, counts[i].what);
	}
	/* of an earlier sample: what this one lost has been said */
	if (l->note[0] && !sk_sample_lost(app->sample) && len < size)
		snprintf(out + len, size - len, "(%s)", l->note);
	return out[0] != '\0';
}

/* Once said it stays: the table must not jump when a pane asks for less. */
void header_note_losses(struct app *app)
{
	char words[sizeof(app->header.losses)];

	app->header.losing = describe_losses(app, words, sizeof(words));
	if (app->header.losing)
		memcpy(app->header.losses, words, sizeof(words));
}

void header_note_failure(struct app *app, const char *what, const char *why)
{
	struct header *header = &app->header;

	header->failures++;
	app->dirty = true;
	if (!app->sample) {
		snprintf(header->failed, sizeof(header->failed), "%.159s", why);
		return;
	}
	snprintf(header->failed, sizeof(header->failed), "%s: %.110s", what, why);
	header_note_losses(app);
}

int header_height(const struct app *app, int lines)
{
	int height = lines >= 16 ? 3 : 1;

	return height + (app->header.losses[0] && lines >= 10);
}

/* How many there are; the one that is looked at when it is not ours. */
static void draw_namespaces(struct pen *pen, const struct sk_sample *sample)
{
	uint32_t seen = sk_sample_netns_count(sample, SK_NETNS_SEEN);

	if (seen > 1)
		draw_text(pen, ROLE_VALUE, "   %u namespaces", seen);
	for (uint32_t i = 0; seen == 1 && i < sample->n_netns; i++) {
		if (sample->netns[i].state == SK_NETNS_SEEN)
			draw_text(pen, ROLE_VALUE, "   namespace %s",
				  sk_sample_netns_name(sample, i));
	}
}

static void draw_first_line(struct app *app, const struct box *box)
{
	const struct sk_sample *s = app->sample;
	bool many = __builtin_popcount(app->request.protos) > 3;
	time_t seconds = (time_t)(s->wall_ns / 1000000000);
	struct pen pen = draw_pen(&app->theme, box, 0);
	char number[32], took[16];
	struct tm tm;

	localtime_r(&seconds, &tm);
	draw_text(&pen, ROLE_TITLE, "sktop ");
	draw_text(&pen, ROLE_VALUE, "%s ", s->machine.host[0] ? s->machine.host : "?");
	draw_text(&pen, ROLE_TEXT, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	sk_unit_format(SK_UNIT_SECONDS, (double)s->duration_ns / 1e9, 0, took,
		       sizeof(took));
	if (s->last)
		draw_text(&pen, ROLE_WARN, "  last sample");
	else
		draw_text(&pen, ROLE_DIM, "  every %gs", app->request.interval);
	if (box->w >= 80)
		draw_text(&pen, ROLE_DIM, ", took %s", took);
	if (strcmp(s->source, "live") != 0 && strcmp(s->source, "bpf") != 0)
		draw_text(&pen, ROLE_WARN, "  %s", s->source);
	draw_namespaces(&pen, s);
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		uint32_t v6 = 0;

		if (!(app->request.protos & SK_PROTO_BIT(proto)) ||
		    (s->losses.unavailable & SK_PROTO_BIT(proto)) ||
		    (many && !s->summary.total[proto]))
			continue;
		for (unsigned state = 0; state < SK_STATE_COUNT; state++)
			v6 += s->summary.count[proto][1][state];
		draw_text(&pen, ROLE_LABEL, "  %s ", protocol_chooser_title(proto));
		draw_text(&pen, ROLE_VALUE, "%s",
			  sk_thousands(s->summary.total[proto], number));
		if (v6)
			draw_text(&pen, ROLE_DIM, " (%s IPv6)", sk_thousands(v6, number));
	}
}

/** Sockets by state: TCP's, or those of all that is shown when TCP is not. */
struct states {
	enum sk_proto proto; /* whose names they have */
	uint32_t n[SK_STATE_COUNT], total;
};

static struct states count_states(const struct app *app)
{
	const struct sk_summary *sum = &app->sample->summary;
	uint32_t protos = app->request.protos & SK_PROTO_BIT(SK_PROTO_TCP);
	struct states states = { .proto = SK_PROTO_TCP };

	if (!protos) {
		protos = app->request.protos;
		states.proto = (enum sk_proto)__builtin_ctz(protos);
	}
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (!(protos & SK_PROTO_BIT(proto)))
			continue;
		for (unsigned state = 0; state < SK_STATE_COUNT; state++) {
			uint32_t n = sum->count[proto][0][state] + sum->count[proto][1][state];

			states.n[state] += n;
			states.total += n;
		}
	}
	return states;
}

static void draw_state_bar(struct pen *pen, const struct states *states, int width)
{
	uint32_t total = states->total, before = 0;

	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		uint32_t n = states->n[state];
		int from = total ? (int)((uint64_t)before * (uint64_t)width / total) : 0;
		int to = total ? (int)((uint64_t)(before + n) * (uint64_t)width / total) : 0;

		/* without colours the states' initials tell them apart */
		const char initial[2] = { sk_state_name(states->proto, state)[0] };

		draw_run(pen, theme_state_role(state),
			 pen->theme->colors ? pen->theme->glyphs->bar : initial, to - from);
		before += n;
	}
	draw_run(pen, ROLE_FRAME, pen->theme->glyphs->horizontal, total ? 0 : width);
}

/* Draws how near TIME_WAIT is to its limit; FIN_WAIT2 without a socket counts with it. */
static void draw_tw_buckets(const struct app *app, struct pen *pen)
{
	const struct sk_tw_forecast f = sk_tw_forecast(app->sample);
	char text[16];

	if (!f.knows_count || !f.knows_limit || !f.limit || f.count <= f.limit / 100)
		return;
	sk_unit_format(SK_UNIT_PERCENT, 100.0 * f.count / f.limit, 0, text, sizeof(text));
	draw_text(pen, f.count > f.limit / 2 ? ROLE_ERROR : ROLE_DIM, " (%s of max)", text);
}

/* "+12/s" of TIME_WAIT, in cells that stand still. */
static void draw_slope(struct app *app, struct pen *pen)
{
	double slope = app->sample->trend.time_wait_slope;
	char text[16] = "0", signed_text[20] = "";

	if (!isnan(slope) && fabs(slope) >= 0.05) {
		sk_unit_format(SK_UNIT_RATE, slope, 0, text, sizeof(text));
		snprintf(signed_text, sizeof(signed_text), "%s%s/s", slope > 0 ? "+" : "",
			 text);
	}
	draw_text(pen, slope > 0 ? ROLE_WARN : ROLE_DIM, " %-7s", signed_text);
}

static void draw_states_line(struct app *app, const struct box *box)
{
	static const enum sk_state order[] = {
		SK_STATE_ESTABLISHED, SK_STATE_TIME_WAIT,  SK_STATE_CLOSE_WAIT,
		SK_STATE_LISTEN,      SK_STATE_SYN_RECV,   SK_STATE_SYN_SENT,
		SK_STATE_FIN_WAIT2,   SK_STATE_FIN_WAIT1,  SK_STATE_LAST_ACK,
		SK_STATE_CLOSING,     SK_STATE_CLOSE,
	};
	const struct states states = count_states(app);
	struct pen pen = draw_pen(&app->theme, box, 1);
	char number[32];

	draw_state_bar(&pen, &states, box->w / (box->w < 120 ? 10 : 5));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		uint32_t n = states.n[order[i]];
		const char *name = sk_state_name(states.proto, order[i]);

		sk_thousands(n, number);
		if (!n || pen.end - pen.x < (int)(strlen(name) + strlen(number)) + 3)
			continue;
		draw_text(&pen, theme_state_role(order[i]), "  %s", name);
		draw_text(&pen, ROLE_VALUE, " %s", number);
		if (order[i] == SK_STATE_TIME_WAIT)
			draw_slope(app, &pen);
		if (order[i] == SK_STATE_TIME_WAIT ||
		    (order[i] == SK_STATE_FIN_WAIT2 && !states.n[SK_STATE_TIME_WAIT]))
			draw_tw_buckets(app, &pen);
	}
}

/* The clock is never quite exact: 8 in 1.0003 s are 8/s, not 8.0. */
static void draw_per_second(struct pen *pen, const char *label, double rate, bool at_least)
{
	char text[16];

	if (isnan(rate))
		return;

	if (fabs(rate - rint(rate)) < 0.005 * rate)
		rate = rint(rate);
	sk_unit_format(SK_UNIT_RATE, rate, 0, text, sizeof(text));
	draw_text(pen, ROLE_LABEL, "%s", label);
	draw_text(pen, ROLE_VALUE, "%s%s/s", at_least ? ">" : "", text);
}

/* How much of what the interfaces count is payload of TCP: the rest is not, or is headers. */
static void draw_share_of_tcp(struct app *app, struct pen *pen, int tx, int width)
{
	const struct sk_sample *sample = app->sample;
	double all = sample->trend.rate[tx];
	double tcp = sample->trend.rate_of_loopback ? sample->totals.rate[tx] :
						      sample->totals.wire[tx];
	char text[16];

	/* more than all: it passes between addresses of this machine */
	if (!sample->whole_tcp || isnan(all) || isnan(tcp) || tcp > all)
		return;
	sk_unit_format(SK_UNIT_BYTES_RATE, tcp, app->show.format & SK_FORMAT_BITS, text,
		       sizeof(text));
	draw_text(pen, ROLE_DIM, width >= 100 ? "of it TCP " : "TCP ");
	draw_text(pen, ROLE_TEXT, "%s%s ", sample->doubt & SK_DOUBT_ANY ? ">" : "", text);
}

/* What moved since sktop began, where there is room for it. */
static void draw_sums(const struct app *app, struct pen *pen)
{
	const struct sk_flow_totals *totals = &app->sample->totals;
	const char *above = app->sample->sums_doubt & SK_DOUBT_ANY ? ">" : "";
	char rx[16], tx[16], time[16];

	sk_unit_format(SK_UNIT_BYTES, (double)totals->sum[SK_RX], 0, rx, sizeof(rx));
	sk_unit_format(SK_UNIT_BYTES, (double)totals->sum[SK_TX], 0, tx, sizeof(tx));
	sk_unit_format(SK_UNIT_SECONDS,
		       (double)(app->sample->time_ns - app->sample->sums_since_ns) / 1e9, 0, time,
		       sizeof(time));
	draw_text(pen, ROLE_DIM, "  TCP in %s: ", time);
	draw_text(pen, ROLE_LABEL, "RX ");
	draw_text(pen, ROLE_VALUE, "%s%s ", above, rx);
	draw_text(pen, ROLE_LABEL, "TX ");
	draw_text(pen, ROLE_VALUE, "%s%s", above, tx);
}

static void draw_throughput_line(struct app *app, const struct box *box)
{
	const struct sk_sample *sample = app->sample;
	bool doubted = sample->doubt & SK_DOUBT_ANY;
	struct pen pen = draw_pen(&app->theme, box, 2);
	int spark = (box->w - SPARKLESS) / 2;
	char text[16];

	for (int tx = 0; tx < 2; tx++) {
		struct sk_series past;

		sk_history_total(sk_sampler_history(app->sampler), sample, tx, &past);
		sk_unit_format(SK_UNIT_BYTES_RATE, sample->trend.rate[tx],
			       app->show.format & SK_FORMAT_BITS, text, sizeof(text));
		draw_text(&pen, ROLE_LABEL, tx ? "  TX " : "RX ");
		draw_text(&pen, ROLE_VALUE, "%5s%s ", text,
			  app->show.format & SK_FORMAT_BITS ? "bit/s" : "/s");
		draw_share_of_tcp(app, &pen, tx, box->w);
		if (spark > 0)
			draw_spark(&pen, tx ? ROLE_TX : ROLE_RX, &past,
				   spark < box->w / 8 ? spark : box->w / 8);
	}
	if (sample->trend.rate_unsure)
		draw_text(&pen, ROLE_WARN, "  perhaps counted twice");
	draw_per_second(&pen, "  new ", sample->totals.opened, doubted);
	draw_per_second(&pen, "  gone ", sample->totals.closed, doubted);
	if (sample->whole_tcp && box->w >= WITH_SUMS)
		draw_sums(app, &pen);
}

void header_draw(struct app *app, const struct box *box)
{
	int lines = 1;

	draw_first_line(app, box);
	if (box->h >= 3) {
		draw_states_line(app, box);
		draw_throughput_line(app, box);
		lines = 3;
	}
	if (box->h > lines) {
		struct pen pen = draw_pen(&app->theme, box, lines);

		draw_text(&pen, app->header.losing ? ROLE_WARN : ROLE_DIM, "! %s", app->header.losses);
	}
}

/* Draws the number of rows, and the place of the selected one, as less does. */
static void draw_rows(const struct app *app, struct pen *pen)
{
	const struct pane *pane = &app->panes[app->current];
	char n[32], at[32];

	if (app->ahead.wanted || search_is_running(app)) {
		draw_text(pen, ROLE_WARN, "%s",
			  app->ahead.wanted ? app->ahead.doing : "searching... (a key ends it)");
		return;
	}
	sk_thousands(pane->built.view.n, n);
	sk_thousands(pane->at + 1, at);
	if (pane->built.view.n > 1)
		draw_text(pen, ROLE_DIM, "row %s of %s", at, n);
	else
		draw_text(pen, ROLE_DIM, pane->built.view.n ? "1 row" : "no rows");
}

/* Second line, only when something narrows or stops the view. */
static void draw_view_line(struct app *app, const struct box *box)
{
	const char *text = app_filter_text(app);
	struct pen pen = draw_pen(&app->theme, box, 1);

	if (app->frozen)
		draw_text(&pen, ROLE_ERROR, "FROZEN ");
	if (app->drill.sockets.kind)
		draw_text(&pen, ROLE_WARN, "%s  ", app->drill.title);
	if (text[0]) {
		draw_text(&pen, ROLE_LABEL, "Filter: ");
		draw_text(&pen, ROLE_WARN, "%s  ", text);
	} else if (app_filter_is_elsewhere(app)) {
		draw_text(&pen, ROLE_WARN, "not filtered  ");
	}
	if (app->search[0])
		draw_text(&pen, ROLE_LABEL, "Search: %s  ", app->search);
	if (app->following)
		draw_text(&pen, ROLE_LABEL, "Following  ");
	if (app->show.hide_idle && app->current == SK_PANE_CONNECTIONS)
		draw_text(&pen, ROLE_LABEL, "idle hidden  ");
	if (app->show.hide_listening && app->current == SK_PANE_CONNECTIONS)
		draw_text(&pen, ROLE_LABEL, "listening hidden  ");
	if (!app_pane(app)->ops->draw)
		draw_rows(app, &pen);
	if (sk_pane_is_partial(app->current, app->sample))
		draw_text(&pen, ROLE_WARN, "  of the namespace %s only",
			  sk_sample_netns_name(app->sample, 0));
	if (app->tags.n)
		draw_text(&pen, ROLE_TAGGED, "  %zu tagged", app->tags.n);
}

/* The dashboard's tables say how many rows they have only when something narrows them. */
int tabs_height(const struct app *app, int lines)
{
	bool silent = app->panes[app->current].ops->draw && !app->filters.of_sockets && !app->frozen &&
		      !app->drill.sockets.kind && !app->search[0] && !app->show.hide_idle &&
		      !app->show.hide_listening;

	return lines >= 12 && !silent ? 2 : 1;
}

void tabs_draw(struct app *app, const struct box *box)
{
	tabs_draw_bar(app, box);
	if (box->h > 1)
		draw_view_line(app, box);
}
