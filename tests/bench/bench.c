/* SPDX-License-Identifier: MIT */
/*
 * bench [N] [--check]: N TCP sockets (N/2 connections over loopback) in a network
 * namespace of its own, held by child processes. Then, interleaved, ROUNDS times: a
 * bare netlink dump that throws everything away, one full cycle of sktop (sample,
 * diff, group by IP, sort by rate), and `ss -tanOHi`. Prints medians and ratios;
 * --check fails beyond what issue 2 allows.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
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
#include <sktop/view.h>

#define ROUNDS 7
#define PAIRS_PER_CHILD 8000

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

static void hold_pairs(int child, int pairs, int ready)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(a);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.sin_addr.s_addr = htonl(0x7f000001U + ((uint32_t)child << 8));
	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 1024) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		err(1, "listen");
	for (int i = 0; i < pairs; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
		    accept(listener, NULL, NULL) < 0)
			err(1, "pair %d of child %d", i, child);
	}
	if (write(ready, "x", 1) != 1)
		err(1, "write");
	pause();
}

static void build(int sockets)
{
	int ready[2], children = 0;
	char c;

	if (pipe(ready))
		err(1, "pipe");
	for (int left = sockets / 2; left > 0; left -= PAIRS_PER_CHILD, children++) {
		if (fork() == 0)
			hold_pairs(children,
				   left < PAIRS_PER_CHILD ? left : PAIRS_PER_CHILD,
				   ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i < children; i++) {
		if (read(ready[0], &c, 1) != 1)
			errx(1, "a child failed");
	}
}

/* The limit: the same request as sktop's, and nothing done with the answer. */
static double bare_dump(void)
{
	static uint8_t buffer[1 << 20];
	struct {
		struct nlmsghdr head;
		struct inet_diag_req req;
	} message = { .head = { .nlmsg_len = sizeof(message),
				.nlmsg_type = TCPDIAG_GETSOCK,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		      .req = { .idiag_ext = 1 << (INET_DIAG_INFO - 1),
			       .idiag_states = SK_STATES_ALL } };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	double begin = now();

	if (send(fd, &message, sizeof(message), 0) < 0)
		err(1, "send");
	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		const struct nlmsghdr *head = (const void *)buffer;

		if (n <= 0)
			err(1, "recv");
		for (; NLMSG_OK(head, (uint32_t)n); head = NLMSG_NEXT(head, n)) {
			if (head->nlmsg_type == NLMSG_DONE) {
				close(fd);
				return now() - begin;
			}
		}
	}
}

static double run_ss(void)
{
	double begin = now();
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execlp("ss", "ss", "-tanOHi", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return now() - begin;
}

static long resident_kib(void)
{
	long pages = 0, unused;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%ld %ld", &unused, &pages) != 2)
		errx(1, "statm");
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct cycle {
	struct sk_source *source;
	struct sk_differ *differ;
	struct sk_grouping *grouping;
	struct sk_view view;
	struct sk_sample *previous, *spare;
};

/* Sample, diff, group, sort; the phases' times are added to parts[4]. */
static uint32_t run_cycle(struct cycle *c, double parts[4])
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_sample *sample = c->spare;
	struct sk_context context;
	struct sk_rows rows;
	double at[5];

	if (!sample && sk_sample_new(&sample))
		errx(1, "out of memory");
	sk_sample_reset(sample);
	at[0] = now();
	if (sk_source_collect(c->source, &request, sample))
		errx(1, "collect: %s", sample->losses.note);
	at[1] = now();
	if (sk_diff_compute(c->differ, c->previous, sample))
		errx(1, "diff");
	at[2] = now();
	if (sk_grouping_compute(c->grouping, sample, SK_GROUP_IP, NULL, 0))
		errx(1, "group");
	at[3] = now();
	context = (struct sk_context){ .sample = sample };
	rows = (struct sk_rows){ table, sample->sockets, sample->n_sockets };
	if (sk_view_filter(&c->view, &rows, NULL, &context) ||
	    sk_view_sort(&c->view, &rows, sk_column_find(table, "tx", 2), true, &context))
		errx(1, "sort");
	at[4] = now();
	for (int i = 0; i < 4; i++)
		parts[i] = at[i + 1] - at[i];
	c->spare = c->previous;
	c->previous = sample;
	return sample->n_sockets;
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

int main(int argc, char **argv)
{
	int sockets = argc > 1 && argv[1][0] != '-' ? atoi(argv[1]) : 100000;
	bool check = strcmp(argv[argc - 1], "--check") == 0;
	double bare[ROUNDS], full[ROUNDS], ss[ROUNDS], part[4][ROUNDS], parts[4];
	double m_bare, m_full, m_ss, per_socket;
	struct cycle c = { 0 };
	char error[SK_ERROR_LEN];
	uint32_t seen = 0;
	long before;

	prepare_host();
	build(sockets);
	if (sk_live_source_new(0, &c.source, error))
		errx(1, "%s", error);
	if (sk_differ_new(&c.differ) || sk_grouping_new(&c.grouping))
		errx(1, "out of memory");
	bare_dump();
	before = resident_kib();
	for (int i = 0; i < 3; i++)
		seen = run_cycle(&c, parts);
	per_socket = (double)(resident_kib() - before) * 1024 / seen;
	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = bare_dump();
		run_cycle(&c, parts);
		full[i] = 0;
		for (int p = 0; p < 4; p++) {
			part[p][i] = parts[p];
			full[i] += parts[p];
		}
		ss[i] = run_ss();
	}
	m_bare = median(bare);
	m_full = median(full);
	m_ss = median(ss);
	printf("%u sockets, medians of %d rounds\n", seen, ROUNDS);
	printf("bare dump     %9.2f ms  (%.2f to %.2f)\n", m_bare, bare[0], bare[ROUNDS - 1]);
	printf("full cycle    %9.2f ms  (%.2f to %.2f)\n", m_full, full[0], full[ROUNDS - 1]);
	for (int p = 0; p < 4; p++)
		printf("  %-12s %8.2f ms\n",
		       (const char *const[]){ "sample", "diff", "group", "sort" }[p],
		       median(part[p]));
	printf("ss -tanOHi    %9.2f ms  (%.2f to %.2f)\n", m_ss, ss[0], ss[ROUNDS - 1]);
	printf("cycle / bare  %9.2f\nss / cycle    %9.2f\nmemory        %9.0f bytes per "
	       "socket\n", m_full / m_bare, m_ss / m_full, per_socket);
	return check && (m_full > 1.5 * m_bare || m_ss < 3 * m_full || per_socket > 400);
}
