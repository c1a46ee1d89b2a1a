/* SPDX-License-Identifier: MIT */
/*
 * The results at one number of sockets: a row for each measurement. A row is a line of the
 * printed table and an index here, and nothing else; every part of the bench adds its
 * values.
 */
#ifndef SKTOP_TESTS_TABLE_H
#define SKTOP_TESTS_TABLE_H

#include <stdbool.h>
#include "series.h"

enum row {
	/* the limit, and the cycle up to SORT */
	BARE_FAMILIES,
	BARE,
	NOTHING,
	CYCLE,
	SAMPLE,
	DIFF,
	GROUP,
	SORT,
	SORT_RTT,
	CHOOSE,
	JSON,
	BY_SOCK_DIAG,
	SS,
	/* processes */
	SS_PROCESSES,
	NETSTAT,
	OWNERS_COLD,
	OWNERS_FIRST,
	OWNERS_STILL,
	OWNERS_CHURN,
	/* the program on a terminal */
	FIRST_FRAME,
	FRAME,
	TICK,
	TICK_SCREEN,
	GIVEN,
	FORCED,
	STRETCHED,
	RSS,
	PEAK,
	BYTES_WHOLE,
	BYTES_ENGINE,
	N_ROWS
};

#define WHY_LEN 80

/** The values of one row over the rounds. */
struct figure {
	int n; /* values; 0 = left out */
	double median, least, greatest;
	double ratio, ratio_least, ratio_greatest; /* round by round; if there is a unit */
	bool stopped;	   /* it took longer than this */
	char why[WHY_LEN]; /* why it is left out */
};

/** All that is known of one number of sockets. A plain value: it goes between processes. */
struct result {
	int asked;
	unsigned sockets;
	int processes, rounds;
	bool by_bpf;
	double build_ms;
	long others; /* TCP sockets of other namespaces: each walk passes them, too */
	int time_wait[2], made_again; /* at first, at the end, in between */
	unsigned no_owner, later; /* sockets without an owner: at first; in a tick with churn */
	double interval;	  /* of the program on the terminal, seconds */
	struct figure rows[N_ROWS];
};

/** Where values come together. Zero-initialise. */
struct table {
	struct machine_series series[N_ROWS];
	bool stopped[N_ROWS];
	char why[N_ROWS][WHY_LEN];
};

void table_add(struct table *table, enum row row, double value);

/** Takes what machine_run() returned. */
void table_add_run(struct table *table, enum row row, double ms);

/** Says why a row has no values. */
void table_leave_out(struct table *table, enum row row, const char *why);

/** Medians, spreads and ratios of all rows. */
void table_sum_up(const struct table *table, struct result *result);

void result_print(const struct result *result);

/** A Markdown table: a column for each result. */
void results_print_markdown(const struct result *results, int n);

/** A cycle's cost for each socket, and how even it is from 10,000 on. */
void results_print_flatness(const struct result *results, int n);

/** Each promise, what was measured, held or broken. Returns how many are broken. */
int results_check(const struct result *results, int n);

#endif
