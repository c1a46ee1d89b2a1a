/* SPDX-License-Identifier: MIT */
/*
 * These functions compare words in any case, by ASCII alone. The C library's functions
 * follow the user's language: in Turkish, I and i are different letters, so IN would be
 * no keyword.
 */
#ifndef SKTOP_ASCII_H
#define SKTOP_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline char sk_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char sk_ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/** True when the first len bytes of both texts are the same in any case. */
static inline bool sk_ascii_begins(const char *text, const char *with, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (sk_ascii_lower(text[i]) != sk_ascii_lower(with[i]))
			return false;
		if (!text[i])
			return true;
	}
	return true;
}

/** True when both texts are the same in any case. */
static inline bool sk_ascii_same(const char *a, const char *b)
{
	return sk_ascii_begins(a, b, strlen(b) + 1);
}

/** True when the word occurs in the text in any case. */
static inline bool sk_ascii_contains(const char *text, const char *word)
{
	size_t len = strlen(word), room = strlen(text);

	for (size_t at = 0; at + len <= room; at++) {
		if (sk_ascii_begins(text + at, word, len))
			return true;
	}
	return false;
}

#endif
