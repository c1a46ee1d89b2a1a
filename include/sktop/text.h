/* SPDX-License-Identifier: MIT */
/*
 * Texts from outside may hold anything. These functions take them in and show them.
 *
 * Every text from outside goes through sk_text_clean() when it is read. The result is
 * UTF-8 of characters that print, and nothing of the text is lost: a byte that is not
 * UTF-8, or that belongs to a character that does not print, becomes one character of a
 * private range (U+10F800 plus the byte). No text from outside can contain such a
 * character. So two different names stay different, and filters compare what was really
 * there.
 *
 * Every text that leaves the program goes through one of two functions: sk_text_show()
 * for people, who have a terminal with a locale, or sk_text_utf8() for programs. Both
 * write one replacement for each byte that is no UTF-8 and each character that does not
 * print.
 */
#ifndef SKTOP_TEXT_H
#define SKTOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Room, NUL included, that sk_text_clean() needs at most for so many bytes. */
#define SK_TEXT_ROOM(len) (4 * (size_t)(len) + 1)

/** Room, NUL included, that sk_text_show() and sk_text_utf8() need at most. */
#define SK_TEXT_SHOWN_ROOM(len) (3 * (size_t)(len) + 1)

/** Room for the name of an interface: 15 bytes of any kind (IFNAMSIZ). */
#define SK_DEVICE_STRLEN 64

/** Room for an alternative name of an interface: 127 bytes of any kind (ALTIFNAMSIZ). */
#define SK_ALTNAME_STRLEN SK_TEXT_ROOM(127)

/**
 * Takes len bytes from outside in. Characters of UTF-8 that print stay; NUL becomes '@', as
 * ss and netstat write abstract unix names; of the rest (controls, escape sequences, broken
 * or overlong UTF-8, surrogates, noncharacters, marks that turn the direction of writing or
 * take no room) each byte becomes a character of the private range. out is NUL-ended and
 * never cut within a character; it must not be text; size must not be 0. Returns the
 * length.
 */
size_t sk_text_clean(char *out, size_t size, const void *text, size_t len);

/**
 * Takes a text in that a person typed or that was taken in before: it stays as it is
 * where sk_text_is_clean(). Returns memory to free(), or NULL: there is none.
 */
char *sk_text_typed(const char *text, size_t len);

/** True for what sk_text_clean() makes. */
bool sk_text_is_clean(const char *text);

/** True for printable ASCII alone, which is shown as it is everywhere. */
bool sk_text_is_plain(const char *text);

/** True when something in a clean text stands for a byte that cannot be shown. */
bool sk_text_has_bytes(const char *text);

/**
 * The bytes that a clean text was made of (but NUL, which is '@'). out has room for
 * strlen(text) bytes and may be text itself. Returns how many there are.
 */
size_t sk_text_bytes(const char *text, void *out);

/**
 * Writes a clean text as the locale (LC_CTYPE) can show it: a character that it lacks or
 * that has no width becomes U+FFFD or, where that is lacking too, '?'. out is NUL-ended
 * and never cut within a character; size must not be 0. Returns the length. Text that is
 * not clean does no harm: it is shown as if it had been cleaned.
 */
size_t sk_text_show(char *out, size_t size, const char *text);

/** sk_text_show() to a file. */
void sk_text_put(FILE *file, const char *text);

/** sk_text_show() in UTF-8, whatever the locale is; the replacement is U+FFFD. */
size_t sk_text_utf8(char *out, size_t size, const char *text);

/**
 * Bytes of the first characters of a clean text that fit into so many cells of a
 * terminal as sk_text_show() writes them, with the marks that stand on them; *used is
 * how many cells they take. A character takes two cells where it is wide.
 */
size_t sk_text_fit(const char *text, size_t cells, size_t *used);

/** Cells that a clean text takes. */
size_t sk_text_width(const char *text);

/**
 * Sets the locale of what is shown, once, at the start: the user's. Where that is one of
 * UTF-8 which is not installed here, C.UTF-8.
 */
void sk_text_set_locale(void);

#endif
