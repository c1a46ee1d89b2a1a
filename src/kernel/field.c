/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/field.h"

bool field_number(const char **at, int base, char end, uint64_t most, uint64_t *out)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	const char *from = *at + strspn(*at, " \t");
	size_t len = strspn(from, digits);
	char *stop;

	errno = 0;
	*out = strtoull(from, &stop, base);
	if (!len || stop != from + len || errno || *out > most)
		return false;
	if (end == ' ' ? !strchr(" \t\n", *stop) : *stop != end)
		return false; /* strchr() finds the end of the text, too */
	*at = stop + (end != ' ');
	return true;
}

bool field_skip(const char **at)
{
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t\n");
	*at += len;
	return len != 0;
}
