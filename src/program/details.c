/* SPDX-License-Identifier: MIT */
/*
 * The source is asked on this thread: one sample, then each chosen socket by itself, as the
 * window of the screen does for the socket that it shows.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/diff.h>
#include <sktop/leave.h>
#include <sktop/names.h>
#include "program/cli_messages.h"
#include "program/details.h"
#include "program/remarks.h"

struct details {
	const struct sk_options *options;
	struct sk_source *source;
	struct printed printed;
	struct remarks remarks;
	struct sk_names *names;
	struct sk_sample *sample;
	struct sk_context context;
	struct sk_detail *detail; /* of the socket that was built last */
	struct sk_detail_rows rows;
	char lacks[160]; /* what the last lookup failed for */
};

/* Returns 0, or -errno: -EINTR when the user ends the program meanwhile. */
static int collect(struct details *d, const struct sk_request *request)
{
	struct pollfd leave = { .fd = sk_leave_fd(), .events = POLLIN };
	int err;

	while ((err = sk_source_collect(d->source, request, d->sample)) == SK_SOURCE_NOTHING) {
		if (poll(&leave, 1, (int)(request->interval * 1e3)) > 0)
			return -EINTR;
	}
	return err;
}

static int take_sample(struct details *d, char *error)
{
	struct sk_request request;
	struct sk_differ *differ = NULL;
	int err = printed_request(&d->printed, &request);

	d->remarks.needs = request.needs;
	if (!err)
		err = sk_sample_new(&d->sample);
	if (!err)
		err = sk_differ_new(&differ);
	if (err)
		return err;
	d->sample->seq = 1;
	err = collect(d, &request);
	if (err && d->sample->losses.note[0])
		snprintf(error, SK_ERROR_LEN, "%s", d->sample->losses.note);
	if (!err)
		err = sk_diff_compute(differ, NULL, d->sample);
	if (!err)
		err = sk_source_complete(d->source, &request, d->sample);
	sk_differ_free(differ);
	return err;
}

static const char *what_lacks(struct details *d, int err)
{
	if (!err)
		return NULL;
	if (err == -ENOENT)
		return "gone since it was listed; shown as it was then";
	snprintf(d->lacks, sizeof(d->lacks), "only what the list tells: it cannot be looked up: %s",
		 sk_loss_reason(-err));
	return d->lacks;
}

static int build(void *arg, size_t i, struct sk_output_detail *out)
{
	struct details *d = arg;
	const struct printed_pane *pane = &d->printed.pane[0];
	const struct sk_socket *socket = sk_rows_at(&pane->rows, pane->view.index[i]);
	const struct sk_detached detached = sk_detached_of(d->sample, socket);
	struct sk_detail_input input = { .context = &d->context, .socket = socket };
	int err;

	free(d->detail);
	err = sk_source_look_up(d->source, &detached, d->sample, &d->detail);
	if (err == -ENOMEM)
		return err;
	input.detail = d->detail;
	*out = (struct sk_output_detail){ socket, &d->rows, what_lacks(d, err) };
	return sk_detail_rows_build(&input, &d->rows);
}

static int print(struct details *d)
{
	const struct sk_sink sink = { .ops = sk_sink_find(d->options->format), .file = stdout };
	const struct sk_output_details all = { &d->context, &d->printed.pane[0].setup.columns,
					       d->printed.pane[0].view.n, build, d };
	int err;

	remarks_say(&d->remarks, d->sample);
	if (!all.n && !d->printed.format->all_columns)
		cli_say("no socket matches");
	err = sink.ops->details(&sink, &all);
	if (!err)
		remarks_say_names(&d->remarks, d->names);
	return err;
}

static int prepare(struct details *d, char *error)
{
	const struct sk_names_options names = { .wait_users = true };
	int err = printed_init(&d->printed, d->options, error);

	d->remarks.printed = &d->printed;
	if (!err)
		err = sk_names_new(&names, &d->names);
	if (!err && !(d->options->numeric & SK_NAMES_HOSTS) && sk_names_can_hosts())
		err = sk_names_set_hosts(d->names, true);
	return err;
}

int details_run(const struct sk_options *options, struct sk_source *source, int *status,
		char *error)
{
	struct details d = { .options = options, .source = source };
	int err = prepare(&d, error);

	*status = err == -EINVAL ? 2 : 1;
	signal(SIGPIPE, SIG_IGN);
	if (!err)
		err = take_sample(&d, error);
	d.context = (struct sk_context){ .sample = d.sample, .names = d.names,
					 .numeric = options->numeric, .ask_hosts = true };
	if (!err)
		err = printed_build(&d.printed, &d.context);
	if (!err && sk_names_hosts(d.names))
		printed_wait_for_names(&d.printed, d.names, &d.context);
	if (!err)
		err = print(&d);
	if (err && err != -EPIPE && !error[0])
		snprintf(error, SK_ERROR_LEN, "%s%s", ferror(stdout) ? "writing: " : "",
			 strerror(-err));
	else if (!err && d.remarks.cut)
		err = -EIO; /* what was missing has been said */
	free(d.detail);
	sk_detail_rows_free(&d.rows);
	sk_sample_unref(d.sample);
	sk_names_free(d.names);
	printed_free(&d.printed);
	sk_source_free(source);
	return err;
}
