/* SPDX-License-Identifier: MIT */
/*
 * This header names the processes that made connections which have ended, as tracepoints saw them.
 * Such a process may have ended, too.
 */
#ifndef SKTOP_KERNEL_OWNERS_MAKERS_H
#define SKTOP_KERNEL_OWNERS_MAKERS_H

#include "kernel/owners/fd_scan.h"
#include "sample/cookie_index.h"

/** The makers that were named last; all zero at first. */
struct makers {
	struct maker *at;
	uint32_t n, capacity;
	const struct sk_owners *table; /* their numbers are of it */
	struct cookie_index users;     /* of sample->strays, by socket */
};

void makers_free(struct makers *makers);

/**
 * Gives the new events of the sample that have no owner the process that made the connection, if
 * a tracepoint saw it (sk_event.maker), with its cgroup. So do strays, and sockets without an owner
 * of which a stray says who uses them. scan knows the processes that live. Returns
 * 0 or -ENOMEM.
 */
int makers_name(struct makers *makers, const struct fd_scan *scan, struct sk_owners *table,
		struct sk_sample *sample);

#endif
