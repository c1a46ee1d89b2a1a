/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/owners/shared_inodes.h"

/*
 * The numbers are the same on every architecture. glibc has the functions since 2.36, and had the
 * numbers earlier.
 */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/*
 * Keeps one of each number that occurs several times in a sorted list. Returns how many are kept.
 */
static uint32_t keep_repeated(uint32_t *inode, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 1; i < n; i++) {
		if (inode[i] == inode[i - 1] && (!kept || inode[kept - 1] != inode[i]))
			inode[kept++] = inode[i];
	}
	return kept;
}

int shared_inodes_find(struct shared_inodes *shared_inodes,
		       const struct sk_sample *sample)
{
	uint32_t *inode = malloc((sample->n_sockets + 1ULL) * sizeof(*inode)), n = 0;

	if (!inode)
		return -ENOMEM;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		if (s->inode && !(s->flags & SK_F_REMEMBERED))
			inode[n++] = s->inode;
	}
	qsort(inode, n, sizeof(*inode), compare);
	shared_inodes_free(shared_inodes);
	shared_inodes->n = keep_repeated(inode, n);
	shared_inodes->inode = inode;
	if (!shared_inodes->n)
		shared_inodes_free(shared_inodes);
	return 0;
}

bool shared_inodes_have(const struct shared_inodes *shared_inodes, uint32_t inode)
{
	return shared_inodes->n &&
	       bsearch(&inode, shared_inodes->inode, shared_inodes->n, sizeof(inode),
		       compare) != NULL;
}

void shared_inodes_free(struct shared_inodes *shared_inodes)
{
	free(shared_inodes->inode);
	*shared_inodes = (struct shared_inodes){ 0 };
}

/* Returns a copy of another process's descriptor, or -1. */
static int copy_fd(uint32_t pid, uint32_t fd)
{
	int process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0), copy;

	if (process < 0)
		return -1;
	copy = (int)syscall(SYS_pidfd_getfd, process, (int)fd, 0);
	close(process);
	return copy;
}

bool shared_inodes_is_other(uint32_t pid, uint32_t fd, const struct sk_socket *socket)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie), size = sizeof(int);
	int copy, protocol = 0;
	bool other;

	if (socket->flags & SK_F_NO_COOKIE)
		return false;
	copy = copy_fd(pid, fd);
	if (copy < 0)
		return false;
	/* The kernel gives all TCP sockets of an MPTCP connection the inode of the MPTCP socket. */
	other = getsockopt(copy, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 &&
		getsockopt(copy, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
		cookie != socket->cookie && protocol != IPPROTO_MPTCP;
	close(copy);
	return other;
}
