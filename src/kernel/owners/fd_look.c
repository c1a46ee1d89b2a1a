/* SPDX-License-Identifier: MIT */
/*
 * A descriptor is looked at by its name, without listing the directory first. The listing makes
 * an inode for each entry, as the look does, so it alone would cost as much.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/owners/fd_look.h"
#include "kernel/field.h"

#define GAP 16 /* after so many closed ones in a row the directory is asked */

static uint32_t device_of(const struct statx *st)
{
	return st->stx_dev_major << 20 | st->stx_dev_minor;
}

static char *format_fd(uint32_t fd, char buffer[12])
{
	char *at = buffer + 11;

	*at = '\0';
	do {
		*--at = (char)('0' + fd % 10);
		fd /= 10;
	} while (fd);
	return at;
}

/* Returns the result for a descriptor that could not be looked at. */
static uint32_t no_look(bool *refused)
{
	if (errno == ENOENT || errno == ESRCH)
		return FD_CLOSED;
	if (errno == EACCES || errno == EPERM)
		*refused = true;
	return FD_OTHER;
}

uint32_t fd_look_text(const char *text)
{
	static const char head[] = "socket:[";
	const char *at = text + sizeof(head) - 1;
	uint64_t inode;

	if (strncmp(text, head, sizeof(head) - 1) != 0 || *at == ' ' || *at == '\t' ||
	    !field_number(&at, 10, ']', FD_OTHER - 1, &inode) || *at || !inode)
		return FD_OTHER;
	return (uint32_t)inode;
}

/* Returns the inode of a socket, or FD_OTHER. */
static uint32_t read_link(int dir, const char *name, bool *refused)
{
	char text[64];
	ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);

	if (n < 0)
		return no_look(refused);
	text[n] = '\0';
	return fd_look_text(text);
}

/*
 * Looks at a descriptor. It is a fifth cheaper to follow the link and ask for the inode than to
 * read the link's text. AT_STATX_DONT_SYNC never waits for a dead file server.
 */
uint32_t fd_look_at(const struct fd_look *look, int dir, const char *name, bool *refused)
{
	struct statx st;

	if (!look->follow)
		return read_link(dir, name, refused);
	if (statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_INO, &st))
		return no_look(refused);
	if (!S_ISSOCK(st.stx_mode) || device_of(&st) != look->device ||
	    st.stx_ino == 0 || st.stx_ino >= FD_OTHER)
		return FD_OTHER;
	return (uint32_t)st.stx_ino;
}

uint32_t fd_look_at_number(const struct fd_look *look, int dir, uint32_t fd,
			   bool *refused)
{
	char buffer[12];

	return fd_look_at(look, dir, format_fd(fd, buffer), refused);
}

/* Tries with a socket of our own whether statx() returns the number that sock_diag uses. */
static void try_follow(struct fd_look *look)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int dir = openat(look->root, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char buffer[12];
	bool refused = false;
	struct statx st;

	if (fd >= 0 && dir >= 0) {
		const char *name = format_fd((uint32_t)fd, buffer);

		look->follow = statx(dir, name, AT_STATX_DONT_SYNC,
				     STATX_TYPE | STATX_INO, &st) == 0 &&
			       S_ISSOCK(st.stx_mode) &&
			       read_link(dir, name, &refused) == st.stx_ino;
		look->device = device_of(&st);
	}
	if (dir >= 0)
		close(dir);
	if (fd >= 0)
		close(fd);
}

int fd_look_open(struct fd_look *look, const char *root)
{
	*look = (struct fd_look){ .root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (look->root < 0)
		return -errno;
	try_follow(look);
	return 0;
}

void fd_look_close(struct fd_look *look)
{
	if (look->root >= 0)
		close(look->root);
	look->root = -1;
}

int fd_look_process(const struct fd_look *look, uint32_t pid)
{
	char path[32];
	int dir;

	snprintf(path, sizeof(path), "%u/fd", pid);
	dir = openat(look->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

/* Returns the number that a name in /proc consists of, or -1. */
int64_t fd_look_parse(const char *name)
{
	int64_t number = 0;

	for (size_t i = 0; name[i]; i++) {
		if (name[i] < '0' || name[i] > '9' || i > 9)
			return -1;
		number = number * 10 + (name[i] - '0');
	}
	return name[0] ? number : -1;
}

/*
 * Finds the next open descriptor. In every kernel so far, the offset in the directory is the
 * descriptor + 2.
 */
static int64_t next_open(int dir, uint32_t from)
{
	union {
		struct dirent64 first;
		char bytes[160];
	} list;
	long n;

	if (lseek(dir, (off_t)from + 2, SEEK_SET) < 0)
		return -1;
	/* The buffer is small, because one entry is enough. */
	while ((n = syscall(SYS_getdents64, dir, list.bytes, sizeof(list))) > 0) {
		for (long at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(list.bytes + at);
			int64_t fd = fd_look_parse(entry->d_name);

			at += entry->d_reclen;
			if (fd >= (int64_t)from)
				return fd;
		}
	}
	return -1;
}

int64_t fd_look_next(int dir, uint32_t fd, uint32_t what, unsigned *gap)
{
	*gap = what == FD_CLOSED ? *gap + 1 : 0;
	if (*gap < GAP)
		return (int64_t)fd + 1;
	*gap = 0;
	return next_open(dir, fd + 1);
}
