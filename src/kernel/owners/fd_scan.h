/* SPDX-License-Identifier: MIT */
/*
 * This header keeps what is known of the descriptors of all processes: which of them
 * are sockets, and their inodes. Looking costs 2 to 6 microseconds a descriptor through
 * /proc, so what is known is kept and what has probably changed is looked at first.
 */
#ifndef SKTOP_KERNEL_OWNERS_FD_SCAN_H
#define SKTOP_KERNEL_OWNERS_FD_SCAN_H

#include "kernel/bpf/fds.h"
#include "kernel/owners/fd_look.h"
#include "kernel/owners/holdings.h"
#include "kernel/owners/process.h"

/** One process. Numbers of it (indexes) stay while it lives. */
struct fd_process {
	uint32_t pid;	  /* 0 = free place */
	uint32_t id;	  /* number in the owner table; 0 = to be put in */
	uint32_t last_id; /* the last such number: it may still be right */
	uint32_t alone;	  /* set in that table of what it alone holds; 0 = to be made */
	uint64_t start;	  /* clock ticks since boot */
	char name[PROCESS_NAME];
	struct fd_page **page; /* descriptors, by pages; NULL = all closed */
	uint32_t n_pages;
	uint32_t sockets; /* descriptors that are sockets */
	uint32_t seen;	  /* listing in which it was last met */
	uint32_t cursor;  /* where a whole walk goes on; 0 = at the beginning */
	uint32_t checked; /* where a walk over what it held goes on; likewise */
	uint32_t round;	  /* last round in which it was walked whole */
	uint32_t leader;  /* a thread with descriptors of its own: its process; else 0 */
	uint32_t through; /* the thread whose descriptors are read, since the main one has
			   * ended; else 0 */
	bool fresh;	  /* not yet walked whole, nothing is known of it */
	bool dirty;	  /* a socket of its has vanished */
	bool unreadable;  /* its descriptors are refused to us */
	bool kernel;	  /* a thread of the kernel: it has none */
	bool threads;	  /* its thread ids are wanted */
};

/** The task whose descriptors a process's are. */
static inline uint32_t fd_scan_task(const struct fd_process *p)
{
	return p->through ? p->through : p->pid;
}

struct fd_scan {
	struct fd_look look;
	struct bpf_fds bpf;   /* open after fd_bpf_open(), until it fails */
	struct holdings map;
	struct fd_process *process;
	uint32_t n, capacity; /* places in use and free among them, and memory */
	uint32_t *by_pid;     /* open addressing: index + 1; 0 = free */
	uint32_t by_pid_mask;
	uint32_t listing;     /* number of listings so far */
	bool forgotten;	      /* by_pid has places of some that are gone */
	uint32_t unreadable;  /* processes */
	bool hidden;	      /* /proc does not list other users' processes */
	uint32_t wanted;      /* inodes somebody looks for and are not found yet */
	uint32_t round;	      /* whole rounds over all processes so far */
	uint64_t hits;	      /* inodes that were wanted and found so far */
	bool found;	      /* the holder of an inode that had none */
	uint64_t changes;     /* how often a set in use may have become another */
	uint64_t deadline;    /* CLOCK_MONOTONIC ns; 0 = none */
	uint64_t probes;      /* descriptors looked at so far */
	bool refused;	      /* a look at a descriptor was, in this walk */
	int error;	      /* -errno of what should not have failed; 0 = none */
	bool found_open;      /* this walk met an open descriptor */
	bool out_of_memory;
};

/** The ways to walk a process. */
enum fd_walk {
	FD_FREE,  /* what is closed, or may be: there the next is opened */
	FD_FILES, /* what is open and no socket: it may have become one since */
	FD_HELD,  /* sockets that a sample had, from where the last such walk stopped: they may
		   * have been closed here, and live on in another process */
	FD_WHOLE, /* all, from its cursor */
};

/** root is "/proc" in earnest. Returns 0, or -errno when there is none. */
int fd_scan_open(struct fd_scan *scan, const char *root);
void fd_scan_close(struct fd_scan *scan);

/**
 * Notes an error of a process: its end and a refusal are none, the lack of descriptors or
 * memory is.
 */
void fd_scan_note(struct fd_scan *scan, int err);

/** True when the time is up. */
bool fd_scan_late(const struct fd_scan *scan);

/**
 * Lists the processes: new ones get a place, the dead are forgotten. Returns 0 or
 * -errno.
 */
int fd_scan_list(struct fd_scan *scan);

/**
 * Gives a place to each thread that has descriptors of its own (unshare(CLONE_FILES)),
 * as if it were a process; those that have one keep it while they live. They are found
 * by comparing each thread with its process, so it is done only for what no process
 * has. Returns 0 or -ENOMEM.
 */
int fd_scan_threads(struct fd_scan *scan);

/** Index of the process that i is, or is a thread of; UINT32_MAX = it is gone. */
uint32_t fd_scan_leader(const struct fd_scan *scan, uint32_t i);

/**
 * Walks process i. Ends early when the time is up, or when nothing is wanted any more
 * (FD_FREE, FD_FILES). Returns true when it came to the end.
 */
bool fd_scan_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how);

/**
 * Walks all fresh processes whole, on several processors, however long it takes.
 * look.follow must hold. Returns 0 or -ENOMEM.
 */
int fd_scan_fresh(struct fd_scan *scan);

/**
 * Reads stat of process i again: forgets it when it is gone or another one has its
 * pid, and what it held when nobody has reaped it yet; under another name (exec()) id
 * becomes 0 and its sets are to be made anew. Returns false when it holds nothing any
 * more, or cannot be asked.
 */
bool fd_scan_verify(struct fd_scan *scan, uint32_t i);

/** The kernel says that this socket is gone: its descriptors are worth a look. */
void fd_scan_vanished(struct fd_scan *scan, uint32_t inode);

/** Has the sets of process i's sockets made anew (its number in the table changed). */
void fd_scan_renew(struct fd_scan *scan, uint32_t i);

#endif
