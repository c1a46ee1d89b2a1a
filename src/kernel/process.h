/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells of one process. All texts are hostile and come out printable.
 */
#ifndef SKTOP_KERNEL_PROCESS_H
#define SKTOP_KERNEL_PROCESS_H

#include <sktop/owners.h>
#include <stddef.h>

#define PROCESS_NAME 64	      /* kernel threads have names longer than 15 */
#define PROCESS_CGROUP 256
#define PROCESS_UNIT 80
#define PROCESS_TIDS 120

/** Of /proc/PID/stat. */
struct process_stat {
	char name[PROCESS_NAME];
	char state; /* 'R', 'S', 'Z'... */
	uint32_t ppid;
	uint32_t threads;
	uint64_t start; /* clock ticks since boot */
	bool kernel;	/* a kernel thread: it has no descriptors */
};

/** Room for the texts of a struct sk_process. */
struct process_texts {
	char name[PROCESS_NAME];
	char command[SK_COMMAND_MAX + sizeof(SK_COMMAND_CUT)];
	char cgroup[PROCESS_CGROUP];
	char unit[PROCESS_UNIT];
	char tids[PROCESS_TIDS];
};

/** Reads len bytes of /proc/PID/stat. Returns 0 or -EINVAL. */
int process_parse_stat(const char *text, size_t len, struct process_stat *stat);

/**
 * Joins the words of /proc/PID/cmdline by blanks. Returns true when it was cut; out
 * (SK_COMMAND_MAX + sizeof(SK_COMMAND_CUT) bytes) then ends in SK_COMMAND_CUT.
 */
bool process_parse_command(const char *bytes, size_t len, char *out);

/**
 * Path of the control group, from /proc/PID/cgroup: of v2, or of systemd's or the
 * deepest v1 hierarchy when v2 only says "/". "" when there is none.
 */
void process_parse_cgroup(const char *text, char out[PROCESS_CGROUP]);

/**
 * Names the systemd unit or container that a control group is: "nginx.service",
 * "docker:3f2a9c0d1e4b", "lxc:web"; "" when its path says neither.
 */
void process_unit(const char *path, char out[PROCESS_UNIT]);

/**
 * Reads a small file of a process, "stat" say, below the directory root/PID. Returns
 * the bytes read (NUL added, so at most size - 1) or -errno.
 */
long process_read(int root, uint32_t pid, const char *name, char *out, size_t size);

/** Reads and parses root/PID/stat. Returns 0 or -errno. */
int process_read_stat(int root, uint32_t pid, struct process_stat *stat);

/** The process lives, and its main thread has ended: what it has is its other threads'. */
static inline bool process_is_headless(const struct process_stat *stat)
{
	return stat->state == 'Z' && stat->threads > 1;
}

/** Nothing but its exit status is left: it holds nothing and hears no signal. */
static inline bool process_is_dead(const struct process_stat *stat)
{
	return (stat->state == 'Z' && stat->threads <= 1) || stat->state == 'X';
}

/** A thread of a process that runs, beside its main thread; 0 = there is none. */
uint32_t process_other_thread(int root, uint32_t pid);

/**
 * Calls visit for each thread of a process, until it returns something else than 0.
 * Returns that, 0, or -errno when they cannot be listed.
 */
int process_each_thread(int root, uint32_t pid, int (*visit)(void *arg, uint32_t tid),
			void *arg);

/**
 * Fills process, whose texts point into texts, from root/PID; with threads set its
 * thread ids too. What cannot be read stays empty. Returns 0, or -errno when the
 * process is gone.
 */
int process_describe(int root, uint32_t pid, bool threads, struct process_texts *texts,
		     struct sk_process *process);

#endif
