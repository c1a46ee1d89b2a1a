/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/array.h>
#include "kernel/owners/fd_look.h"
#include "kernel/owners/process.h"
#include "kernel/act/session.h"

/*
 * Returns true for a terminal multiplexer. The server of a multiplexer holds the shells, and is
 * not a child of the process that shows them.
 */
static bool is_multiplexer(const char *name)
{
	static const char *const names[] = { "tmux", "screen", "SCREEN", "zellij", "dtach",
					     "abduco" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

static bool add(uint32_t *list, uint32_t *n, uint32_t max, uint32_t value)
{
	for (uint32_t i = 0; i < *n; i++) {
		if (list[i] == value)
			return false;
	}
	if (*n == max)
		return false;
	list[(*n)++] = value;
	return true;
}

/* Returns false if some of the process's sockets could not be read. */
static bool add_sockets(struct sk_session *session, uint32_t pid)
{
	const struct dirent *entry;
	bool all = true;
	char path[40];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT; /* a process that has just ended carries nothing */
	while ((entry = readdir(dir))) {
		char link[64];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		uint32_t inode;

		if (n < 0 && errno != ENOENT && entry->d_name[0] != '.')
			all = false; /* the kernel refused; "." and ".." are no links */
		if (n <= 0)
			continue;
		link[n] = '\0';
		inode = fd_look_text(link);
		if (inode != FD_OTHER)
			add(session->inodes, &session->n_inodes, SK_SESSION_INODES, inode);
	}
	closedir(dir);
	return all;
}

/*
 * Adds a process and its ancestors, but not the first process of the machine. Returns true if one
 * of them is a terminal multiplexer.
 */
static bool add_line(struct sk_session *session, int proc, uint32_t pid)
{
	bool multiplexed = false;
	struct process_stat stat;

	while (pid > 1) {
		if (process_read_stat(proc, pid, &stat)) {
			session->unknown = true;
			break;
		}
		if (!add(session->pids, &session->n_pids, SK_SESSION_PIDS, pid))
			break;
		if (pid != (uint32_t)getpid() && stat.state != 'Z' && !add_sockets(session, pid))
			session->unknown = true;
		multiplexed |= is_multiplexer(stat.name);
		pid = stat.ppid;
	}
	return multiplexed;
}

static void add_multiplexers(struct sk_session *session, DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		uint32_t pid = isdigit((unsigned char)entry->d_name[0]) ?
				       (uint32_t)strtoul(entry->d_name, NULL, 10) : 0;
		struct process_stat stat;

		if (pid && process_read_stat(dirfd(dir), pid, &stat) == 0 &&
		    is_multiplexer(stat.name))
			add_line(session, dirfd(dir), pid);
	}
}

static int parse_addr(char *text, struct sk_addr *addr)
{
	uint8_t v4[4];

	text[strcspn(text, "%")] = '\0'; /* cuts the scope off, as in fe80::1%eth0 */
	if (inet_pton(AF_INET, text, v4) == 1) {
		*addr = sk_addr_from_v4(v4);
		return 0;
	}
	return inet_pton(AF_INET6, text, addr->b) == 1 ? 0 : -EINVAL;
}

int sk_session_parse_ssh(const char *text, struct sk_ends *ends)
{
	char client[64], server[64];
	unsigned rport, lport;
	int end = 0;

	if (sscanf(text, "%63s %5u %63s %5u%n", client, &rport, server, &lport, &end) != 4 ||
	    text[end] || rport > UINT16_MAX || lport > UINT16_MAX ||
	    parse_addr(client, &ends->remote) || parse_addr(server, &ends->local))
		return -EINVAL;
	ends->rport = (uint16_t)rport;
	ends->lport = (uint16_t)lport;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void session_read(struct sk_session *session)
{
	const char *ssh = getenv("SSH_CONNECTION");
	DIR *proc = opendir("/proc");

	memset(session, 0, sizeof(*session));
	session->has_ssh = ssh && sk_session_parse_ssh(ssh, &session->ssh) == 0;
	if (proc && add_line(session, dirfd(proc), (uint32_t)getpid()))
		add_multiplexers(session, proc);
	if (proc)
		closedir(proc);
	session->unknown |= !proc || session->n_pids == SK_SESSION_PIDS ||
			    session->n_inodes == SK_SESSION_INODES;
	qsort(session->inodes, session->n_inodes, sizeof(uint32_t), compare);
	qsort(session->pids, session->n_pids, sizeof(uint32_t), compare);
}
