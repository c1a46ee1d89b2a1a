/* SPDX-License-Identifier: MIT */
/*
 * This header finds out what kind of terminal this is, as far as this machine knows it.
 */
#ifndef SKTOP_UI_TERMINAL_H
#define SKTOP_UI_TERMINAL_H

#include <stdbool.h>

struct terminal {
	const char *name; /* for curses: TERM, or what that is close enough to */
	bool known;	  /* TERM itself is in terminfo */
	char shown[41];	  /* TERM, printable, as much as is told of it */
};

/**
 * Finds out what TERM says, and whether standard input is a terminal at all. Returns 0, or
 * -ENOTTY with error (SK_ERROR_LEN bytes) where no full screen can be shown.
 */
int terminal_choose(struct terminal *terminal, char *error);

#endif
