/* SPDX-License-Identifier: MIT */
/*
 * Rights that are not our user's own. A program with file capabilities or setuid acts for
 * whoever starts it: sktop then shows what these rights let it see, but does nothing to
 * anybody with them, and opens nothing that the user names.
 */
#ifndef SKTOP_PRIVILEGE_H
#define SKTOP_PRIVILEGE_H

#include <stdbool.h>

/**
 * True when the kernel gave this program rights at its start that its user does not have
 * (AT_SECURE: file capabilities, setuid, setgid). Root and sudo have their own.
 */
bool sk_privilege_is_lent(void);

/**
 * Where rights are lent, drops every variable of the environment that no more than names a
 * terminal, a language or a colour: those of curses and of the resolver name files to read
 * (TERMINFO, TERMINFO_DIRS, HOME, HOSTALIASES...). Before anything else is done, and before
 * there are threads. Returns 0 or -ENOMEM.
 */
int sk_privilege_clean_environment(void);

#endif
