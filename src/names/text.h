/* SPDX-License-Identifier: MIT */
/*
 * The door for names: files, account databases and name servers are all outside.
 */
#ifndef SKTOP_NAMES_TEXT_H
#define SKTOP_NAMES_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Longest name of a service, protocol or user that is kept, NUL included. */
#define TEXT_NAME_STRLEN 65

/** A copy, cut at 64 bytes, what is not printable ASCII as '?'. NULL: no memory. */
char *text_printable(const char *text);

/**
 * Whether an answer of a name server is a host name: labels of at most 63 letters,
 * digits, '-' and '_', 253 in all, and not an address in digits, which would pass for
 * the address it stands in place of. A dot at the end is allowed.
 */
bool text_is_host(const char *text);

#endif
