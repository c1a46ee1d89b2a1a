/* SPDX-License-Identifier: MIT */
/*
 * bench [OPTIONS] [N...]: about N sockets of every kind in namespaces of their own, and
 * on these, in turn, everything that docs/benchmarks.md describes. With --mix, sockets
 * of one kind only and filters instead.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <linux/sched.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bare.h"
#include "cycle.h"
#include "machine_limits.h"
#include "machine.h"
#include "mix.h"
#include "owner_ticks.h"
#include "screen.h"
#include "table.h"

#define N_MAX 8		/* numbers of sockets in a run */
#define MANY 500000	/* sockets, from which on there are few rounds */
#define SLOW_TOOL 10000 /* sockets, from which on ss -tanp takes seconds */

struct options {
	char dir[PATH_MAX];   /* of this program: bench_keys is beside it */
	char sktop[PATH_MAX]; /* the program */
	int limit_ms;	      /* for tools that walk all descriptors */
	int rounds;	      /* 0 = as N wants it */
	bool check, mix, keys, quick, cpu, cycle;
	int n[N_MAX], count;
};

static const char usage[] =
	"usage: bench [OPTIONS] [N...]      (N: 1000 10000 100000, if not said; as root)\n"
	"  --mix          sockets of one kind only, and filters, at each N\n"
	"  --check        print what is promised, fail if it does not hold\n"
	"  --rounds=R     (7; 3 from 500,000 sockets on)\n"
	"  --limit=S      stop ss -tanp and netstat -tanp after S seconds (20)\n"
	"  --sktop=PATH   the program (../sktop beside this one)\n"
	"  --cpu          CPU time instead of the time of day: for a busy machine\n"
	"  --no-keys      without bench_keys, which takes half a minute\n"
	"  --cycle        the cycle and its limit alone: for valgrind (instructions)\n"
	"  --quick        one short round: is the harness itself in order?\n";

/** How often, at one N. */
struct rounds {
	int all;    /* the cycle and its limit */
	int slow;   /* of them with the tools that walk all descriptors, and with owners */
	int beside; /* of them with what takes seconds at a million */
};

static struct rounds rounds_for(const struct options *o, int n)
{
	int all = o->rounds ? o->rounds : o->quick ? 1 : n < MANY ? 7 : 3;

	return (struct rounds){ .all = all,
				.slow = o->cycle       ? 0 :
					n >= MANY      ? 1 :
					n >= SLOW_TOOL ? (all < 3 ? all : 3) :
							 all,
				.beside = o->cycle ? 0 : n >= MANY ? 1 : all };
}

static void measure_owners(struct owner_ticks *ticks, const struct options *o, int n,
			   bool first, struct table *table, struct result *r)
{
	static const char *const ss[] = { "ss", "-tanp", NULL };
	static const char *const netstat[] = { "netstat", "-tanp", NULL };

	if (first) {
		/* the kernel makes an inode for each descriptor now, and keeps it */
		table_add(table, OWNERS_COLD, owner_ticks_first(ticks));
		r->no_owner = ticks->unknown;
	}
	if (first || !table->stopped[SS_PROCESSES])
		table_add_run(table, SS_PROCESSES, machine_run(ss, o->limit_ms));
	if (n >= MANY)
		table_leave_out(table, NETSTAT, "walks all descriptors as ss -tanp, for minutes");
	else if (first || !table->stopped[NETSTAT])
		table_add_run(table, NETSTAT, machine_run(netstat, o->limit_ms));
	table_add(table, OWNERS_FIRST, owner_ticks_first(ticks));
	table_add(table, OWNERS_STILL, owner_ticks_next(ticks));
	machine_churn();
	table_add(table, OWNERS_CHURN, owner_ticks_next(ticks));
	r->later += ticks->unknown;
}

/* What a walk costs where there is nothing: in a namespace that is empty yet. */
static void measure_nothing(int rounds, struct table *table, struct result *r)
{
	int fd;

	limits_enter_namespace();
	r->others = limits_others();
	fd = bare_open();
	bare_dump(fd, BARE_TCP_ONE_WALK | BARE_UDP);
	for (int i = 0; i < rounds; i++)
		table_add(table, NOTHING, bare_dump(fd, BARE_TCP_ONE_WALK | BARE_UDP));
	close(fd);
}

static void measure_rounds(struct cycle *cycle, int fd, const struct options *o,
			   const struct rounds *rounds, int n, struct table *table,
			   struct result *r)
{
	static const char *const ss[] = { "ss", "-tanOHi", NULL };
	struct owner_ticks ticks = { 0 };

	owner_ticks_open(&ticks);
	for (int i = 0; i < rounds->all; i++) {
		r->made_again += machine_refresh();
		table_add(table, BARE_FAMILIES, bare_dump(fd, BARE_TCP_FAMILIES | BARE_UDP));
		table_add(table, BARE, bare_dump(fd, BARE_TCP_ONE_WALK | BARE_UDP));
		cycle_run(cycle, table);
		cycle_run_sock_diag(cycle, table);
		if (i < rounds->beside) {
			cycle_run_besides(cycle, table);
			table_add_run(table, SS, machine_run(ss, 0));
		}
		if (i < rounds->slow)
			measure_owners(&ticks, o, n, i == 0, table, r);
	}
	owner_ticks_close(&ticks);
}

/* What three cycles have made this process grow, before anything else is measured. */
static double engine_bytes(struct cycle *cycle)
{
	static struct table unused;
	long before = machine_status(getpid(), "VmRSS:");

	for (int i = 0; i < 3; i++)
		cycle_run(cycle, &unused);
	return (double)(machine_status(getpid(), "VmRSS:") - before) * 1024 /
	       cycle->previous->n_sockets;
}

static void run_keys(const struct options *o)
{
	char path[PATH_MAX + 16];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/bench_keys", o->dir);
	printf("-- keys, before the same sockets\n");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* no sockets of its own: it is in this namespace */
		execl(path, path, o->sktop, "0", (char *)NULL);
		err(127, "%s", path);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		err(1, "%s", path);
}

/* One number of sockets, in a process of its own. */
static void measure(const struct options *o, int n, struct result *r)
{
	struct machine_plan plan = machine_mixed(n);
	const struct rounds rounds = rounds_for(o, n);
	static struct cycle cycle;
	static struct table table;
	double begin;
	int fd;

	measure_nothing(rounds.all, &table, r);
	begin = machine_now_ms();
	machine_build(&plan);
	fd = bare_open();
	r->build_ms = machine_now_ms() - begin;
	r->asked = n;
	r->processes = plan.processes;
	r->time_wait[0] = machine_time_wait();
	r->interval = n < MANY ? 1 : 2;
	cycle_open(&cycle);
	bare_dump(fd, BARE_TCP_ONE_WALK | BARE_UDP);
	table_add(&table, BYTES_ENGINE, engine_bytes(&cycle));
	measure_rounds(&cycle, fd, o, &rounds, n, &table, r);
	r->rounds = rounds.all;
	r->sockets = cycle.previous->n_sockets;
	r->by_bpf = strcmp(cycle.previous->source, "bpf") == 0;
	cycle_close(&cycle);
	r->made_again += machine_refresh();
	if (!o->cycle)
		screen_measure(o->sktop, r->interval, o->quick ? 2 : n < MANY ? 10 : 5,
			       r->sockets, &table);
	r->time_wait[1] = machine_time_wait();
	table_sum_up(&table, r);
	result_print(r);
	if (!o->keys)
		return;
	machine_refresh();
	run_keys(o);
}

/*
 * A process in namespaces of its own: others' processes are not seen by those who look
 * for the owners, and when it ends all that it started ends. Where they are refused it
 * has the network's at least. Returns as fork() does.
 */
static pid_t fork_apart(void)
{
	struct clone_args args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	bool apart = true;
	long pid;

	fflush(stdout);
	pid = syscall(SYS_clone3, &args, sizeof(args)); /* Linux 5.3 */
	if (pid < 0) {
		apart = false;
		pid = fork();
	}
	if (pid < 0)
		err(1, "fork");
	if (pid)
		return (pid_t)pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!apart || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		warn("no /proc of its own: the processes of all others are walked, too");
	return 0;
}

static bool wait_for(pid_t pid, int n)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	warnx("%d sockets are left out (see above)", n);
	return false;
}

static int run_mix(const struct options *o)
{
	int rounds = o->rounds ? o->rounds : o->quick ? 1 : 7, failed = 0;

	for (int i = 0; i < o->count; i++) {
		mix_print_head();
		for (int kind = 0; kind <= MIX_KINDS; kind++) {
			pid_t pid = fork_apart();

			if (pid) {
				failed |= !wait_for(pid, o->n[i]);
				continue;
			}
			if (kind < MIX_KINDS)
				mix_measure(kind, o->n[i], rounds);
			else
				mix_measure_filters(o->n[i], rounds);
			exit(0);
		}
	}
	return failed;
}

static int run(const struct options *o)
{
	size_t size = sizeof(struct result) * N_MAX;
	struct result *results = mmap(NULL, size, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int done = 0;

	if (results == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < o->count; i++) {
		pid_t pid = fork_apart();

		if (!pid) {
			measure(o, o->n[i], &results[done]);
			exit(0);
		}
		done += wait_for(pid, o->n[i]);
	}
	if (!done)
		return 1;
	results_print_flatness(results, done);
	results_print_markdown(results, done);
	return done < o->count || (o->check && results_check(results, done));
}

static void find_programs(struct options *o)
{
	char self[PATH_MAX] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		err(1, "/proc/self/exe");
	snprintf(o->dir, sizeof(o->dir), "%s", dirname(self));
	if (!o->sktop[0] && snprintf(o->sktop, sizeof(o->sktop), "%s/../sktop", o->dir) >=
				    (int)sizeof(o->sktop))
		errx(1, "%s: too long", o->dir);
	if (access(o->sktop, X_OK))
		err(1, "%s (--sktop=PATH says where it is)", o->sktop);
}

static int number(const char *text, int least, int most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < least || value > most)
		errx(2, "%s: a number from %d to %d\n%s", text, least, most, usage);
	return (int)value;
}

static void read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "mix", 0, NULL, 'm' },     { "check", 0, NULL, 'c' },
		{ "rounds", 1, NULL, 'r' },  { "limit", 1, NULL, 'l' },
		{ "sktop", 1, NULL, 's' },   { "no-keys", 0, NULL, 'k' },
		{ "quick", 0, NULL, 'q' },   { "cpu", 0, NULL, 'u' },
		{ "cycle", 0, NULL, 'y' },   { NULL, 0, NULL, 0 }
	};
	static const int usual[] = { 1000, 10000, 100000 };
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		o->mix |= c == 'm';
		o->check |= c == 'c';
		o->quick |= c == 'q';
		o->cpu |= c == 'u';
		o->cycle |= c == 'y';
		o->keys &= c != 'k' && c != 'q' && c != 'y';
		if (c == 'r')
			o->rounds = number(optarg, 1, MACHINE_ROUNDS_MAX);
		if (c == 'l')
			o->limit_ms = number(optarg, 1, 3600) * 1000;
		if (c == 's' && !realpath(optarg, o->sktop))
			err(2, "%s", optarg);
		if (c == '?')
			errx(2, "\n%s", usage);
	}
	for (; optind < argc && o->count < N_MAX; optind++)
		o->n[o->count++] = number(argv[optind], 100, 1500000);
	if (!o->count) {
		memcpy(o->n, usual, sizeof(usual));
		o->count = sizeof(usual) / sizeof(usual[0]);
	}
}

int main(int argc, char **argv)
{
	static struct options options = { .limit_ms = 20000, .keys = true };

	mallopt(M_MMAP_THRESHOLD, 128 << 10); /* as sktop does */
	read_options(argc, argv, &options);
	find_programs(&options);
	if (options.cpu)
		machine_measure_cpu();
	return options.mix ? run_mix(&options) : run(&options);
}
