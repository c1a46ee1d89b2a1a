/* SPDX-License-Identifier: MIT */
/*
 * This table knows who holds the sockets: processes, sets of processes, and control
 * groups.
 *
 * The table only grows. An entry never moves or changes, so a reader of a sample needs
 * no lock while the sampler's thread appends entries for the next sample. A sample
 * keeps a reference to the table its numbers belong to. Sockets that the same processes
 * hold share one set, so a set's number is a good key to group by.
 */
#ifndef SKTOP_OWNERS_H
#define SKTOP_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sk_process_flag {
	SK_PROCESS_CUT = 1 << 0,  /* the command line was longer than what is kept */
	SK_PROCESS_TIDS = 1 << 1, /* tids was read (SK_NEED_THREADS) */
};

/**
 * Longest command line that is kept, in bytes as in /proc, and its mark when cut. As much
 * as the kernel allows one argument (MAX_ARG_STRLEN); all of them together may be
 * megabytes, which thousands of children share but for us.
 */
#define SK_COMMAND_MAX (128 << 10)
#define SK_COMMAND_CUT " ..."

/**
 * A process as it was when it was found; after exec() or under another name it gets
 * another entry. All texts are printable (sk_text_clean()) and never NULL; equal ones
 * of a table share their memory.
 */
struct sk_process {
	uint32_t pid;
	uint32_t ppid;	     /* /proc/PID/stat */
	uint32_t uid;	     /* effective user: owner of /proc/PID; may be SK_UID_UNKNOWN */
	uint32_t flags;	     /* enum sk_process_flag */
	uint64_t start;	     /* /proc/PID/stat starttime: clock ticks since boot */
	const char *name;    /* comm */
	const char *command; /* command line, words joined by blanks; "" = none */
	const char *cgroup;  /* path of its control group; "" = unknown */
	const char *unit;    /* systemd unit or container of it; "" = none */
	const char *tids;    /* thread ids, as "12 13 14"; "" = not read */
};

/** A process of a set, and the descriptor with which it holds the socket. */
struct sk_holder {
	uint32_t process; /* number of the process in the table, from 1 */
	int32_t fd;	  /* its descriptor minus that of the first holder, so that
			   * sockets inherited alike share one set */
};

/** A control group (v2), by the id that sockets carry. */
struct sk_cgroup {
	uint64_t id;	  /* inode of its directory */
	const char *path; /* below the mount: "/system.slice/ssh.service" */
	const char *unit; /* unit or container that this is; "" = none */
};

/** The table. One thread writes, any may read. */
struct sk_owners;
struct sk_sample;

/** Makes an empty table with one reference. Returns 0 or -ENOMEM. */
int sk_owners_new(struct sk_owners **out);

/** One more reference; returns the same table. NULL is fine. Thread-safe. */
struct sk_owners *sk_owners_ref(struct sk_owners *owners);

/** Gives a reference back; the last one frees all. NULL is fine. Thread-safe. */
void sk_owners_unref(struct sk_owners *owners);

/*
 * Functions for readers. `owners` may be NULL and any number may be out of range: the
 * set is then empty, and the process or control group is NULL.
 */

/** How many holders a set (sk_socket.owner) has; a process counts for each fd. */
uint32_t sk_owners_count(const struct sk_owners *owners, uint32_t set);

/** Holder i of a set, the oldest process first, or NULL. */
const struct sk_holder *sk_owners_holder(const struct sk_owners *owners, uint32_t set,
					 uint32_t i);

/** Process of holder i of a set, or NULL. */
const struct sk_process *sk_owners_process(const struct sk_owners *owners, uint32_t set,
					   uint32_t i);

/** Returns how many different processes hold the sockets of a set. */
uint32_t sk_owners_processes(const struct sk_owners *owners, uint32_t set);

/** A process by its number, or NULL. Numbers are 1 to sk_owners_total(). */
const struct sk_process *sk_owners_by_id(const struct sk_owners *owners, uint32_t id);

/** A control group by the kernel's id, or NULL when it was not found. */
const struct sk_cgroup *sk_owners_cgroup(const struct sk_owners *owners, uint64_t id);

/* Functions for the writer, which is the sampler's thread. */

/** Number of processes, of sets, that were ever put in. */
uint32_t sk_owners_total(const struct sk_owners *owners);
uint32_t sk_owners_sets(const struct sk_owners *owners);

/** Bytes that its texts and sets take. */
size_t sk_owners_bytes(const struct sk_owners *owners);

/** Puts a copy of a process in. Returns 0 and its number, or -ENOMEM. */
int sk_owners_add_process(struct sk_owners *owners, const struct sk_process *process,
			  uint32_t *id);

/**
 * The set of n holders, put in if it is not there yet; order counts, and the fd of
 * the first must be 0. Returns 0 and its number (0 when n is 0), or -ENOMEM.
 */
int sk_owners_add_set(struct sk_owners *owners, const struct sk_holder *holders,
		      uint32_t n, uint32_t *set);

/** Puts a control group in, unless its id is known. Returns 0 or -ENOMEM. */
int sk_owners_add_cgroup(struct sk_owners *owners, uint64_t id, const char *path,
			 const char *unit);

/**
 * Gives connections that wait for accept() the owners of their listener, and marks them
 * with SK_F_QUEUED; their fd is SK_FD_NONE. If several listeners share the port
 * (SO_REUSEPORT) and the kernel does not tell which of them has the connection, it gets
 * the owners of all of them. owners is the sample's. Returns 0 or -ENOMEM.
 */
int sk_owners_take_over(struct sk_sample *sample, struct sk_owners *owners);

#endif
