/* SPDX-License-Identifier: MIT */
/*
 * These functions take in names. Files, account databases and name servers are all
 * outside, and their texts are not trusted.
 */
#ifndef SKTOP_NAMES_TEXT_H
#define SKTOP_NAMES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sktop/text.h>

/** Longest name of a service, protocol or user that is kept: Linux's LOGIN_NAME_MAX. */
#define TEXT_NAME_MAX 256

/** Room for it when it was taken in, NUL included. */
#define TEXT_NAME_STRLEN SK_TEXT_ROOM(TEXT_NAME_MAX)

/** A copy, cut behind TEXT_NAME_MAX bytes, as sk_text_clean(). NULL: no memory. */
char *text_printable(const char *text);

/**
 * True if an answer of a name server is a host name: labels of at most 63 letters,
 * digits, '-' and '_', 253 in all, and not an address in digits, which would pass for
 * the address it stands in place of. A dot at the end is allowed.
 */
bool text_is_host(const char *text);

#endif
