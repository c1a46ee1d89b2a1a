/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/text.h>
#include "widgets/draw.h"

struct pen draw_pen(const struct theme *theme, const struct box *box, int line)
{
	int y = line < box->h ? box->y + line : -1;

	return (struct pen){ .theme = theme, .y = y, .x = box->x, .start = box->x,
			     .end = y < 0 ? box->x : box->x + box->w };
}

static int bytes_of_cells(const char *text, int cells, int *used)
{
	size_t taken, bytes = sk_text_fit(text, cells > 0 ? (size_t)cells : 0, &taken);

	*used = (int)taken;
	return (int)bytes;
}

static int cells_of(const char *text)
{
	return (int)sk_text_width(text);
}

/* Does anything but blanks follow? */
static bool is_cut(const char *text, int bytes)
{
	return text[bytes + (int)strspn(text + bytes, " ")] != '\0';
}

/* Bytes of a text that is clean; this is the only function that writes to the terminal. */
static void write_at(int y, int x, const char *text, int bytes)
{
	char part[SK_CELL_STRLEN], shown[SK_CELL_STRLEN];

	if (sk_text_is_plain(text)) {
		mvwaddnstr(newscr, y, x, text, bytes);
		return;
	}
	snprintf(part, sizeof(part), "%.*s", bytes, text);
	sk_text_show(shown, sizeof(shown), part);
	mvwaddstr(newscr, y, x, shown);
}

static void put(struct pen *pen, enum role role, const char *text)
{
	int used, bytes;

	bytes = bytes_of_cells(text, pen->end - pen->x, &used);
	wattrset(newscr, (int)pen->theme->attr[role]);
	if (is_cut(text, bytes) && pen->y >= 0 && pen->end > pen->start) {
		/* what is cut at the edge says so, be it the text before */
		bytes = bytes_of_cells(text, pen->end - pen->x - 1, &used);
		if (bytes > 0)
			write_at(pen->y, pen->x, text, bytes);
		mvwaddstr(newscr, pen->y, pen->end - 1, pen->theme->glyphs->cut);
		pen->x = pen->end;
		return;
	}
	if (bytes <= 0)
		return;
	write_at(pen->y, pen->x, text, bytes);
	pen->x += used;
}

void draw_text(struct pen *pen, enum role role, const char *format, ...)
{
	char text[SK_CELL_STRLEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(pen, role, text);
}

/* Most of a frame is blank, and a line costs a hundredth of as many characters. */
static void put_blanks(struct pen *pen, enum role role, int n)
{
	wattrset(newscr, (int)pen->theme->attr[role]);
	mvwhline(newscr, pen->y, pen->x, ' ', n);
	pen->x += n;
}

void draw_run(struct pen *pen, enum role role, const char *glyph, int n)
{
	if (n > pen->end - pen->x)
		n = pen->end - pen->x;
	if (n > 0 && *glyph == ' ') {
		put_blanks(pen, role, n);
		return;
	}
	while (n-- > 0)
		put(pen, role, glyph);
}

void draw_cell(struct pen *pen, enum role role, const char *text, int width, bool left)
{
	int cells = cells_of(text), used;
	char part[SK_CELL_STRLEN];

	if (cells <= width) {
		draw_run(pen, role, " ", left ? 0 : width - cells);
		put(pen, role, text);
		draw_run(pen, role, " ", left ? width - cells : 0);
		return;
	}
	snprintf(part, sizeof(part), "%.*s", bytes_of_cells(text, width - 1, &used), text);
	put(pen, role, part);
	draw_run(pen, role, " ", width - 1 - used); /* half of a wide character */
	put(pen, role, pen->theme->glyphs->cut);
}

void draw_address(struct pen *pen, enum role role, const char *text, int width)
{
	const char *port = strrchr(text, ':');
	int port_cells = port ? cells_of(port) : 0, used;
	char part[SK_CELL_STRLEN];

	/* at least two characters of the name, or the whole is cut at its end */
	if (!port || cells_of(text) <= width || port_cells + 3 > width) {
		draw_cell(pen, role, text, width, true);
		return;
	}
	snprintf(part, sizeof(part), "%.*s",
		 bytes_of_cells(text, width - port_cells - 1, &used), text);
	put(pen, role, part);
	put(pen, role, pen->theme->glyphs->cut);
	put(pen, role, port);
}

int draw_wrapped(const struct theme *theme, const struct box *box, int line, enum role role,
		 const char *text)
{
	int first = line, room = box->w - 2;

	while (*text && room > 10) {
		int used, fits = bytes_of_cells(text, room, &used), cut = fits;
		struct pen pen = draw_pen(theme, box, line++);

		if (text[fits]) {
			while (cut > fits / 2 && text[cut] != ' ')
				cut--;
			if (text[cut] != ' ')
				cut = fits;
		}
		draw_text(&pen, role, " %s%.*s", line > first + 1 ? " " : "", cut, text);
		text += cut;
		while (*text == ' ')
			text++;
		room = box->w - 3;
	}
	return line - first;
}

void draw_rest(struct pen *pen, enum role role)
{
	draw_run(pen, role, " ", pen->end - pen->x);
}

static float most_of(const struct sk_series *series, int points)
{
	float most = 0;

	for (int i = 0; i < points; i++) {
		float value = sk_series_back(series, (uint32_t)i);

		if (value > most)
			most = value;
	}
	return most;
}

void draw_spark(struct pen *pen, enum role role, const struct sk_series *series,
		int width)
{
	const struct glyphs *glyphs = pen->theme->glyphs;
	float most;

	if (width > pen->end - pen->x)
		width = pen->end - pen->x;
	most = width > 0 ? most_of(series, width) : 0;
	for (int i = width - 1; i >= 0; i--) {
		float value = sk_series_back(series, (uint32_t)i);
		int level;

		if (isnan(value)) {
			put(pen, role, " ");
			continue;
		}
		level = most > 0 ? (int)(value / most * 7.99F) : 0;
		put(pen, value > 0 ? role : ROLE_FRAME, glyphs->spark[level < 0 ? 0 : level]);
	}
}

void draw_graph(const struct theme *theme, const struct box *box, enum role role,
		const struct sk_series *series, const char *title)
{
	struct pen pen = draw_pen(theme, box, 0);
	int rows = box->h - 1;
	char top[16];
	float most = most_of(series, box->w);

	draw_text(&pen, role, "%s", title);
	draw_text(&pen, ROLE_DIM, "  now ");
	sk_unit_format(SK_UNIT_BYTES_RATE, (double)sk_series_back(series, 0), 0, top,
		       sizeof(top));
	draw_text(&pen, ROLE_VALUE, "%s/s", top);
	sk_unit_format(SK_UNIT_BYTES_RATE, (double)most, 0, top, sizeof(top));
	draw_text(&pen, ROLE_DIM, "  peak %s/s", top);
	for (int y = 0; y < rows; y++) {
		pen = draw_pen(theme, box, y + 1);
		for (int i = box->w - 1; i >= 0; i--) {
			float value = sk_series_back(series, (uint32_t)i);
			float level = most > 0 && !isnan(value) ?
					      value / most * (float)(rows * 8) : 0;
			int here = (int)level - (rows - 1 - y) * 8;

			put(&pen, role, here <= 0 ? " " :
					theme->glyphs->spark[here > 8 ? 7 : here - 1]);
		}
	}
}

void draw_frame(const struct theme *theme, const struct box *box, const char *title,
		struct box *inside)
{
	const struct glyphs *g = theme->glyphs;

	for (int y = 0; y < box->h; y++) {
		bool edge = y == 0 || y == box->h - 1;
		struct pen pen = draw_pen(theme, box, y);

		draw_run(&pen, ROLE_FRAME, edge ? g->corner[y ? 2 : 0] : g->vertical, 1);
		draw_run(&pen, ROLE_FRAME, edge ? g->horizontal : " ", box->w - 2);
		draw_run(&pen, ROLE_FRAME, edge ? g->corner[y ? 3 : 1] : g->vertical, 1);
	}
	if (title) {
		struct pen pen = draw_pen(theme, box, 0);

		pen.x += 2;
		pen.end -= 2;
		draw_text(&pen, ROLE_TITLE, " %s ", title);
	}
	*inside = (struct box){ box->y + 1, box->x + 1, box->h - 2, box->w - 2 };
}

void draw_fact(struct pen *pen, const struct sk_fact *fact, bool wide)
{
	static const enum role roles[] = {
		[SK_TONE_LABEL] = ROLE_LABEL, [SK_TONE_VALUE] = ROLE_VALUE,
		[SK_TONE_DIM] = ROLE_DIM,     [SK_TONE_GOOD] = ROLE_GOOD,
		[SK_TONE_WARN] = ROLE_WARN,   [SK_TONE_ERROR] = ROLE_ERROR,
	};
	unsigned omit = SK_OMIT_SCREEN | (wide ? 0 : SK_OMIT_NARROW);
	bool fits = true;

	for (size_t i = 0; i < fact->n_pieces; i++) {
		const struct sk_piece *piece = &fact->piece[i];

		if (piece->room)
			fits = pen->end - pen->x > piece->room;
		if (fits && !(piece->omit & omit))
			draw_text(pen, roles[piece->tone], "%s", piece->text);
	}
}
