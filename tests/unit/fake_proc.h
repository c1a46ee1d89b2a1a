/* SPDX-License-Identifier: MIT */
/*
 * A /proc tree in a temporary directory: what a scanner may meet there, however odd.
 */
#ifndef FAKE_PROC_H
#define FAKE_PROC_H

#include <ftw.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct fake_proc {
	char root[64];
};

static inline void fake_proc_make(struct fake_proc *fake)
{
	char path[80];

	strcpy(fake->root, "/tmp/sktop-proc-XXXXXX");
	assert_non_null(mkdtemp(fake->root));
	assert_int_equal(chmod(fake->root, 0755), 0);
	snprintf(path, sizeof(path), "%s/1", fake->root); /* hidepid is not in force */
	assert_int_equal(mkdir(path, 0755), 0);
}

static inline int fake_proc_unlink(const char *path, const struct stat *st, int type,
				   struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void fake_proc_remove(const char *path)
{
	nftw(path, fake_proc_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void fake_proc_write(const struct fake_proc *fake, unsigned pid,
				   const char *name, const char *bytes, size_t len)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u/%s", fake->root, pid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

static inline void fake_proc_stat(const struct fake_proc *fake, unsigned pid,
				  const char *name, unsigned long start)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
			 "%u (%s) S 1 1 1 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 3 0 %lu 5 6\n",
			 pid, name, start);

	fake_proc_write(fake, pid, "stat", text, (size_t)n);
}

static inline void fake_proc_process(const struct fake_proc *fake, unsigned pid,
				     const char *name, unsigned long start)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%u", fake->root, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%u/fd", fake->root, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	fake_proc_stat(fake, pid, name, start);
}

/* target: "socket:[12]", "/dev/null", ... */
static inline void fake_proc_fd(const struct fake_proc *fake, unsigned pid, unsigned fd,
				const char *target)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%u/fd/%u", fake->root, pid, fd);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static inline void fake_proc_close(const struct fake_proc *fake, unsigned pid, unsigned fd)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%u/fd/%u", fake->root, pid, fd);
	assert_int_equal(unlink(path), 0);
}

static inline void fake_proc_kill(const struct fake_proc *fake, unsigned pid)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%u", fake->root, pid);
	fake_proc_remove(path);
}

#endif
