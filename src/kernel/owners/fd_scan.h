/* SPDX-License-Identifier: MIT */
/*
 * This header keeps notes of the descriptors of all processes: which of them are sockets, and
 * their inodes. A look through /proc costs 2 to 6 microseconds a descriptor, so the notes are
 * kept, and descriptors that have probably changed are looked at first.
 */
#ifndef SKTOP_KERNEL_OWNERS_FD_SCAN_H
#define SKTOP_KERNEL_OWNERS_FD_SCAN_H

#include "kernel/bpf/fds.h"
#include "kernel/owners/fd_look.h"
#include "kernel/owners/holdings.h"
#include "kernel/owners/process.h"

/** This is one process. Its index stays the same while it lives. */
struct fd_process {
	uint32_t pid;	  /* 0 = free place */
	uint32_t id;	  /* number in the owner table; 0 = not in it yet */
	uint32_t last_id; /* the last such number, which may still be right */
	uint32_t alone;	  /* set in that table for sockets that it alone holds; 0 = not made
			   * yet */
	uint64_t start;	  /* clock ticks since boot */
	char name[PROCESS_NAME];
	struct fd_page **page; /* pages of descriptors; NULL = all closed */
	uint32_t n_pages;
	uint32_t sockets; /* descriptors that are sockets */
	uint32_t seen;	  /* last listing that contained it */
	uint32_t cursor;  /* where a walk over all descriptors goes on; 0 = at the beginning */
	uint32_t checked; /* where a walk over sockets of samples goes on; 0 = at the beginning */
	uint32_t round;	  /* last round that walked all its descriptors */
	uint32_t leader;  /* pid of its process, if this is a thread with descriptors of its
			   * own; else 0 */
	uint32_t through; /* thread to read its descriptors from, if the main thread has ended;
			   * else 0 */
	bool fresh;	  /* not walked to the end yet, so it has no notes */
	bool dirty;	  /* one of its sockets has vanished */
	bool unreadable;  /* the kernel refuses us its descriptors */
	bool kernel;	  /* a kernel thread, which has no descriptors */
	bool threads;	  /* its thread ids are wanted */
};

/** Returns the task to read a process's descriptors from. */
static inline uint32_t fd_scan_task(const struct fd_process *p)
{
	return p->through ? p->through : p->pid;
}

struct fd_scan {
	struct fd_look look;
	struct bpf_fds bpf;   /* open after fd_bpf_open(), until it fails */
	struct holdings map;
	struct fd_process *process;
	uint32_t n, capacity; /* places in use, with the free ones among them; memory */
	uint32_t *by_pid;     /* open addressing: index + 1; 0 = free */
	uint32_t by_pid_mask;
	uint32_t listing;     /* number of listings so far */
	bool forgotten;	      /* by_pid has places of processes that are gone */
	uint32_t unreadable;  /* number of unreadable processes */
	bool hidden;	      /* /proc does not list other users' processes */
	uint32_t wanted;      /* wanted inodes that are not found yet */
	uint32_t round;	      /* full rounds over all processes so far */
	uint64_t hits;	      /* wanted inodes that were found so far */
	bool found;	      /* a holder was found for an inode without one */
	uint64_t changes;     /* how often the set of a socket in use may have changed */
	uint64_t deadline;    /* CLOCK_MONOTONIC ns; 0 = none */
	uint64_t probes;      /* descriptors looked at so far */
	bool refused;	      /* in this walk the kernel refused a look at a descriptor */
	int error;	      /* -errno of a failure that is not expected; 0 = none */
	bool found_open;      /* this walk met an open descriptor */
	bool out_of_memory;
};

/** These are the ways to walk through the descriptors of a process. */
enum fd_walk {
	FD_FREE,  /* descriptors that are or may be closed: the kernel opens the next ones
		   * there */
	FD_FILES, /* open descriptors that are not sockets: one may have become a socket since */
	FD_HELD,  /* sockets that a sample had, from where the last such walk stopped. A socket
		   * may be closed here and live on in another process. */
	FD_WHOLE, /* all descriptors, from its cursor */
};

/** root is "/proc", except in tests. Returns 0, or -errno if there is none. */
int fd_scan_open(struct fd_scan *scan, const char *root);
void fd_scan_close(struct fd_scan *scan);

/**
 * Notes an error of a process. The end of the process and a refusal are not errors, but a lack of
 * descriptors or memory is.
 */
void fd_scan_note(struct fd_scan *scan, int err);

/** Returns true when the time is up. */
bool fd_scan_late(const struct fd_scan *scan);

/**
 * Lists the processes. New processes get a place, and dead ones are forgotten. Returns 0 or
 * -errno.
 */
int fd_scan_list(struct fd_scan *scan);

/**
 * Gives a place to each thread that has descriptors of its own (unshare(CLONE_FILES)), as if it
 * were a process. A thread keeps its place while it lives. Such threads are found by comparing
 * each thread with its process, so this is done only for sockets that no process has. Returns 0
 * or -ENOMEM.
 */
int fd_scan_threads(struct fd_scan *scan);

/**
 * Returns the index of the process of i, which may be a thread. Returns UINT32_MAX if the process
 * is gone.
 */
uint32_t fd_scan_leader(const struct fd_scan *scan, uint32_t i);

/**
 * Walks process i. The walk ends early when the time is up, or when no inode is wanted any more
 * (FD_FREE, FD_FILES). Returns true if it came to the end.
 */
bool fd_scan_walk(struct fd_scan *scan, uint32_t i, enum fd_walk how);

/**
 * Walks all descriptors of all fresh processes, on several processors, and does not look at the
 * deadline. look.follow must be true. Returns 0 or -ENOMEM.
 */
int fd_scan_fresh(struct fd_scan *scan);

/**
 * Reads stat of process i again. If the process is gone or another one has its pid, it is
 * forgotten. If it is dead but nobody has reaped it yet, its descriptors are forgotten. If it has
 * another name (after exec()), id becomes 0, and its sets must be made anew. Returns false if it
 * holds nothing any more, or cannot be read.
 */
bool fd_scan_verify(struct fd_scan *scan, uint32_t i);

/**
 * Notes that the kernel has reported this socket as gone. Its descriptors should be looked at
 * again.
 */
void fd_scan_vanished(struct fd_scan *scan, uint32_t inode);

/** Marks process i for a new number in the table. The sets of its sockets are then made anew. */
void fd_scan_renew(struct fd_scan *scan, uint32_t i);

#endif
