/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/event.h>
#include <sktop/leave.h>
#include <sktop/names.h>
#include "base/clock.h"
#include "program/cli_messages.h"
#include "program/printed.h"

/* The options without what a pane does not know. */
static int set_up(struct printed_pane *pane, const struct sk_options *options,
		  enum sk_pane_id id, bool all, char *error)
{
	int err = sk_setup_pane(options, id, all || options->details, &pane->setup, error);

	pane->sorted = options->sort;
	if (!err && options->filter)
		err = sk_setup_filter(options, id, &pane->filter, error);
	return err ? err : sk_row_builder_new(&pane->builder);
}

static bool knows(const struct sk_options *options, enum sk_pane_id id, bool columns,
		  char *error)
{
	struct sk_options only = *options;
	struct sk_setup setup;

	if (columns)
		only.sort = NULL;
	else
		only.columns = NULL;
	return sk_setup_pane(&only, id, false, &setup, error) == 0;
}

/* One of the panes has to know them, else they are a mistake. */
static int check_choice(const struct sk_options *options, const enum sk_pane_id *id, unsigned n,
			bool columns, char *error)
{
	for (unsigned i = 0; i < n; i++) {
		if (knows(options, id[i], columns, error))
			return 0;
	}
	return -EINVAL;
}

static int init_many(struct printed *printed, const enum sk_pane_id *id, char *error)
{
	const struct sk_options *options = printed->options;
	char wrong[SK_ERROR_LEN];
	int err = check_choice(options, id, printed->n, true, error);

	if (!err)
		err = check_choice(options, id, printed->n, false, error);
	for (unsigned i = 0; i < printed->n && !err; i++) {
		struct sk_options own = *options;

		if (!knows(options, id[i], true, wrong))
			own.columns = NULL;
		if (!knows(options, id[i], false, wrong))
			own.sort = NULL;
		err = set_up(&printed->pane[i], &own, id[i], printed->format->all_columns,
			     wrong);
		if (err == -EINVAL)
			snprintf(error, SK_ERROR_LEN, "--pane %s: %.*s",
				 sk_pane_info(id[i])->name, SK_ERROR_LEN - 32, wrong);
	}
	return err;
}

int printed_init(struct printed *printed, const struct sk_options *options, char *error)
{
	enum sk_pane_id id[SK_PANE_COUNT] = { options->pane };

	*printed = (struct printed){ .options = options, .n = 1 + options->n_also,
				     .format = sk_sink_find(options->format),
				     .patience_ms = 2000 };
	memcpy(id + 1, options->also, options->n_also * sizeof(id[0]));
	if (printed->n > 1)
		return init_many(printed, id, error);
	return set_up(&printed->pane[0], options, id[0], printed->format->all_columns, error);
}

void printed_free(struct printed *printed)
{
	for (unsigned i = 0; i < printed->n; i++) {
		sk_view_free(&printed->pane[i].view);
		sk_row_builder_free(printed->pane[i].builder);
		sk_filter_free(printed->pane[i].filter);
	}
}

int printed_request(const struct printed *printed, struct sk_request *request)
{
	struct sk_request other;
	int err = 0;

	for (unsigned i = 0; i < printed->n && !err; i++) {
		const struct printed_pane *pane = &printed->pane[i];

		err = sk_setup_request(printed->options, &pane->setup, pane->filter,
				       i ? &other : request);
		if (!err && i)
			sk_setup_join(request, &other);
	}
	return err;
}

static int build_rows(struct printed *printed, struct printed_pane *pane,
		      const struct sk_context *context)
{
	const struct sk_options *options = printed->options;
	bool all = options->all || printed->format->all_columns;
	struct sk_choice choice = {
		.filter = pane->filter,
		.only_listening = options->listening,
		.counters = options,
		.hide_zeros = !all,
		.last_event = printed->last_event, /* those up to it were printed */
		.usual = !all,
	};

	return sk_rows_build(pane->builder, pane->setup.pane, context, &choice, &pane->rows,
			     &pane->view);
}

/* Without --sort, connections stand by state and peer: the same on every run. */
static int sort_rows(struct printed_pane *pane, const struct sk_context *context)
{
	static const char *const order[] = { "proto", "state", "remote", "local" };
	const struct sk_column *columns[ARRAY_SIZE(order)];
	const unsigned n = ARRAY_SIZE(order);
	const struct sk_setup *setup = &pane->setup;

	if (setup->pane == SK_PANE_EVENTS && !pane->sorted)
		return 0;
	if (pane->sorted || setup->pane != SK_PANE_CONNECTIONS)
		return setup->sort ? sk_view_sort(&pane->view, &pane->rows, setup->sort,
						  setup->descending, context) :
				     0;
	for (unsigned i = 0; i < n; i++)
		columns[i] = sk_column_find(pane->rows.table, order[i], strlen(order[i]));
	return sk_view_sort_by(&pane->view, &pane->rows, columns, n, context);
}

static unsigned format_flags(const struct printed *printed, const struct sk_setup *setup)
{
	bool ports = false;

	for (size_t i = 0; i < setup->columns.n; i++)
		ports |= setup->columns.column[i]->unit == SK_UNIT_PORT;
	/* JSON and CSV have names in columns of their own */
	return (ports ? 0 : SK_FORMAT_JOIN_PORTS) |
	       (printed->format->all_columns ? 0 : SK_FORMAT_HOSTS);
}

static int build_pane(struct printed *printed, struct printed_pane *pane,
		      struct sk_output_table *table, const struct sk_context *context)
{
	int err;

	sk_setup_follow(&pane->setup, context->sample);
	if (sk_pane_refused(pane->setup.pane, context->sample)) {
		pane->rows = (struct sk_rows){ .table = pane->setup.table };
		pane->view.n = 0;
		*table = (struct sk_output_table){ .rows = &pane->rows,
						   .view = &pane->view,
						   .columns = &pane->setup.columns,
						   .refused = true };
		return 0;
	}
	err = build_rows(printed, pane, context);
	if (!err)
		err = sort_rows(pane, context);
	if (!err && pane->setup.pane == SK_PANE_CONNECTIONS)
		err = sk_view_place_children(&pane->view, context->sample);
	*table = (struct sk_output_table){ .rows = &pane->rows,
					   .view = &pane->view,
					   .columns = &pane->setup.columns,
					   .facts = pane->facts,
					   .format = format_flags(printed, &pane->setup),
					   .feed = pane->setup.pane == SK_PANE_EVENTS &&
						   printed->n == 1 };
	table->n_facts = sk_pane_facts(pane->setup.pane, context->sample, pane->filter,
				       pane->facts);
	return err;
}

int printed_build(struct printed *printed, const struct sk_context *context)
{
	const struct sk_sample *sample = context->sample;
	int err = 0;

	for (unsigned i = 0; i < printed->n && !err; i++)
		err = build_pane(printed, &printed->pane[i], &printed->table[i], context);
	if (!err && sample->n_events)
		printed->last_event = sample->events[sample->n_events - 1].seq;
	return err;
}

/* Makes every text that will be printed, so that its names are asked for. */
static void ask_names(const struct sk_context *context, const struct sk_output_table *t)
{
	char cell[SK_CELL_STRLEN];

	for (uint32_t i = 0; i < t->view->n; i++) {
		const void *row = sk_rows_at(t->rows, t->view->index[i]);

		for (size_t c = 0; c < t->columns->n; c++) {
			if (t->columns->column[c]->unit == SK_UNIT_TEXT)
				sk_value_format(context, t->columns->column[c], row, t->format,
						cell, sizeof(cell));
		}
	}
}

/* Host names come when they come, but what is printed should be whole. */
void printed_wait_for_names(struct printed *printed, struct sk_names *names,
			    const struct sk_context *context)
{
	struct pollfd polls[2] = { { .fd = sk_names_fd(names), .events = POLLIN },
				   { .fd = sk_leave_fd(), .events = POLLIN } };
	int64_t end = now_ms() + printed->patience_ms;
	int left;

	sk_names_settle(names);
	for (unsigned i = 0; i < printed->n; i++)
		ask_names(context, &printed->table[i]);
	while (sk_names_pending(names) && !polls[1].revents &&
	       (left = (int)(end - now_ms())) > 0) {
		if (poll(polls, 2, left) > 0 && polls[0].revents)
			sk_names_settle(names);
	}
	left = (int)(end - now_ms());
	printed->patience_ms = left > 0 ? left : 0;
	if (!printed->reported && sk_names_lacks_hosts(names)) {
		cli_say("not all host names came in time; their addresses stay numbers");
		printed->reported = true;
	}
}

bool printed_has(const struct printed *printed, enum sk_pane_id pane)
{
	for (unsigned i = 0; i < printed->n; i++) {
		if (printed->pane[i].setup.pane == pane)
			return true;
	}
	return false;
}
