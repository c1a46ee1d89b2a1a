/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/file.h"

/* A file that is larger than this is not a /proc file. */
#define SIZE_LIMIT ((size_t)1 << 30)

static int make_room(struct proc_file *file)
{
	size_t capacity = file->capacity ? file->capacity * 2 : 8192;
	char *text;

	if (capacity > SIZE_LIMIT)
		return -EFBIG;
	text = realloc(file->text, capacity);
	if (!text)
		return -ENOMEM;
	file->text = text;
	file->capacity = capacity;
	return 0;
}

/* A NUL does not end the text of the file. It becomes '?', like other bytes that do not print. */
static void blank_nuls(char *text, size_t len)
{
	char *at, *end = text + len;

	while ((at = memchr(text, '\0', (size_t)(end - text)))) {
		*at = '?';
		text = at + 1;
	}
}

int proc_file_read(struct proc_file *file, const char *path)
{
	if (file->fd < 0)
		file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	file->size = 0;
	for (;;) {
		int err = file->size + 1 < file->capacity ? 0 : make_room(file);
		ssize_t n;

		if (err)
			return err;
		n = pread(file->fd, file->text + file->size,
			  file->capacity - file->size - 1, (off_t)file->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* The next read opens the file anew. */
			err = -errno;
			close(file->fd);
			file->fd = -1;
			return err;
		}
		blank_nuls(file->text + file->size, (size_t)n);
		file->size += (size_t)n;
		file->text[file->size] = '\0';
		if (n == 0)
			return 0;
	}
}

void proc_file_close(struct proc_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->text);
	*file = PROC_FILE_CLOSED;
}

int proc_read_numbers(const char *path, unsigned long *values, int n)
{
	char text[256], *at = text;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (size < 0)
		err = -errno;
	else
		text[size] = '\0';
	for (int i = 0; !err && i < n; i++) {
		char *end;

		values[i] = strtoul(at, &end, 10);
		if (end == at)
			err = -EINVAL;
		at = end;
	}
	if (fd >= 0)
		close(fd);
	return err;
}
