/* SPDX-License-Identifier: MIT */
/*
 * This header finds the network namespaces of this machine, names them, and enters
 * them.
 *
 * They are known by the inode of their nsfs file and found by the names of `ip netns`
 * and of container engines, by what is mounted, and by the processes in them. No
 * descriptor of them is kept open, because it would keep a namespace alive that its
 * owner wants gone.
 */
#ifndef SKTOP_KERNEL_NETNS_NETNS_H
#define SKTOP_KERNEL_NETNS_NETNS_H

#include <dirent.h>
#include <sktop/sample.h>
#include "kernel/bpf/sockets.h"

/** Tells how good a name is; a better one replaces it. */
enum netns_rank {
	NETNS_BY_INODE,
	NETNS_BY_FILE,	  /* of a container engine: digits that say little */
	NETNS_BY_PROCESS, /* "pid 812 (nginx)" */
	NETNS_BY_UNIT,	  /* systemd unit or container of a process in it */
	NETNS_BY_NAME,	  /* of ip netns */
};

/** The memory of visits to a namespace, so that the host's hash need not be walked. */
struct netns_memory {
	bool quiet;	  /* at the last whole walk its TCP sockets were LISTEN only */
	uint64_t in_segs; /* Tcp InSegs before that walk */
};

struct netns {
	uint64_t inode; /* 0 = a free place */
	uint64_t since; /* seq of the first sample with its sockets; 0 = none yet */
	uint32_t pid;	/* a process in it; 0 = none is known */
	uint32_t name_pid; /* the one that named it */
	uint32_t round; /* of the list, when it was last found */
	uint32_t refused; /* round in which setns() was refused, or 0 */
	uint32_t gone;	/* samples since it was found gone */
	uint16_t port_first, port_last; /* of the last visit, as struct sk_netns */
	uint8_t state;	/* enum sk_netns_state */
	uint8_t rank;	/* enum netns_rank */
	char name[SK_NETNS_STRLEN]; /* as in struct sk_netns */
	char *file;	/* a file that is it, raw; NULL = only processes hold it */
	struct netns_memory memory;
	struct sock_counts counts[2]; /* live_counts() of the last visit */
};

/**
 * All namespaces that were found. Their places are kept over a run, because sk_socket.netns
 * is an index of this array.
 */
struct netns_list {
	struct netns *at; /* [0] is the own one */
	uint32_t n;
	uint32_t capacity;
	uint64_t dev;	  /* of the nsfs that all are files of */
	uint32_t round;	  /* searches so far */
	uint32_t hidden;  /* processes whose namespace may not be known */
	uint32_t hiding;  /* the same, of the search under way */
	DIR *proc;	  /* where that search stands; NULL = none is under way */
};

/** Makes a list that knows the own namespace, of the calling thread. 0 or -errno. */
int netns_list_init(struct netns_list *list);
void netns_list_free(struct netns_list *list);

/**
 * Searches on, or begins a search: names first, then at most `processes` of them.
 * Returns 1 when the search is complete (what was not found is gone), 0 when there is
 * more to do, or -errno.
 */
int netns_list_search(struct netns_list *list, uint32_t processes);

/** Counts a sample: places of those long gone become free. */
void netns_list_tick(struct netns_list *list);

/** The namespace with this inode; NULL = not in the list. */
struct netns *netns_list_find(const struct netns_list *list, uint64_t inode);

/**
 * Finds what -N means: a name, a pid, a path, or a name of the list, and tells its
 * index. Returns 0 or -errno; error (SK_ERROR_LEN bytes) says in one line what is
 * wrong.
 */
int netns_list_resolve(struct netns_list *list, const char *what, uint32_t *index,
		       char *error);

/** Opens it, to be entered. Returns a descriptor or -errno; -ENOENT: it is gone. */
int netns_open(const struct netns_list *list, const struct netns *netns);

/**
 * Runs work() in a thread of its own inside a namespace that a sample named, and waits
 * for it. Returns what work returns, or -errno (-ENOENT: gone; -EPERM: needs
 * CAP_SYS_ADMIN).
 */
int netns_run(const struct sk_netns *netns, int (*work)(void *arg), void *arg);

/** A namespace was found: its entry, new or old. NULL: no memory, or too many. */
struct netns *netns_list_add(struct netns_list *list, uint64_t inode);

/**
 * Adds the namespaces that are mounted somewhere, from the text of mountinfo, which it
 * cuts up. 0 or -ENOMEM.
 */
int netns_parse_mounts(struct netns_list *list, char *text);

/** Finds those that have names. Returns 0 or -ENOMEM. */
int netns_search_names(struct netns_list *list);

/** Names it after a process in it, unless it has a better name. */
void netns_name_process(struct netns *netns, int root, uint32_t pid);

/** Gives it a name of a rank, printable already. */
void netns_name(struct netns *netns, enum netns_rank rank, const char *name);

#endif
