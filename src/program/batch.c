/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sktop/array.h>
#include <sktop/event.h>
#include <sktop/leave.h>
#include <sktop/output.h>
#include <sktop/sampler.h>
#include <sktop/setup.h>
#include "base/clock.h"
#include "program/batch.h"
#include "program/cli_messages.h"

/* A table that a signal interrupts may still be printed for so long, in milliseconds. */
#define TEXT_LEAVE_MS 200
/* Failures that are told apart, and told once. */
#define KINDS 8

/** Everything that printing one sample after the other needs. */
struct batch {
	const struct sk_options *options;
	const struct sk_format *format;
	struct sk_setup setup;
	struct sk_filter *filter;
	struct sk_names *names;
	struct sk_row_builder *builder;
	struct sk_view view; /* rows of the pane, in order */
	uint64_t last_event; /* seq of the newest that was printed */
	long printed;
	long tried, failed; /* samples, with those that could not be had or shown */
	char why[SK_ERROR_LEN]; /* the last one failed */
	char reported_why[KINDS][SK_ERROR_LEN];
	unsigned kinds; /* that were told */
	int patience_ms;  /* that this run may still wait for names */
	bool reported;	  /* that names are missing */
	bool reported_owners; /* that owners are */
	uint32_t needs;	  /* what the request asks for: enum sk_need */
	struct sk_loss said[SK_PART_COUNT]; /* what was said of each */
	bool cut;	  /* a sample was not the whole answer */
	uint32_t malformed, events_lost; /* losses of the last sample */
};

/* Text and CSV have no place for it; JSON says it too. */
static void tell_namespaces(const struct sk_sample *sample, enum sk_pane_id pane)
{
	char words[160];

	if (sk_pane_is_partial(pane, sample))
		cli_say("%s: of the namespace %s only", sk_pane_info(pane)->name,
			sk_sample_netns_name(sample, 0));
	if (sk_netns_describe(sample, words, sizeof(words)))
		cli_say("%s", words);
}

static int build_rows(struct batch *b, const struct sk_context *context,
		      struct sk_rows *rows)
{
	const struct sk_options *options = b->options;
	bool all = options->all || b->format->all_columns;
	struct sk_choice choice = {
		.filter = b->filter,
		.only_listening = options->listening,
		.counters = options,
		.hide_zeros = !all,
		.last_event = b->last_event, /* those up to it were printed */
		.usual = !all,
	};

	return sk_rows_build(b->builder, options->pane, context, &choice, rows,
			     &b->view);
}

/* Without --sort, connections stand by state and peer: the same on every run. */
static int sort_rows(struct batch *b, const struct sk_context *context,
		     const struct sk_rows *rows)
{
	static const char *const order[] = { "proto", "state", "remote", "local" };
	const struct sk_column *columns[ARRAY_SIZE(order)];
	const unsigned n = ARRAY_SIZE(order);

	if (b->options->pane == SK_PANE_EVENTS && !b->options->sort)
		return 0;
	if (b->options->sort || b->options->pane != SK_PANE_CONNECTIONS)
		return b->setup.sort ? sk_view_sort(&b->view, rows, b->setup.sort,
						    b->setup.descending, context) :
				       0;
	for (unsigned i = 0; i < n; i++)
		columns[i] = sk_column_find(rows->table, order[i], strlen(order[i]));
	return sk_view_sort_by(&b->view, rows, columns, n, context);
}

static unsigned format_flags(const struct batch *b)
{
	bool ports = false;

	for (size_t i = 0; i < b->setup.columns.n; i++)
		ports |= b->setup.columns.column[i]->unit == SK_UNIT_PORT;
	/* JSON and CSV have names in columns of their own */
	return (ports ? 0 : SK_FORMAT_JOIN_PORTS) |
	       (b->format->all_columns ? 0 : SK_FORMAT_HOSTS);
}

/* Makes every text that will be printed, so that its names are asked for. */
static void ask_names(const struct sk_output *output)
{
	char cell[SK_CELL_STRLEN];

	for (uint32_t i = 0; i < output->view->n; i++) {
		const void *row = sk_rows_at(output->rows, output->view->index[i]);

		for (size_t c = 0; c < output->columns->n; c++) {
			if (output->columns->column[c]->unit == SK_UNIT_TEXT)
				sk_value_format(output->context, output->columns->column[c],
						row, output->format, cell, sizeof(cell));
		}
	}
}

/* Host names come when they come, but what is printed should be whole. */
static void wait_for_names(struct batch *b, const struct sk_output *output)
{
	struct pollfd polls[2] = { { .fd = sk_names_fd(b->names), .events = POLLIN },
				   { .fd = sk_leave_fd(), .events = POLLIN } };
	int64_t end = now_ms() + b->patience_ms;
	int left;

	sk_names_settle(b->names);
	ask_names(output);
	while (sk_names_pending(b->names) && !polls[1].revents &&
	       (left = (int)(end - now_ms())) > 0) {
		if (poll(polls, 2, left) > 0 && polls[0].revents)
			sk_names_settle(b->names);
	}
	left = (int)(end - now_ms());
	b->patience_ms = left > 0 ? left : 0;
	if (!b->reported && sk_names_lacks_hosts(b->names)) {
		cli_say("not all host names came in time; their addresses stay numbers");
		b->reported = true;
	}
}

/* After printing, which asks for them. Numbers are right as well, but are not the names. */
static void say_names(const struct batch *b)
{
	int lost = sk_names_lost_services(b->names);

	if (b->printed)
		return;
	if (lost && !(b->options->numeric & SK_NAMES_SERVICES) && !b->format->all_columns)
		cli_say("names of ports: cannot be read: %s; they stay numbers",
			sk_loss_reason(lost));
	if (sk_names_lacks_users(b->names) && !(b->options->numeric & SK_NAMES_USERS))
		cli_say("names of users: not all could be read; these stay numbers");
}

/* JSON says it in its losses. */
static void say_cut(const struct batch *b, const struct sk_losses *losses)
{
	if (!b->printed && (losses->missing & SK_MISSING_ROWS))
		cli_say("cut after %u rows", SK_ROWS_CUT);
}

/* netstat's "you would have to be root to see it all", with numbers. */
static void say_unreadable(struct batch *b, const struct sk_losses *losses)
{
	if (!b->reported_owners && (b->needs & SK_NEED_OWNERS))
		b->reported_owners = cli_say_unreadable(losses);
}

/* /proc tells as much of what is neither TCP nor UDP: of these who names them hears. */
static uint32_t parts_to_say(const struct batch *b, const struct sk_sample *sample)
{
	uint32_t lost = sk_pane_losses(b->options->pane, sample);

	/* their names choose rows */
	if (sk_filter_needs(b->filter) & SK_NEED_LINKS)
		lost |= sk_sample_lost(sample) & SK_PART_BIT(SK_PART_LINKS);
	for (unsigned i = 0; i < SK_PROTO_COUNT; i++) {
		if (sample->losses.part[i].kind == SK_LOSS_FALLBACK &&
		    !((b->options->protos_asked | SK_PROTOS_DEFAULT) & SK_PROTO_BIT(i)))
			lost &= ~SK_PART_BIT(i);
	}
	return lost;
}

/*
 * Says what could not be read of the printed data, each kind of loss once; JSON says it
 * in its losses as well. A fallback is a whole answer, if a poorer one.
 */
static void say_lost(struct batch *b, const struct sk_sample *sample)
{
	uint32_t lost = parts_to_say(b, sample), new = 0;

	b->cut |= sk_sample_is_cut(sample, lost);
	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		const struct sk_loss *loss = &sample->losses.part[i];

		if (!(lost & SK_PART_BIT(i)) || (b->said[i].kind == loss->kind &&
						 b->said[i].error == loss->error))
			continue;
		b->said[i] = *loss;
		new |= SK_PART_BIT(i);
	}
	cli_say_losses(sample, new);
}

/* Rows that were dropped one by one: whose they were is not known. */
static void say_dropped(struct batch *b, const struct sk_losses *losses)
{
	if (losses->malformed && !b->malformed)
		cli_say("left out: messages or lines of the kernel that are not understood "
			"(%u)", losses->malformed);
	if (b->options->pane == SK_PANE_EVENTS && losses->events_lost > b->events_lost)
		cli_say("%u destroyed sockets were not told in time",
			losses->events_lost - b->events_lost);
	b->malformed = losses->malformed;
	b->events_lost = losses->events_lost;
}

/* If events cannot be received, waiting for them is useless. Returns 0 or -errno. */
static int check_events(const struct batch *b, const struct sk_sample *sample, char *error)
{
	const struct sk_loss *loss = &sample->losses.part[SK_PART_EVENTS];

	if (b->options->pane != SK_PANE_EVENTS || loss->kind != SK_LOSS_ALL)
		return 0;
	sk_loss_describe(sample, SK_PART_BIT(SK_PART_EVENTS), error, SK_ERROR_LEN);
	return -loss->error;
}

/* A name that nobody has finds nothing: that is no news, but may be a slip. */
static void say_no_interface(const struct batch *b, const struct sk_sample *sample)
{
	const char *name = b->printed ? NULL : sk_filter_no_interface(b->filter, sample);

	if (name)
		cli_say("filter: there is no interface '%.200s'", name);
}

/* A filter of marks that finds nothing would look like an answer. */
static void say_no_marks(const struct batch *b, const struct sk_losses *losses)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);

	if (!b->printed && (losses->missing & SK_MISSING_NET_ADMIN) &&
	    sk_filter_uses(b->filter, sk_column_find(table, "mark", 4)))
		cli_say("marks need CAP_NET_ADMIN: the filter finds none");
}

/* Says which named protocols are not available; JSON says it in its losses. */
static void say_unavailable(const struct batch *b, const struct sk_losses *losses)
{
	uint32_t protos = losses->unavailable & b->options->protos_asked;

	if (!b->printed && (losses->missing & SK_MISSING_BOUND))
		cli_say("-B: this kernel does not tell bound sockets; Linux 6.8 does");
	for (unsigned proto = 0; proto < SK_PROTO_COUNT && !b->printed; proto++) {
		if (protos & SK_PROTO_BIT(proto))
			cli_say("%s: %s", sk_proto_name(proto, false),
				sk_losses_why(losses));
	}
}

/* JSON has their numbers, and CSV has no place for them. Who wants no headings wants rows. */
static void say_remarks(const struct batch *b, const struct sk_output *output)
{
	char text[400];

	for (size_t i = 0; i < output->n_remarks && !b->format->all_columns &&
			   b->options->header; i++)
		cli_say("%s", sk_remark_print(&output->remarks[i], text, sizeof(text)));
}

static int print_sample(struct batch *b, const struct sk_sample *sample)
{
	struct sk_context context = { .sample = sample, .names = b->names,
				      .numeric = b->options->numeric,
				      .ask_hosts = true,
				      .group = b->options->group };
	struct sk_remark remarks[SK_REMARKS_MAX];
	struct sk_rows rows;
	struct sk_output output = { .file = stdout,
				    .rows = &rows,
				    .view = &b->view,
				    .columns = &b->setup.columns,
				    .context = &context,
				    .remarks = remarks,
				    .n_remarks = sk_pane_remarks(b->options->pane, sample,
								 b->filter, remarks),
				    .format = format_flags(b),
				    .header = b->options->header,
				    .first = b->printed == 0 };
	int err;

	sk_setup_follow(&b->setup, sample);
	err = build_rows(b, &context, &rows);
	/* a feed: one list that goes on, with one heading */
	if (b->options->pane == SK_PANE_EVENTS) {
		output.header = output.header && output.first;
		output.feed = true;
	}
	if (!err)
		err = sort_rows(b, &context, &rows);
	if (!err && b->options->pane == SK_PANE_CONNECTIONS)
		err = sk_view_place_children(&b->view, sample);
	if (!err && sk_names_hosts(b->names))
		wait_for_names(b, &output);
	if (!err) {
		if (!b->printed)
			tell_namespaces(sample, b->options->pane);
		say_lost(b, sample);
		say_no_interface(b, sample);
		say_dropped(b, &sample->losses);
		say_unavailable(b, &sample->losses);
		say_unreadable(b, &sample->losses);
		say_no_marks(b, &sample->losses);
		say_cut(b, &sample->losses);
	}
	if (err)
		return err;
	err = b->format->write(&output);
	if (!err)
		say_remarks(b, &output);
	if (!err)
		say_names(b);
	if (sample->n_events)
		b->last_event = sample->events[sample->n_events - 1].seq;
	b->printed++;
	return err;
}

/*
 * --once ends as any program does, at once. Between two samples of --batch nothing is
 * lost, and a line of JSON may be finished.
 */
static int handle_signals(const struct batch *b, char *error)
{
	static const int ends[] = { SIGINT, SIGTERM };
	int err = 0;

	signal(SIGPIPE, SIG_IGN);
	if (!b->options->once)
		err = sk_leave_open(ends, ARRAY_SIZE(ends), NULL);
	if (err)
		snprintf(error, SK_ERROR_LEN, "cannot wait for signals: %s",
			 strerror(-err));
	return err;
}

/* Says why nothing can be written. Whoever closed the pipe knows that. */
static int end_output(int err, char *error)
{
	if (err != -EPIPE)
		snprintf(error, SK_ERROR_LEN, "writing: %s", strerror(-err));
	return err;
}

/* A sample that cannot be had or shown: the next one is tried. */
static int note_failure(struct batch *b, int err, const char *why, char *error)
{
	unsigned i = 0;

	b->tried++;
	b->failed++;
	snprintf(b->why, sizeof(b->why), "%.200s", why);
	if (b->options->once) {
		snprintf(error, SK_ERROR_LEN, "%s", b->why);
		return err;
	}
	while (i < KINDS && strcmp(b->reported_why[i], b->why) != 0)
		i++;
	if (i < KINDS)
		return 0;
	cli_say("%s; no sample this time", b->why);
	memcpy(b->reported_why[b->kinds++ % KINDS], b->why, sizeof(b->why));
	return 0;
}

static int show_sample(struct batch *b, struct sk_sample *sample, char *error)
{
	const char *why = sk_pane_refused(b->options->pane, sample);
	int err;

	if (why) {
		snprintf(error, SK_ERROR_LEN, "%s", why);
		return -EPERM;
	}
	err = check_events(b, sample, error);
	if (err)
		return err;
	sk_leave_patience(strcmp(b->format->name, "json") == 0 ? SK_LEAVE_MS :
								 TEXT_LEAVE_MS);
	err = print_sample(b, sample);
	sk_leave_patience(SK_LEAVE_MS);
	if (err && ferror(stdout))
		return end_output(err, error);
	if (err)
		return note_failure(b, err, strerror(-err), error);
	b->tried++;
	return 0;
}

/* What waits: a sample, and, where the one after it failed, why. */
static int take(struct batch *b, struct sk_sampler *sampler, char *error)
{
	char note[SK_ERROR_LEN];
	int failed, err = 0;
	struct sk_sample *sample = sk_sampler_take(sampler, &failed, note);

	if (sample)
		err = show_sample(b, sample, error);
	sk_sample_unref(sample);
	if (!err && failed == -ENODEV) {
		snprintf(error, SK_ERROR_LEN, "%s", note);
		err = failed;
	} else if (!err && failed) {
		err = note_failure(b, failed, note, error);
	}
	return err;
}

/* A tail of events may have nothing to write for days: that nobody reads is looked at. */
static int loop(struct batch *b, struct sk_sampler *sampler, char *error)
{
	const long count = b->options->once ? 1 : b->options->count;
	struct pollfd polls[] = { { .fd = sk_sampler_fd(sampler), .events = POLLIN },
				  { .fd = sk_leave_fd(), .events = POLLIN },
				  { .fd = STDOUT_FILENO } };

	while (!count || b->tried < count) {
		int err = 0;

		if (poll(polls, 3, -1) < 0 && errno != EINTR) {
			err = -errno;
			snprintf(error, SK_ERROR_LEN, "poll: %s", strerror(-err));
			return err;
		}
		if (sk_leave_wanted())
			return 0;
		if (polls[2].revents)
			return end_output(polls[2].revents & POLLNVAL ? -EBADF : -EPIPE,
					  error);
		if (polls[0].revents)
			err = take(b, sampler, error);
		if (err)
			return err;
	}
	if (b->failed)
		snprintf(error, SK_ERROR_LEN, "%ld of %ld samples failed; the last one: %.150s",
			 b->failed, b->tried, b->why);
	return b->failed || b->cut ? -EIO : 0; /* what was missing has been said */
}

static int prepare(struct batch *b, char *error)
{
	int err = sk_setup_pane(b->options, b->options->pane, b->format->all_columns,
				&b->setup, error);

	if (!err)
		err = sk_setup_filter(b->options, b->options->pane, &b->filter, error);
	return err;
}

/* Users are looked up at once: a script waits for them as it would for ls -l. */
static int prepare_names(struct batch *b)
{
	const struct sk_names_options options = { .wait_users = true };
	int err = sk_names_new(&options, &b->names);

	if (!err && !(b->options->numeric & SK_NAMES_HOSTS) && sk_names_can_hosts())
		err = sk_names_set_hosts(b->names, true);
	return err;
}

int batch_run(const struct sk_options *options, struct sk_source *source, int *status,
	      char *error)
{
	struct batch b = { .options = options,
			   .format = sk_format_find(options->format),
			   .patience_ms = 2000 };
	struct sk_request request;
	struct sk_sampler *sampler = NULL;
	int err = prepare(&b, error);

	*status = err == -EINVAL ? 2 : 1;
	if (!err)
		err = prepare_names(&b);
	if (!err)
		err = sk_row_builder_new(&b.builder);
	if (!err)
		err = handle_signals(&b, error);
	if (err) {
		if (!error[0])
			snprintf(error, SK_ERROR_LEN, "cannot start: %s", strerror(-err));
		sk_source_free(source);
		goto cleanup;
	}
	err = sk_setup_request(options, &b.setup, b.filter, &request);
	b.needs = request.needs;
	if (err)
		sk_source_free(source);
	else
		err = sk_sampler_new(source, &request, true, &sampler);
	if (!err)
		err = loop(&b, sampler, error);
	else
		snprintf(error, SK_ERROR_LEN, "cannot start sampling: %s", strerror(-err));
cleanup:
	sk_sampler_free(sampler);
	sk_view_free(&b.view);
	sk_row_builder_free(b.builder);
	sk_names_free(b.names);
	sk_filter_free(b.filter);
	return err;
}
