/* SPDX-License-Identifier: MIT */
/*
 * A program that runs beside, on a terminal of its own whose output is read and thrown
 * away, and what it uses.
 */
#ifndef SKTOP_TESTS_WATCHED_H
#define SKTOP_TESTS_WATCHED_H

#include <sys/types.h>

struct watched {
	const char *name;
	pid_t pid;
	int fd;	      /* of the terminal; -1 = output to /dev/null */
	long written; /* bytes that came */
};

/** The resources that all threads of a process have used so far, and hold now. */
struct usage {
	double cpu_ms;
	long waits;  /* voluntary context switches: each ends in a wakeup */
	long forced; /* it was interrupted by others */
	long rss, data; /* KiB */
	int descriptors, threads;
};

/** Starts a program on a terminal, or with rows = 0 on none. It dies with this one. */
void watched_start(struct watched *w, const char *name, int rows, int cols,
		   const char *const argv[]);

/** Reads what they write for some time. A program that ends, ends this one too. */
void watched_pass_time(struct watched *list, int n, double seconds);

/** Types a text. */
void watched_type(struct watched *w, const char *keys);

struct usage watched_usage(pid_t pid);

/** Asks it to end, and waits. */
void watched_stop(struct watched *w);

#endif
