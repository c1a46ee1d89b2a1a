/* SPDX-License-Identifier: MIT */
/*
 * This header lists all kinds of sockets, each from the best interface that answers: sock_diag if
 * the kernel has it, else /proc/net. If neither interface has a kind, it is noted as unavailable.
 */
#ifndef SKTOP_KERNEL_SOCKETS_LISTS_H
#define SKTOP_KERNEL_SOCKETS_LISTS_H

#include <sktop/source.h>
#include "kernel/sockets/inet_kinds.h"
#include "kernel/bpf/sockets.h"

struct inet_diag;
struct proc_net;

/**
 * The caller zero-initialises this, except bpf, for which there are sock_bpf_init() and
 * sock_bpf_free(). The masks are learnt from answers. They outlive the open handles, and so does
 * bpf.
 */
struct socket_lists {
	struct sock_bpf bpf;
	struct inet_diag *diag; /* NULL: the kernel refused netlink */
	struct proc_net *proc;	/* NULL while not needed */
	uint32_t from_proc;	/* masks of SK_PROTO_BIT() */
	uint32_t unavailable;
	int no_diag; /* -errno of socket_lists_open(); 0 = it was not called */
	int refusal[SK_PROTO_COUNT]; /* -errno of sock_diag for the protocols of from_proc */
	struct pairs pending; /* unix: inode of a client, name where it waits */
	struct pairs inodes;  /* while joining: by inode, names of unix sockets, ids of MPTCP's */
	struct pairs cookies; /* while joining: cookies of MPTCP's sockets, by sk_socket_id() */
	struct token_pairs tokens;
};

/** Returns true if a kernel release ("6.1.0-17-amd64") is older than MAJOR.MINOR. */
bool kernel_older_than(const char *release, unsigned major, unsigned minor);

/** Opens the netlink socket in the calling thread's namespace. Returns 0 or -errno. */
int socket_lists_open(struct socket_lists *lists);
void socket_lists_close(struct socket_lists *lists);

/**
 * Appends the sockets that the request wants, and joins those that belong together. Notes in
 * sample->losses all sockets that came from /proc, were lost or are unavailable. Returns 0,
 * -ENOMEM, or -errno if nothing can be shown at all (losses.note says why).
 */
int socket_lists_collect(struct socket_lists *lists, const struct sk_request *request,
			 struct sk_sample *sample);

/**
 * Collects everything about one socket. *detail is allocated with calloc(). Returns 0 or -errno
 * (-ENOENT: gone).
 */
int socket_lists_lookup(struct socket_lists *lists, const struct sk_detached *detached,
			struct sk_sample *sample, struct sk_detail **detail);

/** Joins peers, waiting clients and subflows, from socket `first` on. Returns 0 or -ENOMEM. */
int socket_lists_join(struct socket_lists *lists, struct sk_sample *sample,
		      uint32_t first);

#endif
