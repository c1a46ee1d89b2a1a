/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of -F, beside words of the command line: it is read or refused, and
 * where it is wrong the offset lies in what was put together of the two.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sktop/filter.h>
#include "fuzz.h"

static void parse(const char *text)
{
	struct sk_filter_error where;
	struct sk_filter *filter = NULL;
	char message[SK_ERROR_LEN];
	int err = sk_filter_parse(text, sk_table(SK_TABLE_CONNECTIONS), &filter, &where);

	if (err == -EINVAL) {
		require(where.offset <= strlen(text));
		sk_filter_error_format(text, &where, message, sizeof(message));
	}
	sk_filter_free(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = { "", " ", "state listening", "( tcp" };
	char error[SK_ERROR_LEN] = "", *both = NULL;
	size_t offset = 0;
	const char *word;
	FILE *file;
	int err;

	if (!size)
		return 0;
	file = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "rb");
	if (!file)
		return 0;
	word = words[data[0] % 4];
	err = sk_filter_compose(word, file, "some", &both, &offset, error);
	fclose(file);
	if (err) {
		require(error[0] && !both);
		return 0;
	}
	require(!memchr(data + 1, '\0', size - 1));
	require(offset <= strlen(both) && strlen(both + offset) >= size - 1);
	require(strstr(both, word) != NULL);
	parse(both);
	free(both);
	return 0;
}
