/* SPDX-License-Identifier: MIT */
/*
 * This header takes the terminal into full screen mode and back, whatever happens.
 */
#ifndef SKTOP_UI_SCREEN_H
#define SKTOP_UI_SCREEN_H

#include <curses.h>
#include <signal.h>
#include <stdint.h>
#include "input.h"
#include "terminal.h"

#define SCREEN_KEYS 256

struct screen {
	SCREEN *curses;
	struct input input;
	int64_t input_ns; /* when its newest byte came; CLOCK_MONOTONIC */
	struct input_key keys[SCREEN_KEYS]; /* what terminfo knows; bytes are ours */
	size_t n_keys;
	char mouse_on[48], mouse_off[48]; /* what makes the terminal tell clicks; "" */
	bool gone; /* the terminal: nothing will ever come from it again */
	struct terminal terminal;
	int signals; /* signalfd of what stops or resizes us; sk_leave_fd() of what ends us */
	sigset_t old_mask;
};

/** Takes the terminal over. Returns 0, or -errno with error (SK_ERROR_LEN bytes). */
int screen_open(struct screen *screen, char *error);

/** Gives it back as it was. */
void screen_close(struct screen *screen);

/** Returns what is typed next. False: nothing, or the terminal is gone. It never waits. */
bool screen_read(struct screen *screen, struct input_event *event);

/** Milliseconds until what has begun counts as typed; 0 = it does, -1 = nothing has. */
int screen_due_ms(const struct screen *screen);

/** Takes the size the terminal has now. */
void screen_resize(void);

/** Stops the process until it is continued (Ctrl-Z). */
void screen_suspend(struct screen *screen);

/** CLOCK_MONOTONIC in nanoseconds. */
int64_t screen_now_ns(void);

#endif
