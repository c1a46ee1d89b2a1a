/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "crowd.h"
#include "machine.h"

#define WORKERS 4
#define BEATS 100    /* a second: so often each opens some */
#define LIFE 0.5     /* seconds that a connection lasts */
#define ADDRESSES 100000U
#define WAITING 5    /* one of so many ends in TIME_WAIT, the others by a reset */
#define OF_PROCESSES 25 /* one of so many has a process of its own */

static atomic_long *opened; /* shared */

/** One process, and the connections that it has open, in a ring. */
struct worker {
	int listener;
	struct sockaddr_in to;
	int (*ends)[2];
	unsigned n, at;
	uint32_t seed;
};

static uint32_t dice(struct worker *w, uint32_t sides)
{
	w->seed = w->seed * 1664525U + 1013904223U;
	return (w->seed >> 8) % sides;
}

static void listen_here(struct worker *w, int number)
{
	socklen_t len = sizeof(w->to);
	struct timeval patience = { .tv_sec = 1 };

	w->to = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(0x7f000001U +
							       (uint32_t)number) };
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(w->listener, (struct sockaddr *)&w->to, len) ||
	    listen(w->listener, 4096) ||
	    getsockname(w->listener, (struct sockaddr *)&w->to, &len))
		err(1, "listen");
	/* who was sent may not get through */
	setsockopt(w->listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static int connect_from_anywhere(struct worker *w)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	from.sin_addr.s_addr = htonl(0x7f010000U + dice(w, ADDRESSES));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (struct sockaddr *)&w->to, sizeof(w->to))) {
		if (errno != EADDRNOTAVAIL && errno != ETIMEDOUT)
			err(1, "connect");
		close(fd);
		return -1;
	}
	atomic_fetch_add(opened, 1);
	return fd;
}

static void end_pair(struct worker *w, int ends[2])
{
	struct linger hard = { 1, 0 };

	if (ends[0] < 0)
		return;
	if (dice(w, WAITING))
		setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(ends[0]);
	close(ends[1]);
	ends[0] = ends[1] = -1;
}

/* A process that opens a connection, keeps it for a moment and ends. */
static void send_somebody(struct worker *w, int *accepted)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (connect_from_anywhere(w) >= 0)
			usleep((useconds_t)(LIFE * 1e6));
		_exit(0);
	}
	*accepted = pid < 0 ? -1 : accept(w->listener, NULL, NULL);
}

static void open_one(struct worker *w)
{
	int *ends = w->ends[w->at];

	w->at = (w->at + 1) % w->n;
	end_pair(w, ends);
	if (dice(w, OF_PROCESSES)) {
		ends[0] = connect_from_anywhere(w);
		ends[1] = ends[0] < 0 ? -1 : accept(w->listener, NULL, NULL);
	} else {
		/* both ends are closed when its turn comes again; the other end went before */
		send_somebody(w, &ends[0]);
	}
}

static void work(int number, int rate)
{
	struct timespec next;
	struct worker w = { .seed = (uint32_t)number * 7919U };
	double each = (double)rate / WORKERS / BEATS, due = 0;

	signal(SIGCHLD, SIG_IGN); /* nobody waits for those who are sent */
	listen_here(&w, number);
	w.n = (unsigned)(rate * LIFE / WORKERS) + 1;
	w.ends = malloc(w.n * sizeof(*w.ends));
	for (unsigned i = 0; w.ends && i < w.n; i++)
		w.ends[i][0] = w.ends[i][1] = -1;
	if (!w.ends)
		errx(1, "out of memory");
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		for (due += each; due >= 1; due--)
			open_one(&w);
		next.tv_nsec += 1000000000 / BEATS;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

void crowd_start(int rate)
{
	opened = mmap(NULL, sizeof(*opened), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (opened == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			work(i, rate);
		}
	}
}

long crowd_opened(void)
{
	return atomic_load(opened);
}
