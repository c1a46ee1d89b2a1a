/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/diff.h>
#include <sktop/event.h>
#include <sktop/listener.h>
#include <sktop/rows.h>
#include <sktop/setup.h>
#include "view/drill.h"

struct sk_maker {
	struct sk_ports *ports; /* by which groups by service are known */
	struct sk_view chosen; /* the sockets; index NULL = all */
	struct sk_grouping *grouping;
	struct sk_listening *listening;
	struct sk_summary summary;
	struct sk_state_row states[SK_STATE_COUNT];
};

int sk_maker_new(struct sk_maker **out)
{
	struct sk_maker *maker = calloc(1, sizeof(*maker));
	int err = maker ? sk_grouping_new(&maker->grouping) : -ENOMEM;

	if (!err)
		err = sk_listening_new(&maker->listening);
	if (!err)
		err = sk_ports_new(&maker->ports);
	if (err) {
		sk_maker_free(maker);
		return err;
	}
	*out = maker;
	return 0;
}

void sk_maker_free(struct sk_maker *maker)
{
	if (!maker)
		return;
	sk_view_free(&maker->chosen);
	sk_grouping_free(maker->grouping);
	sk_listening_free(maker->listening);
	sk_ports_free(maker->ports);
	free(maker);
}

const struct sk_view *sk_maker_chosen(const struct sk_maker *maker)
{
	return &maker->chosen;
}

const struct sk_summary *sk_maker_summary(const struct sk_maker *maker)
{
	return &maker->summary;
}

/* The rows are the sockets themselves. */
static int make_connections(struct sk_maker *maker, const struct sk_context *context,
			    struct sk_rows *rows)
{
	(void)maker;
	rows->base = context->sample->sockets;
	rows->n = context->sample->n_sockets + context->sample->n_gone;
	return 0;
}

static int make_groups(struct sk_maker *maker, const struct sk_context *context,
		       enum sk_group_key by, struct sk_rows *rows)
{
	int err = sk_grouping_compute(maker->grouping, context, by,
				      maker->chosen.index, maker->chosen.n);

	rows->base = maker->grouping->groups;
	rows->n = maker->grouping->n;
	return err;
}

static int make_hosts(struct sk_maker *maker, const struct sk_context *context,
		      struct sk_rows *rows)
{
	return make_groups(maker, context, context->group, rows);
}

static int make_processes(struct sk_maker *maker, const struct sk_context *context,
			  struct sk_rows *rows)
{
	/* until a sample looked for owners, all sockets would seem to be nobody's */
	if (!(context->sample->needs & SK_NEED_OWNERS)) {
		rows->n = 0;
		return 0;
	}
	return make_groups(maker, context, SK_GROUP_PROCESS, rows);
}

static int make_states(struct sk_maker *maker, const struct sk_context *context,
		       struct sk_rows *rows)
{
	const struct sk_sample *sample = context->sample;
	int err = 0;

	if (!maker->chosen.index)
		maker->summary = sample->summary;
	else
		err = sk_summary_compute(context, maker->chosen.index, maker->chosen.n,
					 &maker->summary);
	rows->base = maker->states;
	rows->n = (uint32_t)sk_state_rows(&maker->summary, sample->interval,
					  maker->states);
	return err;
}

static int make_listeners(struct sk_maker *maker, const struct sk_context *context,
			  struct sk_rows *rows)
{
	int err = sk_listening_compute(maker->listening, context,
				       maker->chosen.index, maker->chosen.n);

	rows->base = maker->listening->listeners;
	rows->n = maker->listening->n;
	return err;
}

static int make_events(struct sk_maker *maker, const struct sk_context *context,
		       struct sk_rows *rows)
{
	(void)maker;
	rows->base = context->sample->events;
	rows->n = context->sample->n_events;
	return 0;
}

static int make_links(struct sk_maker *maker, const struct sk_context *context,
		      struct sk_rows *rows)
{
	(void)maker;
	rows->base = context->sample->links;
	rows->n = context->sample->n_links;
	return 0;
}

static int make_counters(struct sk_maker *maker, const struct sk_context *context,
			 struct sk_rows *rows)
{
	(void)maker;
	rows->base = context->sample->counters;
	rows->n = context->sample->n_counters;
	return 0;
}

#define MAKE_TABLE(name, array)                                                     \
	static int make_##name(struct sk_maker *maker,                              \
			       const struct sk_context *context, struct sk_rows *rows) \
	{                                                                           \
		(void)maker;                                                        \
		rows->base = context->sample->array;                                \
		rows->n = context->sample->n_##array;                               \
		return 0;                                                           \
	}
MAKE_TABLE(routes, routes)
MAKE_TABLE(neighbours, neighbours)
MAKE_TABLE(memberships, memberships)
MAKE_TABLE(nat, nats)
MAKE_TABLE(rules, rules)

/* What every machine has for its own addresses is no news to the reader. */
static bool is_extra_route(const void *row)
{
	const struct sk_route *route = row;

	return route->table == SK_ROUTES_LOCAL || route->type == SK_ROUTE_LOCAL ||
	       route->type == SK_ROUTE_BROADCAST || route->type == SK_ROUTE_ANYCAST ||
	       route->type == SK_ROUTE_MULTICAST;
}

static bool is_extra_neighbour(const void *row)
{
	return (((const struct sk_neighbour *)row)->state & SK_NUD_NOARP) != 0;
}

static bool is_extra_link(const void *row)
{
	const struct sk_link *link = row;

	return !(link->flags & SK_LINK_FROM_PROC) && !(link->ifi_flags & 1U); /* IFF_UP */
}

static bool is_extra_nat(const void *row)
{
	const struct sk_nat_entry *entry = row;

	return !(entry->flags & (SK_NAT_SOURCE | SK_NAT_DESTINATION));
}

static const char *why_no_nat(const struct sk_sample *sample)
{
	return sample->no_nats;
}

static const struct sk_pane_info panes[SK_PANE_COUNT] = {
	[SK_PANE_DASHBOARD] = { "dashboard", '0', SK_TABLE_CONNECTIONS, true, false, 0,
				make_connections },
	[SK_PANE_CONNECTIONS] = { "connections", '1', SK_TABLE_CONNECTIONS, true, false, 0,
				  make_connections },
	[SK_PANE_HOSTS] = { "hosts", '2', SK_TABLE_HOSTS, true, false, 0, make_hosts },
	[SK_PANE_STATES] = { "states", '3', SK_TABLE_STATES, true, true, 0, make_states },
	[SK_PANE_INTERFACES] = { "interfaces", '4', SK_TABLE_INTERFACES, false, false,
				 SK_NEED_LINKS, make_links },
	[SK_PANE_PROTOCOLS] = { "protocols", '5', SK_TABLE_PROTOCOLS, false, false,
				SK_NEED_COUNTERS, make_counters },
	[SK_PANE_PROCESSES] = { "processes", '6', SK_TABLE_PROCESSES, true, false,
				SK_NEED_OWNERS, make_processes },
	[SK_PANE_LISTENERS] = { "listeners", '7', SK_TABLE_LISTENERS, true, false, 0,
				make_listeners },
	[SK_PANE_EVENTS] = { "events", '8', SK_TABLE_EVENTS, false, false,
			     SK_NEED_EVENTS | SK_NEED_SOCKETS | SK_NEED_INFO,
			     make_events },
	[SK_PANE_ROUTES] = { "routes", '9', SK_TABLE_ROUTES, false, false,
			     SK_NEED_ROUTES | SK_NEED_LINKS, make_routes },
	[SK_PANE_RULES] = { "rules", '\0', SK_TABLE_RULES, false, false, SK_NEED_ROUTES,
			    make_rules },
	[SK_PANE_NEIGHBOURS] = { "neighbours", '\0', SK_TABLE_NEIGHBOURS, false, false,
				 SK_NEED_NEIGHBOURS | SK_NEED_LINKS, make_neighbours },
	[SK_PANE_GROUPS] = { "groups", '\0', SK_TABLE_GROUPS, false, false,
			     SK_NEED_GROUPS, make_memberships },
	[SK_PANE_NAT] = { "nat", '\0', SK_TABLE_NAT, false, false, SK_NEED_NAT, make_nat },
};

/** Rows that a pane shows only when all are asked for (-a), and why it has none. */
static const struct {
	bool (*is_extra)(const void *row);
	uint32_t needs; /* enum sk_need besides, to have them */
	const char *(*refused)(const struct sk_sample *sample);
} extras[SK_PANE_COUNT] = {
	[SK_PANE_INTERFACES] = { .is_extra = is_extra_link },
	[SK_PANE_ROUTES] = { .is_extra = is_extra_route },
	[SK_PANE_NEIGHBOURS] = { .is_extra = is_extra_neighbour },
	[SK_PANE_NAT] = { .is_extra = is_extra_nat, .needs = SK_NEED_TRACKED,
			  .refused = why_no_nat },
};

uint32_t sk_pane_needs(enum sk_pane_id pane, bool all)
{
	return panes[pane].needs | (all ? extras[pane].needs : 0);
}

const char *sk_pane_refused(enum sk_pane_id pane, const struct sk_sample *sample)
{
	return extras[pane].refused ? extras[pane].refused(sample) : NULL;
}

bool sk_pane_has_extra(enum sk_pane_id pane)
{
	return extras[pane].is_extra != NULL;
}

/* The same the other way round, as sk_view_keep() wants it. */
static bool is_usual(const void *row, void *pane)
{
	return !extras[*(const enum sk_pane_id *)pane].is_extra(row);
}

const struct sk_pane_info *sk_pane_info(enum sk_pane_id pane)
{
	return &panes[pane];
}

/** What decides over a row besides the filter. */
struct chooser {
	const struct sk_choice *choice;
	const struct sk_sample *sample;
	const struct sk_ports *ports;
};

static bool keep_socket(const void *row, void *arg)
{
	const struct chooser *chooser = arg;
	const struct sk_choice *choice = chooser->choice;
	const struct sk_socket *s = row;

	if (!drill_holds(&choice->drill, chooser->sample, chooser->ports, s))
		return false;
	if (choice->hide_idle && !(s->tx_rate > 0) && !(s->rx_rate > 0))
		return false;
	if (choice->only_listening && !sk_socket_listens(s))
		return false;
	return !choice->hide_listening || !sk_socket_listens(s);
}

bool sk_choice_narrows(const struct sk_choice *choice)
{
	return choice->drill.kind || choice->hide_idle || choice->only_listening ||
	       choice->hide_listening;
}

static int choose_sockets(struct sk_maker *maker, struct sk_view *view,
			  const struct sk_rows *sockets, const struct sk_choice *choice,
			  const struct sk_context *context)
{
	struct chooser chooser = { choice, context->sample, maker->ports };
	int err = sk_view_filter(view, sockets, choice->filter, context);

	if (!err && drill_needs_ports(&choice->drill))
		err = sk_ports_note(maker->ports, context);
	if (!err && sk_choice_narrows(choice))
		err = sk_view_keep(view, sockets, keep_socket, &chooser, context);
	return err;
}

/* Which sockets rows are made from. All are told by their number: a list takes memory. */
static int choose_members(struct sk_maker *maker, const struct sk_rows *sockets,
			  const struct sk_choice *choice, const struct sk_context *context)
{
	if (choice->filter || sk_choice_narrows(choice))
		return choose_sockets(maker, &maker->chosen, sockets, choice, context);
	sk_view_free(&maker->chosen);
	maker->chosen.n = sockets->n;
	return 0;
}

static bool is_new_event(const void *event, void *last)
{
	return ((const struct sk_event *)event)->seq > *(const uint64_t *)last;
}

/* Of rows that are no sockets. */
static int choose_rows(struct sk_view *view, const struct sk_rows *rows, enum sk_pane_id pane,
		       const struct sk_choice *choice, const struct sk_context *context)
{
	struct sk_counter_scope scope = { choice->counters, !choice->hide_zeros };
	uint64_t last = choice->last_event;
	int err = sk_view_filter(view, rows, panes[pane].of_sockets ? NULL : choice->filter,
				 context);

	if (!err && pane == SK_PANE_PROTOCOLS && choice->counters)
		err = sk_view_keep(view, rows, sk_counter_wanted, &scope, context);
	if (!err && pane == SK_PANE_EVENTS && last)
		err = sk_view_keep(view, rows, is_new_event, &last, context);
	if (!err && choice->usual && extras[pane].is_extra)
		err = sk_view_keep(view, rows, is_usual, &pane, context);
	return err;
}

int sk_rows_make(struct sk_maker *maker, enum sk_pane_id pane,
		 const struct sk_context *context, const struct sk_choice *choice,
		 struct sk_rows *rows, struct sk_view *view)
{
	const struct sk_pane_info *info = &panes[pane];
	const struct sk_sample *sample = context->sample;
	bool shows_sockets = info->make == make_connections;
	bool gone = info->with_gone || (shows_sockets && choice->gone);
	const struct sk_rows sockets = { sk_table(SK_TABLE_CONNECTIONS), sample->sockets,
					 sample->n_sockets + (gone ? sample->n_gone : 0) };
	int err = 0;

	rows->table = sk_table(info->table);
	if (shows_sockets)
		err = choose_sockets(maker, view, &sockets, choice, context);
	else if (info->of_sockets)
		err = choose_members(maker, &sockets, choice, context);
	if (!err)
		err = info->make(maker, context, rows);
	if (err || shows_sockets)
		return err;
	return choose_rows(view, rows, pane, choice, context);
}

bool sk_pane_is_partial(enum sk_pane_id pane, const struct sk_sample *sample)
{
	return !panes[pane].of_sockets &&
	       (panes[pane].needs & (SK_NEED_COUNTERS | SK_NEED_EVENTS)) &&
	       sk_sample_netns_count(sample, SK_NETNS_SEEN) > 1;
}

int sk_pane_find(const char *name, enum sk_pane_id *pane)
{
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		if (strcmp(name, panes[i].name) == 0) {
			*pane = i;
			return 0;
		}
	}
	return -ENOENT;
}

char *sk_pane_names(char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < SK_PANE_COUNT && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "",
					panes[i].name);
	return out;
}
