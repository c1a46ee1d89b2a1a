/* SPDX-License-Identifier: MIT */
/*
 * Sockets in every state that can be held still, in a network namespace of their own;
 * then runs the program given, whose exit status is ours. Skips (0, loudly) only where
 * no namespace can be made.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

union any_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		warn("%s", path);
	if (fd >= 0)
		close(fd);
}

static void enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	char map[64];
	uid_t uid = getuid();
	int fd;

	if (unshare(CLONE_NEWNET)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
			puts("SKIPPED: this kernel lets us make no network namespace");
			exit(0);
		}
		snprintf(map, sizeof(map), "0 %u 1", uid);
		write_file("/proc/self/uid_map", map);
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
}

static socklen_t make_addr(int family, const char *text, uint16_t port, union any_addr *a)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		a->v4.sin_port = htons(port);
		inet_pton(family, text, &a->v4.sin_addr);
		return sizeof(a->v4);
	}
	a->v6.sin6_port = htons(port);
	inet_pton(family, text, &a->v6.sin6_addr);
	return sizeof(a->v6);
}

static int bound(int family, int type, const char *text, uint16_t port)
{
	union any_addr a;
	socklen_t len = make_addr(family, text, port, &a);
	int fd = socket(family, type, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &a.sa, len))
		err(1, "bind %s:%u", text, port);
	return fd;
}

static int listening(int family, const char *text, uint16_t port, int backlog)
{
	int fd = bound(family, SOCK_STREAM, text, port);

	if (listen(fd, backlog))
		err(1, "listen");
	return fd;
}

static int connected(int family, int type, const char *text, uint16_t port)
{
	union any_addr a;
	socklen_t len = make_addr(family, text, port, &a);
	int fd = socket(family, type, 0);

	if (connect(fd, &a.sa, len))
		err(1, "connect %s:%u", text, port);
	return fd;
}

/* One end of a connection closes first: its other end is ends[1]. */
static void pair(int listener, int family, const char *text, uint16_t port, int ends[2])
{
	ends[0] = connected(family, SOCK_STREAM, text, port);
	ends[1] = accept(listener, NULL, NULL);
	if (ends[1] < 0)
		err(1, "accept");
}

static void wait_for_fin(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	if (poll(&p, 1, 5000) != 1)
		errx(1, "no FIN arrived");
}

static void make_tcp(void)
{
	int v4 = listening(AF_INET, "127.0.0.1", 5001, 16);
	int v6 = listening(AF_INET6, "::", 5002, 7);
	int deferred = listening(AF_INET, "127.0.0.2", 5003, 4);
	int seconds = 60, one = 1, ends[2];

	pair(v4, AF_INET, "127.0.0.1", 5001, ends); /* ESTABLISHED, queued data */
	if (write(ends[0], "some bytes", 10) != 10)
		err(1, "write");
	pair(v6, AF_INET6, "::1", 5002, ends); /* keepalive */
	setsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	pair(v6, AF_INET, "127.0.0.3", 5002, ends); /* v4-mapped */
	pair(v4, AF_INET, "127.0.0.1", 5001, ends); /* FIN_WAIT2, CLOSE_WAIT */
	shutdown(ends[0], SHUT_WR);
	wait_for_fin(ends[1]);
	pair(v4, AF_INET, "127.0.0.1", 5001, ends); /* FIN_WAIT2 mini socket */
	close(ends[0]);
	wait_for_fin(ends[1]);
	pair(v4, AF_INET, "127.0.0.1", 5001, ends); /* TIME_WAIT */
	close(ends[0]);
	wait_for_fin(ends[1]);
	close(ends[1]);
	connected(AF_INET, SOCK_STREAM, "127.0.0.1", 5001); /* not accepted */
	setsockopt(deferred, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	connected(AF_INET, SOCK_STREAM, "127.0.0.2", 5003); /* SYN_RECV */
}

/* The peer's acknowledgement of a FIN comes a moment after close(). */
static void wait_for_fin_acked(void)
{
	char line[512];
	bool waits = true;

	for (int tries = 0; waits && tries < 500; tries++) {
		FILE *file = fopen("/proc/thread-self/net/tcp", "r");

		if (!file)
			return;
		for (waits = false; fgets(line, sizeof(line), file);)
			waits = waits || strstr(line, " 04 ");
		fclose(file);
		if (waits)
			usleep(10000);
	}
}

static void make_udp(void)
{
	bound(AF_INET, SOCK_DGRAM, "0.0.0.0", 6001);
	bound(AF_INET6, SOCK_DGRAM, "::1", 6002);
	bound(AF_INET, SOCK_DGRAM, "127.0.0.1", 6003);
	if (write(connected(AF_INET, SOCK_DGRAM, "127.0.0.1", 6003), "x", 1) != 1)
		err(1, "write");
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: make_sockets PROGRAM [ARGUMENT...]");
	enter_namespace();
	make_tcp();
	make_udp();
	wait_for_fin_acked();
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
