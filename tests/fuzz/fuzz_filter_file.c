/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of -F, beside words of the command line: it is read or refused, and
 * where it is wrong the offset lies in what was put together of the two.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <sktop/filter.h>
#include "fuzz.h"

/* A file that is there for the run. */
static const char *fill(const uint8_t *data, size_t size)
{
	static char path[40];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("filter", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	require(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	return path;
}

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

	if (!size)
		return 0;
	word = words[data[0] % 4];
	if (sk_filter_compose(word, fill(data + 1, size - 1), &both, &offset, error)) {
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
