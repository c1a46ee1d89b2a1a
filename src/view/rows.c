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

struct sk_row_builder {
	struct sk_ports *ports; /* by which groups by service are known */
	struct sk_view chosen; /* the sockets; index NULL = all */
	struct sk_view ended;  /* the ended classes, likewise */
	struct sk_grouping *grouping;
	struct sk_listening *listening;
	struct sk_summary summary;
	struct sk_state_row states[SK_STATE_COUNT];
};

int sk_row_builder_new(struct sk_row_builder **out)
{
	struct sk_row_builder *builder = calloc(1, sizeof(*builder));
	int err = builder ? sk_grouping_new(&builder->grouping) : -ENOMEM;

	if (!err)
		err = sk_listening_new(&builder->listening);
	if (!err)
		err = sk_ports_new(&builder->ports);
	if (err) {
		sk_row_builder_free(builder);
		return err;
	}
	*out = builder;
	return 0;
}

void sk_row_builder_free(struct sk_row_builder *builder)
{
	if (!builder)
		return;
	sk_view_free(&builder->chosen);
	sk_view_free(&builder->ended);
	sk_grouping_free(builder->grouping);
	sk_listening_free(builder->listening);
	sk_ports_free(builder->ports);
	free(builder);
}

const struct sk_view *sk_row_builder_chosen(const struct sk_row_builder *builder)
{
	return &builder->chosen;
}

const struct sk_summary *sk_row_builder_summary(const struct sk_row_builder *builder)
{
	return &builder->summary;
}

/* The rows are the sockets themselves. */
static int build_connections(struct sk_row_builder *builder,
			     const struct sk_context *context, struct sk_rows *rows)
{
	(void)builder;
	rows->base = context->sample->sockets;
	rows->n = context->sample->n_sockets + context->sample->n_gone;
	return 0;
}

static int build_groups(struct sk_row_builder *builder,
			const struct sk_context *context, enum sk_group_key by,
			struct sk_rows *rows)
{
	int err = sk_grouping_compute(builder->grouping, context, by,
				      builder->chosen.index, builder->chosen.n);

	if (!err)
		err = sk_grouping_add_ended(builder->grouping, context, by,
					    builder->ended.index, builder->ended.n);
	rows->base = builder->grouping->groups;
	rows->n = builder->grouping->n;
	return err;
}

static int build_hosts(struct sk_row_builder *builder, const struct sk_context *context,
		       struct sk_rows *rows)
{
	return build_groups(builder, context, context->group, rows);
}

static int build_processes(struct sk_row_builder *builder,
			   const struct sk_context *context, struct sk_rows *rows)
{
	/* until a sample looked for owners, all sockets would seem to be nobody's */
	if (!(context->sample->needs & SK_NEED_OWNERS)) {
		rows->n = 0;
		return 0;
	}
	return build_groups(builder, context, SK_GROUP_PROCESS, rows);
}

static int build_states(struct sk_row_builder *builder,
			const struct sk_context *context, struct sk_rows *rows)
{
	const struct sk_sample *sample = context->sample;
	int err = 0;

	if (!builder->chosen.index)
		builder->summary = sample->summary;
	else
		err = sk_summary_compute(context, builder->chosen.index,
					 builder->chosen.n, &builder->summary);
	if (builder->chosen.index)
		builder->summary.unseen_elsewhere = sample->summary.unseen != 0;
	rows->base = builder->states;
	rows->n = (uint32_t)sk_state_rows(&builder->summary,
					  builder->chosen.index ? sample->span : sample->interval,
					  builder->states);
	return err;
}

static int build_listeners(struct sk_row_builder *builder,
			   const struct sk_context *context, struct sk_rows *rows)
{
	int err = sk_listening_compute(builder->listening, context,
				       builder->chosen.index, builder->chosen.n);

	rows->base = builder->listening->listeners;
	rows->n = builder->listening->n;
	return err;
}

static int make_lying(struct sk_row_builder *builder, const struct sk_context *context,
		      struct sk_rows *rows)
{
	const char *sample = (const char *)context->sample;

	(void)builder;
	memcpy(&rows->base, sample + rows->table->rows, sizeof(rows->base));
	memcpy(&rows->n, sample + rows->table->n_rows, sizeof(rows->n));
	return 0;
}

#define PANE(id, name, digit, build, help) \
	[SK_PANE_##id] = { #name, digit, SK_TABLE_##id, build },
static const struct sk_pane_info panes[SK_PANE_COUNT] = {
	[SK_PANE_DASHBOARD] = { "dashboard", '0', SK_TABLE_CONNECTIONS, build_connections },
	SK_PANES(PANE)
};

uint32_t sk_pane_needs(enum sk_pane_id pane, bool all)
{
	const struct sk_table *table = sk_pane_table(pane);

	return table->needs | (all ? table->extra_needs : 0);
}

const char *sk_pane_refused(enum sk_pane_id pane, const struct sk_sample *sample)
{
	const struct sk_table *table = sk_pane_table(pane);

	return table->refused ? table->refused(sample) : NULL;
}

/* The opposite condition, with the signature that sk_view_keep() wants. */
static bool is_usual(const void *row, void *table)
{
	return !((const struct sk_table *)table)->is_extra(row);
}

const struct sk_pane_info *sk_pane_info(enum sk_pane_id pane)
{
	return &panes[pane];
}

/** The conditions on a row besides the filter. */
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

static int choose_sockets(struct sk_row_builder *builder, struct sk_view *view,
			  const struct sk_rows *sockets, const struct sk_choice *choice,
			  const struct sk_context *context)
{
	struct chooser chooser = { choice, context->sample, builder->ports };
	int err = sk_view_filter(view, sockets, choice->filter, context);

	if (!err && drill_needs_ports(&choice->drill))
		err = sk_ports_note(builder->ports, context);
	if (!err && sk_choice_narrows(choice))
		err = sk_view_keep(view, sockets, keep_socket, &chooser, context);
	return err;
}

/* The ended classes whose connections the choice would have chosen. */
static int choose_ended(struct sk_row_builder *builder, const struct sk_choice *choice,
			const struct sk_context *context)
{
	struct chooser chooser = { choice, context->sample, builder->ports };
	struct sk_context whole = *context;
	int err;

	whole.numeric = 0;
	whole.ask_hosts = false;
	/* an index must be there, though nothing is chosen: without one all are */
	err = sk_view_add(&builder->ended, 0);
	builder->ended.n = 0;
	for (uint32_t i = 0; i < context->sample->n_ended && !err; i++) {
		const struct sk_ended *row = &context->sample->ended[i];

		if (sk_context_cancelled(context, i))
			return -EINTR;
		if ((!choice->filter || sk_filter_match(choice->filter, &whole, row)) &&
		    keep_socket(row, &chooser))
			err = sk_view_add(&builder->ended, i);
	}
	return err;
}

/*
 * Chooses the sockets that rows are built from. If all are chosen only their number is
 * noted, because a list takes memory.
 */
static int choose_members(struct sk_row_builder *builder, const struct sk_rows *sockets,
			  const struct sk_choice *choice, const struct sk_context *context)
{
	if (choice->filter || sk_choice_narrows(choice)) {
		int err = choose_sockets(builder, &builder->chosen, sockets, choice, context);

		return err ? err : choose_ended(builder, choice, context);
	}
	sk_view_free(&builder->chosen);
	sk_view_free(&builder->ended);
	builder->chosen.n = sockets->n;
	builder->ended.n = context->sample->n_ended;
	return 0;
}

static bool is_new_event(const void *event, void *last)
{
	return ((const struct sk_event *)event)->seq > *(const uint64_t *)last;
}

/* Chooses among rows that are no sockets. */
static int choose_rows(struct sk_view *view, const struct sk_rows *rows, enum sk_pane_id pane,
		       const struct sk_choice *choice, const struct sk_context *context)
{
	struct sk_counter_scope scope = { choice->counters, !choice->hide_zeros };
	uint64_t last = choice->last_event;
	int err = sk_view_filter(view, rows, rows->table->of_sockets ? NULL : choice->filter,
				 context);

	if (!err && pane == SK_PANE_PROTOCOLS && choice->counters)
		err = sk_view_keep(view, rows, sk_counter_wanted, &scope, context);
	if (!err && pane == SK_PANE_EVENTS && last)
		err = sk_view_keep(view, rows, is_new_event, &last, context);
	if (!err && choice->usual && rows->table->is_extra)
		err = sk_view_keep(view, rows, is_usual, (void *)rows->table, context);
	return err;
}

int sk_rows_build(struct sk_row_builder *builder, enum sk_pane_id pane,
		  const struct sk_context *context, const struct sk_choice *choice,
		  struct sk_rows *rows, struct sk_view *view)
{
	const struct sk_pane_info *info = &panes[pane];
	const struct sk_table *table = sk_table(info->table);
	const struct sk_sample *sample = context->sample;
	bool shows_sockets = info->build == build_connections;
	bool gone = table->with_gone || (shows_sockets && choice->gone);
	const struct sk_rows sockets = { sk_table(SK_TABLE_CONNECTIONS), sample->sockets,
					 sample->n_sockets + (gone ? sample->n_gone : 0) };
	int err = 0;

	rows->table = table;
	if (shows_sockets)
		err = choose_sockets(builder, view, &sockets, choice, context);
	else if (table->of_sockets)
		err = choose_members(builder, &sockets, choice, context);
	if (!err)
		err = info->build(builder, context, rows);
	if (err || shows_sockets)
		return err;
	return choose_rows(view, rows, pane, choice, context);
}

bool sk_pane_is_partial(enum sk_pane_id pane, const struct sk_sample *sample)
{
	const struct sk_table *table = sk_pane_table(pane);

	return !table->of_sockets &&
	       (table->needs & SK_NEED_COUNTERS) &&
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
