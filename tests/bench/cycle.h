/* SPDX-License-Identifier: MIT */
/*
 * sktop's phases, one after the other in this process.
 */
#ifndef SKTOP_TESTS_CYCLE_H
#define SKTOP_TESTS_CYCLE_H

#include <stdbool.h>
#include <stdio.h>
#include <sktop/diff.h>
#include <sktop/group.h>
#include <sktop/source.h>
#include <sktop/view.h>
#include "table.h"

struct cycle {
	struct sk_source *source, *without_bpf;
	struct sk_differ *differ;
	struct sk_grouping *grouping;
	struct sk_view view, chosen;
	struct sk_filter *filter;
	struct sk_sample *previous, *reserve, *beside;
	FILE *null;
};

void cycle_open(struct cycle *cycle);
void cycle_close(struct cycle *cycle);

/** Sample, diff, group by address, sort by rate. */
void cycle_run(struct cycle *cycle, struct table *table);

/** The other work on the same sample: another order, a filter, JSON. */
void cycle_run_besides(struct cycle *cycle, struct table *table);

/** Many sockets come from BPF, if that is built in: the other way. */
void cycle_run_sock_diag(struct cycle *cycle, struct table *table);

#endif
