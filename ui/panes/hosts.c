/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include "app.h"

static void count(const void *row, uint64_t sum[SK_ROW_SUMS])
{
	const struct sk_group *group = row;

	sum[0] += group->total;
	sum[1] += group->tcp[SK_STATE_ESTABLISHED];
}

/* The two numbers people pipe netstat through sort | uniq | wc for. */
static int head(struct app *app, struct pane *pane, const struct box *box)
{
	static const char *const what[SK_GROUP_COUNT][2] = {
		[SK_GROUP_IP] = { "remote addresses", "remote address" },
		[SK_GROUP_PREFIX] = { "remote networks (/24, /64)", "remote network" },
		[SK_GROUP_PORT] = { "services", "service" },
		[SK_GROUP_STATE] = { "states", "state" },
		[SK_GROUP_USER] = { "users", "user" },
		[SK_GROUP_PROTO] = { "protocols", "protocol" },
		[SK_GROUP_NETNS] = { "network namespaces", "network namespace" },
		[SK_GROUP_CGROUP] = { "cgroups", "cgroup" },
		[SK_GROUP_PROCESS] = { "processes", "process" },
	};
	struct pen pen = draw_pen(&app->theme, box, 0);
	uint64_t total = pane->built.sum[0], established = pane->built.sum[1];
	uint64_t chosen = sk_row_builder_chosen(pane->built.builder)->n;
	char number[32];

	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(pane->built.rows.n, number));
	draw_text(&pen, ROLE_LABEL, " %s", what[app->group][pane->built.rows.n == 1]);
	draw_text(&pen, ROLE_VALUE, "   %s", sk_thousands(total, number));
	draw_text(&pen, ROLE_LABEL, " sockets,");
	draw_text(&pen, ROLE_VALUE, " %s", sk_thousands(established, number));
	draw_text(&pen, ROLE_LABEL, " ESTABLISHED");
	if (chosen > total)
		draw_text(&pen, ROLE_DIM, "   %s without a remote address",
			  sk_thousands(chosen - total, number));
	return 1;
}

static const char *heading(const struct app *app, const struct sk_column *column)
{
	static const char *const titles[SK_GROUP_COUNT] = {
		[SK_GROUP_IP] = "Host",	      [SK_GROUP_PREFIX] = "Network",
		[SK_GROUP_PORT] = "Service",  [SK_GROUP_STATE] = "State",
		[SK_GROUP_USER] = "User",     [SK_GROUP_PROTO] = "Protocol",
		[SK_GROUP_NETNS] = "NetNS",   [SK_GROUP_CGROUP] = "Cgroup",
		[SK_GROUP_PROCESS] = "Process",
	};

	return strcmp(column->id, "host") == 0 && titles[app->group] ?
		       titles[app->group] : column->title;
}

static void drill(struct app *app, struct pane *pane, const void *row, struct drill *out)
{
	struct sk_context context = app_context(app);
	const struct sk_group *group = row;
	char name[SK_ADDR_STRLEN + 32];

	sk_value_format(&context, &pane->setup.table->columns[0], row, 0, name,
			sizeof(name));
	*out = (struct drill){ .sockets.kind = SK_DRILL_GROUP, .sockets.group = *group };
	snprintf(out->title, sizeof(out->title), "%s %s", sk_group_key_name(app->group), name);
	if (!group->many_netns && sk_sample_netns_count(app->sample, SK_NETNS_SEEN) > 1)
		snprintf(out->title + strlen(out->title),
			 sizeof(out->title) - strlen(out->title), " in %s",
			 sk_sample_netns_name(app->sample, group->netns));
}

const struct pane_ops pane_hosts = {
	.id = SK_PANE_HOSTS,
	.title = "Hosts",
	.brief = "Host",
	.empty = "No socket has a remote address",
	.heading = heading,
	.count = count,
	.head = head,
	.head_height = 1,
	.drill = drill,
};
