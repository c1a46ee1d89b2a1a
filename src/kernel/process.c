/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/types.h>
#include "kernel/process.h"
#include "kernel/text.h"

#define PF_KTHREAD 0x00200000UL

/* Like text_copy(), but a NUL inside is one more character that does not print. */
static void copy_bytes(char *out, size_t size, const char *bytes, size_t len)
{
	size_t n = 0;

	for (; n < len && n + 1 < size; n++)
		out[n] = bytes[n] >= ' ' && bytes[n] <= '~' ? bytes[n] : '?';
	out[n] = '\0';
}

/* Number `which` of the blank-separated words, from 0. */
static bool nth_number(const char *text, unsigned which, unsigned long long *value)
{
	char *end;

	for (; which; which--) {
		text += strspn(text, " ");
		text += strcspn(text, " ");
	}
	errno = 0;
	*value = strtoull(text, &end, 10);
	return end != text && !errno;
}

int process_parse_stat(const char *text, size_t len, struct process_stat *stat)
{
	/* the name may hold blanks, brackets and newlines: the last bracket ends it */
	const char *open = memchr(text, '(', len);
	const char *close = memrchr(text, ')', len);
	unsigned long long ppid, flags, threads, start;
	char rest[512];

	if (!open || !close || close < open)
		return -EINVAL;
	copy_bytes(stat->name, sizeof(stat->name), open + 1, (size_t)(close - open - 1));
	len -= (size_t)(close + 1 - text);
	if (len >= sizeof(rest))
		len = sizeof(rest) - 1;
	memcpy(rest, close + 1, len);
	rest[len] = '\0';
	/* words from 0: state ppid pgrp session tty tpgid flags ... */
	if (!nth_number(rest, 1, &ppid) || !nth_number(rest, 6, &flags) ||
	    !nth_number(rest, 17, &threads) || !nth_number(rest, 19, &start))
		return -EINVAL;
	stat->state = rest[0] == ' ' ? rest[1] : rest[0];
	stat->ppid = (uint32_t)ppid;
	stat->threads = (uint32_t)threads;
	stat->start = start;
	stat->kernel = (flags & PF_KTHREAD) != 0;
	return 0;
}

bool process_parse_command(const char *bytes, size_t len, char *out)
{
	bool cut = len > SK_COMMAND_MAX;
	size_t n;

	while (len && (bytes[len - 1] == '\0' || bytes[len - 1] == ' '))
		len--;
	cut = cut && len > SK_COMMAND_MAX;
	n = cut ? SK_COMMAND_MAX : len;
	copy_bytes(out, SK_COMMAND_MAX + 1, bytes, n);
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\0')
			out[i] = ' ';
	}
	if (cut)
		strcpy(out + n, SK_COMMAND_CUT);
	return cut;
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/' && path[1] && path[1] != '/';
	return n;
}

void process_parse_cgroup(const char *text, char out[PROCESS_CGROUP])
{
	size_t best = 0;

	/* lines are "0::/path" (v2) and "4:memory:/path" */
	out[0] = '\0';
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *path;
		char copy[PROCESS_CGROUP];
		bool v2, named;

		line += *line == '\n';
		path = strchr(line, ':');
		v2 = path && strncmp(line, "0::", 3) == 0;
		named = path && strncmp(path, ":name=systemd:", 14) == 0;
		path = path ? strchr(path + 1, ':') : NULL;
		if (!path || path > line + strcspn(line, "\n"))
			continue;
		text_copy(copy, sizeof(copy), path + 1, strcspn(path + 1, "\n"));
		if (depth(copy) * 4 + v2 * 2U + named > best || !out[0]) {
			best = depth(copy) * 4 + v2 * 2U + named;
			memcpy(out, copy, sizeof(copy));
		}
	}
}

long process_read(int root, uint32_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	size_t n = 0;
	int fd, err = 0;

	snprintf(path, sizeof(path), "%u/%s", pid, name);
	fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n + 1 < size) {
		ssize_t got = read(fd, out + n, size - n - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = -errno;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	out[n] = '\0';
	return err ? err : (long)n;
}

int process_read_stat(int root, uint32_t pid, struct process_stat *stat)
{
	char text[1024];
	long n = process_read(root, pid, "stat", text, sizeof(text));

	return n < 0 ? (int)n : process_parse_stat(text, (size_t)n, stat);
}

/* "12 13 14 +9": as many as there is room for. */
static bool list_threads(int root, uint32_t pid, char out[PROCESS_TIDS])
{
	char path[32];
	unsigned more = 0;
	size_t n = 0;
	struct dirent *entry;
	int fd;
	DIR *dir;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%u/task", pid);
	fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(dir))) {
		size_t len = strnlen(entry->d_name, 11);

		if (strspn(entry->d_name, "0123456789") != len || len > 10)
			continue;
		if (more || n + len + 16 > PROCESS_TIDS)
			more++;
		else
			n += (size_t)snprintf(out + n, PROCESS_TIDS - n, "%s%.10s",
					      n ? " " : "", entry->d_name);
	}
	if (more)
		snprintf(out + n, PROCESS_TIDS - n, " +%u", more);
	closedir(dir);
	return true;
}

int process_describe(int root, uint32_t pid, bool threads, struct process_texts *texts,
		     struct sk_process *process)
{
	struct process_stat stat;
	struct stat file;
	char text[4096], path[16];
	int err = process_read_stat(root, pid, &stat);
	long n;

	if (err)
		return err;
	memset(texts, 0, sizeof(*texts));
	memcpy(texts->name, stat.name, sizeof(texts->name));
	*process = (struct sk_process){ .pid = pid, .ppid = stat.ppid,
					.uid = SK_UID_UNKNOWN,
					.start = stat.start, .name = texts->name,
					.command = texts->command,
					.cgroup = texts->cgroup, .unit = texts->unit,
					.tids = texts->tids };
	snprintf(path, sizeof(path), "%u", pid);
	if (fstatat(root, path, &file, 0) == 0)
		process->uid = file.st_uid;
	n = process_read(root, pid, "cmdline", text, sizeof(text));
	if (n > 0 && process_parse_command(text, (size_t)n, texts->command))
		process->flags |= SK_PROCESS_CUT;
	n = process_read(root, pid, "cgroup", text, sizeof(text));
	if (n > 0)
		process_parse_cgroup(text, texts->cgroup);
	process_unit(texts->cgroup, texts->unit);
	if (threads && list_threads(root, pid, texts->tids))
		process->flags |= SK_PROCESS_TIDS;
	return 0;
}
