/* SPDX-License-Identifier: MIT */
/*
 * What namespaces are called, and which one a name means.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel/file.h"
#include "kernel/netns/netns.h"
#include "kernel/act/privilege.h"
#include "kernel/owners/process.h"
#include "kernel/text.h"

static const struct {
	const char *path;
	enum netns_rank rank;
} directories[] = {
	{ "/run/netns", NETNS_BY_NAME },
	{ "/var/run/netns", NETNS_BY_NAME },
	{ "/run/docker/netns", NETNS_BY_FILE },
	{ "/var/run/docker/netns", NETNS_BY_FILE },
};
#define N_DIRECTORIES (sizeof(directories) / sizeof(directories[0]))

void netns_name(struct netns *netns, enum netns_rank rank, const char *name)
{
	if (rank < netns->rank || !*name)
		return;
	netns->rank = (uint8_t)rank;
	text_part(netns->name, sizeof(netns->name), name, strlen(name));
}

/* A file that may be a namespace: what it is mounted over is an empty file. */
static int meet_file(struct netns_list *list, const char *path, enum netns_rank rank)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	char name[SK_NETNS_STRLEN];
	struct netns *netns;
	struct stat st;

	if (stat(path, &st) || st.st_dev != list->dev)
		return 0;
	netns = netns_list_meet(list, st.st_ino);
	if (!netns)
		return -ENOMEM;
	if (!netns->file || strcmp(netns->file, path) != 0) {
		char *copy = strdup(path);

		if (!copy)
			return -ENOMEM;
		free(netns->file);
		netns->file = copy;
	}
	text_copy(name, sizeof(name), file, strlen(file));
	netns_name(netns, rank, name);
	return 0;
}

static int search_directory(struct netns_list *list, const char *path,
			    enum netns_rank rank)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX];
	int err = 0;

	while (dir && !err && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		err = meet_file(list, file, rank);
	}
	if (dir)
		closedir(dir);
	return err;
}

/* mountinfo writes blanks and the like as \040. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] &&
		    text[3]) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] & 7) << 3 |
				       (text[3] & 7));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "36 25 0:4 net:[4026532201] /run/netns/web1 rw shared:5 - nsfs nsfs rw" */
static int meet_mount(struct netns_list *list, char *line)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);

	for (int field = 1; word && field < 4; field++)
		word = strtok_r(NULL, " ", &save);
	if (!word || strncmp(word, "net:[", 5) != 0)
		return 0;
	word = strtok_r(NULL, " ", &save);
	if (!word)
		return 0;
	unescape(word);
	for (size_t i = 0; i < N_DIRECTORIES; i++) {
		size_t len = strlen(directories[i].path);

		if (strncmp(word, directories[i].path, len) == 0 && word[len] == '/')
			return 0; /* has its name already */
	}
	return meet_file(list, word, NETNS_BY_FILE);
}

int netns_parse_mounts(struct netns_list *list, char *text)
{
	char *save = NULL;
	int err = 0;

	for (char *line = strtok_r(text, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save))
		err = meet_mount(list, line);
	return err;
}

int netns_search_names(struct netns_list *list)
{
	struct proc_file mounts = PROC_FILE_CLOSED;
	int err = 0;

	for (size_t i = 0; i < N_DIRECTORIES && !err; i++)
		err = search_directory(list, directories[i].path, directories[i].rank);
	if (!err && proc_file_read(&mounts, "/proc/thread-self/mountinfo") == 0)
		err = netns_parse_mounts(list, mounts.text);
	proc_file_close(&mounts);
	return err;
}

/* A login session says nothing of what runs in it. */
static bool is_telling(const char *unit)
{
	return *unit && strncmp(unit, "session-", 8) != 0 && strncmp(unit, "user@", 5) != 0;
}

void netns_name_process(struct netns *netns, int root, uint32_t pid)
{
	char text[4096], cgroup[PROCESS_CGROUP], unit[PROCESS_UNIT];
	char name[SK_NETNS_STRLEN], comm[PROCESS_NAME];

	netns->name_pid = pid;
	if (netns->rank > NETNS_BY_UNIT)
		return;
	netns->rank = NETNS_BY_INODE; /* the one that named it is gone */
	if (process_read(root, pid, "comm", text, sizeof(text)) > 0) {
		text_copy(comm, sizeof(comm), text, strcspn(text, "\n"));
		snprintf(name, sizeof(name), "pid %u (%s)", pid, comm);
		netns_name(netns, NETNS_BY_PROCESS, name);
	}
	if (process_read(root, pid, "cgroup", text, sizeof(text)) <= 0)
		return;
	process_parse_cgroup(text, cgroup);
	process_unit(cgroup, unit);
	if (is_telling(unit))
		netns_name(netns, NETNS_BY_UNIT, unit);
}

/* The inode of a file, if that is a network namespace; else -errno. */
static int inspect(const struct netns_list *list, const char *path, uint64_t *inode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_dev != list->dev ||
	    ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		err = -EINVAL;
	*inode = st.st_ino;
	close(fd);
	return err;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* By its name in the list, the best one each has. */
static int find_name(const struct netns_list *list, const char *what, uint64_t *inode)
{
	char name[sizeof(list->at->name)];

	text_copy(name, sizeof(name), what, strlen(what));
	for (uint32_t i = 0; i < list->n; i++) {
		if (list->at[i].inode && strcmp(list->at[i].name, name) == 0) {
			*inode = list->at[i].inode;
			return 0;
		}
	}
	return -ENOENT;
}

static int find_inode(struct netns_list *list, const char *what, uint64_t *inode)
{
	char path[PATH_MAX];
	int err = -ENOENT;

	if (strchr(what, '/'))
		return inspect(list, what, inode);
	if (strcmp(what, ".") == 0 || strcmp(what, "..") == 0 || !*what)
		return -ENOENT;
	for (size_t i = 0; i < N_DIRECTORIES && err == -ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/%s", directories[i].path, what);
		err = inspect(list, path, inode);
	}
	if (err == -ENOENT && is_number(what)) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", what);
		err = inspect(list, path, inode);
	}
	return err == -ENOENT ? find_name(list, what, inode) : err;
}

static const char *reason(const char *what, int err)
{
	if (err == -ENOENT && strchr(what, '/'))
		return "there is no such file";
	if (err == -ENOENT)
		return "no network namespace has this name, and no process this number; "
		       "-N all --group netns lists them";
	if (err == -EINVAL)
		return "is no network namespace";
	return strerror(-err);
}

/* Of a process, the capability may be missing; of any other file, its rights say it. */
static bool is_of_process(const char *what)
{
	return is_number(what) || strncmp(what, "/proc/", 6) == 0;
}

static void explain(const char *what, int err, char *error)
{
	char shown[80];

	text_copy(shown, sizeof(shown), what, strlen(what));
	if ((err == -EACCES || err == -EPERM) && is_of_process(what))
		snprintf(error, SK_ERROR_LEN, "-N %s: not allowed to look at it (%s)", shown,
			 sk_lack_words(privilege_lack(CAP_SYS_PTRACE),
				       "needs CAP_SYS_PTRACE"));
	else
		snprintf(error, SK_ERROR_LEN, "-N %s: %s", shown, reason(what, err));
}

int netns_list_resolve(struct netns_list *list, const char *what, uint32_t *index,
		       char *error)
{
	struct netns *netns = NULL;
	uint64_t inode = 0;
	int err = find_inode(list, what, &inode);

	if (!err) {
		netns = netns_list_meet(list, inode);
		err = netns ? 0 : -ENOMEM;
	}
	if (!err && strchr(what, '/') && !netns->file) {
		netns->file = strdup(what);
		err = netns->file ? 0 : -ENOMEM;
	}
	if (err) {
		explain(what, err, error);
		return err;
	}
	*index = (uint32_t)(netns - list->at);
	return 0;
}
