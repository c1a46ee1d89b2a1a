/* SPDX-License-Identifier: MIT */
/*
 * These functions make text from the kernel safe for terminals.
 */
#ifndef SKTOP_KERNEL_TEXT_H
#define SKTOP_KERNEL_TEXT_H

#include <stddef.h>
#include <string.h>
#include <sktop/text.h>

/** Copies at most len bytes, up to the first NUL, with sk_text_clean(). Returns the length. */
static inline size_t text_copy(char *out, size_t size, const char *text, size_t len)
{
	return sk_text_clean(out, size, text, strnlen(text, len));
}

/**
 * Copies len bytes of a clean text. If they do not fit, it copies as many whole characters as do.
 */
static inline void text_part(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size) {
		len = size - 1;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

/** Returns the line behind this one, or NULL. */
static inline const char *text_next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

#endif
