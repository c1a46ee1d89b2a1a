/* SPDX-License-Identifier: MIT */
/*
 * This header finds the network namespaces of this machine, names them, and enters them.
 *
 * A namespace is known by the inode of its nsfs file. It is found by the names of `ip netns` and
 * of container engines, by mounts, and by the processes in it. No descriptor of it is kept open,
 * because that would keep a namespace alive that its owner wants to end.
 */
#ifndef SKTOP_KERNEL_NETNS_NETNS_H
#define SKTOP_KERNEL_NETNS_NETNS_H

#include <dirent.h>
#include <sktop/sample.h>
#include "kernel/bpf/sockets.h"

/** This says how good a name is. A better name replaces it. */
enum netns_rank {
	NETNS_BY_INODE,
	NETNS_BY_FILE,	  /* of a container engine: digits that say little */
	NETNS_BY_PROCESS, /* "pid 812 (nginx)" */
	NETNS_BY_UNIT,	  /* systemd unit or container of a process in it */
	NETNS_BY_NAME,	  /* of ip netns */
};

/** This is the memory of visits to a namespace. It can save a walk through the host's hash. */
struct netns_memory {
	bool quiet;	  /* at the last whole walk all its TCP sockets were LISTEN */
	uint64_t in_segs; /* Tcp InSegs before that walk */
};

struct netns {
	uint64_t inode; /* 0 = free place, which has the name of the former one */
	uint64_t since; /* seq of the first sample with its sockets; 0 = none yet */
	uint32_t pid;	/* a process in it; 0 = not known */
	uint32_t name_pid; /* the process that gave it its name */
	uint32_t round; /* round of the list that last found it */
	uint32_t refused; /* round when setns() was refused, or 0 */
	uint32_t gone;	/* samples since it was found gone */
	uint16_t port_first, port_last; /* of the last visit, as struct sk_netns */
	uint8_t state;	/* enum sk_netns_state */
	uint8_t rank;	/* enum netns_rank */
	char name[SK_NETNS_STRLEN]; /* as in struct sk_netns */
	char *file;	/* path of a file of it, raw; NULL = only processes hold it */
	struct netns_memory memory;
	struct sock_counts counts[2]; /* live_counts() of the last visit */
};

/**
 * These are all namespaces that were found. A namespace keeps its place, because sk_socket.netns
 * is an index of this array.
 */
struct netns_list {
	struct netns *at; /* [0] is our own namespace */
	uint32_t n;
	uint32_t capacity;
	uint64_t dev;	  /* device of the nsfs that has all their files */
	uint32_t round;	  /* searches so far */
	uint32_t hidden;  /* processes that do not show their namespace */
	uint32_t hiding;  /* the same, in the search under way */
	DIR *proc;	  /* position of that search; NULL = none is under way */
};

/** Makes a list with our own namespace, that of the calling thread. Returns 0 or -errno. */
int netns_list_init(struct netns_list *list);
void netns_list_free(struct netns_list *list);

/**
 * Goes on with a search, or begins one: names first, then at most `processes` processes. Returns
 * 1 if the search is complete (namespaces that were not found are gone), 0 if there is more to
 * do, or -errno.
 */
int netns_list_search(struct netns_list *list, uint32_t processes);

/** Counts a sample. Places of namespaces that are long gone become free. */
void netns_list_tick(struct netns_list *list);

/** Returns the namespace with this inode, or NULL if the list does not have it. */
struct netns *netns_list_find(const struct netns_list *list, uint64_t inode);

/**
 * Finds the namespace that -N names: by a name, a pid, a path, or a name of the list. Sets its
 * index. Returns 0, or -errno and one line in error (SK_ERROR_LEN bytes) that says the reason.
 */
int netns_list_resolve(struct netns_list *list, const char *what, uint32_t *index,
		       char *error);

/**
 * Opens a namespace, so that a thread can enter it. Returns a descriptor or -errno (-ENOENT: it
 * is gone).
 */
int netns_open(const struct netns_list *list, const struct netns *netns);

/**
 * Runs work() in a thread of its own inside a namespace that a sample named, and waits for it.
 * Returns the result of work(), or -errno (-ENOENT: gone, -EPERM: needs CAP_SYS_ADMIN).
 */
int netns_run(const struct sk_netns *netns, int (*work)(void *arg), void *arg);

/**
 * Notes that a namespace was found. Returns its entry, new or old, or NULL if there is no memory
 * or there are too many.
 */
struct netns *netns_list_add(struct netns_list *list, uint64_t inode);

/**
 * Adds the namespaces that are mounted somewhere, from the text of mountinfo, and overwrites the
 * text. Returns 0 or -ENOMEM.
 */
int netns_parse_mounts(struct netns_list *list, char *text);

/** Finds the namespaces that have names. Returns 0 or -ENOMEM. */
int netns_search_names(struct netns_list *list);

/** Names a namespace after a process in it, unless it has a better name. */
void netns_name_process(struct netns *netns, int root, uint32_t pid);

/** Gives a namespace a name of a rank. The name must be printable. */
void netns_name(struct netns *netns, enum netns_rank rank, const char *name);

#endif
