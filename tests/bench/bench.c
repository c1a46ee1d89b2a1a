/* SPDX-License-Identifier: MIT */
/*
 * bench [N] [--check]: about N sockets of every kind in a network namespace of its own.
 * Then, in turn: bare netlink dumps that throw everything away, one full cycle of
 * sktop (sample, diff, group by address, sort by rate), what it does besides, and
 * `ss -tanOHi`. Prints medians, spreads and ratios to the bare dump of the same
 * request; --check fails beyond what issue 2 allows.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/diff.h>
#include <sktop/group.h>
#include <sktop/output.h>
#include <sktop/source.h>
#include "bare.h"
#include "machine.h"

#define ROUNDS 7
#define FEW_ROUNDS 3
#define MANY 500000 /* sockets, from which on there are few rounds */
#define FILTER "state established and dst 127.0.0.0/8 and rtt > 10us"

/** What is measured; up to SORT it is the cycle. */
enum part { SAMPLE, DIFF, GROUP, SORT, SORT_RTT, CHOOSE, JSON, N_PARTS };

static const char *const part_names[N_PARTS] = {
	[SAMPLE] = "  dump and decode", [DIFF] = "  diff",
	[GROUP] = "  group by address", [SORT] = "  sort by rate",
	[SORT_RTT] = "sort by RTT",	[CHOOSE] = "filter",
	[JSON] = "JSON, every column",
};

struct cycle {
	struct sk_source *source, *without_bpf;
	struct sk_differ *differ;
	struct sk_grouping *grouping;
	struct sk_view view, chosen;
	struct sk_filter *filter;
	struct sk_sample *previous, *spare, *beside;
	FILE *null;
	double part[N_PARTS];
};

static void sample_once(struct cycle *c)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample = c->spare;
	double begin;

	if (!sample && sk_sample_new(&sample))
		errx(1, "out of memory");
	sk_sample_reset(sample);
	begin = machine_now_ms();
	if (sk_source_collect(c->source, &request, sample))
		errx(1, "collect: %s", sample->losses.note);
	c->part[SAMPLE] = machine_now_ms() - begin;
	begin = machine_now_ms();
	if (sk_diff_compute(c->differ, c->previous, sample))
		errx(1, "diff");
	c->part[DIFF] = machine_now_ms() - begin;
	c->spare = c->previous;
	c->previous = sample;
}

static void sort_by(struct cycle *c, enum part part, const char *column)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_context context = { .sample = c->previous };
	struct sk_rows rows = { table, c->previous->sockets, c->previous->n_sockets };
	double begin = machine_now_ms();

	if (sk_view_filter(&c->view, &rows, NULL, &context) ||
	    sk_view_sort(&c->view, &rows, sk_column_find(table, column, strlen(column)),
			 true, &context))
		errx(1, "sort");
	c->part[part] = machine_now_ms() - begin;
}

/* Returns the cycle's milliseconds. */
static double run_cycle(struct cycle *c)
{
	struct sk_context context = { 0 };
	double begin;

	sample_once(c);
	begin = machine_now_ms();
	context.sample = c->previous;
	if (sk_grouping_compute(c->grouping, &context, SK_GROUP_IP, NULL, 0))
		errx(1, "group");
	c->part[GROUP] = machine_now_ms() - begin;
	sort_by(c, SORT, "tx");
	return c->part[SAMPLE] + c->part[DIFF] + c->part[GROUP] + c->part[SORT];
}

static void run_besides(struct cycle *c)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_context context = { .sample = c->previous };
	struct sk_rows rows = { table, c->previous->sockets, c->previous->n_sockets };
	struct sk_column_list columns;
	double begin;

	sort_by(c, SORT_RTT, "rtt");
	begin = machine_now_ms();
	if (sk_view_filter(&c->chosen, &rows, c->filter, &context))
		errx(1, "filter");
	c->part[CHOOSE] = machine_now_ms() - begin;
	sk_column_list_default(table, true, &columns);
	begin = machine_now_ms();
	if (sk_format_find("json")->write(&(struct sk_output){
		    .file = c->null, .rows = &rows, .view = &c->view,
		    .columns = &columns, .context = &context }))
		errx(1, "json");
	c->part[JSON] = machine_now_ms() - begin;
}

/* Many sockets come from BPF iterators, if those are built in: the other way. */
static double sample_without_bpf(struct cycle *c)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	double begin;

	sk_sample_reset(c->beside);
	begin = machine_now_ms();
	if (sk_source_collect(c->without_bpf, &request, c->beside))
		errx(1, "collect: %s", c->beside->losses.note);
	return machine_now_ms() - begin;
}

static void open_cycle(struct cycle *c)
{
	struct sk_filter_error wrong;
	char error[SK_ERROR_LEN];

	if (sk_live_source_new(0, &c->source, error) ||
	    sk_live_source_new(SK_LIVE_NO_BPF, &c->without_bpf, error))
		errx(1, "%s", error);
	if (sk_differ_new(&c->differ) || sk_sample_new(&c->beside) || sk_grouping_new(&c->grouping) ||
	    sk_filter_parse(FILTER, sk_table(SK_TABLE_CONNECTIONS), &c->filter, &wrong))
		errx(1, "out of memory");
	c->null = fopen("/dev/null", "w");
	if (!c->null)
		err(1, "/dev/null");
}

static double bytes_per_socket(struct cycle *c)
{
	long before = machine_status(getpid(), "VmRSS:");

	for (int i = 0; i < 3; i++)
		run_cycle(c);
	return (double)(machine_status(getpid(), "VmRSS:") - before) * 1024 /
	       c->previous->n_sockets;
}

/** One series for each thing that is measured. */
struct results {
	struct machine_series families, bare, cycle, part[N_PARTS], without_bpf, ss;
};

static void measure(struct cycle *c, int rounds, struct results *r)
{
	static const char *const ss[] = { "ss", "-tanOHi", NULL };

	for (int i = 0; i < rounds; i++) {
		machine_add(&r->families, bare_dump(false));
		machine_add(&r->bare, bare_dump(true));
		machine_add(&r->cycle, run_cycle(c));
		machine_add(&r->without_bpf, sample_without_bpf(c));
		/* what takes seconds is told once from a million on */
		if (rounds == ROUNDS || i == 0) {
			run_besides(c);
			machine_add(&r->ss, machine_run(ss, 0));
		}
		for (int p = 0; p < N_PARTS; p++)
			machine_add(&r->part[p], c->part[p]);
	}
}

static void print(const struct results *r)
{
	machine_print("bare dump, a walk a family", &r->families, &r->bare);
	machine_print("bare dump, one walk", &r->bare, &r->bare);
	machine_print("sktop, full cycle", &r->cycle, &r->bare);
	for (int p = 0; p < N_PARTS; p++)
		machine_print(part_names[p], &r->part[p], &r->bare);
	machine_print("dump and decode, --no-bpf", &r->without_bpf, &r->bare);
	if (r->ss.value[0] >= 0)
		machine_print("ss -tanOHi", &r->ss, &r->bare);
}

int main(int argc, char **argv)
{
	int sockets = argc > 1 && argv[1][0] != '-' ? atoi(argv[1]) : 100000;
	bool check = strcmp(argv[argc - 1], "--check") == 0;
	struct machine_plan plan = machine_mixed(sockets);
	static struct results results;
	static struct cycle c;
	double per_socket, cycle, ss;

	machine_build(&plan);
	open_cycle(&c);
	bare_dump(true);
	per_socket = bytes_per_socket(&c);
	measure(&c, sockets < MANY ? ROUNDS : FEW_ROUNDS, &results);
	cycle = machine_quantile(&results.cycle, 0.5);
	ss = machine_quantile(&results.ss, 0.5);
	printf("%u sockets of %d processes by %s, %d rounds: median (least to greatest), "
	       "and the ratio to the bare dump\n", c.previous->n_sockets, plan.processes,
	       strcmp(c.previous->source, "bpf") == 0 ? "BPF" : "sock_diag",
	       results.bare.n);
	print(&results);
	printf("%.3f us a socket in the cycle; %.0f bytes of memory a socket\n",
	       cycle * 1e3 / c.previous->n_sockets, per_socket);
	return check && (cycle > 1.5 * machine_quantile(&results.bare, 0.5) ||
			 ss < 3 * cycle || per_socket > 400);
}
