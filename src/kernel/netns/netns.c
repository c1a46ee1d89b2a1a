/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel/netns/netns.h"

#define OWN_FILE "/proc/thread-self/ns/net"
/* Rows of sockets that just died still name their namespace. */
#define GONE_SAMPLES 3

int netns_list_init(struct netns_list *list)
{
	struct stat st;

	*list = (struct netns_list){ 0 };
	if (stat(OWN_FILE, &st))
		return -errno;
	list->dev = st.st_dev;
	return netns_list_meet(list, st.st_ino) ? 0 : -ENOMEM;
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

/* A place for a new one: a free one, or one more. */
static struct netns *new_place(struct netns_list *list)
{
	struct netns *bigger, *place = netns_list_find(list, 0);
	uint32_t capacity = list->capacity ? list->capacity * 2 : 16;

	if (place || list->n > UINT16_MAX)
		return place;
	if (list->n == list->capacity) {
		bigger = realloc(list->at, capacity * sizeof(*bigger));
		if (!bigger)
			return NULL;
		list->at = bigger;
		list->capacity = capacity;
	}
	return &list->at[list->n++];
}

struct netns *netns_list_meet(struct netns_list *list, uint64_t inode)
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

/* The namespace of one process. */
static int meet_process(struct netns_list *list, uint32_t pid)
{
	char path[32];
	struct stat st;
	struct netns *netns;

	snprintf(path, sizeof(path), "%u/ns/net", pid);
	if (fstatat(dirfd(list->proc), path, &st, 0)) {
		/* others have ended meanwhile */
		list->hiding += errno == EACCES || errno == EPERM;
		return 0;
	}
	if (st.st_dev != list->dev) {
		/* refused, too: some Linux 5.10 show the directory instead of EACCES */
		list->hiding++;
		return 0;
	}
	netns = netns_list_find(list, st.st_ino);
	if (netns && netns->round == list->round && netns->pid &&
	    netns->name_pid != pid)
		return 0; /* one is enough, but for the one that gave it its name */
	netns = netns_list_meet(list, st.st_ino);
	if (!netns)
		return -ENOMEM;
	if (!netns->pid || netns->name_pid == pid)
		netns->pid = pid;
	return 0;
}

/* A file that nobody would find: one that was named by its path. */
static void confirm_file(struct netns_list *list, struct netns *netns)
{
	struct stat st;

	netns->pid = 0;
	if (netns->inode && netns->file && stat(netns->file, &st) == 0 &&
	    st.st_dev == list->dev && st.st_ino == netns->inode)
		netns_list_meet(list, netns->inode);
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

/* Two of one name are told apart by their inodes. */
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

/* Not found again: gone. Found, but not by the process that it is called after. */
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
		err = meet_process(list, (uint32_t)pid);
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
			free(netns->file);
			*netns = (struct netns){ 0 };
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

/** Work that is done elsewhere. */
struct errand {
	int fd; /* of the namespace */
	int (*work)(void *arg);
	void *arg;
	int result;
};

static void *run_errand(void *arg)
{
	struct errand *errand = arg;

	/* the thread ends in there: nobody has to come back */
	if (setns(errand->fd, CLONE_NEWNET))
		errand->result = -errno;
	else
		errand->result = errand->work(errand->arg);
	return NULL;
}

int netns_run(const struct sk_netns *netns, int (*work)(void *arg), void *arg)
{
	struct errand errand = { .work = work, .arg = arg };
	struct netns_list list;
	const struct netns *found = NULL;
	pthread_t thread;
	int err = netns_list_init(&list);

	while (!err)
		err = netns_list_search(&list, UINT32_MAX);
	if (err > 0)
		found = netns_list_find(&list, netns->inode);
	errand.fd = found ? netns_open(&list, found) : err < 0 ? err : -ENOENT;
	netns_list_free(&list);
	if (errand.fd < 0)
		return errand.fd;
	err = -pthread_create(&thread, NULL, run_errand, &errand);
	if (!err)
		err = -pthread_join(thread, NULL);
	close(errand.fd);
	return err ? err : errand.result;
}
