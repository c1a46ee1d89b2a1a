/* SPDX-License-Identifier: MIT */
/*
 * This header finds the paths of control groups by the ids that sockets carry.
 */
#ifndef SKTOP_KERNEL_OWNERS_CGROUPS_H
#define SKTOP_KERNEL_OWNERS_CGROUPS_H

#include <sktop/owners.h>
#include <sktop/sample.h>

struct cgroups;

/** mounts is "/proc/self/mountinfo", except in tests. Returns 0 or -ENOMEM. */
int cgroups_new(const char *mounts, struct cgroups **out);
void cgroups_free(struct cgroups *groups);

/**
 * Finds the mount of cgroup2 in the text of mountinfo: "/sys/fs/cgroup" or, beside v1,
 * "/sys/fs/cgroup/unified". Returns false if there is none.
 */
bool cgroups_parse_mounts(const char *text, char *out, size_t size);

/**
 * Puts the control groups of the sample's sockets into the table. If an id is unknown, the
 * function walks the tree, but spends at most a fiftieth of the time on it. Returns 0 or -ENOMEM.
 */
int cgroups_resolve(struct cgroups *groups, struct sk_sample *sample,
		    struct sk_owners *table);

#endif
