/* SPDX-License-Identifier: MIT */
/*
 * Text that may go to a terminal. What comes from outside is cleaned at the door, when
 * it is read; whatever writes text cleans it once more, at no cost when that was done.
 */
#ifndef SKTOP_TEXT_H
#define SKTOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Copies len bytes that may hold anything. What is UTF-8 and prints stays; NUL becomes
 * '@', as ss and netstat write abstract unix names; every byte of the rest (controls,
 * escape sequences, broken or overlong UTF-8, marks that turn the direction of writing)
 * becomes '?', so the length stays. out is NUL-ended and never cut within a character;
 * it may be text itself; size must not be 0. Returns the length.
 */
size_t sk_text_clean(char *out, size_t size, const void *text, size_t len);

/** True when sk_text_clean() would change nothing. */
bool sk_text_is_clean(const char *text);

/** True for printable ASCII alone. */
bool sk_text_is_plain(const char *text);

/**
 * Bytes of the first characters of a clean text that fit into so many cells of a
 * terminal, with the marks that stand on them; *used is how many cells they take. A
 * character takes two cells where it is wide; widths are those of the C library's
 * locale, and one where that knows only ASCII.
 */
size_t sk_text_fit(const char *text, size_t cells, size_t *used);

/** Cells that a clean text takes. */
size_t sk_text_width(const char *text);

#endif
