/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include "app.h"
#include "widgets/keybar.h"

#define PLACES 20

static const struct key_bar *bar_of(const struct key_row *key, bool window)
{
	return window ? &key->window : &key->pane;
}

static bool works(const struct app *app, const struct key_row *key, bool window)
{
	if (window)
		return !(key->flags & KEY_OF_SOCKET) || overlay_socket(app);
	return !key_why_not(app, key);
}

/* The next key that there is to show now, from a place on; NULL behind the last. */
static const struct key_row *next_key(const struct app *app, unsigned *place)
{
	bool window = app->overlay.kind != OVERLAY_NONE;

	while (++*place < PLACES) {
		for (size_t i = 0; i < key_count; i++) {
			if (bar_of(&key_table[i], window)->place == *place &&
			    works(app, &key_table[i], window))
				return &key_table[i];
		}
	}
	return NULL;
}

/* A key that leads to another pane says to which. */
static struct key_bar entry_of(const struct app *app, const struct key_row *key)
{
	struct key_bar bar = *bar_of(key, app->overlay.kind != OVERLAY_NONE);
	enum sk_pane_id next = pane_table[app->current]->next;

	if ((key->flags & KEY_GROUPS) && next)
		bar.label = pane_table[next]->title;
	return bar;
}

/* htop's: labels of six cells at least, so that they stand still. */
static int label_width(const struct key_bar *entry)
{
	int len = (int)strlen(entry->label);

	return (len < 6 ? 6 : len) + 1;
}

int keybar_hit(const struct app *app, int x)
{
	const struct key_row *key;
	unsigned place = 0;
	int at = 0;

	while (!app->message.text[0] && (key = next_key(app, &place)) != NULL) {
		struct key_bar entry = entry_of(app, key);

		at += (int)strlen(entry.key) + label_width(&entry);
		if (x < at)
			return key->keys[0];
	}
	return 0;
}

void keybar_draw(struct app *app, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	const struct key_row *key;
	unsigned place = 0;

	if (app->message.text[0]) {
		draw_text(&pen, app->message.is_error ? ROLE_ERROR : ROLE_VALUE, "%s",
			  app->message.text);
		return;
	}
	while ((key = next_key(app, &place)) != NULL) {
		struct key_bar entry = entry_of(app, key);
		int cells = (int)strlen(entry.key) + (int)strlen(entry.label);

		if (pen.end - pen.x < cells)
			break;
		draw_text(&pen, ROLE_KEY, "%s", entry.key);
		draw_cell(&pen, ROLE_KEY_LABEL, entry.label,
			  pen.end - pen.x < label_width(&entry) ? pen.end - pen.x :
								 label_width(&entry),
			  true);
	}
	draw_rest(&pen, ROLE_KEY_LABEL);
}
