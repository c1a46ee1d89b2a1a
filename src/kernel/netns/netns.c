/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/array.h>
#include "base/thread.h"
#include "kernel/act/privilege.h"
#include "kernel/file.h"
#include "kernel/netns/netns.h"
#include "kernel/owners/process.h"
#include "kernel/text.h"

#define OWN_FILE "/proc/thread-self/ns/net"
/*
 * A gone namespace stays for so many samples, because rows of sockets that just died still name
 * it.
 */
#define GONE_SAMPLES 3
/*
 * Events and sums name a namespace for much longer, so that a free place keeps its name and is not
 * given away before there are so many places.
 */
#define PLACES 1024

int netns_list_init(struct netns_list *list)
{
	struct stat st;

	*list = (struct netns_list){ 0 };
	if (stat(OWN_FILE, &st))
		return -errno;
	list->dev = st.st_dev;
	return netns_list_add(list, st.st_ino) ? 0 : -ENOMEM;
}

void netns_list_free(struct netns_list *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		free(list->at[i].file);
	free(list->at);
	if (list->proc)
		closedir(list->proc);
	*list = (struct netns_list){ 0 };
}

struct netns *netns_list_find(const struct netns_list *list, uint64_t inode)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (list->at[i].inode == inode)
			return &list->at[i];
	}
	return NULL;
}

/* Returns the place that is free since the longest time, or NULL. */
static struct netns *free_place(struct netns_list *list)
{
	struct netns *place = NULL;

	for (uint32_t i = 0; i < list->n; i++) {
		if (!list->at[i].inode && (!place || list->at[i].round < place->round))
			place = &list->at[i];
	}
	return place;
}

/* Returns a place for a new namespace: one more, or a free one. */
static struct netns *new_place(struct netns_list *list)
{
	struct netns *place = list->n < PLACES ? NULL : free_place(list);

	if (place || list->n > UINT16_MAX)
		return place;
	if (SK_ARRAY_ROOM(list->at, list->n, list->capacity, 16))
		return NULL;
	return &list->at[list->n++];
}

struct netns *netns_list_add(struct netns_list *list, uint64_t inode)
{
	struct netns *netns = netns_list_find(list, inode);

	if (!netns) {
		netns = new_place(list);
		if (!netns)
			return NULL;
		*netns = (struct netns){ .inode = inode };
		snprintf(netns->name, sizeof(netns->name), "%" PRIu64, inode);
	}
	if (netns->state == SK_NETNS_NONE || netns->state == SK_NETNS_GONE)
		netns->state = SK_NETNS_SEEN;
	netns->round = list->round;
	return netns;
}

/* Adds the namespace of one process. */
static int found_process(struct netns_list *list, uint32_t pid)
{
	char path[32];
	struct stat st;
	struct netns *netns;

	snprintf(path, sizeof(path), "%u/ns/net", pid);
	if (fstatat(dirfd(list->proc), path, &st, 0)) {
		/* after other errors, the process has ended meanwhile */
		list->hiding += errno == EACCES || errno == EPERM;
		return 0;
	}
	if (st.st_dev != list->dev) {
		/*
		 * The kernel refused here, too: some Linux 5.10 show the directory instead of
		 * EACCES.
		 */
		list->hiding++;
		return 0;
	}
	netns = netns_list_find(list, st.st_ino);
	if (netns && netns->round == list->round && netns->pid &&
	    netns->name_pid != pid)
		return 0; /* one process is enough, but the one that gave the name is preferred */
	netns = netns_list_add(list, st.st_ino);
	if (!netns)
		return -ENOMEM;
	if (!netns->pid || netns->name_pid == pid)
		netns->pid = pid;
	return 0;
}

/* Keeps a namespace that was given by the path of its file, because no search would find it. */
static void confirm_file(struct netns_list *list, struct netns *netns)
{
	struct stat st;

	netns->pid = 0;
	if (netns->inode && netns->file && stat(netns->file, &st) == 0 &&
	    st.st_dev == list->dev && st.st_ino == netns->inode)
		netns_list_add(list, netns->inode);
}

static int begin_search(struct netns_list *list)
{
	list->proc = opendir("/proc");
	if (!list->proc)
		return -errno;
	list->round++;
	list->hiding = 0;
	list->at[0].round = list->round;
	for (uint32_t i = 0; i < list->n; i++)
		confirm_file(list, &list->at[i]);
	return netns_search_names(list);
}

/* Adds the inode to a name that another namespace has, too. */
static void make_unique(struct netns_list *list, uint32_t index)
{
	struct netns *netns = &list->at[index];
	size_t len = strlen(netns->name);

	for (uint32_t i = 0; i < index; i++) {
		if (!list->at[i].inode || strcmp(list->at[i].name, netns->name) != 0)
			continue;
		while (len > sizeof(netns->name) - 24 || (netns->name[len] & 0xc0) == 0x80)
			len--;
		snprintf(netns->name + len, sizeof(netns->name) - len, " [%" PRIu64 "]",
			 netns->inode);
		return;
	}
}

/*
 * Ends a search. A namespace that was not found again is gone. If it was found, but the process
 * of its name was not, it gets a new name.
 */
static void end_search(struct netns_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		struct netns *netns = &list->at[i];

		if (!netns->inode)
			continue;
		if (netns->round != list->round)
			netns->state = SK_NETNS_GONE;
		else if (i && netns->pid && netns->pid != netns->name_pid)
			netns_name_process(netns, dirfd(list->proc), netns->pid);
		make_unique(list, i);
	}
	list->hidden = list->hiding;
	closedir(list->proc);
	list->proc = NULL;
}

int netns_list_search(struct netns_list *list, uint32_t processes)
{
	int err = list->proc ? 0 : begin_search(list);

	while (!err && processes) {
		struct dirent *entry = readdir(list->proc);
		char *end;
		unsigned long pid;

		if (!entry) {
			end_search(list);
			return 1;
		}
		pid = strtoul(entry->d_name, &end, 10);
		if (*end || !pid)
			continue;
		processes--;
		err = found_process(list, (uint32_t)pid);
	}
	return err;
}

void netns_list_tick(struct netns_list *list)
{
	for (uint32_t i = 1; i < list->n; i++) {
		struct netns *netns = &list->at[i];

		if (netns->state != SK_NETNS_GONE) {
			netns->gone = 0;
		} else if (netns->gone++ >= GONE_SAMPLES) {
			struct netns former = { .round = netns->round, .rank = netns->rank };

			free(netns->file);
			memcpy(former.name, netns->name, sizeof(former.name));
			*netns = former;
		}
	}
}

static int open_if_same(const struct netns_list *list, const struct netns *netns,
			const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_dev == list->dev && st.st_ino == netns->inode)
		return fd;
	close(fd);
	return -ENOENT;
}

int netns_open(const struct netns_list *list, const struct netns *netns)
{
	int fd = netns->file ? open_if_same(list, netns, netns->file) : -ENOENT;
	char path[40];

	if (fd >= 0 || !netns->pid)
		return fd;
	snprintf(path, sizeof(path), "/proc/%u/ns/net", netns->pid);
	return open_if_same(list, netns, path);
}

/** This is a task for a thread in another namespace. */
struct task {
	int fd; /* of the namespace */
	int (*work)(void *arg);
	void *arg;
	int result;
};

static void *run_task(void *arg)
{
	struct task *task = arg;

	/* The thread ends in that namespace, so it does not have to come back. */
	if (setns(task->fd, CLONE_NEWNET))
		task->result = -errno;
	else
		task->result = task->work(task->arg);
	return NULL;
}

int netns_run(const struct sk_netns *netns, int (*work)(void *arg), void *arg)
{
	struct task task = { .work = work, .arg = arg };
	struct netns_list list;
	const struct netns *found = NULL;
	pthread_t thread;
	int err = netns_list_init(&list);

	while (!err)
		err = netns_list_search(&list, UINT32_MAX);
	if (err > 0)
		found = netns_list_find(&list, netns->inode);
	task.fd = found ? netns_open(&list, found) : err < 0 ? err : -ENOENT;
	netns_list_free(&list);
	if (task.fd < 0)
		return task.fd;
	err = thread_start(&thread, run_task, &task);
	if (!err)
		err = -pthread_join(thread, NULL);
	close(task.fd);
	return err ? err : task.result;
}

/* These functions name namespaces, and find the namespace for a name. */

static const struct {
	const char *path;
	enum netns_rank rank;
} directories[] = {
	{ "/run/netns", NETNS_BY_NAME },
	{ "/var/run/netns", NETNS_BY_NAME },
	{ "/run/docker/netns", NETNS_BY_FILE },
	{ "/var/run/docker/netns", NETNS_BY_FILE },
};
#define N_DIRECTORIES (ARRAY_SIZE(directories))

void netns_name(struct netns *netns, enum netns_rank rank, const char *name)
{
	if (rank < netns->rank || !*name)
		return;
	netns->rank = (uint8_t)rank;
	text_part(netns->name, sizeof(netns->name), name, strlen(name));
}

/* Adds a file if it is a namespace. Otherwise it is the empty file under a mount. */
static int found_file(struct netns_list *list, const char *path, enum netns_rank rank)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	char name[SK_NETNS_STRLEN];
	struct netns *netns;
	struct stat st;

	if (stat(path, &st) || st.st_dev != list->dev)
		return 0;
	netns = netns_list_add(list, st.st_ino);
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
		err = found_file(list, file, rank);
	}
	if (dir)
		closedir(dir);
	return err;
}

/* Turns \040 and the like back into characters: mountinfo writes blanks in this way. */
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

/*
 * Adds the namespace of a line like "36 25 0:4 net:[4026532201] /run/netns/web1 rw shared:5 -
 * nsfs nsfs rw".
 */
static int found_mount(struct netns_list *list, char *line)
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
			return 0; /* it already has its name */
	}
	return found_file(list, word, NETNS_BY_FILE);
}

int netns_parse_mounts(struct netns_list *list, char *text)
{
	char *save = NULL;
	int err = 0;

	for (char *line = strtok_r(text, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save))
		err = found_mount(list, line);
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

/* Returns false for a login session, because its name does not say which program runs in it. */
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
	netns->rank = NETNS_BY_INODE; /* the process of the old name is gone */
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

/* Finds the inode of a file that is a network namespace. Returns 0 or -errno. */
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

/* Finds a namespace by its name in the list. Each namespace has only its best name there. */
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

/*
 * Returns true if the name belongs to a process: then a capability may be missing. If it names
 * any other file, the rights of that file are the reason.
 */
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
		netns = netns_list_add(list, inode);
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
