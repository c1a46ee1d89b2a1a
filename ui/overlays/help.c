/* SPDX-License-Identifier: MIT */
#include "app.h"

static void draw_key(struct app *app, const struct box *box, int line,
		     const struct key_row *key)
{
	struct pen pen = draw_pen(&app->theme, box, line);

	if (!key->shown) {
		draw_text(&pen, ROLE_TITLE, "%s", key->help);
		return;
	}
	draw_text(&pen, ROLE_KEY, " %-9s", key->shown);
	draw_text(&pen, ROLE_TEXT, " %s", key->help);
}

/* What the kernel tells by tracepoints, or why it does not. */
static void draw_traced(struct app *app, const struct box *box, int line)
{
	struct pen pen = draw_pen(&app->theme, box, line);
	char text[128];

	sk_traced_describe(app->sample, text, sizeof(text));
	draw_text(&pen, ROLE_TITLE, "Tracepoints: ");
	draw_text(&pen, ROLE_TEXT, "%s", text);
}

/* Help in as many columns as there is room for; scrolls where it has no room. */
static void draw_help(struct app *app, const struct box *box)
{
	const int cell = 39;
	int lines, columns, shown = 0, n = 0;
	struct box inside;

	for (size_t i = 0; i < key_count; i++)
		n += key_table[i].help != NULL;
	columns = (box->w - 2) / cell > 0 ? (box->w - 2) / cell : 1;
	lines = (n + columns - 1) / columns;
	draw_frame(&app->theme, box,
		   lines > box->h - 3 ? "Keys (Up and Down scroll)" : "Keys", &inside);
	if (inside.h > 1)
		draw_traced(app, &inside, --inside.h);
	if (app->overlay.top > lines - inside.h)
		app->overlay.top = lines > inside.h ? lines - inside.h : 0;
	for (size_t i = 0; i < key_count; i++) {
		int at = shown / lines * cell, line = shown % lines - app->overlay.top;
		struct box part = { inside.y, inside.x + at, inside.h,
				    inside.w - at < cell ? inside.w - at : cell };

		if (!key_table[i].help)
			continue;
		shown++;
		if (line >= 0 && part.w > 0)
			draw_key(app, &part, line, &key_table[i]);
	}
}

const struct overlay_ops window_help = { .draw = draw_help };
