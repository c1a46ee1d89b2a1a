/* SPDX-License-Identifier: MIT */
/*
 * A program with file capabilities or setuid has rights that its user does not have.
 * sktop then shows what these rights let it see, but closes and signals nothing with
 * them, and opens no file that the user names.
 */
#ifndef SKTOP_PRIVILEGE_H
#define SKTOP_PRIVILEGE_H

#include <stdbool.h>

/**
 * True when the kernel gave this program rights at its start that its user does not have
 * (AT_SECURE: file capabilities, setuid, setgid). Root and sudo have their own.
 */
bool sk_privilege_is_elevated(void);

/**
 * If the program has rights that its user does not have, keeps only those variables of
 * the environment that name a terminal, a language or a colour, and drops all others:
 * variables of curses and of the resolver name files to read (TERMINFO, TERMINFO_DIRS,
 * HOME, HOSTALIASES...). Must be called before anything else, and before there are
 * threads. Returns 0 or -ENOMEM.
 */
int sk_privilege_clean_environment(void);

#endif
