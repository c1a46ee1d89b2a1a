/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "../app.h"

/* The engine's part of this pane, kept from tick to tick. */
static struct sk_grouping *grouping_of(struct pane *pane)
{
	return pane->own;
}

static int rows(struct app *app, struct pane *pane)
{
	const struct sk_rows sockets = { sk_table(SK_TABLE_CONNECTIONS),
					 app->sample->sockets, app->sample->n_sockets };
	struct sk_context context = app_context(app);
	struct sk_view chosen = { 0 };
	int err = 0;

	if (!pane->own)
		err = sk_grouping_new((struct sk_grouping **)&pane->own);
	if (!err && app->filter)
		err = sk_view_filter(&chosen, &sockets, app->filter, &context);
	if (!err)
		err = sk_grouping_compute(grouping_of(pane), app->sample, app->group,
					  app->filter ? chosen.index : NULL, chosen.n);
	pane->own_count = app->filter ? chosen.n : app->sample->n_sockets;
	sk_view_free(&chosen);
	if (err)
		return err;
	pane->rows = (struct sk_rows){ pane->setup.table, grouping_of(pane)->groups,
				       grouping_of(pane)->n };
	return sk_view_filter(&pane->view, &pane->rows, NULL, &context);
}

/* The two numbers people pipe netstat through sort | uniq | wc for. */
static int head(struct app *app, struct pane *pane, const struct box *box)
{
	static const char *const what[SK_GROUP_COUNT] = {
		[SK_GROUP_IP] = "remote addresses",
		[SK_GROUP_PREFIX] = "remote networks (/24, /64)",
		[SK_GROUP_PORT] = "services",
		[SK_GROUP_STATE] = "states",
		[SK_GROUP_USER] = "users",
		[SK_GROUP_PROTO] = "protocols",
		[SK_GROUP_NETNS] = "network namespaces",
		[SK_GROUP_CGROUP] = "cgroups",
	};
	struct pen pen = draw_pen(&app->theme, box, 0);
	uint64_t total = 0, established = 0;
	char number[32];

	for (uint32_t i = 0; i < pane->rows.n; i++) {
		const struct sk_group *group = sk_rows_at(&pane->rows, i);

		total += group->total;
		established += group->tcp[SK_STATE_ESTABLISHED];
	}
	draw_text(&pen, ROLE_VALUE, "%s", draw_thousands(pane->rows.n, number));
	draw_text(&pen, ROLE_LABEL, " %s", what[app->group]);
	draw_text(&pen, ROLE_VALUE, "   %s", draw_thousands(total, number));
	draw_text(&pen, ROLE_LABEL, " sockets,");
	draw_text(&pen, ROLE_VALUE, " %s", draw_thousands(established, number));
	draw_text(&pen, ROLE_LABEL, " ESTABLISHED");
	if (pane->own_count > total)
		draw_text(&pen, ROLE_DIM, "   %s without a remote address",
			  draw_thousands(pane->own_count - total, number));
	return 1;
}

static void enter(struct app *app, struct pane *pane, const void *row)
{
	struct sk_context context = app_context(app);
	char name[SK_ADDR_STRLEN + 8];

	sk_value_format(&context, &pane->setup.table->columns[0], row, 0, name,
			sizeof(name));
	app->drill = (struct drill){ .active = true, .from = SK_PANE_HOSTS,
				     .group = *(const struct sk_group *)row };
	snprintf(app->drill.title, sizeof(app->drill.title), "%s %s",
		 sk_group_key_name(app->group), name);
	app_show(app, SK_PANE_CONNECTIONS);
}

static void free_own(struct pane *pane)
{
	sk_grouping_free(grouping_of(pane));
}

const struct pane_ops pane_hosts = {
	.id = SK_PANE_HOSTS,
	.title = "Hosts",
	.rows = rows,
	.head = head,
	.head_height = 1,
	.enter = enter,
	.free_own = free_own,
};
