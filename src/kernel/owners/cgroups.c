/* SPDX-License-Identifier: MIT */
/*
 * The id of a control group is the inode number of its directory, so a walk of the tree finds the
 * names of all ids. open_by_handle_at() would find the name of one id, but needs
 * CAP_DAC_READ_SEARCH.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/event.h>
#include "kernel/retry.h"
#include "kernel/owners/cgroups.h"
#include "base/clock.h"
#include "kernel/file.h"
#include "kernel/owners/process.h"
#include "kernel/text.h"

#define PATH PATH_MAX
#define DEPTH 40
#define GROUPS_MAX 200000 /* one walk reads no more directories */
#define REST 50		  /* after a walk, a rest of REST times its length follows */

struct cgroups {
	char *mounts;
	char root[PATH]; /* "" = not mounted */
	struct retry retry; /* says when the mounts may be read again */
	uint64_t rest;	 /* ns: the tree may be walked again then */
	unsigned walked; /* directories of this walk */
	int no_mounts;	 /* -errno of reading the mounts */
	int error;	 /* -errno of a directory that the last walk could not read */
};

int cgroups_new(const char *mounts, struct cgroups **out)
{
	struct cgroups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	groups->mounts = strdup(mounts);
	if (!groups->mounts) {
		free(groups);
		return -ENOMEM;
	}
	*out = groups;
	return 0;
}

void cgroups_free(struct cgroups *groups)
{
	if (!groups)
		return;
	free(groups->mounts);
	free(groups);
}

/* Copies the path of a mount, and turns \040 back into a blank. */
static void copy_mount(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		if (text[i] == '\\' && i + 3 < len) {
			char octal[4] = { text[i + 1], text[i + 2], text[i + 3], 0 };

			out[n++] = (char)strtoul(octal, NULL, 8);
			i += 3;
		} else {
			out[n++] = text[i];
		}
	}
	out[n] = '\0';
}

bool cgroups_parse_mounts(const char *text, char *out, size_t size)
{
	/* A line is "36 35 0:32 /root /mount/point options - cgroup2 source options". */
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *end, *at, *type;

		line += *line == '\n';
		end = line + strcspn(line, "\n");
		at = line;
		for (unsigned word = 0; word < 4 && at < end; word++) {
			at += strcspn(at, " \n");
			at += *at == ' ';
		}
		type = strstr(at, " - cgroup2 ");
		if (at >= end || !type || type > end)
			continue;
		copy_mount(out, size, at, strcspn(at, " \n"));
		return true;
	}
	return false;
}

static int add_group(struct cgroups *groups, struct sk_owners *table, uint64_t id,
		     const char *path)
{
	char clean[PROCESS_CGROUP], unit[PROCESS_UNIT];

	text_copy(clean, sizeof(clean), path, strlen(path));
	process_unit(clean, unit);
	groups->walked++;
	return sk_owners_add_cgroup(table, id, clean[0] ? clean : "/", unit);
}

/* Adds all groups below a directory. path is relative to the root, and has room for more names. */
static int walk(struct cgroups *groups, struct sk_owners *table, int parent,
		const char *name, char path[PATH], unsigned depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t len = strlen(path);
	struct dirent *entry;
	int err = 0;

	if (!dir) {
		/*
		 * The directory has gone, or we may not read it. After other errors the rest of
		 * the tree is missing.
		 */
		if (errno != ENOENT && errno != EACCES && errno != EPERM)
			groups->error = -errno;
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!err && (entry = readdir(dir)) && groups->walked < GROUPS_MAX) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    len + strlen(entry->d_name) + 2 > PATH || depth >= DEPTH)
			continue;
		path[len] = '/';
		strcpy(path + len + 1, entry->d_name);
		err = add_group(groups, table, entry->d_ino, path);
		if (!err)
			err = walk(groups, table, fd, entry->d_name, path, depth + 1);
		path[len] = '\0';
	}
	closedir(dir);
	return err;
}

static void find_root(struct cgroups *groups)
{
	struct proc_file file = PROC_FILE_CLOSED;

	if (groups->root[0] || !retry_due(&groups->retry))
		return;
	groups->no_mounts = proc_file_read(&file, groups->mounts);
	if (!groups->no_mounts)
		cgroups_parse_mounts(file.text, groups->root, sizeof(groups->root));
	proc_file_close(&file);
}

static int walk_all(struct cgroups *groups, struct sk_owners *table)
{
	char path[PATH] = "";
	uint64_t begin = now_ns();
	struct stat root;
	int err;

	find_root(groups);
	if (!groups->root[0] || begin < groups->rest || stat(groups->root, &root))
		return 0;
	groups->walked = 0;
	groups->error = 0;
	err = add_group(groups, table, root.st_ino, "");
	if (!err)
		err = walk(groups, table, AT_FDCWD, groups->root, path, 0);
	groups->rest = now_ns() + REST * (now_ns() - begin);
	return err;
}

/*
 * Looks for a group that the table does not have, and notes a loss if something could not be
 * read.
 */
static int look(struct cgroups *groups, struct sk_sample *sample, struct sk_owners *table)
{
	int err = walk_all(groups, table);

	if (groups->no_mounts)
		sk_sample_lose(sample, SK_PART_CGROUPS, SK_LOSS_ALL, groups->no_mounts);
	else if (groups->error)
		sk_sample_lose(sample, SK_PART_CGROUPS, SK_LOSS_SOME, groups->error);
	return err;
}

int cgroups_resolve(struct cgroups *groups, struct sk_sample *sample,
		    struct sk_owners *table)
{
	uint32_t begin = sample->n_past_events, n = sample->n_sockets + sample->n_events - begin;
	uint64_t known = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct sk_socket *s =
			i < sample->n_sockets ?
				&sample->sockets[i] :
				&sample->events[i - sample->n_sockets + begin].socket;
		uint64_t cgroup = sk_attrs(sample, s)->cgroup;

		if (!(s->flags & SK_F_CGROUP) || cgroup == known)
			continue;
		known = cgroup;
		if (!sk_owners_cgroup(table, known))
			return look(groups, sample, table);
	}
	return 0;
}
