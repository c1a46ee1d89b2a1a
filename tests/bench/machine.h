/* SPDX-License-Identifier: MIT */
/*
 * A machine to measure on: a network namespace of its own, full of sockets that child
 * processes hold, and what every measurement needs. Whatever fails ends the program.
 */
#ifndef SKTOP_TESTS_MACHINE_H
#define SKTOP_TESTS_MACHINE_H

#include <stdint.h>
#include <sys/types.h>

#define MACHINE_ROUNDS_MAX 1024
#define MACHINE_PROCESSES_MAX 128

/** How many sockets of each kind; each end of a connection is one. */
struct machine_plan {
	int processes;	/* that share them evenly */
	int pairs;	/* IPv4 connections: two sockets each */
	int pairs6;
	int time_wait;	/* of IPv4: one each */
	int listening;	/* IPv4 and IPv6 in turn, beside two of each process */
	int udp;	/* IPv4 and IPv6 in turn, every other one connected */
};

/** About n sockets of every kind: 85 % in connections, 10 % in TIME_WAIT. */
struct machine_plan machine_mixed(int n);

/** Enters the namespace and fills it; the children die with this process. */
void machine_build(const struct machine_plan *plan);

/** Each process closes one IPv4 connection of a hundred, then opens as many. */
void machine_churn(void);

double machine_now_ms(void);

/** Runs a program, its output thrown away. Returns milliseconds; < 0: no program. */
double machine_run(const char *const argv[]);

/** Values of one measurement, a value for each round. */
struct machine_series {
	double value[MACHINE_ROUNDS_MAX];
	int n;
};

void machine_add(struct machine_series *series, double value);

/** The value that a part of all, 0 to 1, does not exceed; 0.5 = the median. */
double machine_quantile(const struct machine_series *series, double part);

/** One line: median, least, greatest, and as a ratio to another series, in pairs. */
void machine_print(const char *what, const struct machine_series *series,
		   const struct machine_series *unit);

/** A number of /proc/PID/status, by its word ("VmRSS:"). */
long machine_status(pid_t pid, const char *word);

#endif
