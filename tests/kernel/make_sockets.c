/* SPDX-License-Identifier: MIT */
/*
 * Sockets in every state that can be held still, in a network namespace of their own;
 * then runs the program given, whose exit status is ours.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net.h"

/* One end of a connection closes first: its other end is ends[1]. */
static void pair(int listener, const char *text, uint16_t port, int ends[2])
{
	ends[0] = net_connected(SOCK_STREAM, 0, text, port);
	ends[1] = net_accepted(listener);
}

static void make_tcp(void)
{
	int v4 = net_listening(0, "127.0.0.1", 5001, 16);
	int v6 = net_listening(0, "::", 5002, 7);
	int deferred = net_listening(0, "127.0.0.2", 5003, 4);
	int seconds = 60, one = 1, ends[2];

	pair(v4, "127.0.0.1", 5001, ends); /* ESTABLISHED, queued data */
	if (write(ends[0], "some bytes", 10) != 10)
		err(1, "write");
	pair(v6, "::1", 5002, ends); /* keepalive */
	setsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	pair(v6, "127.0.0.3", 5002, ends); /* v4-mapped */
	pair(v4, "127.0.0.1", 5001, ends); /* FIN_WAIT2, CLOSE_WAIT */
	shutdown(ends[0], SHUT_WR);
	net_wait_for_fin(ends[1]);
	pair(v4, "127.0.0.1", 5001, ends); /* FIN_WAIT2 mini socket */
	close(ends[0]);
	net_wait_for_fin(ends[1]);
	pair(v4, "127.0.0.1", 5001, ends); /* TIME_WAIT */
	close(ends[0]);
	net_wait_for_fin(ends[1]);
	close(ends[1]);
	net_connected(SOCK_STREAM, 0, "127.0.0.1", 5001); /* not accepted */
	setsockopt(deferred, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	net_connected(SOCK_STREAM, 0, "127.0.0.2", 5003); /* SYN_RECV */
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
	net_bound(SOCK_DGRAM, 0, "0.0.0.0", 6001);
	net_bound(SOCK_DGRAM, 0, "::1", 6002);
	net_bound(SOCK_DGRAM, 0, "127.0.0.1", 6003);
	if (write(net_connected(SOCK_DGRAM, 0, "127.0.0.1", 6003), "x", 1) != 1)
		err(1, "write");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: make_sockets PROGRAM [ARGUMENT...]");
	net_enter_or_skip(true);
	make_tcp();
	make_udp();
	wait_for_fin_acked();
	return net_run(argv + 1);
}
