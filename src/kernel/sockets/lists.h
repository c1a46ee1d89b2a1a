/* SPDX-License-Identifier: MIT */
/*
 * This header lists all kinds of sockets, each from the best interface that answers:
 * sock_diag if the kernel has it, else /proc/net. If neither has a kind, it is noted as
 * unavailable.
 */
#ifndef SKTOP_KERNEL_SOCKETS_LISTS_H
#define SKTOP_KERNEL_SOCKETS_LISTS_H

#include <sktop/source.h>
#include "kernel/sockets/inet_kinds.h"
#include "kernel/bpf/sockets.h"

struct inet_diag;
struct proc_net;

/**
 * Zero-initialise, but for bpf: sock_bpf_init(), sock_bpf_free(). The masks are learnt
 * and outlive what is open, and so does bpf.
 */
struct socket_lists {
	struct sock_bpf bpf;
	struct inet_diag *diag; /* NULL: netlink is refused */
	struct proc_net *proc;	/* NULL while not needed */
	uint32_t from_proc;	/* masks of SK_PROTO_BIT() */
	uint32_t unavailable;
	int no_diag; /* -errno of socket_lists_open(); 0 = it was not asked */
	int refusal[SK_PROTO_COUNT]; /* -errno with which sock_diag refused from_proc */
	struct pairs pending; /* unix: inode of a client, name it waits at */
	struct pairs inodes;  /* while joining: of what has a name, of MPTCP's sockets */
	struct pairs cookies; /* while joining: of MPTCP's sockets, by sk_socket_id() */
	struct token_pairs tokens;
};

/** True when a kernel release ("6.1.0-17-amd64") is older than MAJOR.MINOR. */
bool kernel_older_than(const char *release, unsigned major, unsigned minor);

/** Opens the netlink socket in the calling thread's namespace. Returns 0 or -errno. */
int socket_lists_open(struct socket_lists *lists);
void socket_lists_close(struct socket_lists *lists);

/**
 * Appends the sockets that the request wants, says in sample->losses what came from
 * /proc, was lost or is not to be had, and joins those that belong together. Returns 0,
 * -ENOMEM, or -errno when nothing can be shown at all (losses.note says why).
 */
int socket_lists_collect(struct socket_lists *lists, const struct sk_request *request,
			 struct sk_sample *sample);

/** Everything about one socket, calloc'd. Returns 0 or -errno (-ENOENT: gone). */
int socket_lists_lookup(struct socket_lists *lists, const struct sk_detached *detached,
			struct sk_sample *sample, struct sk_detail **detail);

/** Joins peers, waiting clients and subflows, from socket `first` on. 0 or -ENOMEM. */
int socket_lists_join(struct socket_lists *lists, struct sk_sample *sample,
		      uint32_t first);

#endif
