/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/types.h>
#include "kernel/owners/process.h"
#include "kernel/text.h"

#define PF_KTHREAD 0x00200000UL

#define FILE_FIRST 4096
#define CGROUPS_MAX (1 << 18) /* one line for each hierarchy, of at most 4096 bytes */

static int make_room(struct process_text *text, size_t room)
{
	char *bigger;

	if (room <= text->room)
		return 0;
	bigger = realloc(text->text, room);
	if (!bigger)
		return -ENOMEM;
	text->text = bigger;
	text->room = room;
	return 0;
}

void process_texts_free(struct process_texts *texts)
{
	free(texts->command.text);
	free(texts->tids.text);
	free(texts->file.text);
	texts->command = texts->tids = texts->file = (struct process_text){ 0 };
}

/* Reads one of the blank-separated words as a number. `which` counts from 0. */
static bool nth_number(const char *text, unsigned which, unsigned long long *value)
{
	char *end;

	for (; which; which--) {
		text += strspn(text, " ");
		text += strcspn(text, " ");
	}
	text += strspn(text, " ");
	errno = 0;
	*value = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !errno;
}

int process_parse_stat(const char *text, size_t len, struct process_stat *stat)
{
	/* The name may contain blanks, brackets and newlines, so the last bracket ends it. */
	const char *open = memchr(text, '(', len);
	const char *close = memrchr(text, ')', len);
	unsigned long long ppid, flags, threads, start;
	char rest[512];

	if (!open || !close || close < open)
		return -EINVAL;
	sk_text_clean(stat->name, sizeof(stat->name), open + 1,
		      (size_t)(close - open - 1));
	len -= (size_t)(close + 1 - text);
	if (len >= sizeof(rest))
		len = sizeof(rest) - 1;
	memcpy(rest, close + 1, len);
	rest[len] = '\0';
	/* The words from 0 are: state ppid pgrp session tty tpgid flags ... */
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

/* Moves a cut that lies within a character of UTF-8 back to the start of the character. */
static size_t cut_at(const char *bytes, size_t len)
{
	for (unsigned i = 0; i < 3 && len && (bytes[len] & 0xc0) == 0x80; i++)
		len--;
	return len;
}

int process_parse_command(char *bytes, size_t len, struct process_text *out, bool *cut)
{
	size_t n;
	int err;

	while (len && (bytes[len - 1] == '\0' || bytes[len - 1] == ' '))
		len--;
	*cut = len > SK_COMMAND_MAX;
	if (*cut)
		len = cut_at(bytes, SK_COMMAND_MAX);
	err = make_room(out, SK_TEXT_ROOM(len) + sizeof(SK_COMMAND_CUT));
	if (err)
		return err;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\0')
			bytes[i] = ' ';
	}
	n = sk_text_clean(out->text, SK_TEXT_ROOM(len), bytes, len);
	if (*cut)
		strcpy(out->text + n, SK_COMMAND_CUT);
	return 0;
}

static size_t depth(const char *path, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < len; i++)
		n += path[i] == '/' && path[i + 1] != '/';
	return n;
}

void process_parse_cgroup(const char *text, char out[PROCESS_CGROUP])
{
	size_t best = 0;

	/* Lines are "0::/path" (v2) or "4:memory:/path". */
	out[0] = '\0';
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *path;
		bool v2, named;
		size_t len, rank;

		line += *line == '\n';
		path = strchr(line, ':');
		v2 = path && strncmp(line, "0::", 3) == 0;
		named = path && strncmp(path, ":name=systemd:", 14) == 0;
		path = path ? strchr(path + 1, ':') : NULL;
		if (!path || path > line + strcspn(line, "\n"))
			continue;
		len = strcspn(path + 1, "\n");
		rank = depth(path + 1, len) * 4 + v2 * 2U + named;
		if (rank > best || !out[0]) {
			best = rank;
			sk_text_clean(out, PROCESS_CGROUP, path + 1, len);
		}
	}
}

static int open_file(int root, uint32_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%u/%s", pid, name);
	fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Reads to the end, but at most `most` bytes, and adds a NUL. Returns the number of bytes or
 * -errno.
 */
static long read_open(int fd, char *out, size_t most)
{
	size_t n = 0;
	int err = 0;

	while (n < most) {
		ssize_t got = read(fd, out + n, most - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = -errno;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	out[n] = '\0';
	return err ? err : (long)n;
}

long process_read(int root, uint32_t pid, const char *name, char *out, size_t size)
{
	int fd = open_file(root, pid, name);
	long n = fd < 0 ? fd : read_open(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	return n;
}

/* Reads a file of any length, up to `most` bytes. Most files are short. */
static long read_whole(int root, uint32_t pid, const char *name, size_t most,
		       struct process_text *out)
{
	int fd = open_file(root, pid, name);
	size_t n = 0, room = FILE_FIRST;
	long got = fd < 0 ? fd : 0;

	while (fd >= 0) {
		int err = make_room(out, room + 1);

		got = err ? err : read_open(fd, out->text + n, room - n);
		n += got > 0 ? (size_t)got : 0;
		if (got <= 0 || n < room || room >= most)
			break;
		room = room * 2 < most ? room * 2 : most;
	}
	if (fd >= 0)
		close(fd);
	return got < 0 ? got : (long)n;
}

int process_read_stat(int root, uint32_t pid, struct process_stat *stat)
{
	char text[1024];
	long n = process_read(root, pid, "stat", text, sizeof(text));

	return n < 0 ? (int)n : process_parse_stat(text, (size_t)n, stat);
}

int process_each_thread(int root, uint32_t pid, int (*visit)(void *arg, uint32_t tid),
			void *arg)
{
	struct dirent *entry;
	char path[32], *end;
	DIR *dir;
	int fd, err = 0;

	snprintf(path, sizeof(path), "%u/task", pid);
	fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err && (entry = readdir(dir))) {
		unsigned long tid = strtoul(entry->d_name, &end, 10);

		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !*end && tid &&
		    tid <= INT32_MAX)
			err = visit(arg, (uint32_t)tid);
	}
	closedir(dir);
	return err;
}

/** This is a search for a thread that runs. */
struct other_thread {
	int root;
	uint32_t pid, found;
};

static int try_thread(void *arg, uint32_t tid)
{
	struct other_thread *other = arg;
	struct process_stat stat;

	if (tid == other->pid || process_read_stat(other->root, tid, &stat) ||
	    stat.state == 'Z' || stat.state == 'X')
		return 0;
	other->found = tid;
	return 1;
}

uint32_t process_other_thread(int root, uint32_t pid)
{
	struct other_thread other = { root, pid, 0 };

	process_each_thread(root, pid, try_thread, &other);
	return other.found;
}

/** This is a text of thread ids that grows. */
struct tids {
	struct process_text *out;
	size_t n;
};

static int append_tid(void *arg, uint32_t tid)
{
	struct tids *tids = arg;
	int err = make_room(tids->out, tids->n + 12 > tids->out->room ?
					       tids->out->room * 2 + 128 : 0);

	if (!err)
		tids->n += (size_t)sprintf(tids->out->text + tids->n, "%s%u",
					   tids->n ? " " : "", tid);
	return err;
}

/* Writes the thread ids like "12 13 14". */
static bool list_threads(int root, uint32_t pid, struct process_text *out)
{
	struct tids tids = { .out = out };

	return !process_each_thread(root, pid, append_tid, &tids) && tids.n;
}

static int read_command(int root, uint32_t pid, struct process_texts *texts,
			struct sk_process *process)
{
	/* One byte more than is kept is read, because the last NUL does not count. */
	long n = read_whole(root, pid, "cmdline", SK_COMMAND_MAX + 2, &texts->file);
	bool cut;
	int err;

	if (n <= 0)
		return n == -ENOMEM ? -ENOMEM : 0;
	err = process_parse_command(texts->file.text, (size_t)n, &texts->command, &cut);
	if (err)
		return err;
	process->command = texts->command.text;
	process->flags |= cut ? SK_PROCESS_CUT : 0;
	return 0;
}

int process_describe(int root, uint32_t pid, bool threads, struct process_texts *texts,
		     struct sk_process *process)
{
	struct process_stat stat;
	struct stat file;
	char path[16];
	int err = process_read_stat(root, pid, &stat);
	uint32_t task = pid;

	if (err || process_is_dead(&stat))
		return err ? err : -ESRCH;
	/*
	 * A main thread that has ended has no memory, so another thread must show the command
	 * line.
	 */
	if (process_is_headless(&stat))
		task = process_other_thread(root, pid);
	memcpy(texts->name, stat.name, sizeof(texts->name));
	texts->cgroup[0] = '\0';
	*process = (struct sk_process){ .pid = pid, .ppid = stat.ppid,
					.uid = SK_UID_UNKNOWN,
					.start = stat.start, .name = texts->name,
					.command = "", .cgroup = texts->cgroup,
					.unit = texts->unit, .tids = "" };
	snprintf(path, sizeof(path), "%u", pid);
	if (fstatat(root, path, &file, 0))
		return -errno; /* uid 0 would mean root */
	process->uid = file.st_uid;
	err = read_command(root, task, texts, process);
	if (err)
		return err;
	if (read_whole(root, task, "cgroup", CGROUPS_MAX, &texts->file) > 0)
		process_parse_cgroup(texts->file.text, texts->cgroup);
	process_unit(texts->cgroup, texts->unit);
	if (threads && list_threads(root, pid, &texts->tids)) {
		process->tids = texts->tids.text;
		process->flags |= SK_PROCESS_TIDS;
	}
	return 0;
}
