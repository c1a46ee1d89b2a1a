/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <sktop/output.h>
#include <sktop/diff.h>
#include <sktop/sampler.h>
#include <sktop/setup.h>
#include "batch.h"

/** Everything that printing one sample after the other needs. */
struct batch {
	const struct sk_options *options;
	const struct sk_format *format;
	struct sk_setup setup;
	struct sk_filter *filter;
	struct sk_names *names;
	struct sk_grouping *grouping;
	struct sk_view sockets; /* those that options and filter let through */
	struct sk_view view;	/* rows of the pane, in order */
	struct sk_state_row states[SK_STATE_COUNT];
	long printed;
};

static bool not_zero(const void *counter, void *unused)
{
	(void)unused;
	return ((const struct sk_counter *)counter)->value != 0;
}

/* Of the live sockets; gone ones only count where states are left. */
static int filter_sockets(struct batch *b, const struct sk_context *context)
{
	const struct sk_sample *sample = context->sample;
	uint32_t gone = b->options->pane == SK_PANE_STATES ? sample->n_gone : 0;
	uint32_t n = sample->n_sockets + gone;
	const struct sk_rows all = { sk_table(SK_TABLE_CONNECTIONS),
				     context->sample->sockets, n };
	int err = sk_view_filter(&b->sockets, &all, b->filter, context);

	if (!err && b->options->listening)
		sk_view_keep(&b->sockets, &all, sk_is_listening, NULL);
	return err;
}

static int connection_rows(struct batch *b, const struct sk_context *context,
			   struct sk_rows *rows)
{
	struct sk_view all = b->view;
	int err = filter_sockets(b, context);

	*rows = (struct sk_rows){ b->setup.table, context->sample->sockets,
				  context->sample->n_sockets };
	b->view = b->sockets;
	b->sockets = all;
	return err;
}

static int host_rows(struct batch *b, const struct sk_context *context,
		     struct sk_rows *rows)
{
	int err = filter_sockets(b, context);

	if (!err)
		err = sk_grouping_compute(b->grouping, context->sample,
					  b->options->group, b->sockets.index,
					  b->sockets.n);
	*rows = (struct sk_rows){ b->setup.table, b->grouping->groups, b->grouping->n };
	return err ? err : sk_view_filter(&b->view, rows, NULL, context);
}

static int state_rows(struct batch *b, const struct sk_context *context,
		      struct sk_rows *rows)
{
	const struct sk_sample *sample = context->sample;
	struct sk_summary part;
	int err = filter_sockets(b, context);
	size_t n;

	if (err)
		return err;
	sk_summary_compute(sample, b->sockets.index, b->sockets.n, &part);
	n = sk_state_rows(&part, sample->interval, b->states);
	*rows = (struct sk_rows){ b->setup.table, b->states, (uint32_t)n };
	return sk_view_filter(&b->view, rows, NULL, context);
}

static int link_rows(struct batch *b, const struct sk_context *context,
		     struct sk_rows *rows)
{
	*rows = (struct sk_rows){ b->setup.table, context->sample->links,
				  context->sample->n_links };
	return sk_view_filter(&b->view, rows, b->filter, context);
}

static int counter_rows(struct batch *b, const struct sk_context *context,
			struct sk_rows *rows)
{
	int err;

	*rows = (struct sk_rows){ b->setup.table, context->sample->counters,
				  context->sample->n_counters };
	err = sk_view_filter(&b->view, rows, b->filter, context);
	if (!err && !b->options->all && !b->format->all_columns)
		sk_view_keep(&b->view, rows, not_zero, NULL);
	return err;
}

static int (*const row_makers[SK_PANE_COUNT])(struct batch *, const struct sk_context *,
					      struct sk_rows *) = {
	[SK_PANE_CONNECTIONS] = connection_rows, [SK_PANE_HOSTS] = host_rows,
	[SK_PANE_STATES] = state_rows,		 [SK_PANE_INTERFACES] = link_rows,
	[SK_PANE_PROTOCOLS] = counter_rows,
};

/* Without --sort, connections stand by state and peer: the same on every run. */
static int sort_rows(struct batch *b, const struct sk_context *context,
		     const struct sk_rows *rows)
{
	static const char *const order[] = { "local", "remote", "state", "proto" };
	int err = 0;

	if (b->options->sort || b->options->pane != SK_PANE_CONNECTIONS)
		return b->setup.sort ? sk_view_sort(&b->view, rows, b->setup.sort,
						    b->setup.descending, context) :
				       0;
	for (size_t i = 0; !err && i < sizeof(order) / sizeof(order[0]); i++)
		err = sk_view_sort_stable(&b->view, rows,
					  sk_column_find(rows->table, order[i],
							 strlen(order[i])),
					  false, context);
	return err;
}

static unsigned format_flags(const struct batch *b)
{
	bool ports = false;

	for (size_t i = 0; i < b->setup.columns.n; i++)
		ports |= b->setup.columns.column[i]->unit == SK_UNIT_PORT;
	return (ports ? 0 : SK_FORMAT_JOIN_PORTS) |
	       (b->options->numeric ? SK_FORMAT_NUMERIC : 0);
}

static int print_sample(struct batch *b, const struct sk_sample *sample)
{
	struct sk_context context = { .sample = sample, .names = b->names,
				      .group = b->options->group };
	struct sk_rows rows;
	struct sk_output output = { .file = stdout,
				    .rows = &rows,
				    .view = &b->view,
				    .columns = &b->setup.columns,
				    .context = &context,
				    .format = format_flags(b),
				    .header = b->options->header,
				    .first = b->printed == 0 };
	int err = row_makers[b->options->pane](b, &context, &rows);

	if (!err)
		err = sort_rows(b, &context, &rows);
	if (!err)
		err = b->format->write(&output);
	b->printed++;
	return err;
}

/* SIGINT and SIGTERM end the loop between two samples, never within one. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int loop(struct batch *b, struct sk_sampler *sampler, int signals, char *error)
{
	const long count = b->options->once ? 1 : b->options->count;
	struct pollfd polls[2] = { { .fd = sk_sampler_fd(sampler), .events = POLLIN },
				   { .fd = signals, .events = POLLIN } };

	while (!count || b->printed < count) {
		struct sk_sample *sample;
		char note[SK_ERROR_LEN];
		int err;

		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (polls[1].revents)
			return 0;
		sample = sk_sampler_take(sampler, &err, note);
		if (sample) {
			int written = print_sample(b, sample);

			sk_sample_unref(sample);
			if (written) {
				if (errno != EPIPE)
					snprintf(error, SK_ERROR_LEN, "writing: %s",
						 strerror(errno));
				return written;
			}
		} else if (err) {
			snprintf(error, SK_ERROR_LEN, "%.200s", note);
			return err;
		}
	}
	return 0;
}

static int prepare(struct batch *b, char *error)
{
	int err = sk_setup_pane(b->options, b->options->pane, b->format->all_columns,
				&b->setup, error);

	if (!err)
		err = sk_setup_filter(b->options, b->options->pane, &b->filter, error);
	return err;
}

int batch_run(const struct sk_options *options, struct sk_source *source, int *status,
	      char *error)
{
	struct batch b = { .options = options,
			   .format = sk_format_find(options->format) };
	struct sk_request request = options->request;
	struct sk_sampler *sampler = NULL;
	int signals = -1;
	int err = prepare(&b, error);

	*status = err == -EINVAL ? 2 : 1;
	if (!err)
		err = sk_names_new(&b.names);
	if (!err)
		err = sk_grouping_new(&b.grouping);
	if (err) {
		sk_source_free(source);
		goto cleanup;
	}
	request.needs |= sk_column_list_needs(&b.setup.columns) |
			 sk_filter_needs(b.filter);
	signals = open_signals();
	err = sk_sampler_new(source, &request, true, &sampler);
	if (!err)
		err = loop(&b, sampler, signals, error);
	else
		snprintf(error, SK_ERROR_LEN, "cannot start sampling: %s", strerror(-err));
cleanup:
	sk_sampler_free(sampler);
	if (signals >= 0)
		close(signals);
	sk_view_free(&b.view);
	sk_view_free(&b.sockets);
	sk_grouping_free(b.grouping);
	sk_names_free(b.names);
	sk_filter_free(b.filter);
	return err;
}
