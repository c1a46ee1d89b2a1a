/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <string.h>
#include <sktop/output.h>
#include "cycle.h"
#include "machine.h"

#define FILTER "state established and dst 127.0.0.0/8 and rtt > 10us"

static double add_since(struct table *table, enum row row, double begin)
{
	double took = machine_clock_ms() - begin;

	table_add(table, row, took);
	return took;
}

static double sample_once(struct cycle *c, struct table *table)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample = c->reserve;
	double begin, took;

	if (!sample && sk_sample_new(&sample))
		errx(1, "out of memory");
	sk_sample_reset(sample);
	begin = machine_clock_ms();
	if (sk_source_collect(c->source, &request, sample))
		errx(1, "collect: %s", sample->losses.note);
	took = add_since(table, SAMPLE, begin);
	begin = machine_clock_ms();
	if (sk_diff_compute(c->differ, c->previous, sample))
		errx(1, "diff");
	took += add_since(table, DIFF, begin);
	c->reserve = c->previous;
	c->previous = sample;
	return took;
}

static struct sk_rows rows_of(const struct sk_sample *sample)
{
	return (struct sk_rows){ sk_table(SK_TABLE_CONNECTIONS), sample->sockets,
				 sample->n_sockets };
}

static double sort_by(struct cycle *c, struct table *table, enum row row, const char *column)
{
	struct sk_context context = { .sample = c->previous };
	struct sk_rows rows = rows_of(c->previous);
	double begin = machine_clock_ms();

	if (sk_view_filter(&c->view, &rows, NULL, &context) ||
	    sk_view_sort(&c->view, &rows,
			 sk_column_find(rows.table, column, strlen(column)), true, &context))
		errx(1, "sort");
	return add_since(table, row, begin);
}

void cycle_run(struct cycle *c, struct table *table)
{
	double took = sample_once(c, table), begin = machine_clock_ms();
	struct sk_context context = { .sample = c->previous };

	if (sk_grouping_compute(c->grouping, &context, SK_GROUP_IP, NULL, 0))
		errx(1, "group");
	took += add_since(table, GROUP, begin);
	took += sort_by(c, table, SORT, "tx");
	table_add(table, CYCLE, took);
}

void cycle_run_besides(struct cycle *c, struct table *table)
{
	struct sk_context context = { .sample = c->previous };
	struct sk_rows rows = rows_of(c->previous);
	struct sk_column_list columns;
	const struct sk_output_table printed = { .rows = &rows, .view = &c->view,
						 .columns = &columns };
	const struct sk_output output = { &context, &printed, 1 };
	struct sk_sink sink = { .ops = sk_sink_find("json"), .file = c->null };
	double begin;

	sort_by(c, table, SORT_RTT, "rtt");
	begin = machine_clock_ms();
	if (sk_view_filter(&c->chosen, &rows, c->filter, &context))
		errx(1, "filter");
	add_since(table, CHOOSE, begin);
	sk_column_list_default(rows.table, true, &columns);
	begin = machine_clock_ms();
	if (sk_sink_write(&sink, &output))
		errx(1, "json");
	add_since(table, JSON, begin);
}

void cycle_run_sock_diag(struct cycle *c, struct table *table)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	double begin;

	sk_sample_reset(c->beside);
	begin = machine_clock_ms();
	if (sk_source_collect(c->without_bpf, &request, c->beside))
		errx(1, "collect: %s", c->beside->losses.note);
	add_since(table, BY_SOCK_DIAG, begin);
}

void cycle_open(struct cycle *c)
{
	struct sk_filter_error wrong;
	char error[SK_ERROR_LEN];

	if (sk_live_source_new(0, &c->source, error) ||
	    sk_live_source_new(SK_LIVE_NO_BPF, &c->without_bpf, error))
		errx(1, "%s", error);
	if (sk_differ_new(&c->differ) || sk_sample_new(&c->beside) ||
	    sk_grouping_new(&c->grouping) ||
	    sk_filter_parse(FILTER, sk_table(SK_TABLE_CONNECTIONS), &c->filter, &wrong))
		errx(1, "out of memory");
	c->null = fopen("/dev/null", "w");
	if (!c->null)
		err(1, "/dev/null");
}

void cycle_close(struct cycle *c)
{
	fclose(c->null);
	sk_filter_free(c->filter);
	sk_view_free(&c->view);
	sk_view_free(&c->chosen);
	sk_grouping_free(c->grouping);
	sk_sample_unref(c->previous);
	sk_sample_unref(c->reserve);
	sk_sample_unref(c->beside);
	sk_differ_free(c->differ);
	sk_source_free(c->source);
	sk_source_free(c->without_bpf);
	*c = (struct cycle){ 0 };
}
