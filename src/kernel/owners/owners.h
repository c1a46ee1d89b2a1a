/* SPDX-License-Identifier: MIT */
/*
 * This header attributes sockets to processes. One instance serves all network
 * namespaces, because socket inodes are unique on a host.
 */
#ifndef SKTOP_KERNEL_OWNERS_OWNERS_H
#define SKTOP_KERNEL_OWNERS_OWNERS_H

#include <sktop/owners.h>
#include <sktop/source.h>

struct owners;

/**
 * proc is "/proc" and mounts is "/proc/self/mountinfo" (it lists where control groups are
 * mounted), except in tests. options are as in sk_live_source_new(), and say if BPF may look at
 * descriptors. Returns 0 or -ENOMEM. Without /proc it finds no owners, and notes a loss.
 */
int owners_new(const char *proc, const char *mounts, unsigned options,
	       struct owners **out);
void owners_free(struct owners *owners);

/**
 * Gives the sockets of a sample their owners, and gives the sample the table of owners. The
 * sample must have gone through sk_diff_compute(). The search takes at most budget_ns nanoseconds
 * (0 = until all are found or cannot be found). The request's needs SK_NEED_OWNERS, _CGROUPS and
 * _THREADS count. If the request names one socket, its owners are looked at anew. Unknown owners
 * stay 0, and are searched for the next time. Sets losses.unreadable_processes. Returns 0 or
 * -ENOMEM.
 */
int owners_attribute(struct owners *owners, const struct sk_request *request,
		     struct sk_sample *sample, uint64_t budget_ns);

/**
 * Goes on searching between two samples, for the next sample, and takes at most budget_ns.
 * Returns true if there is more to do.
 */
bool owners_search(struct owners *owners, uint64_t budget_ns);

/** Returns the number of descriptors looked at so far, for tests and benchmarks. */
uint64_t owners_probes(const struct owners *owners);

/** Returns true if descriptors are looked at by BPF, for tests and benchmarks. */
bool owners_by_bpf(const struct owners *owners);

#endif
