/* SPDX-License-Identifier: MIT */
/*
 * Processes that share sockets in every way there is, in a network namespace of their
 * own; then runs the program given, whose exit status is ours. The shared parts are in
 * make_sockets.c's spirit: held still, nothing depends on time.
 */
#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net.h"

static int ready[2];

static int listening(uint16_t port)
{
	struct sockaddr_in a = net_loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 16))
		err(1, "listen %u", port);
	return fd;
}

static int connected(uint16_t port)
{
	return net_connected(SOCK_STREAM | SOCK_CLOEXEC, 0, "127.0.0.1", port);
}

/* A child that does something and then holds still. */
static pid_t child(void (*act)(int), int arg)
{
	pid_t pid = fork();
	char c;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		act(arg);
		if (write(ready[1], "x", 1) != 1)
			err(1, "write");
		pause();
		_exit(0);
	}
	if (read(ready[0], &c, 1) != 1)
		errx(1, "a child failed");
	return pid;
}

static void nothing(int arg)
{
	(void)arg;
}

/* Its own connection, accepted, at a descriptor of its own. */
static void accept_one(int listener)
{
	dup2(accept(listener, NULL, NULL), 40);
}

static void *hold_still(void *arg)
{
	pause();
	return arg;
}

/* One of several with SO_REUSEPORT. */
static void reuse(int port)
{
	listening((uint16_t)port);
}

static void hostile(int port)
{
	pthread_t thread;

	prctl(PR_SET_NAME, "\x1b[31m) S (\n\xff");
	listening((uint16_t)port);
	pthread_create(&thread, NULL, hold_still, NULL);
}

static void other_user(int port)
{
	int fd = listening((uint16_t)port);

	dup2(fd, 777);
	dup2(connected((uint16_t)port), 778);
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		err(1, "setresuid");
	/* another user's process starts without these; else /proc says it is root's */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "nobodys");
}

int main(int argc, char **argv)
{
	int prefork;

	if (argc < 2)
		errx(2, "usage: make_owners PROGRAM [ARGUMENT...]");
	net_enter_or_skip(false);
	if (pipe(ready))
		err(1, "pipe");
	prefork = listening(7001); /* ours, and of all that are forked from here on */
	connected(7001);
	child(accept_one, prefork);
	child(nothing, 0);
	child(nothing, 0);
	connected(7001); /* not accepted: it is the listener's four */
	child(other_user, 7002);
	child(hostile, 7003);
	for (int i = 0; i < 2; i++)
		child(reuse, 7004);
	return net_run(argv + 1);
}
