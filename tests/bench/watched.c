/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "machine.h"
#include "watched.h"

#define WATCHED_MAX 16

static void run_it(int rows, const char *const argv[])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!rows) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

void watched_start(struct watched *w, const char *name, int rows, int cols,
		   const char *const argv[])
{
	struct winsize size = { .ws_row = (unsigned short)rows,
				.ws_col = (unsigned short)cols };

	*w = (struct watched){ .name = name, .fd = -1 };
	w->pid = rows ? forkpty(&w->fd, NULL, NULL, &size) : fork();
	if (w->pid < 0)
		err(1, "%s", name);
	if (w->pid == 0)
		run_it(rows, argv);
}

static void read_some(struct watched *w)
{
	char buffer[65536];
	ssize_t n = read(w->fd, buffer, sizeof(buffer));

	if (n <= 0)
		errx(1, "%s has ended", w->name);
	w->written += n;
}

void watched_pass_time(struct watched *list, int n, double seconds)
{
	double end = machine_now_ms() + seconds * 1e3, left;
	struct pollfd polls[WATCHED_MAX];

	while ((left = end - machine_now_ms()) > 0) {
		for (int i = 0; i < n; i++)
			polls[i] = (struct pollfd){ .fd = list[i].fd, .events = POLLIN };
		if (poll(polls, (nfds_t)n, (int)left + 1) <= 0)
			continue;
		for (int i = 0; i < n; i++) {
			if (polls[i].revents)
				read_some(&list[i]);
		}
	}
}

void watched_type(struct watched *w, const char *keys)
{
	if (write(w->fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		err(1, "typing to %s", w->name);
}

static int count_entries(pid_t pid, const char *what)
{
	char path[64];
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 2 ? n - 2 : 0;
}

/* Nanoseconds on a processor: exact, where times in ticks would all be 0. */
static double run_time_ms(pid_t pid, const char *thread)
{
	char path[320];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, thread);
	file = fopen(path, "r");
	if (file && fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	if (file)
		fclose(file);
	return ns / 1e6;
}

struct usage watched_usage(pid_t pid)
{
	struct usage use = { .rss = machine_status(pid, "VmRSS:"),
			     .data = machine_status(pid, "VmData:"),
			     .descriptors = count_entries(pid, "fd"),
			     .threads = count_entries(pid, "task") };
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		pid_t thread = (pid_t)atoi(entry->d_name);

		if (!thread)
			continue;
		use.cpu_ms += run_time_ms(pid, entry->d_name);
		/* /proc/TID is there for each thread, though not listed */
		use.waits += machine_status(thread, "voluntary_ctxt_switches:");
		use.forced += machine_status(thread, "nonvoluntary_ctxt_switches:");
	}
	if (dir)
		closedir(dir);
	if (!use.threads)
		errx(1, "process %d has ended", (int)pid);
	return use;
}

void watched_stop(struct watched *w)
{
	char rest[4096];

	kill(w->pid, SIGTERM);
	/* it may be in the middle of a frame, on a terminal that is full */
	while (w->fd >= 0 && read(w->fd, rest, sizeof(rest)) > 0)
		;
	waitpid(w->pid, NULL, 0);
	if (w->fd >= 0)
		close(w->fd);
}
