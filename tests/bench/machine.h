/* SPDX-License-Identifier: MIT */
/*
 * A machine to measure on: a network namespace of its own, full of sockets that child
 * processes hold. Whatever fails ends the program and says what it was; whatever makes
 * the machine another than planned is told on standard error.
 */
#ifndef SKTOP_TESTS_MACHINE_H
#define SKTOP_TESTS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "series.h"

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

/** So many processes that each has ports and descriptors enough for its part of n. */
int machine_processes(int n);

/**
 * Enters the namespace and fills it; the children die with this process. Of the
 * clients of IPv4 connections, 1 % are in 127.1.0.0/24, 10 % in 127.1.0.0/20, 50 % in
 * 127.1.0.0/18, and all in 127.1.0.0/16: about a thousand addresses.
 */
void machine_build(const struct machine_plan *plan);

/** Each process closes IPv4 connections, a hundredth of its sockets; opens as many. */
void machine_churn(void);

/** How many are in TIME_WAIT in the namespace. */
int machine_time_wait(void);

/** Makes up for those in TIME_WAIT that have ended since. Returns how many. */
int machine_refresh(void);

double machine_now_ms(void);

/**
 * The clock that measures: the time of day, or CPU time, which does not see what else
 * the machine does.
 */
double machine_clock_ms(void);

/** Measure CPU time from now on: of this process, and of what machine_run() runs. */
void machine_measure_cpu(void);

/**
 * Runs a program, its output thrown away, and stops it after limit_ms (0 = never).
 * Returns milliseconds; 0: there is no such program; < 0: stopped, after as many.
 */
double machine_run(const char *const argv[], int limit_ms);

/** A number of /proc/PID/status, by its word ("VmRSS:"). */
long machine_status(pid_t pid, const char *word);

#endif
