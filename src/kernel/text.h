/* SPDX-License-Identifier: MIT */
/*
 * The door where text from outside is made fit for terminals.
 */
#ifndef SKTOP_KERNEL_TEXT_H
#define SKTOP_KERNEL_TEXT_H

#include <stddef.h>

/**
 * Copies at most len bytes up to the first NUL; what is not printable ASCII
 * becomes '?'. out is always NUL-ended; size must not be 0.
 */
static inline void text_copy(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (; n < len && n + 1 < size && text[n]; n++)
		out[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
	out[n] = '\0';
}

/**
 * Copies len bytes that may hold anything. What is UTF-8 and prints stays; NUL becomes
 * '@', as ss and netstat write abstract unix names; every byte of the rest (controls,
 * escape sequences, broken or overlong UTF-8, marks that turn the direction of writing)
 * becomes '?'. out is NUL-ended and never cut within a character; size must not be 0.
 * Returns the length.
 */
size_t text_clean(char *out, size_t size, const void *text, size_t len);

#endif
