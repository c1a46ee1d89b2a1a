/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <sktop/listener.h>
#include "app.h"

#define NEARLY_FULL 70.0

static void count(const void *row, uint64_t sum[SK_ROW_SUMS])
{
	const struct sk_listener *l = row;

	sum[0] += l->fill >= 100;
	sum[1] += l->fill >= NEARLY_FULL && l->fill < 100;
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	unsigned full = (unsigned)pane->built.sum[0], nearly = (unsigned)pane->built.sum[1];
	struct sk_fact overflows[SK_FACTS_MAX];
	char number[32];

	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(pane->built.rows.n, number));
	draw_text(&pen, ROLE_LABEL, " listeners: ");
	draw_text(&pen, full ? ROLE_ERROR : ROLE_GOOD, "%u full", full);
	draw_text(&pen, nearly ? ROLE_WARN : ROLE_LABEL, ", %u nearly", nearly);
	draw_text(&pen, ROLE_DIM, box->w < 100 ? "" :
		  "   (Full: of the backlog; UDP: of the receive buffer)");
	sk_pane_facts(SK_PANE_LISTENERS, app->sample, app->filter != NULL, overflows);
	pen = draw_pen(&app->theme, box, 1);
	draw_fact(&pen, overflows, box->w >= 100);
	return 2;
}

/* Colour and a sign: what overflows now, and what is about to. */
static enum role look(const void *row, char *mark)
{
	const struct sk_listener *l = row;

	if (l->fill >= 100 || (l->has_drop_rate && l->drop_rate > 0)) {
		*mark = '!';
		return ROLE_ERROR;
	}
	if (l->fill >= NEARLY_FULL) {
		*mark = '~';
		return ROLE_WARN;
	}
	return ROLE_TEXT;
}

static void graph(struct app *app, const void *row, struct pen *pen, int width)
{
	const struct sk_listener *l = row;
	double share = isnan(l->fill) ? 0 : l->fill > 100 ? 100 : l->fill;
	int full = (int)(share / 100 * width + 0.5);
	char unused;

	if (share > 0 && full == 0)
		full = 1;
	draw_run(pen, look(row, &unused), app->theme.glyphs->bar, full);
}

/* Enter leads to the connections that came in through the listener. */
static void drill(struct app *app, struct pane *pane, const void *row, struct drill *out)
{
	struct sk_context context = app_context(app);
	const struct sk_column *local = sk_column_find(pane->setup.table, "local", 5);
	const struct sk_listener *listener = row;
	char name[60];

	sk_value_format(&context, local, row, app->format, name, sizeof(name));
	*out = (struct drill){ .sockets.kind = SK_DRILL_LISTENER,
			       .sockets.listener = sk_detached_of(app->sample, &listener->socket) };
	snprintf(out->title, sizeof(out->title), "through %s", name);
}

const struct pane_ops pane_listeners = {
	.id = SK_PANE_LISTENERS,
	.title = "Listeners",
	.brief = "Listen",
	.empty = "Nothing listens",
	.count = count,
	.head = head,
	.head_height = 2,
	.look = look,
	.graph = graph,
	.graph_title = "Backlog",
	.graph_width = 12,
	.drill = drill,
};
