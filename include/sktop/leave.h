/* SPDX-License-Identifier: MIT */
/*
 * This header ends a loop on a signal: between two samples if possible, and in any case
 * after a moment. The loop alone cannot promise that, because it may hang in a write to
 * a terminal or a pipe that takes nothing, or in a name lookup.
 */
#ifndef SKTOP_LEAVE_H
#define SKTOP_LEAVE_H

#include <stdbool.h>
#include <stddef.h>

/** The patience that a loop begins with, in milliseconds. */
#define SK_LEAVE_MS 1000

/**
 * From now on these signals ask the loop to leave. If the process still runs when its
 * patience is over, or a second signal comes, last_words() is called (NULL: nothing is) and
 * the first signal does what it does by default. last_words() runs in a signal handler. A
 * signal that was ignored at the start stays ignored. All threads but the caller's must
 * block these signals. To be called once in a process. Returns 0 or -errno.
 */
int sk_leave_open(const int *signals, size_t n, void (*last_words)(void));

/** Readable as soon as a signal has come; -1 before sk_leave_open(). */
int sk_leave_fd(void);

/** True as soon as a signal has come. */
bool sk_leave_wanted(void);

/** Sets how long the process may still run after the signal, come or to come. */
void sk_leave_patience(unsigned ms);

/** Notes that a thread hangs and was left behind, with the locks that it holds. */
void sk_leave_behind(void);

/** Ends the process as exit() does, but never waits for a thread that was left behind. */
_Noreturn void sk_leave_exit(int status);

#endif
