/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <sktop/output.h>
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
	struct sk_maker *maker;
	struct sk_view view; /* rows of the pane, in order */
	long printed;
};

static int make_rows(struct batch *b, const struct sk_context *context,
		     struct sk_rows *rows)
{
	const struct sk_options *options = b->options;
	struct sk_counter_scope scope = { options,
					  options->all || b->format->all_columns };
	struct sk_choice choice = { .filter = b->filter };

	if (sk_pane_info(options->pane)->of_sockets && options->listening)
		choice.keep = sk_is_listening;
	if (options->pane == SK_PANE_PROTOCOLS) {
		choice.keep = sk_counter_wanted;
		choice.arg = &scope;
	}
	return sk_rows_make(b->maker, options->pane, context, &choice, rows, &b->view);
}

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
	int err = make_rows(b, &context, &rows);

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
		err = sk_maker_new(&b.maker);
	if (err) {
		sk_source_free(source);
		goto cleanup;
	}
	request.needs |= sk_column_list_needs(&b.setup.columns) |
			 sk_filter_needs(b.filter) | sk_pane_info(options->pane)->needs;
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
	sk_maker_free(b.maker);
	sk_names_free(b.names);
	sk_filter_free(b.filter);
	return err;
}
