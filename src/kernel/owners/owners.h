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
 * proc is "/proc" in earnest, mounts "/proc/self/mountinfo" (where the control groups
 * are mounted); options as sk_live_source_new(), which say whether BPF may look at
 * descriptors. Returns 0 or -ENOMEM; without /proc it finds nobody, and says so.
 */
int owners_new(const char *proc, const char *mounts, unsigned options,
	       struct owners **out);
void owners_free(struct owners *owners);

/**
 * Gives the sockets of a sample, which went through sk_diff_compute(), their owners
 * and the sample the table of them, searching for at most budget_ns nanoseconds (0 =
 * until all are found or cannot be). Of the request, the needs SK_NEED_OWNERS, _CGROUPS
 * and _THREADS count; it may name one socket, whose owners are looked at anew. Unknown
 * ones stay 0 and are searched for the next time. Sets losses.unreadable_processes.
 * Returns 0 or -ENOMEM.
 */
int owners_attribute(struct owners *owners, const struct sk_request *request,
		     struct sk_sample *sample, uint64_t budget_ns);

/**
 * Goes on searching between two samples for at most budget_ns, for the next sample.
 * Returns true when there is more to do.
 */
bool owners_search(struct owners *owners, uint64_t budget_ns);

/** Descriptors looked at so far: for tests and benchmarks. */
uint64_t owners_probes(const struct owners *owners);

/** True if descriptors are looked at by BPF: for tests and benchmarks. */
bool owners_by_bpf(const struct owners *owners);

#endif
