/* SPDX-License-Identifier: MIT */
/*
 * bench_owners [N] [--check]: N TCP sockets (N/2 connections over loopback) held by 12
 * processes in a network namespace of their own. Times, in turn: `ss -tanp`, `netstat
 * -tanp`, the first attribution of all sockets, a tick in which nothing happens, and one
 * in which one connection of a hundred was closed and opened anew. The very first sight
 * of all is told apart: the kernel makes an inode for each descriptor then, and keeps
 * it. Prints medians and ratios; --check fails beyond what issue 3 allows: a tenth, a
 * hundredth.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "machine.h"
#include "owner_ticks.h"

#define PROCESSES 12
#define ROUNDS 5

/** One series for each thing that is measured. */
struct results {
	struct machine_series cold, first, still, churned, ss, netstat;
	uint32_t missed, later; /* sockets without an owner: at first, in a tick */
};

static void measure(struct owner_ticks *run, struct results *r)
{
	static const char *const ss[] = { "ss", "-tanp", NULL };
	static const char *const netstat[] = { "netstat", "-tanp", NULL };

	machine_add(&r->cold, owner_ticks_first(run));
	r->missed = run->unknown;
	for (int i = 0; i < ROUNDS; i++) {
		machine_add(&r->ss, machine_run(ss, 0));
		machine_add(&r->netstat, machine_run(netstat, 0));
		machine_add(&r->first, owner_ticks_first(run));
		r->missed += run->unknown;
		machine_add(&r->still, owner_ticks_next(run));
		machine_churn();
		machine_add(&r->churned, owner_ticks_next(run));
		r->later += run->unknown;
	}
}

static void print(const struct results *r)
{
	machine_print("ss -tanp", &r->ss, &r->ss);
	if (r->netstat.value[0] >= 0)
		machine_print("netstat -tanp", &r->netstat, &r->ss);
	machine_print("the very first sight", &r->cold, &r->ss);
	machine_print("first attribution", &r->first, &r->ss);
	machine_print("tick, nothing happens", &r->still, &r->ss);
	machine_print("tick, 1 % is new", &r->churned, &r->ss);
}

int main(int argc, char **argv)
{
	int sockets = argc > 1 && argv[1][0] != '-' ? atoi(argv[1]) : 100000;
	bool check = strcmp(argv[argc - 1], "--check") == 0;
	const struct machine_plan plan = { .processes = PROCESSES, .pairs = sockets / 2 };
	static struct results r;
	struct owner_ticks run = { 0 };
	double ss;

	machine_build(&plan);
	owner_ticks_open(&run);
	measure(&run, &r);
	ss = machine_quantile(&r.ss, 0.5);
	printf("%u sockets of %d processes, %d rounds: median (least to greatest), and "
	       "the ratio to ss; left for the next tick: %u\n", run.n, PROCESSES, ROUNDS,
	       r.later);
	print(&r);
	return check && (r.missed || machine_quantile(&r.first, 0.5) * 10 > ss ||
			 machine_quantile(&r.still, 0.5) * 100 > ss ||
			 machine_quantile(&r.churned, 0.5) * 100 > ss);
}
