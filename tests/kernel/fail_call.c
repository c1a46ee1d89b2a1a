/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: netlink fails. FAIL_SEND=N: request number N fails with ENOMEM. FAIL_RECV=N:
 * answer number N is lost with EIO. FAIL_UNTIL=FILE: no netlink socket can be had (EMFILE)
 * while there is no such file. FAIL_CALL=NAME with FAIL_AT=N: call number N of eventfd,
 * timerfd_create, epoll_create1, signalfd, pthread_create or poll fails.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct mnl_socket;

ssize_t mnl_socket_sendto(const struct mnl_socket *netlink, const void *data, size_t len);

static atomic_ulong sent, received, called;

static int is_due(const char *name, atomic_ulong *count)
{
	const char *at = getenv(name);

	return at && atomic_fetch_add(count, 1) + 1 == strtoul(at, NULL, 10);
}

/* The same function where it really is. */
#define NEXT(type, name, parameters)             \
	union {                                  \
		void *object;                    \
		type(*function) parameters;      \
	} next = { dlsym(RTLD_NEXT, #name) }

ssize_t mnl_socket_sendto(const struct mnl_socket *netlink, const void *data, size_t len)
{
	NEXT(ssize_t, mnl_socket_sendto, (const struct mnl_socket *, const void *, size_t));

	if (is_due("FAIL_SEND", &sent)) {
		errno = ENOMEM;
		return -1;
	}
	return next.function(netlink, data, len);
}

ssize_t recvfrom(int fd, void *restrict data, size_t len, int flags, __SOCKADDR_ARG from,
		 socklen_t *restrict from_len)
{
	NEXT(ssize_t, recvfrom,
	     (int, void *, size_t, int, __SOCKADDR_ARG, socklen_t *));

	if (is_due("FAIL_RECV", &received)) {
		errno = EIO;
		return -1;
	}
	return next.function(fd, data, len, flags, from, from_len);
}

int socket(int domain, int type, int protocol)
{
	NEXT(int, socket, (int, int, int));
	const char *path = getenv("FAIL_UNTIL");

	if (path && domain == AF_NETLINK && access(path, F_OK)) {
		errno = EMFILE;
		return -1;
	}
	return next.function(domain, type, protocol);
}

static int is_named(const char *name)
{
	const char *wanted = getenv("FAIL_CALL");

	return wanted && strcmp(wanted, name) == 0 && is_due("FAIL_AT", &called);
}

#define CALL(name, parameters, arguments, error, value) \
	int name parameters                             \
	{                                               \
		NEXT(int, name, parameters);            \
                                                        \
		if (is_named(#name)) {                  \
			errno = error;                  \
			return value;                   \
		}                                       \
		return next.function arguments;         \
	}

CALL(eventfd, (unsigned count, int flags), (count, flags), EMFILE, -1)
CALL(timerfd_create, (clockid_t clock, int flags), (clock, flags), EMFILE, -1)
CALL(epoll_create1, (int flags), (flags), EMFILE, -1)
CALL(signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags), EMFILE, -1)
CALL(poll, (struct pollfd * polls, nfds_t n, int ms), (polls, n, ms), ENOMEM, -1)
CALL(pthread_create,
     (pthread_t *restrict thread, const pthread_attr_t *restrict attr, void *(*run)(void *),
      void *restrict arg), (thread, attr, run, arg), EAGAIN, EAGAIN)
