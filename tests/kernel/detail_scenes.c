/* SPDX-License-Identifier: MIT */
/*
 * detail_scenes SCRIPT...: runs the script in a network namespace of its own.
 * detail_scenes @SCENE PORT: holds one connection of a kind until it is killed: what
 * the detail view has to read rightly.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static void set_option(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		warn("socket option %d of level %d", option, level);
}

/** Both ends of a connection. */
struct ends {
	int listener, client, server;
};

/* prepare may set options on a socket before it connects. */
static struct ends connect_family(int family, uint16_t port, void (*prepare)(int fd))
{
	const char *text = family == AF_INET ? "127.0.0.1" : "::1";
	struct ends ends = { net_listening(0, text, port, 2),
			     socket(family, SOCK_STREAM, 0), -1 };
	union net_address a;
	socklen_t len = net_address(text, port, &a);

	if (setsockopt(ends.client, SOL_TCP, TCP_CONGESTION, "cubic", 5))
		warn("cubic");
	if (prepare)
		prepare(ends.client);
	if (connect(ends.client, &a.sa, len))
		err(1, "connect to %u", port);
	ends.server = net_accepted(ends.listener);
	return ends;
}

static struct ends connect_ends(uint16_t port, void (*prepare)(int fd))
{
	return connect_family(AF_INET, port, prepare);
}

static void *read_all(void *arg)
{
	static char buffer[1 << 18];
	int fd = *(int *)arg;

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	return NULL;
}

static void start_reader(struct ends *ends)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, read_all, &ends->server))
		errx(1, "no thread");
}

static void write_forever(int fd, size_t len, int pause_ms)
{
	static char data[1 << 16];

	while (write(fd, data, len) > 0) {
		if (pause_ms)
			poll(NULL, 0, pause_ms);
	}
	err(1, "write");
}

static void many_options(int fd)
{
	set_option(fd, IPPROTO_IP, IP_TOS, 0x68);
	set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
	set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
	set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	set_option(fd, SOL_SOCKET, SO_PRIORITY, 3);
	set_option(fd, SOL_SOCKET, SO_MARK, 0x2a);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 500000000);
	set_option(fd, SOL_TCP, TCP_KEEPIDLE, 3570); /* far from a whole minute */
}

/* A conversation that is over: nothing of it moves any more. */
static void converse(struct ends ends)
{
	char data[30000] = { 0 };

	for (int i = 0; i < 50; i++) {
		if (write(ends.client, data, sizeof(data)) != sizeof(data) ||
		    recv(ends.server, data, sizeof(data), MSG_WAITALL) != sizeof(data) ||
		    write(ends.server, data, 700) != 700 ||
		    recv(ends.client, data, 700, MSG_WAITALL) != 700)
			err(1, "conversation");
	}
	pause();
}

static void idle(uint16_t port)
{
	converse(connect_ends(port, many_options));
}

static void traffic_class(int fd)
{
	set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x28);
	set_option(fd, SOL_SOCKET, SO_PRIORITY, 5);
}

/* The same by IPv6; the server's end has shut down its sending. */
static void idle6(uint16_t port)
{
	struct ends ends = connect_family(AF_INET6, port, traffic_class);

	if (shutdown(ends.server, SHUT_WR))
		err(1, "shutdown");
	pause();
}

static void slow_reader(uint16_t port)
{
	write_forever(connect_ends(port, NULL).client, 65536, 0);
}

static void small_buffer(int fd)
{
	set_option(fd, SOL_SOCKET, SO_SNDBUF, 4608);
}

static void buffer(uint16_t port)
{
	struct ends ends = connect_ends(port, small_buffer);

	start_reader(&ends);
	write_forever(ends.client, 65536, 0);
}

static void bulk(uint16_t port)
{
	struct ends ends = connect_ends(port, NULL);

	start_reader(&ends);
	write_forever(ends.client, 65536, 0);
}

static void trickle(uint16_t port)
{
	struct ends ends = connect_ends(port, NULL);

	start_reader(&ends);
	write_forever(ends.client, 100, 50);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(uint16_t port);
	} scenes[] = { { "@idle", idle },	{ "@idle6", idle6 },
		       { "@slow-reader", slow_reader },
		       { "@buffer", buffer },	{ "@bulk", bulk },
		       { "@trickle", trickle } };
	/* segments as on a real path */
	struct ifreq lo = { .ifr_name = "lo", .ifr_mtu = 1500 };
	int fd;

	if (argc < 3)
		errx(2, "what?");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (strcmp(argv[1], scenes[i].name) == 0)
			scenes[i].run((uint16_t)atoi(argv[2]));
	}
	net_enter_or_skip(false);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFMTU, &lo))
		err(1, "lo mtu");
	close(fd);
	execv(argv[1], argv + 1);
	err(1, "%s", argv[1]);
}
