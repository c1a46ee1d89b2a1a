/* SPDX-License-Identifier: MIT */
#include "net.h"
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void net_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		warn("%s", path);
	if (fd >= 0)
		close(fd);
}

void net_lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
}

bool net_enter(bool with_users)
{
	char map[64];
	uid_t uid = getuid();

	if (unshare(CLONE_NEWNET)) {
		if (!with_users || unshare(CLONE_NEWUSER | CLONE_NEWNET))
			return false;
		snprintf(map, sizeof(map), "0 %u 1", uid);
		net_write_file("/proc/self/uid_map", map);
	}
	net_lo_up();
	return true;
}

void net_enter_or_skip(bool with_users)
{
	if (net_enter(with_users))
		return;
	puts("SKIPPED: no network namespace can be made here");
	exit(77);
}

socklen_t net_address(const char *text, uint16_t port, union net_address *address)
{
	memset(address, 0, sizeof(*address));
	if (strchr(text, ':')) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons(port);
		inet_pton(AF_INET6, text, &address->v6.sin6_addr);
		return sizeof(address->v6);
	}
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = htons(port);
	inet_pton(AF_INET, text, &address->v4.sin_addr);
	return sizeof(address->v4);
}

struct sockaddr_in net_loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

int net_bound(int type, int protocol, const char *text, uint16_t port)
{
	union net_address a;
	socklen_t len = net_address(text, port, &a);
	int fd = socket(a.sa.sa_family, type, protocol), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &a.sa, len))
		err(1, "bind to %s, port %u", text, port);
	return fd;
}

int net_listening(int protocol, const char *text, uint16_t port, int backlog)
{
	int fd = net_bound(SOCK_STREAM, protocol, text, port);

	if (listen(fd, backlog))
		err(1, "listen on port %u", port);
	return fd;
}

int net_connected(int type, int protocol, const char *text, uint16_t port)
{
	union net_address a;
	socklen_t len = net_address(text, port, &a);
	int fd = socket(a.sa.sa_family, type, protocol);

	if (connect(fd, &a.sa, len))
		err(1, "connect to %s, port %u", text, port);
	return fd;
}

int net_accepted(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		err(1, "accept");
	return fd;
}

void net_wait_for_fin(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	if (poll(&p, 1, 5000) != 1)
		errx(1, "no FIN arrived");
}

uint64_t net_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		err(1, "SO_COOKIE");
	return cookie;
}

uint16_t net_port(int fd)
{
	union net_address a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.sa, &len))
		err(1, "getsockname");
	return ntohs(a.sa.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

int net_run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(1, "%s", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
