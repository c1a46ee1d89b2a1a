/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/text.h>
#include "app.h"

#define CTRL(c) ((c) & 0x1f)
#define ESC 27
#define WORDS 160 /* more than any table has columns, and the keywords */

static const char *const labels[PROMPT_KINDS] = {
	[PROMPT_SEARCH] = "Search: ",
	[PROMPT_FILTER] = "Filter: ",
	[PROMPT_INTERVAL] = "Interval in seconds (0.1 to 3600): ",
};

static void set_text(struct prompt *p, const char *text)
{
	snprintf(p->text, sizeof(p->text), "%s", text);
	p->len = p->cursor = strlen(p->text);
}

void prompt_open(struct app *app, enum prompt_kind kind, const char *text)
{
	app->prompt.kind = kind;
	app->prompt.recall = 0;
	set_text(&app->prompt, text);
}

static void remember(struct prompt *p)
{
	size_t *n = &p->n_history[p->kind];

	if (!p->len || (*n && strcmp(p->history[p->kind][*n - 1], p->text) == 0))
		return;
	if (*n == PROMPT_HISTORY) {
		memmove(p->history[p->kind][0], p->history[p->kind][1],
			sizeof(p->history[p->kind][0]) * (PROMPT_HISTORY - 1));
		(*n)--;
	}
	memcpy(p->history[p->kind][(*n)++], p->text, sizeof(p->text));
}

static void recall(struct prompt *p, int by)
{
	size_t n = p->n_history[p->kind];

	if ((by > 0 && p->recall == n) || (by < 0 && p->recall == 0))
		return;
	p->recall = by > 0 ? p->recall + 1 : p->recall - 1;
	set_text(p, p->recall ? p->history[p->kind][n - p->recall] : "");
}

static void insert(struct prompt *p, const char *text, size_t len)
{
	if (p->len + len >= sizeof(p->text))
		return;
	memmove(p->text + p->cursor + len, p->text + p->cursor, p->len - p->cursor + 1);
	memcpy(p->text + p->cursor, text, len);
	p->len += len;
	p->cursor += len;
}

static void erase_before(struct prompt *p, size_t n)
{
	if (n > p->cursor)
		n = p->cursor;
	memmove(p->text + p->cursor - n, p->text + p->cursor, p->len - p->cursor + 1);
	p->cursor -= n;
	p->len -= n;
}

static bool is_inside(const struct prompt *p, size_t at)
{
	return (p->text[at] & 0xc0) == 0x80; /* of a character */
}

/* Find where the character before the cursor begins, and the one behind it. */
static size_t before(const struct prompt *p)
{
	size_t at = p->cursor - (p->cursor > 0);

	while (at > 0 && is_inside(p, at))
		at--;
	return at;
}

static size_t behind(const struct prompt *p, size_t at)
{
	at += at < p->len;
	while (at < p->len && is_inside(p, at))
		at++;
	return at;
}

static size_t word_before(const struct prompt *p)
{
	size_t n = 0;

	while (n < p->cursor && p->text[p->cursor - n - 1] == ' ')
		n++;
	while (n < p->cursor && p->text[p->cursor - n - 1] != ' ')
		n++;
	return n;
}

static size_t candidates(const struct app *app, const char **words, size_t *start)
{
	char head[PROMPT_MAX];
	const struct prompt *p = &app->prompt;

	snprintf(head, sizeof(head), "%.*s", (int)p->cursor, p->text);
	return sk_filter_complete(head, app_filter_table(app), words, WORDS, start);
}

/* Tab writes as much as all candidates share. */
static void complete(struct app *app)
{
	struct prompt *p = &app->prompt;
	const char *words[WORDS];
	size_t start, n = candidates(app, words, &start), shared;

	if (!n)
		return;
	shared = strlen(words[0]);
	for (size_t i = 1; i < n; i++) {
		size_t k = 0;

		while (k < shared && words[i][k] == words[0][k])
			k++;
		shared = k;
	}
	if (shared < p->cursor - start)
		return;
	erase_before(p, p->cursor - start);
	insert(p, words[0], shared);
	if (n == 1)
		insert(p, " ", 1);
}

static void accept_filter(struct app *app)
{
	struct sk_filter_error where;
	int err = app_set_filter(app, app->prompt.text, &where);

	if (err == -EINVAL)
		return; /* the line above says what is wrong; it stays open */
	if (err && err != -EINPROGRESS)
		app_say(app, true, "filter: %s", strerror(-err));
	remember(&app->prompt);
	app->prompt.kind = PROMPT_NONE;
}

static void accept_interval(struct app *app)
{
	char *end;
	double seconds = strtod(app->prompt.text, &end);

	app->prompt.kind = PROMPT_NONE;
	if (end == app->prompt.text || *end || !(seconds >= 0.1 && seconds <= 3600)) {
		app_say(app, true, "'%.40s' is not a number of seconds from 0.1 to 3600",
			app->prompt.text);
		return;
	}
	app->request.interval = seconds;
	app_request(app, false);
	app_say(app, false, "A sample every %g s", seconds);
}

static void accept_search(struct app *app)
{
	remember(&app->prompt);
	sk_text_clean(app->search, sizeof(app->search), app->prompt.text, app->prompt.len);
	app->prompt.kind = PROMPT_NONE;
	search_begin(app, false, true);
}

static void (*const accept[PROMPT_KINDS])(struct app *) = {
	[PROMPT_SEARCH] = accept_search,
	[PROMPT_FILTER] = accept_filter,
	[PROMPT_INTERVAL] = accept_interval,
};

static void edit(struct prompt *p, int code)
{
	size_t from = p->cursor;
	char c = (char)code;

	switch (code) {
	case KEY_LEFT:
		p->cursor = before(p);
		break;
	case KEY_RIGHT:
		p->cursor = behind(p, p->cursor);
		break;
	case KEY_HOME:
	case CTRL('a'):
		p->cursor = 0;
		break;
	case KEY_END:
	case CTRL('e'):
		p->cursor = p->len;
		break;
	case KEY_UP:
		recall(p, 1);
		break;
	case KEY_DOWN:
		recall(p, -1);
		break;
	case KEY_BACKSPACE:
	case 127:
	case 8:
		erase_before(p, p->cursor - before(p));
		break;
	case CTRL('w'):
		erase_before(p, word_before(p));
		break;
	case CTRL('u'):
		erase_before(p, p->cursor);
		break;
	case KEY_DC:
		p->cursor = behind(p, from);
		erase_before(p, p->cursor - from);
		break;
	default:
		if (code >= ' ' && code <= '~')
			insert(p, &c, 1);
	}
}

/* A search finds rows while its text is typed. */
static void search_typed(struct app *app)
{
	struct prompt *p = &app->prompt;

	if (p->kind != PROMPT_SEARCH)
		return;
	sk_text_clean(app->search, sizeof(app->search), p->text, p->len);
	search_begin(app, false, false);
}

void prompt_text(struct app *app, const char *text)
{
	app->dirty = true;
	if (!sk_text_is_clean(text))
		return;
	insert(&app->prompt, text, strlen(text));
	search_typed(app);
}

void prompt_key(struct app *app, int code)
{
	struct prompt *p = &app->prompt;

	if (code == ESC || code == CTRL('c') || code == CTRL('g')) {
		if (p->kind == PROMPT_SEARCH)
			app->search[0] = '\0';
		p->kind = PROMPT_NONE;
	} else if (code == '\n' || code == '\r' || code == KEY_ENTER) {
		accept[p->kind](app);
	} else if (code == '\t') {
		if (p->kind == PROMPT_FILTER)
			complete(app);
	} else {
		edit(p, code);
		search_typed(app);
	}
}

/* The message stands behind the caret, before it, or, too long for both, alone. */
static void draw_error(struct pen *pen, int column, int width, const char *message)
{
	int len = (int)strlen(message);

	if (column >= 0 && column + 2 + len <= width) {
		draw_run(pen, ROLE_TEXT, " ", column);
		draw_text(pen, ROLE_ERROR, "^ %s", message);
	} else if (column < width && column > len) {
		draw_run(pen, ROLE_TEXT, " ", column - len - 1);
		draw_text(pen, ROLE_ERROR, "%s ^", message);
	} else {
		draw_text(pen, ROLE_ERROR, "%s", message);
	}
}

/* Cells that a piece of the text takes. */
static int cells(const struct prompt *p, size_t from, size_t to)
{
	char piece[PROMPT_MAX];

	snprintf(piece, sizeof(piece), "%.*s", (int)(to > from ? to - from : 0),
		 p->text + from);
	return (int)sk_text_width(piece);
}

/* Under the culprit a caret, beside it what is wrong; or what could come next. */
static void draw_hint(struct app *app, const struct box *screen, int label_len, size_t from)
{
	const struct prompt *p = &app->prompt;
	struct pen pen = draw_pen(&app->theme, screen, screen->h - 2);
	struct sk_filter_error error;
	struct sk_filter *filter;
	int err = sk_filter_parse_names(p->text, app_filter_table(app), SK_LOOKUP_HOSTS,
					app_filter(app), &filter, &error);
	const char *words[WORDS];
	size_t start, n;

	draw_rest(&pen, ROLE_TEXT);
	pen.x = screen->x;
	if (err == -EINVAL && error.offset < p->len) {
		draw_error(&pen,
			   error.offset < from ? -1 : label_len + cells(p, from, error.offset),
			   screen->w, error.message);
		return;
	}
	if (err == -EAGAIN) {
		draw_text(&pen, ROLE_DIM, "%s; Enter asks DNS", error.message);
		return;
	}
	sk_filter_free(filter);
	n = p->cursor == p->len ? candidates(app, words, &start) : 0;
	for (size_t i = 0; i < n; i++)
		draw_text(&pen, ROLE_DIM, "%s ", words[i]);
}

void prompt_draw(struct app *app, const struct box *screen)
{
	const struct prompt *p = &app->prompt;
	const char *label = labels[p->kind];
	int label_len = (int)strlen(label), room = screen->w - label_len - 1;
	struct pen pen = draw_pen(&app->theme, screen, screen->h - 1);
	size_t from = 0;

	if (room > 0 && p->cursor > (size_t)room * 4)
		from = behind(p, p->cursor - (size_t)room * 4 - 1);
	while (room > 0 && cells(p, from, p->cursor) > room)
		from = behind(p, from);
	if (p->kind == PROMPT_FILTER)
		draw_hint(app, screen, label_len, from);
	draw_rest(&pen, ROLE_TEXT);
	pen.x = screen->x;
	draw_text(&pen, ROLE_LABEL, "%s", label);
	draw_text(&pen, ROLE_VALUE, "%s", p->text + from);
	wmove(newscr, screen->y + screen->h - 1,
	      screen->x + label_len + cells(p, from, p->cursor));
}
