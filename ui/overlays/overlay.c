/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app.h"

static const struct overlay_ops closed;

#define OVERLAY_ROW_OF_TABLE(id, name) [OVERLAY_##id] = &window_##name,
const struct overlay_ops *const overlay_table[OVERLAY_COUNT] = {
	[OVERLAY_NONE] = &closed, OVERLAYS(OVERLAY_ROW_OF_TABLE)
};

const struct overlay_ops *overlay_ops(const struct app *app)
{
	return overlay_table[app->overlay.kind];
}

bool overlay_has_row(const struct overlay *overlay)
{
	return overlay_table[overlay->kind]->of_row;
}

const struct sk_detached *overlay_socket(const struct app *app)
{
	return overlay_ops(app)->of_socket ? &app->overlay.detached : NULL;
}

void overlay_forget(struct overlay *overlay)
{
	free(overlay->last_row);
	sk_sample_unref(overlay->last_sample);
	overlay->last_row = NULL;
	overlay->last_sample = NULL;
}

void overlay_open(struct app *app, enum overlay_kind kind)
{
	const struct overlay_ops *ops = overlay_table[kind];
	const struct pane *pane = app_pane(app);
	const void *row = pane_row(pane);

	overlay_forget(&app->overlay);
	app->overlay = (struct overlay){ .kind = OVERLAY_NONE };
	if (ops->of_row && !row)
		return;
	app->overlay.kind = kind;
	if (ops->of_row) {
		app->overlay.row = pane->built.rows.table->row_id(app->sample, row);
		app->overlay.place = pane->at;
	}
	if (ops->open)
		ops->open(app);
}

void overlay_close(struct app *app)
{
	if (overlay_ops(app)->close)
		overlay_ops(app)->close(app);
	app->overlay.kind = OVERLAY_NONE;
	overlay_forget(&app->overlay);
	app_request(app, false);
}

const void *overlay_row(const struct app *app)
{
	const struct sk_built_rows *built = &app->panes[app->current].built;
	int64_t at = app->overlay.place;

	return at < 0 || at >= built->view.n ?
		       NULL : sk_rows_at(&built->rows, built->view.index[at]);
}

const void *overlay_last_row(const struct app *app, struct sk_context *context)
{
	const void *row = overlay_row(app);

	*context = app_context(app);
	if (row || !app->overlay.last_row)
		return row;
	context->sample = app->overlay.last_sample;
	return app->overlay.last_row;
}

void overlay_title(const struct app *app, const char *name, char *out, size_t size)
{
	const char *gone = app_filter(app) ? "gone or filtered out" : "gone";

	if (overlay_row(app))
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%s (%s%s)", name, gone,
			 app->overlay.last_row ? "; last seen so" : "");
}

void overlay_follow(struct app *app, const struct sk_built_rows *built, int64_t *place)
{
	struct overlay *overlay = &app->overlay;
	size_t size = built->rows.table->row_size;
	struct sk_context context;
	const void *last = overlay_last_row(app, &context);

	if (*place < 0 && last && overlay_ops(app)->find)
		*place = overlay_ops(app)->find(built, last);
	if (*place >= 0) {
		overlay->row = built->rows.table->row_id(
			built->sample, sk_rows_at(&built->rows, built->view.index[*place]));
		overlay_forget(overlay);
		return;
	}
	if (!last || overlay->last_row || overlay_ops(app)->of_socket)
		return;
	overlay->last_row = malloc(size);
	if (!overlay->last_row)
		return;
	memcpy(overlay->last_row, last, size);
	overlay->last_sample = sk_sample_ref(app->sample);
}

void overlay_draw_menu(struct app *app, const struct box *box, const char *title,
		       void (*draw_entry)(struct app *app, struct pen *pen, int at, bool here))
{
	struct overlay *overlay = &app->overlay;
	int n = overlay_ops(app)->entries(app);
	struct box inside;

	draw_frame(&app->theme, box, title, &inside);
	if (overlay->at < overlay->top)
		overlay->top = overlay->at;
	if (overlay->at >= overlay->top + inside.h)
		overlay->top = overlay->at - inside.h + 1;
	for (int y = 0; y < inside.h && overlay->top + y < n; y++) {
		bool here = overlay->top + y == overlay->at;
		struct pen pen = draw_pen(&app->theme, &inside, y);

		draw_rest(&pen, here ? ROLE_SELECTED : ROLE_TEXT);
		pen.x = inside.x;
		draw_entry(app, &pen, overlay->top + y, here);
	}
}

void overlay_draw_column(struct pen *pen, const struct sk_column *column, bool on, bool here)
{
	draw_text(pen, here ? ROLE_SELECTED : ROLE_VALUE, " [%c] %-16s", on ? 'x' : ' ',
		  column->id);
	draw_text(pen, here ? ROLE_SELECTED : ROLE_DIM, " %s", column->help);
}

void overlay_draw(struct app *app, const struct box *box)
{
	overlay_ops(app)->draw(app, box);
}

void overlay_scroll(struct app *app, int by)
{
	const struct overlay_ops *ops = overlay_ops(app);
	int last = ops->entries ? ops->entries(app) - 1 : INT32_MAX;
	int *place = ops->entries ? &app->overlay.at : &app->overlay.top, at = *place + by;

	if (ops->move_by)
		ops->move_by(app, by);
	else
		*place = at < 0 ? 0 : at > last ? last : at;
}

bool overlay_key(struct app *app, int code)
{
	static const int lines[] = { [MOVE_LINE] = 1, [MOVE_HALF_PAGE] = 5, [MOVE_PAGE] = 10,
				     [MOVE_END] = 10000 };
	const struct overlay_ops *ops = overlay_ops(app);
	const struct key_row *key = key_find(code);

	if (ops->key && ops->key(app, code))
		return true;
	if (ops->modal)
		return false;
	if (key->act == key_move)
		overlay_scroll(app, key->arg < 0 ? -lines[-key->arg] : lines[key->arg]);
	else if (key->act == key_back || key->act == key_enter || code == 'q' ||
		 (key->act == key_window && key->arg == OVERLAY_HELP))
		overlay_close(app);
	else
		return false;
	return true;
}
