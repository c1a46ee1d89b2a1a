/* SPDX-License-Identifier: MIT */
/*
 * bench_owners [N] [--check]: N TCP sockets (N/2 connections over loopback) held by 12
 * processes in a network namespace of their own. Times, in turn: `ss -tanp`, the first
 * attribution of all sockets, a tick in which nothing happens, and one in which one
 * connection of a hundred was closed and opened anew. The very first sight of all is
 * told apart: the kernel makes an inode for each descriptor then, and keeps it. Prints
 * medians and ratios; --check fails beyond what issue 3 allows: a tenth, a hundredth.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
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
#include <sktop/diff.h>
#include <sktop/source.h>
#include "kernel/owners.h"

#define CHILDREN 12
#define ROUNDS 5
#define TICK_NS 20000000U /* a fiftieth of a second, as the screen takes */

struct child {
	int command[2]; /* a byte: churn once */
	int done[2];	/* a byte: built, or churned */
	uint32_t seed;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static void open_pair(const struct sockaddr_in *to, int listener, int ends[2])
{
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(ends[0], (const struct sockaddr *)to, sizeof(*to)))
		err(1, "connect");
	ends[1] = accept(listener, NULL, NULL);
	if (ends[1] < 0)
		err(1, "accept");
}

/* A reset leaves no TIME_WAIT behind: the number of sockets stays the same. */
static void close_pair(int ends[2])
{
	struct linger hard = { 1, 0 };

	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(ends[0]);
	close(ends[1]);
}

/* One pair of a hundred closes first, then as many are opened: descriptors mix. */
static void churn(const struct sockaddr_in *to, int listener, int (*ends)[2], int pairs,
		  uint32_t *seed)
{
	int n = pairs / 100, *chosen = malloc((size_t)n * sizeof(*chosen));

	for (int i = 0; i < n; i++) {
		*seed = *seed * 1664525U + 1013904223U;
		chosen[i] = (int)((*seed >> 8) % (uint32_t)(pairs / n)) + i * (pairs / n);
		close_pair(ends[chosen[i]]);
	}
	for (int i = 0; i < n; i++)
		open_pair(to, listener, ends[chosen[i]]);
	free(chosen);
}

static void hold(struct child *child, int number, int pairs)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int (*ends)[2] = malloc((size_t)pairs * sizeof(*ends));
	socklen_t len = sizeof(a);
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.sin_addr.s_addr = htonl(0x7f000001U + ((uint32_t)number << 8));
	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 1024) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		err(1, "listen");
	for (int i = 0; i < pairs; i++)
		open_pair(&a, listener, ends[i]);
	child->seed = (uint32_t)number;
	do {
		if (write(child->done[1], "x", 1) != 1 ||
		    read(child->command[0], &c, 1) != 1)
			_exit(1);
		churn(&a, listener, ends, pairs, &child->seed);
	} while (true);
}

static void wait_for(struct child *children)
{
	char c;

	for (int i = 0; i < CHILDREN; i++) {
		if (read(children[i].done[0], &c, 1) != 1)
			errx(1, "a child failed");
	}
}

static void churn_all(struct child *children)
{
	for (int i = 0; i < CHILDREN; i++) {
		if (write(children[i].command[1], "x", 1) != 1)
			err(1, "write");
	}
	wait_for(children);
}

static void build(struct child *children, int sockets)
{
	for (int i = 0; i < CHILDREN; i++) {
		if (pipe(children[i].command) || pipe(children[i].done))
			err(1, "pipe");
		if (fork() == 0)
			hold(&children[i], i, sockets / 2 / CHILDREN);
	}
	wait_for(children);
}

static double run_ss(void)
{
	double begin = now();
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execlp("ss", "ss", "-tanp", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return now() - begin;
}

static void prepare_host(void)
{
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
}

/** A sampler without a thread. */
struct run {
	struct sk_source *source;
	struct sk_differ *differ;
	struct owners *owners;
	struct sk_sample *previous;
	uint32_t n, unknown; /* sockets with an inode, and those without an owner */
};

static void count(struct run *run, const struct sk_sample *sample)
{
	run->n = run->unknown = 0;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		run->n += s->inode != 0;
		run->unknown += s->inode && !s->owner;
	}
}

/* One sample; the time its attribution took. */
static double tick(struct run *run, uint64_t budget_ns)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;
	double begin, took;

	request.needs |= SK_NEED_OWNERS;
	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	if (sk_sample_new(&sample) || sk_source_collect(run->source, &request, sample) ||
	    sk_diff_compute(run->differ, run->previous, sample))
		errx(1, "no sample");
	begin = now();
	if (owners_attribute(run->owners, &request, sample, budget_ns))
		errx(1, "owners_attribute");
	took = now() - begin;
	sk_sample_unref(run->previous);
	run->previous = sample;
	count(run, sample);
	return took;
}

/* A scanner that knows nothing, and the time until it knows all. */
static double first_sight(struct run *run)
{
	owners_free(run->owners);
	if (owners_new("/proc", "/proc/self/mountinfo", &run->owners))
		errx(1, "out of memory");
	return tick(run, 0);
}

static void print(const char *what, double took, double ss)
{
	printf("%-22s %9.2f ms   ss / %.1f\n", what, took, ss / took);
}

int main(int argc, char **argv)
{
	int sockets = argc > 1 && argv[1][0] != '-' ? atoi(argv[1]) : 100000;
	bool check = strcmp(argv[argc - 1], "--check") == 0;
	double cold, first[ROUNDS], still[ROUNDS], churned[ROUNDS], ss[ROUNDS], m_ss;
	static struct child children[CHILDREN];
	struct run run = { 0 };
	char error[SK_ERROR_LEN];
	uint32_t later = 0, missed;

	prepare_host();
	build(children, sockets);
	if (sk_live_source_new(0, &run.source, error))
		errx(1, "%s", error);
	if (sk_differ_new(&run.differ))
		errx(1, "out of memory");
	cold = first_sight(&run);
	missed = run.unknown;
	for (int i = 0; i < ROUNDS; i++) {
		ss[i] = run_ss();
		first[i] = first_sight(&run);
		missed += run.unknown;
		still[i] = tick(&run, TICK_NS);
		churn_all(children);
		churned[i] = tick(&run, TICK_NS);
		later += run.unknown;
	}
	m_ss = median(ss);
	printf("%u sockets of %d processes, medians of %d rounds; left for the next tick: "
	       "%u\n", run.n, CHILDREN, ROUNDS, later);
	printf("ss -tanp               %9.2f ms   (%.2f to %.2f)\n", m_ss, ss[0],
	       ss[ROUNDS - 1]);
	print("the very first sight", cold, m_ss);
	print("first attribution", median(first), m_ss);
	print("tick, nothing happens", median(still), m_ss);
	print("tick, 1 % is new", median(churned), m_ss);
	return check && (missed || median(first) * 10 > m_ss ||
			 median(still) * 100 > m_ss || median(churned) * 100 > m_ss);
}
