/* SPDX-License-Identifier: MIT */
/*
 * The table of a pane: only the rows on the screen are ever formatted.
 */
#include <stdio.h>
#include <string.h>
#include <sktop/ascii.h>
#include "app.h"
#include "widgets/layout.h"

void pane_remeasure(struct pane *pane)
{
	memset(pane->width, 0, sizeof(pane->width));
}

const void *pane_row(const struct pane *pane)
{
	return pane->at < pane->built.view.n ?
		       sk_rows_at(&pane->built.rows, pane->built.view.index[pane->at]) :
		       NULL;
}

static void keep_in_range(struct pane *pane)
{
	if (pane->at >= pane->built.view.n)
		pane->at = pane->built.view.n ? pane->built.view.n - 1 : 0;
}

static void remember_row(struct pane *pane)
{
	const void *row = pane_row(pane);

	pane->at_id = row ? pane->built.rows.table->row_id(pane->built.sample, row) : 0;
}

void pane_settle(struct pane *pane, int64_t at)
{
	if (at >= 0)
		pane->at = (uint32_t)at;
	keep_in_range(pane);
	if (at < 0)
		remember_row(pane);
}

void pane_forget(struct pane *pane)
{
	pane->is_built = false;
	pane->built.rows.n = pane->built.view.n = 0;
}

void pane_move(struct pane *pane, int64_t by)
{
	int64_t to = (int64_t)pane->at + by;

	if (to >= pane->built.view.n)
		to = (int64_t)pane->built.view.n - 1;
	pane->at = to < 0 ? 0 : (uint32_t)to;
	pane->moved = pane->at != 0 || by > 0;
	remember_row(pane);
}

static void scroll_to_selection(struct pane *pane, int height)
{
	uint32_t h = height > 0 ? (uint32_t)height : 1;

	pane->visible = (int)h;
	if (pane->at < pane->top)
		pane->top = pane->at;
	if (pane->at >= pane->top + h)
		pane->top = pane->at - h + 1;
	if (pane->top + h > pane->built.view.n)
		pane->top = pane->built.view.n > h ? pane->built.view.n - h : 0;
}

/* The mark of the order stands behind the title, in the gap to the next column. */
static void draw_title(struct app *app, const struct pane *pane, struct pen *pen, size_t c)
{
	const struct sk_column *column = pane->setup.columns.column[c];
	const struct glyphs *glyphs = app->theme.glyphs;
	bool sorted = column == pane->setup.sort, left = column->flags & SK_COL_LEFT;
	int width = pane->column_w[c], at = pane->column_x[c] + width;
	const char *mark = pane->setup.descending ? glyphs->down : glyphs->up;
	const char *title = pane->ops->heading ? pane->ops->heading(app, column) :
						 column->title;

	pen->x = pane->column_x[c];
	if (!sorted) {
		draw_cell(pen, ROLE_HEADING, title, width, left);
		return;
	}
	if (at >= pen->end)
		width--;
	draw_cell(pen, ROLE_HEADING_SORT, title, width, left);
	if (left && (int)strlen(title) < width)
		pen->x -= width - (int)strlen(title);
	draw_text(pen, ROLE_HEADING_SORT, "%s", mark);
}

static void draw_headings(struct app *app, struct pane *pane, const struct box *box,
			  int graph)
{
	size_t last = pane->setup.columns.n - 1;
	struct pen pen = draw_pen(&app->theme, box, 0);

	draw_rest(&pen, ROLE_HEADING);
	for (size_t c = 0; c <= last; c++) {
		if (pane->column_x[c] >= 0)
			draw_title(app, pane, &pen, c);
	}
	if (graph) {
		pen.x = pen.end - graph;
		draw_text(&pen, ROLE_HEADING, "%s", pane->ops->graph_title);
	}
	if (pane->scroll) {
		pen.x = box->x;
		draw_text(&pen, ROLE_HEADING, "%s", app->theme.glyphs->left);
	}
	if (pane->scroll && pane->column_x[last] < 0) {
		pen.x = pen.end - 1;
		draw_text(&pen, ROLE_HEADING, "%s", app->theme.glyphs->right);
	}
}

struct row_look {
	enum role role;
	char mark; /* ASCII, so that colour is never needed */
};

static struct row_look look_of(const struct pane *pane, const void *row, bool tagged)
{
	const struct sk_socket *s = row;
	struct row_look look = { ROLE_TEXT, ' ' };

	if (tagged)
		look.role = ROLE_TAGGED;
	if (pane->ops->look && look.role == ROLE_TEXT)
		look.role = pane->ops->look(row, &look.mark);
	if (pane->built.rows.table != sk_table(SK_TABLE_CONNECTIONS))
		return look;
	if (s->flags & SK_F_GONE)
		return (struct row_look){ ROLE_GONE, '-' };
	if (s->flags & SK_F_NEW)
		return (struct row_look){ ROLE_NEW, '+' };
	if (s->flags & SK_F_CHANGED)
		return (struct row_look){ ROLE_CHANGED, '*' };
	return look;
}

/* The state in its colour; the rest in the row's. */
static enum role cell_role(const struct app *app, const struct pane *pane,
			   const struct sk_column *column, const void *row,
			   enum role role)
{
	const struct sk_socket *s = row;
	const struct sk_state_row *state = row;

	if (role != ROLE_TEXT || strcmp(column->id, "state") != 0)
		return role == ROLE_TEXT && app->show.mark_sort && column == pane->setup.sort ?
			       ROLE_VALUE :
			       role;
	if (pane->built.rows.table == sk_table(SK_TABLE_CONNECTIONS))
		return s->proto == SK_PROTO_TCP ? theme_state_role(s->state) : ROLE_DIM;
	if (pane->built.rows.table == sk_table(SK_TABLE_STATES))
		return theme_state_role(state->state);
	return role;
}

/* Zeros and missing values step back, so that the others are seen. */
static bool is_nothing(const char *cell)
{
	return strcmp(cell, "-") == 0 || strcmp(cell, "0") == 0 ||
	       strcmp(cell, "0.0%") == 0;
}

static void draw_row(struct app *app, struct pane *pane, const struct box *box, int line,
		     const void *row, bool selected, int graph)
{
	struct sk_context context = app_context(app);
	bool tagged = tags_have(&app->tags, pane->built.rows.table,
				pane->built.rows.table->row_id(app->sample, row));
	struct row_look look = look_of(pane, row, tagged);
	struct pen pen = draw_pen(&app->theme, box, line);
	char cell[SK_CELL_STRLEN];

	context.ask_hosts = true;
	if (selected)
		look.role = ROLE_SELECTED;
	draw_rest(&pen, selected ? ROLE_SELECTED : ROLE_TEXT);
	pen.x = box->x;
	draw_text(&pen, look.role, "%c%c", tagged ? '#' : ' ', look.mark);
	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		const struct sk_column *column = pane->setup.columns.column[c];
		enum role role;

		if (pane->column_x[c] < 0)
			continue;
		pen.x = pane->column_x[c];
		sk_value_format(&context, column, row, app->show.format, cell, sizeof(cell));
		role = cell_role(app, pane, column, row, look.role);
		if (app->search[0] && sk_ascii_contains(cell, app->search) && !selected)
			role = ROLE_MATCH;
		else if (role == ROLE_TEXT && is_nothing(cell))
			role = ROLE_DIM;
		if (column->flags & SK_COL_ADDRESS)
			draw_address(&pen, role, cell, pane->column_w[c]);
		else
			draw_cell(&pen, role, cell, pane->column_w[c],
				  column->flags & SK_COL_LEFT);
	}
	if (graph) {
		pen.x = pen.end - graph;
		pane->ops->graph(app, row, &pen, graph);
	}
}

/* The parts whose rows are missing; a fallback has all. */
static uint32_t find_lost(const struct app *app, const struct pane *pane)
{
	uint32_t lost = sk_pane_losses(pane->ops->id, app->sample);

	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		if (!sk_sample_is_cut(app->sample, SK_PART_BIT(i)))
			lost &= ~SK_PART_BIT(i);
	}
	return lost & ~SK_PARTS_SOCKETS && !sk_pane_table(pane->ops->id)->of_sockets ?
		       lost & ~SK_PARTS_SOCKETS : lost;
}

static void draw_loss(const struct app *app, uint32_t lost, struct pen *pen)
{
	char words[256];

	sk_loss_describe(app->sample, lost, words, sizeof(words));
	draw_text(pen, ROLE_WARN, "  %s", words);
}

/* Draws why there are no rows, and what to do about it. */
static void draw_empty(struct app *app, const struct pane *pane, const struct box *box)
{
	const char *refused = sk_pane_refused(pane->ops->id, app->sample);
	uint32_t lost = find_lost(app, pane);
	const struct sk_filter *filter = *app_filter_slot(app, pane->ops->id);
	const char *nobody = sk_filter_no_interface(filter, app->sample);
	struct pen pen = draw_pen(&app->theme, box, box->h > 2 ? 2 : 1);

	if (!pane->is_built)
		draw_text(&pen, ROLE_DIM, "  %s", app->ahead.doing ? app->ahead.doing : "");
	else if (refused)
		draw_text(&pen, ROLE_WARN, "  %s", refused);
	else if (lost)
		draw_loss(app, lost, &pen);
	else if (filter && nobody)
		draw_text(&pen, ROLE_WARN, "  Nothing to show: there is no interface '%s' (= "
			  "drops the filter)", nobody);
	else if (sk_filter_lacks_cgroups(filter, app->sample))
		draw_text(&pen, ROLE_WARN, "  Nothing to show: no socket tells its cgroup here (= "
			  "drops the filter)");
	else if (app->drill.sockets.kind && !filter)
		draw_text(&pen, ROLE_TEXT, "  Nothing is left of: %s (Esc goes back)",
			  app->drill.title);
	else if (filter)
		draw_text(&pen, ROLE_TEXT,
			  "  Nothing to show: the filter lets nothing through (= drops it)");
	else if (app->show.hide_idle || app->show.hide_listening)
		draw_text(&pen, ROLE_TEXT, "  Nothing to show: the rest is hidden (= shows it)");
	else
		draw_text(&pen, ROLE_TEXT, "  %s", pane->ops->empty);
}

void pane_draw_table(struct app *app, struct pane *pane, const struct box *box,
		     bool selection)
{
	int height = box->h - 1, graph;

	if (pane->is_built)
		scroll_to_selection(pane, height);
	graph = layout_columns(app, pane, box);
	pane->table_y = box->y;
	draw_headings(app, pane, box, graph);
	for (int y = 0; y < height && pane->top + (uint32_t)y < pane->built.view.n; y++) {
		uint32_t i = pane->top + (uint32_t)y;

		draw_row(app, pane, box, y + 1,
			 sk_rows_at(&pane->built.rows, pane->built.view.index[i]),
			 selection && i == pane->at, graph);
	}
	if (!pane->built.view.n && height > 1)
		draw_empty(app, pane, box);
}

void pane_draw(struct app *app, struct pane *pane, const struct box *box, bool selection)
{
	struct box table = *box;

	if (pane->ops->head && table.h > pane->ops->head_height + 4) {
		struct box head = { table.y, table.x, pane->ops->head_height, table.w };
		int used = pane->is_built ? pane->ops->head(app, pane, &head) : head.h;

		table.y += used;
		table.h -= used;
	}
	if (pane->ops->foot && pane->is_built) {
		/* the rows come first; what they leave is for the rest */
		int want = table.h - (int)pane->built.view.n - 1;
		struct box foot = table;

		if (want < 2)
			want = 0;
		foot.y += foot.h - want;
		foot.h = want;
		table.h -= want;
		if (want > 1)
			pane->ops->foot(app, pane, &foot);
	}
	pane_draw_table(app, pane, &table, selection);
}

const struct sk_column *pane_column_at(const struct pane *pane, int x)
{
	for (size_t c = 0; c < pane->setup.columns.n; c++) {
		if (pane->column_x[c] >= 0 && x >= pane->column_x[c] &&
		    x <= pane->column_x[c] + pane->column_w[c])
			return pane->setup.columns.column[c];
	}
	return NULL;
}
