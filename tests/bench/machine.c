/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "machine_limits.h"
#include "machine.h"

/** Of one child process. */
struct child {
	int orders[2]; /* struct order */
	int done[2];   /* a byte: built, or done as ordered */
};

struct order {
	int churn;     /* connections to close, and to open anew */
	int time_wait; /* sockets to leave in TIME_WAIT */
};

/** Where a child's connections go. */
struct listener {
	int fd;
	struct sockaddr_storage address;
	socklen_t len;
};

static struct child children[MACHINE_PROCESSES_MAX];
static struct machine_plan built;

static clockid_t measuring_clock = CLOCK_MONOTONIC;

static double read_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

double machine_now_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

double machine_clock_ms(void)
{
	return read_ms(measuring_clock);
}

void machine_measure_cpu(void)
{
	measuring_clock = CLOCK_PROCESS_CPUTIME_ID;
}

int machine_processes(int n)
{
	int processes = n / 16600 + 1;

	return processes < 12 ? 12 : processes;
}

struct machine_plan machine_mixed(int n)
{
	return (struct machine_plan){
		.processes = machine_processes(n),
		.pairs = n / 20 * 7,
		.pairs6 = n / 40 * 3,
		.time_wait = n / 10,
		.listening = n / 50,
		.udp = n / 100 * 3,
	};
}

static int sockets_of(const struct machine_plan *plan)
{
	return 2 * plan->pairs + 2 * plan->pairs6 + plan->time_wait + plan->listening +
	       plan->udp;
}

/* Each child has addresses, and so all ports, to itself; ::1 is for connections. */
static void set_address(struct listener *l, int family, bool own, int child)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	v4.sin_addr.s_addr = htonl(0x7f000001U + ((uint32_t)child << 8));
	if (own) {
		v6.sin6_addr.s6_addr[0] = 0xfd;
		v6.sin6_addr.s6_addr[14] = (uint8_t)(child + 1);
	}
	l->len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	memcpy(&l->address, family == AF_INET ? (void *)&v4 : (void *)&v6, l->len);
}

/* The addresses of fd00::/16 need not be on an interface. */
static void bind_there(struct listener *l, int family, int type, bool own, int child)
{
	int yes = 1;

	set_address(l, family, own, child);
	l->fd = socket(family, type, 0);
	if (l->fd < 0)
		err(1, "process %d: socket", child);
	if (family == AF_INET6 && own &&
	    setsockopt(l->fd, IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof(yes)))
		err(1, "process %d: IPV6_FREEBIND (Linux 4.15)", child);
	if (bind(l->fd, (struct sockaddr *)&l->address, l->len))
		err(1, "process %d: bind", child);
}

static void listen_on(struct listener *l, int family, bool own, int child)
{
	bind_there(l, family, SOCK_STREAM, own, child);
	if (listen(l->fd, 1024) ||
	    getsockname(l->fd, (struct sockaddr *)&l->address, &l->len))
		err(1, "process %d: listen", child);
}

/* The address of the i-th client of n; machine_build() tells how they are spread. */
static void bind_client(int fd, int i, int n)
{
	long share = n ? (long)i * 1000 / n : 0; /* of a thousand */
	uint32_t third = share < 10 ? 0 : share < 100 ? 1 : share < 500 ? 16 : 64;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	int yes = 1;

	v4.sin_addr.s_addr = htonl(0x7f010001U + (third << 8) + (uint32_t)i % 254);
	/* the port is chosen when the peer is known: each peer has all ports */
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) ||
	    bind(fd, (struct sockaddr *)&v4, sizeof(v4)))
		err(1, "bind of a client");
}

static void open_pair(const struct listener *l, int i, int n, int ends[2])
{
	ends[0] = socket(l->address.ss_family, SOCK_STREAM, 0);
	if (ends[0] < 0)
		err(1, "socket");
	if (l->address.ss_family == AF_INET)
		bind_client(ends[0], i, n);
	if (connect(ends[0], (const struct sockaddr *)&l->address, l->len))
		err(1, "connection %d of %d: connect", i, n);
	ends[1] = accept(l->fd, NULL, NULL);
	if (ends[1] < 0)
		err(1, "connection %d of %d: accept", i, n);
}

/* A reset leaves no TIME_WAIT behind: the number of sockets stays the same. */
static void close_pair(const int ends[2])
{
	struct linger hard = { 1, 0 };

	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(ends[0]);
	close(ends[1]);
}

/* Who closes first waits. */
static void leave_time_wait(const struct listener *l, int n)
{
	for (int i = 0; i < n; i++) {
		int ends[2];

		open_pair(l, i, n, ends);
		close(ends[0]);
		close(ends[1]);
	}
}

static void open_udp(int family, bool connected, int child)
{
	struct listener udp, peer;

	bind_there(&udp, family, SOCK_DGRAM, !connected, child);
	set_address(&peer, family, false, child);
	((struct sockaddr_in *)&peer.address)->sin_port = htons(9); /* sin6_port too */
	if (connected && connect(udp.fd, (struct sockaddr *)&peer.address, peer.len))
		err(1, "process %d: connect of UDP", child);
}

/* All are closed first, then as many are opened: descriptors mix. */
static void churn(const struct listener *l, int (*ends)[2], int pairs, int n, uint32_t *seed)
{
	int *chosen;

	n = n < pairs ? n : pairs;
	if (n <= 0)
		return;
	chosen = malloc((size_t)n * sizeof(*chosen));
	for (int i = 0; chosen && i < n; i++) {
		*seed = *seed * 1664525U + 1013904223U;
		chosen[i] = (int)((*seed >> 8) % (uint32_t)(pairs / n)) + i * (pairs / n);
		close_pair(ends[chosen[i]]);
	}
	for (int i = 0; chosen && i < n; i++)
		open_pair(l, chosen[i], pairs, ends[chosen[i]]);
	free(chosen);
}

/* The i-th child's part of n. */
static int share(int n, int i)
{
	return n / built.processes + (i < n % built.processes);
}

/* A child: its sockets, then what it is told to do. */
static void hold(int number, bool ipv6)
{
	const struct child *child = &children[number];
	int pairs = share(built.pairs, number), pairs6 = share(built.pairs6, number);
	int (*ends)[2] = calloc((size_t)pairs + 1, sizeof(*ends)), unused[2];
	int other = ipv6 ? AF_INET6 : AF_INET;
	struct listener l[2], more;
	struct order order;
	uint32_t seed = (uint32_t)number;

	if (!ends)
		errx(1, "out of memory");
	listen_on(&l[0], AF_INET, false, number);
	listen_on(&l[1], other, false, number);
	for (int i = 0; i < pairs; i++)
		open_pair(&l[0], i, pairs, ends[i]);
	for (int i = 0; i < pairs6; i++)
		open_pair(&l[1], i, pairs6, unused);
	for (int i = share(built.listening, number); i > 0; i--)
		listen_on(&more, i % 2 ? AF_INET : other, true, number);
	for (int i = share(built.udp, number); i > 0; i--)
		open_udp(i % 2 ? AF_INET : other, i % 4 > 1, number);
	leave_time_wait(&l[0], share(built.time_wait, number));
	while (write(child->done[1], "x", 1) == 1 &&
	       read(child->orders[0], &order, sizeof(order)) == sizeof(order)) {
		churn(&l[0], ends, pairs, order.churn, &seed);
		leave_time_wait(&l[0], order.time_wait);
	}
	_exit(1);
}

static void wait_for_all(const char *what)
{
	char c;

	for (int i = 0; i < built.processes; i++) {
		if (read(children[i].done[0], &c, 1) != 1)
			errx(1, "process %d of %d ended while %s (see above)", i,
			     built.processes, what);
	}
}

static void tell_all(int churn_all, int time_wait, const char *what)
{
	for (int i = 0; i < built.processes; i++) {
		struct order order = { share(churn_all, i), share(time_wait, i) };

		if (write(children[i].orders[1], &order, sizeof(order)) != sizeof(order))
			err(1, "process %d of %d is gone before %s", i, built.processes, what);
	}
	wait_for_all(what);
}

void machine_churn(void)
{
	tell_all(sockets_of(&built) / 200, 0, "opening connections anew");
}

int machine_time_wait(void)
{
	return (int)limits_sockstat("TCP:", " tw ");
}

int machine_refresh(void)
{
	int lost = built.time_wait - machine_time_wait();

	if (lost <= 0)
		return 0;
	tell_all(0, lost, "leaving sockets in TIME_WAIT");
	return lost;
}

static void start_child(int number, bool ipv6)
{
	struct child *child = &children[number];
	pid_t parent = getpid(), pid;

	if (pipe2(child->orders, O_CLOEXEC) || pipe2(child->done, O_CLOEXEC))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork of process %d", number);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		/* an end of another child's pipe would keep that one from being missed */
		for (int i = 0; i <= number; i++)
			close(children[i].orders[1]);
		hold(number, ipv6);
	}
	close(child->orders[0]);
	close(child->done[1]);
}

void machine_build(const struct machine_plan *plan)
{
	bool ipv6;

	built = *plan;
	signal(SIGPIPE, SIG_IGN);
	limits_check(sockets_of(plan), plan->processes);
	limits_enter_namespace();
	ipv6 = limits_have_ipv6();
	if (!ipv6)
		warnx("no IPv6 here: all sockets are of IPv4");
	for (int i = 0; i < built.processes; i++)
		start_child(i, ipv6);
	wait_for_all("making its sockets");
	if (machine_time_wait() < plan->time_wait / 10 * 9)
		warnx("of %d sockets in TIME_WAIT %d are left already", plan->time_wait,
		      machine_time_wait());
	limits_tell();
}

static bool wait_for_end(pid_t pid, int limit_ms)
{
	int fd = limit_ms ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd end = { .fd = fd, .events = POLLIN };
	bool stopped = fd >= 0 && poll(&end, 1, limit_ms) == 0;

	if (stopped)
		kill(pid, SIGKILL);
	if (fd >= 0)
		close(fd);
	return !stopped;
}

static double timeval_ms(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

double machine_run(const char *const argv[], int limit_ms)
{
	double begin = machine_now_ms(), took;
	struct rusage use;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), status;
	/* a copy of this process's page tables would be measured, too */
	pid_t pid = vfork();
	bool ended;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(null);
	ended = pid > 0 && wait_for_end(pid, limit_ms);
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid)
		err(1, "%s", argv[0]);
	took = machine_now_ms() - begin;
	if (measuring_clock != CLOCK_MONOTONIC)
		took = timeval_ms(&use.ru_utime) + timeval_ms(&use.ru_stime);
	if (!ended)
		return -took;
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? 0 : took;
}

long machine_status(pid_t pid, const char *word)
{
	char path[64], line[256];
	long value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, word, strlen(word)) == 0)
			value = strtol(line + strlen(word), NULL, 10);
	}
	if (file)
		fclose(file);
	return value;
}
