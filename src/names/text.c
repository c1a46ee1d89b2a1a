/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sktop/names.h>
#include <sktop/text.h>
#include "names/text.h"

char *text_printable(const char *text)
{
	size_t len = strnlen(text, TEXT_NAME_MAX);
	char *copy = malloc(SK_TEXT_ROOM(len));

	if (copy)
		sk_text_clean(copy, SK_TEXT_ROOM(len), text, len);
	return copy;
}

static bool is_label(const char *text, size_t len, bool *has_letter)
{
	if (len < 1 || len > 63)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
		*has_letter |= letter;
	}
	return true;
}

bool text_is_host(const char *text)
{
	size_t len = strlen(text), label = 0;
	bool has_letter = false;

	if (len && text[len - 1] == '.')
		len--;
	if (len >= SK_HOST_STRLEN)
		return false;
	for (size_t at = 0; at <= len; at += label + 1) {
		label = 0;
		while (at + label < len && text[at + label] != '.')
			label++;
		if (!is_label(text + at, label, &has_letter))
			return false;
	}
	return has_letter;
}
