/* SPDX-License-Identifier: MIT */
/*
 * This is acting without a screen: -K FILTER.
 */
#ifndef SKTOP_PROGRAM_ACTING_H
#define SKTOP_PROGRAM_ACTING_H

#include <sktop/options.h>

/**
 * Closes what the filter chooses in one fresh sample, after showing and asking as the
 * options say. Takes over the source. Returns 0 when everything chosen was closed or
 * had ended by itself, or could be in a dry run; else -errno with the exit status,
 * and error (SK_ERROR_LEN bytes; "" when all was said already).
 */
int acting_run(const struct sk_options *options, struct sk_source *source, int *status,
	       char *error);

#endif
