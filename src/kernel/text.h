/* SPDX-License-Identifier: MIT */
/*
 * The door where text from outside is made fit for terminals.
 */
#ifndef SKTOP_KERNEL_TEXT_H
#define SKTOP_KERNEL_TEXT_H

#include <stddef.h>
#include <string.h>
#include <sktop/text.h>

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

/** What may hold more than ASCII: sk_text_clean(), see there. */
static inline size_t text_clean(char *out, size_t size, const void *text, size_t len)
{
	return sk_text_clean(out, size, text, len);
}

/** The line behind this one, or NULL. */
static inline const char *text_next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

#endif
