/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/act.h>
#include <sktop/output.h>
#include <sktop/sampler.h>
#include <sktop/setup.h>
#include <sktop/text.h>
#include "program/acting.h"
#include "program/cli_messages.h"

/* So many targets are listed before the question; --dry-run lists all. */
#define LISTED 20
/* Results wait at most so long to be printed. */
#define SLICE_NS 50000000U

struct acting {
	const struct sk_options *options;
	struct sk_filter *filter;
	struct sk_sample *sample;
	struct sk_names *names;
	struct sk_view chosen;
	uint32_t protos;   /* that were looked at */
	uint32_t in_scope; /* sockets that no filter would have left */
	struct sk_powers *powers;
	struct sk_plan *plan;
};

/* One sample, through the sampler, as --once takes it. Takes over the source. */
static int take_sample(struct acting *a, struct sk_source *source, char *error)
{
	struct sk_request request = a->options->request;
	struct sk_sampler *sampler;
	char note[SK_ERROR_LEN] = "";
	int err;

	request.protos = a->protos = sk_setup_protos(a->options, a->filter);
	request.needs |= sk_filter_needs(a->filter) | SK_NEED_OWNERS;
	request.patient = true; /* everybody is named */
	err = sk_sampler_new(source, &request, true, &sampler);
	if (err) {
		snprintf(error, SK_ERROR_LEN, "cannot start sampling: %s", strerror(-err));
		return err;
	}
	while (!a->sample && !err) {
		struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			err = -errno;
		else
			a->sample = sk_sampler_take(sampler, &err, note);
	}
	if (!a->sample)
		snprintf(error, SK_ERROR_LEN, "%.200s", note[0] ? note : strerror(-err));
	sk_sampler_free(sampler);
	return a->sample ? 0 : err;
}

static int choose(struct acting *a)
{
	const struct sk_rows rows = { sk_table(SK_TABLE_CONNECTIONS), a->sample->sockets,
				      a->sample->n_sockets };
	const struct sk_context context = { .sample = a->sample, .names = a->names };
	int err = sk_view_filter(&a->chosen, &rows, NULL, &context);

	if (!err && a->options->listening)
		err = sk_view_keep(&a->chosen, &rows, sk_is_listening, NULL, &context);
	a->in_scope = a->chosen.n;
	if (!err)
		err = sk_view_filter(&a->chosen, &rows, a->filter, &context);
	if (!err && a->options->listening)
		err = sk_view_keep(&a->chosen, &rows, sk_is_listening, NULL, &context);
	return err;
}

static void print_scope(const struct acting *a, FILE *file)
{
	const char *separator = "  Looked at ";

	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (!(a->protos & SK_PROTO_BIT(proto)))
			continue;
		fprintf(file, "%s%s", separator, sk_proto_name(proto, false));
		separator = ", ";
	}
	fputs(a->options->protos_chosen ? "\n" : "; -t, -u... choose others\n", file);
}

static void put_line(FILE *file, const char *before, const char *text)
{
	fputs(before, file);
	sk_text_put(file, text);
	fputc('\n', file);
}

static void print_plan(const struct acting *a, FILE *file, uint32_t listed)
{
	struct sk_plan_line lines[SK_PLAN_LINES];
	size_t n = sk_plan_lines(a->plan, lines);
	char line[SK_TARGET_STRLEN];

	for (size_t i = 0; i < n; i++)
		put_line(file, i ? "  " : "", lines[i].text);
	print_scope(a, file);
	for (uint32_t i = 0; i < a->plan->n && i < listed; i++)
		put_line(file, "", sk_target_line(a->plan, &a->plan->targets[i], line,
						  sizeof(line)));
	if (listed && a->plan->n > listed)
		fprintf(file, "... and %u more; --dry-run lists all\n",
			a->plan->n - listed);
}

/* A closed pipe needs no words: its reader closed it. */
static int say_unwritten(int err, char *error)
{
	if (err && err != -EPIPE)
		snprintf(error, SK_ERROR_LEN, "writing: %s", strerror(-err));
	return err;
}

/* The plan or its results as JSON or CSV. */
static int print_table(const struct acting *a, const struct sk_sink_ops *format,
		       char *error)
{
	struct sk_context context = { .sample = a->plan->sample };
	struct sk_rows rows = { &sk_table_actions, a->plan->targets, a->plan->n };
	struct sk_column_list columns;
	struct sk_view view = { 0 };
	const struct sk_output_table table = { .rows = &rows, .view = &view, .columns = &columns };
	const struct sk_output output = { &context, &table, 1 };
	struct sk_sink sink = { format, stdout, a->options->header, 0 };
	int err = sk_view_filter(&view, &rows, NULL, &context);

	sk_column_list_default(&sk_table_actions, true, &columns);
	if (!err)
		err = sk_sink_write(&sink, &output);
	if (!err)
		err = sk_sink_end(&sink);
	sk_view_free(&view);
	return ferror(stdout) ? say_unwritten(err, error) : err;
}

/* A line of the operator's, who must be there to read what is asked. */
static bool answered(const char *question, const char *const *wanted)
{
	char answer[16] = "";

	fputs(question, stderr);
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	for (; *wanted; wanted++) {
		if (strcmp(answer, *wanted) == 0)
			return true;
	}
	return false;
}

/* Returns 0 to go on, or -ECANCELED. */
static int ask(struct acting *a, char *error)
{
	static const char *const agree[] = { "y", "Y", "yes", NULL }, *const typed[] = {
		"yes", NULL };
	char question[80];

	a->plan->with_own = a->options->yes && a->options->with_own;
	if (a->options->yes && a->plan->own_unknown && !a->options->with_own) {
		snprintf(error, SK_ERROR_LEN, "which connection is your own cannot be told, so "
			 "it cannot be spared; nothing was done: say --including-my-ssh too");
		return -EPERM;
	}
	if (a->options->yes)
		return 0;
	snprintf(question, sizeof(question), "%s %u? [y/N] ",
		 a->options->signal ? "Signal" : "Close", a->plan->refused[SK_REFUSAL_NONE]);
	if (!answered(question, agree)) {
		snprintf(error, SK_ERROR_LEN, "nothing was done");
		return -ECANCELED;
	}
	if (a->plan->own_unknown && !answered("Your own session may be among them. Type yes to "
					      "go on, Enter to do nothing: ", typed)) {
		snprintf(error, SK_ERROR_LEN, "nothing was done");
		return -ECANCELED;
	}
	if (a->plan->own)
		a->plan->with_own = answered("Your own session is among them. Type yes to "
					     "be cut off, Enter to spare it: ", typed);
	return 0;
}

static int run_plan(struct acting *a, bool text, char *error)
{
	struct sk_actor *actor;
	char line[SK_TARGET_STRLEN], sum[160];
	uint32_t printed = 0;
	bool more = true;
	int err = sk_actor_new(a->plan, &actor);

	if (err) {
		snprintf(error, SK_ERROR_LEN, "cannot ask the kernel: %s", strerror(-err));
		return err;
	}
	/* when nobody reads the results any more, it ends */
	while (more && !err) {
		more = sk_actor_step(actor, SLICE_NS);
		for (; text && printed < a->plan->next; printed++)
			put_line(stdout, "", sk_target_line(a->plan,
							    &a->plan->targets[printed],
							    line, sizeof(line)));
		err = cli_flush();
	}
	sk_actor_stop(actor);
	sk_actor_free(actor);
	fprintf(stderr, "%s\n", sk_plan_sum(a->plan, sum, sizeof(sum)));
	return say_unwritten(err, error);
}

/* Everything that was chosen is closed, or would be. */
static bool is_complete(const struct sk_plan *plan)
{
	return plan->n && !plan->outcome[SK_OUTCOME_FAILED] &&
	       !plan->outcome[SK_OUTCOME_LEFT] && !plan->outcome[SK_OUTCOME_KEPT] &&
	       !plan->outcome[SK_OUTCOME_REFUSED] && !plan->outcome[SK_OUTCOME_SPARED];
}

/* The sockets, and the processes if they choose, that decide what is closed. */
static uint32_t needed_parts(const struct acting *a)
{
	return SK_PARTS_SOCKETS |
	       (a->options->signal || sk_filter_needs(a->filter) & SK_NEED_OWNERS ?
			SK_PART_BIT(SK_PART_OWNERS) : 0);
}

/* If only a part of the sockets could be read, nobody can say that none matches. 0 or -EIO. */
static int check_losses(const struct acting *a, char *error)
{
	const char *nobody = sk_filter_no_interface(a->filter, a->sample);
	uint32_t lost = sk_sample_lost(a->sample) & needed_parts(a);
	char words[256];

	if (sk_sample_is_cut(a->sample, lost)) {
		sk_loss_describe(a->sample, lost, words, sizeof(words));
		snprintf(error, SK_ERROR_LEN, "%.200s; nothing was done", words);
		return -EIO;
	}
	if (nobody)
		cli_say("filter: there is no interface '%.200s'", nobody);
	if (sk_filter_lacks_cgroups(a->filter, a->sample))
		cli_say("filter: no socket tells its cgroup here, so it finds none by that");
	cli_say_losses(a->sample, lost);
	return 0;
}

/* Reasons to stop before anything is asked. Returns 0 or -errno. */
static int check(const struct acting *a, char *error)
{
	const struct sk_options *options = a->options;

	if (check_losses(a, error))
		return -EIO;
	if (!a->chosen.n) {
		snprintf(error, SK_ERROR_LEN, "no %ssocket matches; nothing was done",
			 options->protos_chosen ? "such " : "tcp or udp ");
		return -ENOENT;
	}
	if (options->dry_run || options->yes)
		return 0;
	if (a->chosen.n == a->in_scope) {
		snprintf(error, SK_ERROR_LEN, "the filter chooses every socket (%u); say "
			 "--yes too if that is meant", a->chosen.n);
		return -EPERM;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		snprintf(error, SK_ERROR_LEN, "-K asks, and there is no terminal to ask on; "
			 "say --yes, or --dry-run");
		return -ENOTTY;
	}
	return 0;
}

static int carry_out(struct acting *a, char *error)
{
	const struct sk_sink_ops *format = sk_sink_find(a->options->format);
	bool text = !format->all_columns;
	int err;

	signal(SIGPIPE, SIG_IGN);
	if (a->options->dry_run) {
		if (text)
			print_plan(a, stdout, UINT32_MAX);
		return text ? say_unwritten(cli_flush(), error) :
			      print_table(a, format, error);
	}
	print_plan(a, stderr, a->options->yes ? 0 : LISTED);
	err = a->plan->refused[SK_REFUSAL_NONE] ? ask(a, error) : 0;
	if (!err)
		err = run_plan(a, text, error);
	if (!err && !text)
		err = print_table(a, format, error);
	return err;
}

static int prepare(struct acting *a, struct sk_source *source, int *status, char *error)
{
	int err = sk_setup_filter(a->options, SK_PANE_CONNECTIONS, &a->filter, error);

	if (!err && !a->filter) {
		snprintf(error, SK_ERROR_LEN, "-K needs a filter: it never closes "
					      "everything by default");
		err = -EINVAL;
	}
	if (err == -EINVAL)
		*status = 2;
	if (err) {
		sk_source_free(source);
		return err;
	}
	err = take_sample(a, source, error);
	if (!err)
		err = sk_names_new(&(struct sk_names_options){ .wait_users = true },
				   &a->names);
	if (!err)
		err = choose(a);
	/* who may not look at all processes does not choose among all */
	if (!err)
		cli_say_unreadable(&a->sample->losses);
	if (!err)
		err = check(a, error);
	if (!err)
		err = sk_powers_new(a->sample, &a->powers);
	if (!err && a->options->signal)
		err = sk_plan_signal(a->sample, a->chosen.index, a->chosen.n, 0,
				     a->options->signal, a->powers, &a->plan);
	else if (!err)
		err = sk_plan_close(a->sample, a->chosen.index, a->chosen.n, a->powers,
				    &a->plan);
	return err;
}

int acting_run(const struct sk_options *options, struct sk_source *source, int *status,
	       char *error)
{
	struct acting a = { .options = options };
	int err;

	*status = 1;
	err = prepare(&a, source, status, error);
	if (!err)
		err = carry_out(&a, error);
	if (err && err != -EPIPE && !error[0])
		snprintf(error, SK_ERROR_LEN, "%s", strerror(-err));
	else if (!err && !is_complete(a.plan))
		err = -EPERM;
	sk_plan_free(a.plan);
	free(a.powers);
	sk_view_free(&a.chosen);
	sk_names_free(a.names);
	sk_sample_unref(a.sample);
	sk_filter_free(a.filter);
	return err;
}
