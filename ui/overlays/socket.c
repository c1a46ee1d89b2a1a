/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/identity.h>
#include <sktop/text.h>
#include "app.h"

#define LABEL_WIDTH 28	/* with the mark of a change at its end */
#define TWO_COLUMNS 150 /* cells from which on there is room for two */

void detail_free(struct detail_view *view)
{
	sk_detail_rows_free(&view->rows);
	sk_detail_rows_free(&view->old);
	free(view->lines);
	*view = (struct detail_view){ 0 };
}

static int add_line(struct detail_view *view, struct detail_line line)
{
	if (SK_ARRAY_ROOM(view->lines, view->n, view->capacity, 256))
		return -ENOMEM;
	view->lines[view->n++] = line;
	return 0;
}

/* Bytes of a line of at most `cells`: up to the end of a word when there is one. */
static uint32_t piece_of(const char *text, int cells)
{
	size_t used, len = sk_text_fit(text, (size_t)(cells > 2 ? cells : 2), &used);

	if (text[len] && text[len] != ' ') {
		for (size_t at = len; at > 0; at--) {
			if (text[at - 1] == ' ' && at > 1)
				return (uint32_t)(at - 1);
		}
	}
	return (uint32_t)len;
}

static int add_row(struct detail_view *view, uint32_t row, int cells)
{
	const char *value = view->rows.row[row].value;
	uint32_t from = 0;

	do {
		uint32_t len = piece_of(value + from, cells);
		struct detail_line line = { row, from, len, false };

		if (add_line(view, line))
			return -ENOMEM;
		from += len;
		while (value[from] == ' ')
			from++;
	} while (value[from]);
	return 0;
}

/* Sentences over the full width, then the rows in columns `width` cells wide. */
static int lay_out(struct detail_view *view, int full, int width)
{
	const char *section = "";
	int err = 0;

	view->n = view->n_head = 0;
	for (uint32_t i = 0; i < view->rows.n && !err; i++) {
		const struct sk_detail_row *row = &view->rows.row[i];
		bool sentence = !*row->label;

		if (strcmp(row->section, section) != 0)
			err = add_line(view, (struct detail_line){ i, 0, 0, true });
		section = row->section;
		if (!err)
			err = add_row(view, i, sentence ? full - 2 : width - LABEL_WIDTH);
		if (sentence)
			view->n_head = view->n;
	}
	return err;
}

static void move_selection(struct app *app, int by)
{
	struct detail_view *view = &app->detail;
	int at = app->overlay.at + by, last = (int)view->n - 1;

	if (last < 0)
		return;
	at = at < 0 ? 0 : at > last ? last : at;
	if (view->lines[at].heading) /* never the last line */
		at += by < 0 && at > 0 ? -1 : 1;
	app->overlay.at = at;
	view->section = view->rows.row[view->lines[at].row].section;
	view->label = view->rows.row[view->lines[at].row].label;
}

/* The line that was selected moves when rows come and go before it. */
static void find_selected(struct app *app)
{
	struct detail_view *view = &app->detail;
	const struct detail_line *line = NULL;

	if ((size_t)app->overlay.at < view->n)
		line = &view->lines[app->overlay.at];
	if (view->label && (!line || view->rows.row[line->row].label != view->label ||
			    view->rows.row[line->row].section != view->section)) {
		for (size_t i = 0; i < view->n; i++) {
			line = &view->lines[i];
			if (!line->heading &&
			    view->rows.row[line->row].label == view->label &&
			    view->rows.row[line->row].section == view->section) {
				app->overlay.at = (int)i;
				break;
			}
		}
	}
	move_selection(app, 0);
}

static const struct sk_detail_row *selected(const struct app *app)
{
	const struct detail_view *view = &app->detail;

	return (size_t)app->overlay.at < view->n ?
		       &view->rows.row[view->lines[app->overlay.at].row] : NULL;
}

/* Several rows of a section may have the same label, as processes do: this is the index among them. */
static size_t place_among_same(const struct sk_detail_rows *rows, size_t at)
{
	size_t place = 0;

	for (size_t i = 0; i < at; i++)
		place += rows->row[i].label == rows->row[at].label &&
			 rows->row[i].section == rows->row[at].section;
	return place;
}

/* What was not there before, or was not known, has not changed. */
static bool is_changed(const struct detail_view *view, size_t at)
{
	const struct sk_detail_row *row = &view->rows.row[at];
	size_t place = place_among_same(&view->rows, at);

	for (size_t i = 0; i < view->old.n && *row->label; i++) {
		const struct sk_detail_row *old = &view->old.row[i];

		if (old->label == row->label && old->section == row->section && !place--)
			return !old->unknown && strcmp(old->value, row->value) != 0;
	}
	return false;
}

static void draw_line(const struct app *app, const struct box *box, int y, size_t at)
{
	const struct detail_line *line = &app->detail.lines[at];
	const struct sk_detail_row *row = &app->detail.rows.row[line->row];
	bool here = (int)at == app->overlay.at;
	bool changed = line->from == 0 && is_changed(&app->detail, line->row);
	struct pen pen = draw_pen(&app->theme, box, y);
	char piece[2048]; /* of a line, however wide the terminal */

	if (line->heading) {
		draw_text(&pen, ROLE_TITLE, "%s", row->section);
		return;
	}
	draw_text(&pen, here ? ROLE_SELECTED : ROLE_TEXT, "  ");
	if (*row->label) {
		draw_cell(&pen, here ? ROLE_SELECTED : ROLE_LABEL,
			  line->from ? "" : row->label, LABEL_WIDTH - 4, true);
		draw_text(&pen, changed ? ROLE_CHANGED : ROLE_TEXT, changed ? "* " : "  ");
	}
	snprintf(piece, sizeof(piece), "%.*s", (int)line->len, row->value + line->from);
	draw_text(&pen, changed ? ROLE_CHANGED : ROLE_VALUE, "%s", piece);
}

/**
 * The layout of the lines in the window: `head` over the full width, then one column,
 * or
 */
struct layout {
	int columns, head;
	int split;  /* two, of which the first has so many lines */
	int height; /* of everything, in lines */
};

/* Two columns part where a section begins, as evenly as that can be. */
static int split_of(const struct detail_view *view, int head, int body)
{
	int best = body;

	for (int i = 1; i < body; i++) {
		if (view->lines[head + i].heading &&
		    abs(body - 2 * i) < abs(body - 2 * best))
			best = i;
	}
	return best;
}

static struct layout layout_of(const struct detail_view *view, int columns)
{
	int head = (int)view->n_head, body = (int)(view->n - view->n_head);
	int split = columns > 1 ? split_of(view, head, body) : body;

	return (struct layout){ columns, head, split,
				head + (split > body - split ? split : body - split) };
}

/* The line of the window that line `at` is on. */
static int line_of(const struct layout *layout, int at)
{
	return at < layout->head + layout->split ? at : at - layout->split;
}

static void scroll_to_selected(struct app *app, const struct layout *layout, int h)
{
	int y = line_of(layout, app->overlay.at), top = app->overlay.top;

	if (y <= top + 1)
		top = y - 1; /* a heading above it stays in sight */
	if (y >= top + h)
		top = y - h + 1;
	if (top > layout->height - h)
		top = layout->height - h;
	app->overlay.top = top < 0 ? 0 : top;
}

static void draw_lines(struct app *app, const struct box *box, const struct layout *layout)
{
	struct box left = *box, right = *box;
	int end = layout->head + layout->split;

	if (layout->columns > 1) {
		left.w = box->w / 2 - 1;
		right.x += box->w / 2;
		right.w -= box->w / 2;
	}
	scroll_to_selected(app, layout, box->h);
	for (int y = 0; y < box->h; y++) {
		int at = app->overlay.top + y;

		if (at < end)
			draw_line(app, at < layout->head ? box : &left, y, (size_t)at);
		at += layout->split;
		if (at >= end && (size_t)at < app->detail.n)
			draw_line(app, &right, y, (size_t)at);
	}
}

/* Draws what the selected row means, under a line; where the window stands, in it. */
static void draw_foot(const struct app *app, const struct box *box, int lines,
		      const struct layout *layout)
{
	const struct sk_detail_row *row = selected(app);
	const char *help = row ? row->help : "";
	int shown = box->h - lines - 1, last = app->overlay.top + shown;
	struct box foot = { box->y + shown, box->x, lines + 1, box->w };
	struct pen pen = draw_pen(&app->theme, &foot, 0);

	draw_text(&pen, ROLE_FRAME, "lines %d-%d of %d ", app->overlay.top + 1,
		  last < layout->height ? last : layout->height, layout->height);
	draw_text(&pen, ROLE_DIM, "  Up Down move  y copy  Esc back  * changed ");
	draw_run(&pen, ROLE_FRAME, app->theme.glyphs->horizontal, pen.end - pen.x);
	for (int y = 1; y <= lines && *help; y++) {
		uint32_t len = piece_of(help, box->w);

		pen = draw_pen(&app->theme, &foot, y);
		draw_text(&pen, ROLE_TEXT, "%.*s", (int)len, help);
		help += len + (help[len] == ' ');
	}
}

/* A new sample: what was now is before. */
static void take_sample(struct app *app)
{
	struct detail_view *view = &app->detail;
	const struct sk_sample *sample = app->sample;
	const struct sk_detail *detail = sample->detail;
	const struct sk_detached *detached = &app->overlay.detached;
	uint64_t id = sk_socket_id(&detached->socket, &detached->attrs);
	struct sk_detail_rows rows = view->rows;

	if (view->id != id) {
		view->has_now = view->has_before = false;
		view->old.n = view->rows.n = 0;
		view->label = NULL;
	} else if (view->seq == sample->seq) {
		return;
	}
	view->id = id;
	view->seq = sample->seq;
	view->rows = view->old;
	view->old = rows;
	if (!detail ||
	    sk_socket_id(&detail->detached.socket, &detail->detached.attrs) != id)
		return;
	if (!view->has_now)
		view->old.n = 0; /* it told only what the list tells, which may differ */
	view->has_before = view->has_now;
	view->before = view->now;
	view->interval = (double)(sample->time_ns - view->time_ns) / 1e9;
	view->time_ns = sample->time_ns;
	view->now = *detail;
	view->has_now = true;
}

static void draw(struct app *app, const struct box *box)
{
	const struct sk_socket *now = overlay_row(app);
	struct sk_context context = app_context(app);
	struct detail_view *view = &app->detail;
	struct sk_detail_input input = { .context = &context,
					 .socket = &app->overlay.detached.socket,
					 .attrs = &app->overlay.detached.attrs };
	struct layout layout;
	struct box inside;
	int columns, foot, err;

	if (now)
		app->overlay.detached = sk_detached_of(app->sample, now);
	draw_frame(&app->theme, box, now && !(now->flags & SK_F_GONE) ?
		   "Connection" : "Connection (gone; last seen so)", &inside);
	inside = (struct box){ inside.y, inside.x + 1, inside.h, inside.w - 2 };
	columns = inside.w >= TWO_COLUMNS ? 2 : 1;
	foot = inside.w >= TWO_COLUMNS ? 1 : 2;
	take_sample(app);
	input.detail = view->has_now ? &view->now : NULL;
	input.before = view->has_before ? &view->before : NULL;
	input.interval = view->interval;
	err = sk_detail_rows_build(&input, &view->rows);
	if (!err)
		err = lay_out(view, inside.w, inside.w / columns - (columns > 1));
	if (err) {
		app_say(app, true, "cannot show it: %s", strerror(-err));
		return;
	}
	find_selected(app);
	layout = layout_of(view, columns);
	draw_lines(app, &(struct box){ inside.y, inside.x, inside.h - foot - 1, inside.w },
		   &layout);
	draw_foot(app, &inside, foot, &layout);
}

static void open_window(struct app *app)
{
	app->detail.id = 0; /* another one, or anew */
	app->overlay.detached = sk_detached_of(app->sample, pane_row(app_pane(app)));
	app_request(app, true);
}

/* These keys act on the socket in the window, even if the selection has moved meanwhile. */
static bool take_key(struct app *app, int code)
{
	const struct key_row *key = key_find(code);
	const struct sk_detail_row *row = selected(app);

	if (key->act == key_kill)
		act_open(app);
	else if (key->act == key_copy && row)
		app_copy(app, row->value);
	return key->act == key_kill || key->act == key_copy;
}

const struct overlay_ops window_socket = {
	.draw = draw,
	.open = open_window,
	.key = take_key,
	.move_by = move_selection,
	.of_row = true,
	.of_socket = true,
};
