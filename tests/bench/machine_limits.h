/* SPDX-License-Identifier: MIT */
/*
 * The limits that keep a machine from having a million sockets: memory, descriptors, ports
 * and the kernel's own limits.
 */
#ifndef SKTOP_TESTS_MACHINE_LIMITS_H
#define SKTOP_TESTS_MACHINE_LIMITS_H

#include <stdbool.h>

/** Ends the program with a clear word unless n sockets of so many processes fit. */
void limits_check(int n, int processes);

/**
 * Enters a network namespace of its own whose limits let them be; what could not be
 * set is told. Ends the program where there can be no namespace.
 */
void limits_enter_namespace(void);

/** Sockets of others in the table that this namespace's are in, while it is empty. */
long limits_others(void);

/** False when this machine has no IPv6; to be asked in the namespace. */
bool limits_have_ipv6(void);

/** Tells what disturbs measuring, once all sockets are there. */
void limits_tell(void);

/** The number after a word in a line of /proc/net/sockstat that begins so; 0 = none. */
long limits_sockstat(const char *line, const char *word);

#endif
