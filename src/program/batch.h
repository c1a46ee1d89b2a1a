/* SPDX-License-Identifier: MIT */
/*
 * This loop prints samples without a screen: --once and --batch.
 */
#ifndef SKTOP_PROGRAM_BATCH_H
#define SKTOP_PROGRAM_BATCH_H

#include <sktop/options.h>

/**
 * Prints samples until the count, a signal or an error ends it. Takes over the
 * source. Returns 0, or -errno with the exit status and error (SK_ERROR_LEN bytes;
 * "" when there is nothing to say, as for a closed pipe).
 */
int batch_run(const struct sk_options *options, struct sk_source *source, int *status,
	      char *error);

#endif
