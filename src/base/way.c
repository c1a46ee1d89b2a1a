/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <time.h>
#include "base/way.h"

#define NAP_NS 1000000

/* The readers of netlink are many layers below who gives way, and on other threads too. */
static _Thread_local struct way *given;

void way_begin(struct way *way, uint64_t budget_ns)
{
	if (way)
		way->left_ns = budget_ns;
	given = way;
}

/* Naps end without a call: who draws has nothing to do for whoever waits. */
void way_give(void)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };

	while (given && given->left_ns && atomic_load(&given->wanted)) {
		nanosleep(&nap, NULL);
		given->left_ns -= given->left_ns < NAP_NS ? given->left_ns : NAP_NS;
	}
}
