/* SPDX-License-Identifier: MIT */
/*
 * A table of owners only grows. When it has doubled, the entries that are still in use
 * are copied to a new table; samples that are in use keep the old one.
 */
#ifndef SKTOP_KERNEL_OWNERS_COMPACT_H
#define SKTOP_KERNEL_OWNERS_COMPACT_H

#include <sktop/sample.h>
#include "kernel/owners/fd_scan.h"

/** This is the state after the last compaction. */
struct compaction {
	uint32_t size; /* entries of the table */
	size_t bytes;  /* bytes of its texts and sets */
};

/**
 * Puts a smaller table in place of *table, if that is worth it. Then the sample and the scanner
 * have the numbers of the new table. This is the last step before the sample is published.
 * Returns 0 or -ENOMEM. After an error the sample must not be used.
 */
int owners_compact(struct compaction *compaction, struct fd_scan *scan,
		   struct sk_owners **table, struct sk_sample *sample);

#endif
