/* SPDX-License-Identifier: MIT */
/*
 * bench_owners [N] [--cpu] [--check]: N TCP sockets (N/2 connections over loopback) held by 12
 * processes in a network namespace of their own. Times, in turn: `ss -tanp`, `netstat
 * -tanp`, and, as sktop chooses and by /proc alone (--no-bpf): the first attribution of
 * all sockets, a tick in which nothing happens, and one in which one connection of a
 * hundred was closed and opened anew. The very first sight of all is told apart: where
 * /proc is looked into, the kernel makes an inode for each descriptor then, and keeps it.
 * Prints medians and ratios, with --cpu of CPU time instead of the time of day; --check fails when what sktop chooses takes more than a
 * twentieth (first) or a two hundredth (ticks) of `ss -tanp`.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/source.h>
#include "machine.h"
#include "owner_ticks.h"

#define PROCESSES 12
#define ROUNDS 5

/** One series for each thing that is measured. */
struct results {
	struct machine_series cold, first, still, churned;
	uint32_t missed, later; /* sockets without an owner: at first, in a tick */
};

/** How descriptors are looked at. */
struct yield {
	const char *name;
	struct owner_ticks run;
	struct results r;
};

static struct yield ways[] = {
	{ .name = "as sktop chooses" },
	{ .name = "by /proc alone", .run.options = SK_LIVE_NO_BPF },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static struct machine_series ss, netstat;

/* A program that is not there took no time, and has none. */
static void add_run(struct machine_series *series, double ms)
{
	if (ms > 0)
		machine_add(series, ms);
}

static void measure(void)
{
	static const char *const ss_words[] = { "ss", "-tanp", NULL };
	static const char *const netstat_words[] = { "netstat", "-tanp", NULL };

	for (int i = 0; i < ROUNDS; i++) {
		add_run(&ss, machine_run(ss_words, 0));
		add_run(&netstat, machine_run(netstat_words, 0));
		for (size_t w = 0; w < WAYS; w++) {
			struct results *r = &ways[w].r;

			machine_add(&r->first, owner_ticks_first(&ways[w].run));
			r->missed += ways[w].run.unknown;
			machine_add(&r->still, owner_ticks_next(&ways[w].run));
		}
		machine_churn();
		for (size_t w = 0; w < WAYS; w++) {
			machine_add(&ways[w].r.churned, owner_ticks_next(&ways[w].run));
			ways[w].r.later += ways[w].run.unknown;
		}
	}
}

static void print(const struct yield *way)
{
	printf("%s (left for the next tick: %u)\n", way->name, way->r.later);
	machine_print("the very first sight", &way->r.cold, &ss);
	machine_print("first attribution", &way->r.first, &ss);
	machine_print("tick, nothing happens", &way->r.still, &ss);
	machine_print("tick, 1 % is new", &way->r.churned, &ss);
}

/* The median of a series, in the n-th part of ss. */
static bool is_within(const struct machine_series *series, double n)
{
	return machine_quantile(series, 0.5) * n <= machine_quantile(&ss, 0.5);
}

int main(int argc, char **argv)
{
	int sockets = argc > 1 && argv[1][0] != '-' ? atoi(argv[1]) : 100000;
	bool check = false;
	const struct machine_plan plan = { .processes = PROCESSES, .pairs = sockets / 2 };
	const struct results *chosen = &ways[0].r;

	for (int i = 1; i < argc; i++) {
		check |= strcmp(argv[i], "--check") == 0;
		if (strcmp(argv[i], "--cpu") == 0)
			machine_measure_cpu();
	}
	machine_build(&plan);
	for (size_t w = 0; w < WAYS; w++) {
		owner_ticks_open(&ways[w].run);
		machine_add(&ways[w].r.cold, owner_ticks_first(&ways[w].run));
		ways[w].r.missed = ways[w].run.unknown;
	}
	measure();
	printf("%u sockets of %d processes, %d rounds: median (least to greatest), and "
	       "the ratio to ss\n", ways[0].run.n, PROCESSES, ROUNDS);
	machine_print("ss -tanp", &ss, &ss);
	if (netstat.value[0] > 0)
		machine_print("netstat -tanp", &netstat, &ss);
	for (size_t w = 0; w < WAYS; w++)
		print(&ways[w]);
	return check && (chosen->missed || !is_within(&chosen->first, 20) ||
			 !is_within(&chosen->still, 200) || !is_within(&chosen->churned, 200));
}
