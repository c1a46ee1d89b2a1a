/* SPDX-License-Identifier: MIT */
/*
 * This header reads one process from /proc. All texts are untrusted, and are made
 * printable.
 */
#ifndef SKTOP_KERNEL_OWNERS_PROCESS_H
#define SKTOP_KERNEL_OWNERS_PROCESS_H

#include <limits.h>
#include <sktop/owners.h>
#include <sktop/text.h>
#include <stddef.h>

#define PROCESS_NAME 64 /* 15 bytes of any kind; kernel threads have longer names */
#define PROCESS_CGROUP SK_TEXT_ROOM(PATH_MAX)
#define PROCESS_UNIT SK_TEXT_ROOM(NAME_MAX)

/** These are fields of /proc/PID/stat. */
struct process_stat {
	char name[PROCESS_NAME];
	char state; /* 'R', 'S', 'Z'... */
	uint32_t ppid;
	uint32_t threads;
	uint64_t start; /* clock ticks since boot */
	bool kernel;	/* a kernel thread: it has no descriptors */
};

/** This is a text in memory that grows. All members are zero at first. */
struct process_text {
	char *text;
	size_t room;
};

/**
 * This is room for the texts of a struct sk_process. It is used for one process after another.
 * All members are zero at first, and process_texts_free() frees them at the end.
 */
struct process_texts {
	char name[PROCESS_NAME];
	char cgroup[PROCESS_CGROUP];
	char unit[PROCESS_UNIT];
	struct process_text command, tids;
	struct process_text file; /* raw bytes of a file */
};

/** Parses len bytes of /proc/PID/stat. Returns 0 or -EINVAL. */
int process_parse_stat(const char *text, size_t len, struct process_stat *stat);

/**
 * Joins the words of /proc/PID/cmdline by blanks, in place, and copies them to out. A command
 * line longer than SK_COMMAND_MAX is cut: then *cut is true and out ends in SK_COMMAND_CUT.
 * Returns 0 or -ENOMEM.
 */
int process_parse_command(char *bytes, size_t len, struct process_text *out, bool *cut);

/**
 * Finds the path of the control group in the text of /proc/PID/cgroup. It is the path of v2. If
 * v2 only says "/", it is the path of systemd's hierarchy or of the deepest v1 hierarchy. The
 * result is "" if there is none.
 */
void process_parse_cgroup(const char *text, char out[PROCESS_CGROUP]);

/**
 * Names the systemd unit or container of a control group: "nginx.service", "docker:3f2a9c0d1e4b",
 * "lxc:web". The result is "" if its path has neither.
 */
void process_unit(const char *path, char out[PROCESS_UNIT]);

/**
 * Reads a small file of a process, for example "stat", in the directory root/PID. Returns the
 * number of bytes (a NUL is added, so at most size - 1) or -errno.
 */
long process_read(int root, uint32_t pid, const char *name, char *out, size_t size);

/** Frees the memory. All members are zero then. */
void process_texts_free(struct process_texts *texts);

/** Reads and parses root/PID/stat. Returns 0 or -errno. */
int process_read_stat(int root, uint32_t pid, struct process_stat *stat);

/**
 * Returns true if the process lives, but its main thread has ended. Then only its other threads
 * have descriptors.
 */
static inline bool process_is_headless(const struct process_stat *stat)
{
	return stat->state == 'Z' && stat->threads > 1;
}

/**
 * Returns true if only the exit status of the process is left. Then it holds nothing and receives
 * no signal.
 */
static inline bool process_is_dead(const struct process_stat *stat)
{
	return (stat->state == 'Z' && stat->threads <= 1) || stat->state == 'X';
}

/** Returns a running thread of a process, other than its main thread, or 0 if there is none. */
uint32_t process_other_thread(int root, uint32_t pid);

/**
 * Calls visit for each thread of a process, until it returns a value other than 0. Returns that
 * value, 0, or -errno if the threads cannot be listed.
 */
int process_each_thread(int root, uint32_t pid, int (*visit)(void *arg, uint32_t tid),
			void *arg);

/**
 * Fills process from root/PID. Its texts point into texts. If `threads` is true, its thread ids
 * are filled, too. A member that cannot be read stays empty. Returns 0, or -errno if the process
 * is gone.
 */
int process_describe(int root, uint32_t pid, bool threads, struct process_texts *texts,
		     struct sk_process *process);

#endif
