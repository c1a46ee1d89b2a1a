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
#include <sktop/diff.h>
#include <sktop/source.h>
#include "kernel/owners.h"
#include "machine.h"

#define PROCESSES 12
#define ROUNDS 5
#define TICK_NS 20000000U /* a fiftieth of a second, as the screen takes */

/** A sampler without a thread. */
struct run {
	struct sk_source *source;
	struct sk_differ *differ;
	struct owners *owners;
	struct sk_sample *previous;
	uint32_t n, unknown; /* sockets with an inode, and those without an owner */
};

static void count(struct run *run, const struct sk_sample *sample)
{
	run->n = run->unknown = 0;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		run->n += s->inode != 0;
		run->unknown += s->inode && !s->owner;
	}
}

/* One sample; the time its attribution took. */
static double tick(struct run *run, uint64_t budget_ns)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;
	double begin, took;

	request.needs |= SK_NEED_OWNERS;
	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	if (sk_sample_new(&sample) || sk_source_collect(run->source, &request, sample) ||
	    sk_diff_compute(run->differ, run->previous, sample))
		errx(1, "no sample");
	begin = machine_now_ms();
	if (owners_attribute(run->owners, &request, sample, budget_ns))
		errx(1, "owners_attribute");
	took = machine_now_ms() - begin;
	sk_sample_unref(run->previous);
	run->previous = sample;
	count(run, sample);
	return took;
}

/* A scanner that knows nothing, and the time until it knows all. */
static double first_sight(struct run *run)
{
	owners_free(run->owners);
	if (owners_new("/proc", "/proc/self/mountinfo", &run->owners))
		errx(1, "out of memory");
	return tick(run, 0);
}

/** One series for each thing that is measured. */
struct results {
	struct machine_series cold, first, still, churned, ss, netstat;
	uint32_t missed, later; /* sockets without an owner: at first, in a tick */
};

static void measure(struct run *run, struct results *r)
{
	static const char *const ss[] = { "ss", "-tanp", NULL };
	static const char *const netstat[] = { "netstat", "-tanp", NULL };

	machine_add(&r->cold, first_sight(run));
	r->missed = run->unknown;
	for (int i = 0; i < ROUNDS; i++) {
		machine_add(&r->ss, machine_run(ss));
		machine_add(&r->netstat, machine_run(netstat));
		machine_add(&r->first, first_sight(run));
		r->missed += run->unknown;
		machine_add(&r->still, tick(run, TICK_NS));
		machine_churn();
		machine_add(&r->churned, tick(run, TICK_NS));
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
	struct run run = { 0 };
	char error[SK_ERROR_LEN];
	double ss;

	machine_build(&plan);
	if (sk_live_source_new(0, &run.source, error))
		errx(1, "%s", error);
	if (sk_differ_new(&run.differ))
		errx(1, "out of memory");
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
