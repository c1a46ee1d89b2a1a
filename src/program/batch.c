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
#include <sktop/sampler.h>
#include "base/clock.h"
#include "program/batch.h"
#include "program/cli_messages.h"
#include "program/printed.h"
#include "program/remarks.h"

/* A table that a signal interrupts may still be printed for so long, in milliseconds. */
#define TEXT_LEAVE_MS 200
/* Failures that are told apart, and told once. */
#define KINDS 8

/** Everything that printing one sample after the other needs. */
struct batch {
	const struct sk_options *options;
	struct printed printed;
	struct sk_sink sink;
	struct remarks remarks;
	struct sk_names *names;
	bool over;	    /* the source has no more samples */
	long tried, failed; /* samples, with those that could not be had or shown */
	char why[SK_ERROR_LEN]; /* the last one failed */
	char reported_why[KINDS][SK_ERROR_LEN];
	unsigned kinds; /* that were told */
};

/*
 * A pane that cannot be shown at all is an error if it is the only one; of several the
 * others are printed. Returns 0 or -EPERM.
 */
static int check_refused(const struct printed *printed, const struct sk_sample *sample,
			 char *error)
{
	const char *why = printed->n > 1 ?
				  NULL : sk_pane_refused(printed->pane[0].setup.pane, sample);

	if (why)
		snprintf(error, SK_ERROR_LEN, "%s", why);
	return why ? -EPERM : 0;
}

/* If events cannot be received, waiting for them is useless. Returns 0 or -errno. */
static int check_events(const struct printed *printed, const struct sk_sample *sample,
			char *error)
{
	const struct sk_loss *loss = &sample->losses.part[SK_PART_EVENTS];

	if (printed->n > 1 || !printed_has(printed, SK_PANE_EVENTS) || loss->kind != SK_LOSS_ALL)
		return 0;
	sk_loss_describe(sample, SK_PART_BIT(SK_PART_EVENTS), error, SK_ERROR_LEN);
	return -loss->error;
}

static int print_sample(struct batch *b, const struct sk_sample *sample)
{
	struct sk_context context = { .sample = sample, .names = b->names,
				      .numeric = b->options->numeric,
				      .ask_hosts = true,
				      .group = b->options->group };
	const struct sk_output output = { &context, b->printed.table, b->printed.n };
	int err = printed_build(&b->printed, &context);

	if (!err && sk_names_hosts(b->names))
		printed_wait_for_names(&b->printed, b->names, &context);
	if (err)
		return err;
	remarks_say(&b->remarks, sample);
	err = sk_sink_write(&b->sink, &output);
	if (!err) {
		remarks_say_facts(&b->remarks);
		remarks_say_names(&b->remarks, b->names);
	}
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
	int err = check_refused(&b->printed, sample, error);

	if (!err)
		err = check_events(&b->printed, sample, error);
	if (err)
		return err;
	sk_leave_patience(b->sink.ops->whole ? SK_LEAVE_MS : TEXT_LEAVE_MS);
	err = print_sample(b, sample);
	sk_leave_patience(SK_LEAVE_MS);
	if (err && ferror(stdout))
		return end_output(err, error);
	if (err)
		return note_failure(b, err, strerror(-err), error);
	b->tried++;
	return 0;
}

/* Takes a sample if one waits, and the error if the one after it failed. */
static int take(struct batch *b, struct sk_sampler *sampler, char *error)
{
	char note[SK_ERROR_LEN];
	int failed, err = 0;
	struct sk_sample *sample = sk_sampler_take(sampler, &failed, note);

	if (sample) {
		err = show_sample(b, sample, error);
		b->over = sample->last;
	}
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

	while (!b->over && (!count || b->tried < count)) {
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
	return b->failed || b->remarks.cut ? -EIO : 0; /* what was missing has been said */
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

static int prepare(struct batch *b, struct sk_request *request, char *error)
{
	int err = printed_init(&b->printed, b->options, error);

	b->sink = (struct sk_sink){ .ops = b->printed.format, .file = stdout,
				    .header = b->options->header };
	b->remarks.printed = &b->printed;
	if (!err)
		err = prepare_names(b);
	if (!err)
		err = handle_signals(b, error);
	if (!err)
		err = printed_request(&b->printed, request);
	b->remarks.needs = request->needs;
	return err;
}

int batch_run(const struct sk_options *options, struct sk_source *source, int *status,
	      char *error)
{
	struct batch b = { .options = options };
	struct sk_request request = { 0 };
	struct sk_sampler *sampler = NULL;
	int err = prepare(&b, &request, error), ended;

	*status = err == -EINVAL ? 2 : 1;
	if (err)
		sk_source_free(source);
	else
		err = sk_sampler_new(source, &request, true, &sampler);
	if (err && !error[0])
		snprintf(error, SK_ERROR_LEN, "cannot start: %s", strerror(-err));
	if (!err)
		err = loop(&b, sampler, error);
	ended = sk_sink_end(&b.sink);
	if (!err && ended)
		err = end_output(ended, error);
	sk_sampler_free(sampler);
	sk_names_free(b.names);
	printed_free(&b.printed);
	return err;
}
