/* SPDX-License-Identifier: MIT */
/*
 * --details: one sample, and each socket that the filter chooses in full.
 */
#ifndef SKTOP_PROGRAM_DETAILS_H
#define SKTOP_PROGRAM_DETAILS_H

#include <sktop/options.h>

/**
 * Prints all that is known of each chosen socket. Takes over the source. Returns 0, or
 * -errno with the exit status and error (SK_ERROR_LEN bytes; "" when there is nothing to say).
 */
int details_run(const struct sk_options *options, struct sk_source *source, int *status,
		char *error);

#endif
