/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "filter/filter.h"

/* Reads a whole file as text. */
static int read_all(FILE *file, char *text, size_t size, const char **why)
{
	size_t n = fread(text, 1, size, file);

	if (ferror(file)) {
		*why = strerror(errno);
		return -EINVAL;
	}
	if (n == size) {
		*why = "longer than a filter may be";
		return -EINVAL;
	}
	text[n] = '\0';
	if (strlen(text) != n) {
		*why = "not a text";
		return -EINVAL;
	}
	return 0;
}

/* Lines that begin with # become blank, so that every offset keeps its line. */
static void blank_comments(char *text)
{
	for (char *line = text; *line; line += strcspn(line, "\n")) {
		line += *line == '\n';
		if (line[strspn(line, " \t")] == '#')
			memset(line, ' ', strcspn(line, "\n"));
	}
}

/*
 * Characters that are escaped for the shell need no escape here: \( \) \! and a broken
 * line.
 */
static void blank_escapes(char *text)
{
	bool quoted = false;

	for (char *c = text; *c; c++) {
		quoted ^= *c == '"';
		if (*c == '\\' && c[1] && strchr("()!|&<>\n", c[1]) && !quoted)
			*c = ' ';
	}
}

static int read_file(FILE *file, const char *name, char *text, size_t size, char *error)
{
	const char *why = "";
	int err = read_all(file, text, size, &why);

	if (err) {
		snprintf(error, SK_ERROR_LEN, "--filter-file: '%.120s': %.80s", name, why);
		return err;
	}
	blank_comments(text);
	blank_escapes(text);
	return 0;
}

int sk_filter_compose(const char *words, FILE *file, const char *name, char **out,
		      size_t *offset, char *error)
{
	char text[FILTER_TEXT_MAX + 1];
	size_t size = strlen(words) + sizeof(text) + 16;
	int err = read_file(file, name, text, sizeof(text), error);
	bool both = words[strspn(words, " ")] && text[strspn(text, " \t\r\n")];

	if (err)
		return err;
	*out = malloc(size);
	if (!*out)
		return -ENOMEM;
	*offset = (size_t)snprintf(*out, size, both ? "( %s ) ( " : "%s ", words);
	snprintf(*out + *offset, size - *offset, both ? "%s )" : "%s", text);
	return 0;
}
