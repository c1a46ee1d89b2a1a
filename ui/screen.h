/* SPDX-License-Identifier: MIT */
/*
 * The terminal: into full screen and back out, whatever happens.
 */
#ifndef SKTOP_UI_SCREEN_H
#define SKTOP_UI_SCREEN_H

#include <curses.h>
#include <signal.h>

struct screen {
	SCREEN *curses;
	int signals; /* signalfd of what stops or resizes us; sk_leave_fd() of what ends us */
	sigset_t old_mask;
};

/** Takes the terminal over. Returns 0, or -errno with error (SK_ERROR_LEN bytes). */
int screen_open(struct screen *screen, char *error);

/** Gives it back as it was. */
void screen_close(struct screen *screen);

/** The next key, a curses code; ERR = none. Sequences that no key sends are left out. */
int screen_key(void);

/** Takes the size the terminal has now. */
void screen_resize(void);

/** Stops the process until it is continued (Ctrl-Z). */
void screen_suspend(struct screen *screen);

#endif
