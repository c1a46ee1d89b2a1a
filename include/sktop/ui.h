/* SPDX-License-Identifier: MIT */
/*
 * This is all that main() knows of the screen.
 */
#ifndef SKTOP_UI_H
#define SKTOP_UI_H

#include <sktop/options.h>

/**
 * Runs the full screen until the user quits. Takes over the source. Returns 0 or
 * -errno; error (SK_ERROR_LEN bytes) then says what failed, and *status is the exit
 * status for it: 2 for bad options, else 1. The terminal is left as it was found in
 * every case.
 */
int sk_ui_run(const struct sk_options *options, struct sk_source *source,
	      int *status, char *error);

/** Prints the key table (--help=keys). */
void sk_ui_print_keys(void);

#endif
