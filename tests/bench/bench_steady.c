/* SPDX-License-Identifier: MIT */
/*
 * bench_steady [--check] SKTOP idle [SECONDS] [PROCESSES]: an idle desktop of 300 sockets,
 * where sktop and htop run side by side on terminals, once a second: CPU time of all
 * threads and how often they are woken.
 *
 * bench_steady [--check] SKTOP churn [SECONDS] [RATE]: RATE connections a second are
 * opened and closed, some by processes that live for a moment, before sktop on a
 * terminal, whose panes are changed all the time, and sktop --batch.
 *
 * --check fails when more is used than promised, or when memory, descriptors or threads
 * grow.
 *
 * In network, process and mount namespaces of its own, and, where the kernel can (6.1),
 * with a table of sockets of its own: no socket of others is in the walk.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "crowd.h"
#include "machine.h"
#include "machine_limits.h"
#include "watched.h"

#define SOCKETS 300
#define SETTLE 5      /* seconds until all owners and names are found */
#define EVERY 10      /* seconds between two looks at what churns */
#define LOOKS_MAX 4096
#define GROWTH 1.05   /* by late ticks, that bring more at once; at 165 MB 6 bytes each */
#define PASSING 3     /* descriptors that are open for a moment: of /proc */
#define OF_HTOP 0.5   /* of its CPU time */
#define WAITS 2.2     /* a second: the sampler's for the clock, the screen's for it */

/* Written by the process itself, in the namespace from which the next one is made. */
static void want_table_of_its_own(void)
{
	static const char *const sizes[][2] = {
		{ "/proc/sys/net/ipv4/tcp_child_ehash_entries", "131072" },
		{ "/proc/sys/net/ipv4/udp_child_hash_entries", "4096" },
	};

	if (unshare(CLONE_NEWNET))
		err(1, "a network namespace: unshare (run as root)");
	for (size_t i = 0; i < 2; i++) {
		int fd = open(sizes[i][0], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, sizes[i][1], strlen(sizes[i][1])) < 0)
			warn("%s: sockets of others will be in each walk", sizes[i][0]);
		if (fd >= 0)
			close(fd);
	}
}

static void make_namespaces(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS))
		err(1, "namespaces: unshare (run as root)");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid > 0) {
		if (waitpid(pid, &status, 0) != pid)
			err(1, "waitpid");
		/* neither side of a namespace of processes can look for leaks */
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		err(1, "/proc");
	want_table_of_its_own();
}

static void fill_with_processes(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
}

/** The resources that a program used each second. */
struct idling {
	double cpu_ms, waits;
};

static struct idling print_idle(const struct watched *w, const struct usage *from,
				double seconds, double unit)
{
	struct usage now = watched_usage(w->pid);
	struct idling used = { (now.cpu_ms - from->cpu_ms) / seconds,
			       (double)(now.waits - from->waits) / seconds };

	printf("%-26s %6.2f ms", w->name, used.cpu_ms);
	if (unit > 0)
		printf("  x %.2f", used.cpu_ms / unit);
	else
		printf("        ");
	printf("  %5.2f waits  %5.2f forced  %5ld KiB  %5.0f bytes written\n", used.waits,
	       (double)(now.forced - from->forced) / seconds, now.rss,
	       (double)w->written / seconds);
	return used;
}

/* Returns whether sktop keeps within what is promised; it is judged as it starts. */
static bool measure_idle(const char *sktop, int rows, int cols, int seconds)
{
	const struct {
		const char *name;
		const char *argv[6];
	} programs[] = {
		{ "htop -d 10", { "htop", "-d", "10" } },
		{ "sktop", { sktop } },
		{ "sktop --pane dashboard", { sktop, "--pane", "dashboard" } },
		{ "sktop --columns=-process", { sktop, "--columns=-process" } },
	};
	enum { N = sizeof(programs) / sizeof(programs[0]) };
	bool alone = machine_run((const char *[]){ "htop", "--version", NULL }, 0) == 0;
	int first = alone ? 1 : 0, settle = seconds < SETTLE ? seconds : SETTLE;
	struct watched list[N];
	struct usage from[N];
	struct idling used[N] = { 0 };

	for (int i = first; i < N; i++)
		watched_start(&list[i], programs[i].name, rows, cols, programs[i].argv);
	watched_pass_time(list + first, N - first, settle);
	for (int i = first; i < N; i++) {
		from[i] = watched_usage(list[i].pid);
		list[i].written = 0;
	}
	watched_pass_time(list + first, N - first, seconds);
	printf("-- %dx%d, each second of %d%s\n", cols, rows, seconds,
	       alone ? ", htop is not installed" : "");
	for (int i = first; i < N; i++)
		used[i] = print_idle(&list[i], &from[i], seconds, i ? used[0].cpu_ms : 0);
	for (int i = first; i < N; i++)
		watched_stop(&list[i]);
	return (alone || used[1].cpu_ms <= OF_HTOP * used[0].cpu_ms) &&
	       used[1].waits <= WAITS;
}

static bool idle(const char *sktop, int seconds, int processes)
{
	bool held;

	struct machine_plan plan = machine_mixed(SOCKETS);

	/* those in TIME_WAIT would be gone in a minute */
	plan.pairs += plan.time_wait / 2;
	plan.time_wait = 0;
	machine_build(&plan);
	fill_with_processes(processes - plan.processes);
	printf("an idle desktop: %ld TCP sockets, %d processes\n",
	       limits_sockstat("TCP:", " inuse ") + limits_sockstat("TCP6:", " inuse "),
	       processes);
	held = measure_idle(sktop, 60, 200, seconds);
	held &= measure_idle(sktop, 24, 80, seconds);
	printf("at most %g of htop's CPU time, and woken twice a second: %s\n",
	       OF_HTOP, held ? "held" : "broken");
	return held;
}

/** The values of a program, one set for each look at it. */
struct record {
	struct usage at[LOOKS_MAX];
	long sockets[LOOKS_MAX]; /* in TIME_WAIT then: most of all */
	int n;
};

/** The most that was seen of each in one quarter of the time. */
static struct usage most_of(const struct record *r, int quarter)
{
	struct usage most = { 0 };

	for (int i = r->n * quarter / 4; i < r->n * (quarter + 1) / 4; i++) {
		const struct usage *u = &r->at[i];

		most.rss = u->rss > most.rss ? u->rss : most.rss;
		most.data = u->data > most.data ? u->data : most.data;
		most.threads = u->threads > most.threads ? u->threads : most.threads;
		most.descriptors = u->descriptors > most.descriptors ? u->descriptors :
								       most.descriptors;
	}
	return most;
}

static long most_sockets(const struct record *r, int quarter)
{
	long most = 1;

	for (int i = r->n * quarter / 4; i < r->n * (quarter + 1) / 4; i++)
		most = r->sockets[i] > most ? r->sockets[i] : most;
	return most;
}

/*
 * In the first quarter tables fill; from the second to the last nothing may grow, but
 * with the most sockets that there were at once: arrays keep that size.
 */
static bool has_grown(const char *name, const struct record *r)
{
	struct usage before = most_of(r, 1), after = most_of(r, 3);
	double more = (double)most_sockets(r, 3) / (double)most_sockets(r, 1);
	double allowed = GROWTH * (more > 1 ? more : 1);
	bool grown = (double)after.rss > (double)before.rss * allowed ||
		     (double)after.data > (double)before.data * allowed ||
		     after.descriptors > before.descriptors + PASSING ||
		     after.threads > before.threads;

	printf("%-10s at most, second quarter: %ld KiB resident, %ld data, %d descriptors, "
	       "%d threads; last: %ld, %ld, %d, %d%s\n", name, before.rss, before.data,
	       before.descriptors, before.threads, after.rss, after.data,
	       after.descriptors, after.threads, grown ? ": GROWS" : "");
	return grown;
}

/* Every pane in turn, names on and off, the details of a socket. */
static void change_pane(struct watched *w, int step)
{
	static const char *const keys[] = { "8", "2", "D", "1", "\r", "\033", "6", "7",
					    "D", "3", "0", "4", "1",  "I",    "5", "2" };

	watched_type(w, keys[(size_t)step % (sizeof(keys) / sizeof(keys[0]))]);
}

static void look(struct watched *list, struct record *records, double began)
{
	long sockets = limits_sockstat("TCP:", " tw ");

	printf("%5.0f s %8ld opened %7ld in TIME_WAIT", (machine_now_ms() - began) / 1e3,
	       crowd_opened(), sockets);
	for (int i = 0; i < 2; i++) {
		struct record *r = &records[i];
		struct usage use = watched_usage(list[i].pid);

		if (r->n < LOOKS_MAX) {
			r->sockets[r->n] = sockets;
			r->at[r->n++] = use;
		}
		printf("  %s %ld %ld KiB %d fds %d threads %.0f ms", list[i].name, use.rss,
		       use.data, use.descriptors, use.threads, use.cpu_ms);
	}
	puts("");
	fflush(stdout);
}

static bool churn(const char *sktop, int seconds, int rate)
{
	static struct record records[2];
	struct watched list[2];
	double began = machine_now_ms();
	int step = 0, every = seconds < EVERY ? seconds : EVERY;
	bool grown = false;

	limits_enter_namespace();
	crowd_start(rate);
	watched_start(&list[0], "screen", 60, 200, (const char *[]){ sktop, NULL });
	watched_start(&list[1], "batch", 0, 0, (const char *[]){ sktop, "--batch", "-p",
								 "--json", NULL });
	while (machine_now_ms() - began < seconds * 1e3) {
		for (int i = 0; i < every; i++) {
			watched_pass_time(list, 2, 1);
			change_pane(&list[0], step++);
		}
		look(list, records, began);
	}
	for (int i = 0; i < 2; i++) {
		grown |= has_grown(list[i].name, &records[i]);
		watched_stop(&list[i]);
	}
	return !grown;
}

int main(int argc, char **argv)
{
	bool check = argc > 1 && strcmp(argv[1], "--check") == 0, held;
	int seconds, n;

	argv += check;
	argc -= check;
	seconds = argc > 3 ? atoi(argv[3]) : 0;
	n = argc > 4 ? atoi(argv[4]) : 0;
	if (argc < 3 || (strcmp(argv[2], "idle") != 0 && strcmp(argv[2], "churn") != 0))
		errx(2, "usage: bench_steady [--check] SKTOP idle [SECONDS] [PROCESSES] | "
			"churn [SECONDS] [RATE]");
	make_namespaces();
	if (strcmp(argv[2], "idle") == 0)
		held = idle(argv[1], seconds > 0 ? seconds : 60, n > 0 ? n : 300);
	else
		held = churn(argv[1], seconds > 0 ? seconds : 600, n > 0 ? n : 5000);
	fflush(stdout);
	_exit(check && !held);
}
