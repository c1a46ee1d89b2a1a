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

/** The fields of /proc/PID/stat. */
struct process_stat {
	char name[PROCESS_NAME];
	char state; /* 'R', 'S', 'Z'... */
	uint32_t ppid;
	uint32_t threads;
	uint64_t start; /* clock ticks since boot */
	bool kernel;	/* a kernel thread: it has no descriptors */
};

/** A text in memory that grows; all zero = none yet. */
struct process_text {
	char *text;
	size_t room;
};

/**
 * Room for the texts of a struct sk_process, kept from one to the next; all zero at
 * first, process_texts_free() at last.
 */
struct process_texts {
	char name[PROCESS_NAME];
	char cgroup[PROCESS_CGROUP];
	char unit[PROCESS_UNIT];
	struct process_text command, tids;
	struct process_text file; /* raw, as read */
};

/** Reads len bytes of /proc/PID/stat. Returns 0 or -EINVAL. */
int process_parse_stat(const char *text, size_t len, struct process_stat *stat);

/**
 * Joins the words of /proc/PID/cmdline, in place, by blanks, and takes them in. A command
 * line that is longer than SK_COMMAND_MAX is cut: *cut is true and out ends in
 * SK_COMMAND_CUT. Returns 0 or -ENOMEM.
 */
int process_parse_command(char *bytes, size_t len, struct process_text *out, bool *cut);

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

/** Frees the memory; all zero then. */
void process_texts_free(struct process_texts *texts);

/** Reads and parses root/PID/stat. Returns 0 or -errno. */
int process_read_stat(int root, uint32_t pid, struct process_stat *stat);

/** The process lives, and its main thread has ended: what it has is its other threads'. */
static inline bool process_is_headless(const struct process_stat *stat)
{
	return stat->state == 'Z' && stat->threads > 1;
}

/**
 * True if nothing but the exit status of the process is left: it holds nothing and
 * hears no signal.
 */
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
 * Fills process, whose texts point into texts, from root/PID; with threads set its thread
 * ids too. A member that cannot be read stays empty. Returns 0, or -errno when the process
 * is gone.
 */
int process_describe(int root, uint32_t pid, bool threads, struct process_texts *texts,
		     struct sk_process *process);

#endif
