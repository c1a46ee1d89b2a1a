/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "machine.h"

/** Of one child process. */
struct child {
	int command[2]; /* a byte: churn once */
	int done[2];	/* a byte: built, or churned */
};

/** Where a child's connections go. */
struct listener {
	int fd;
	struct sockaddr_storage address;
	socklen_t len;
};

static struct child children[MACHINE_PROCESSES_MAX];
static int n_children;

double machine_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct machine_plan machine_mixed(int n)
{
	int processes = n / 16600 + 1;

	return (struct machine_plan){
		.processes = processes < 12 ? 12 : processes,
		.pairs = n / 20 * 7,
		.pairs6 = n / 40 * 3,
		.time_wait = n / 10,
		.listening = n / 50,
		.udp = n / 100 * 3,
	};
}

/* Addresses and ports by child: each has all ephemeral ports to itself. */
static void listen_on(struct listener *l, int family, int child)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	v4.sin_addr.s_addr = htonl(0x7f000001U + ((uint32_t)child << 8));
	l->len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	memcpy(&l->address, family == AF_INET ? (void *)&v4 : (void *)&v6, l->len);
	l->fd = socket(family, SOCK_STREAM, 0);
	if (bind(l->fd, (struct sockaddr *)&l->address, l->len) || listen(l->fd, 1024) ||
	    getsockname(l->fd, (struct sockaddr *)&l->address, &l->len))
		err(1, "listen");
}

static void open_pair(const struct listener *l, int ends[2])
{
	ends[0] = socket(l->address.ss_family, SOCK_STREAM, 0);
	if (connect(ends[0], (const struct sockaddr *)&l->address, l->len))
		err(1, "connect");
	ends[1] = accept(l->fd, NULL, NULL);
	if (ends[1] < 0)
		err(1, "accept");
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

		open_pair(l, ends);
		close(ends[0]);
		close(ends[1]);
	}
}

static void open_udp(const struct listener *like, bool connected)
{
	struct sockaddr_storage address = like->address;
	int fd = socket(address.ss_family, SOCK_DGRAM, 0);

	((struct sockaddr_in *)&address)->sin_port = 0; /* the same place in sin6_port */
	if (bind(fd, (struct sockaddr *)&address, like->len) ||
	    (connected &&
	     connect(fd, (const struct sockaddr *)&like->address, like->len)))
		err(1, "udp");
}

/* One pair of a hundred closes first, then as many are opened: descriptors mix. */
static void churn(const struct listener *l, int (*ends)[2], int pairs, uint32_t *seed)
{
	int n = pairs / 100, *chosen = malloc(((size_t)n + 1) * sizeof(*chosen));

	for (int i = 0; i < n; i++) {
		*seed = *seed * 1664525U + 1013904223U;
		chosen[i] = (int)((*seed >> 8) % (uint32_t)(pairs / n)) + i * (pairs / n);
		close_pair(ends[chosen[i]]);
	}
	for (int i = 0; i < n; i++)
		open_pair(l, ends[chosen[i]]);
	free(chosen);
}

/* The i-th child's part of n. */
static int share(const struct machine_plan *plan, int n, int i)
{
	return n / plan->processes + (i < n % plan->processes);
}

static void hold(const struct machine_plan *plan, int number)
{
	const struct child *child = &children[number];
	int pairs = share(plan, plan->pairs, number), unused[2];
	int (*ends)[2] = malloc(((size_t)pairs + 1) * sizeof(*ends));
	struct listener l[2], more;
	uint32_t seed = (uint32_t)number;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listen_on(&l[0], AF_INET, number);
	listen_on(&l[1], AF_INET6, number);
	for (int i = 0; i < pairs; i++)
		open_pair(&l[0], ends[i]);
	for (int i = share(plan, plan->pairs6, number); i > 0; i--)
		open_pair(&l[1], unused);
	for (int i = share(plan, plan->listening, number); i > 0; i--)
		listen_on(&more, i % 2 ? AF_INET : AF_INET6, number);
	for (int i = share(plan, plan->udp, number); i > 0; i--)
		open_udp(&l[i % 2], i % 4 > 1);
	leave_time_wait(&l[0], share(plan, plan->time_wait, number));
	while (write(child->done[1], "x", 1) == 1 && read(child->command[0], &c, 1) == 1)
		churn(&l[0], ends, pairs, &seed);
	_exit(1);
}

static void wait_for_all(void)
{
	char c;

	for (int i = 0; i < n_children; i++) {
		if (read(children[i].done[0], &c, 1) != 1)
			errx(1, "a child failed");
	}
}

void machine_churn(void)
{
	for (int i = 0; i < n_children; i++) {
		if (write(children[i].command[1], "x", 1) != 1)
			err(1, "write");
	}
	wait_for_all();
}

static void enter_namespace(void)
{
	static const char buckets[] = "/proc/sys/net/ipv4/tcp_max_tw_buckets";
	struct rlimit limit = { 1 << 20, 1 << 20 };
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd;

	if (unshare(CLONE_NEWNET))
		err(1, "unshare (run as root)");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
	setrlimit(RLIMIT_NOFILE, &limit);
	fd = open(buckets, O_WRONLY);
	if (fd < 0 || write(fd, "2000000", 7) != 7)
		warn("%s", buckets);
	close(fd);
}

void machine_build(const struct machine_plan *plan)
{
	enter_namespace();
	n_children = plan->processes;
	for (int i = 0; i < n_children; i++) {
		if (pipe2(children[i].command, O_CLOEXEC) ||
		    pipe2(children[i].done, O_CLOEXEC))
			err(1, "pipe");
		if (fork() == 0)
			hold(plan, i);
		close(children[i].done[1]);
	}
	wait_for_all();
}

double machine_run(const char *const argv[])
{
	double begin = machine_now_ms();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(1, "%s", argv[0]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ?
		       -1 :
		       machine_now_ms() - begin;
}

void machine_add(struct machine_series *series, double value)
{
	if (series->n < MACHINE_ROUNDS_MAX)
		series->value[series->n++] = value;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

double machine_quantile(const struct machine_series *series, double part)
{
	struct machine_series sorted = *series;

	if (!sorted.n)
		return 0;
	qsort(sorted.value, (size_t)sorted.n, sizeof(sorted.value[0]), by_value);
	return sorted.value[(int)(part * (sorted.n - 1) + 0.5)];
}

void machine_print(const char *what, const struct machine_series *series,
		   const struct machine_series *unit)
{
	struct machine_series ratio = { .n = series->n < unit->n ? series->n : unit->n };

	for (int i = 0; i < ratio.n; i++)
		ratio.value[i] = series->value[i] / unit->value[i];
	printf("%-26s %9.2f ms (%.2f to %.2f)  x %.3f (%.3f to %.3f)\n", what,
	       machine_quantile(series, 0.5), machine_quantile(series, 0),
	       machine_quantile(series, 1), machine_quantile(&ratio, 0.5),
	       machine_quantile(&ratio, 0), machine_quantile(&ratio, 1));
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
