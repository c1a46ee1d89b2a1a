/* SPDX-License-Identifier: MIT */
/*
 * This header lists TCP and UDP sockets through BPF programs, with the same rows as
 * inet_diag, if there are many sockets and the kernel permits it. Otherwise the caller
 * uses netlink.
 */
#ifndef SKTOP_KERNEL_BPF_SOCKETS_H
#define SKTOP_KERNEL_BPF_SOCKETS_H

#include <sktop/source.h>
#include "kernel/retry.h"
#include "kernel/bpf/programs.h"

/** If there are fewer sockets than this, it is not worth loading the programs. */
#define SOCK_BPF_MANY 8192

/**
 * These are the numbers of sockets of one protocol in a namespace, as the last walks found them.
 */
struct sock_counts {
	uint32_t wanted;   /* in the states and address families of the last request */
	uint32_t all;	   /* 0 = not known */
	uint32_t filtered; /* sockets that the addresses and ports of the last request kept */
	uint32_t walks;	   /* walks with such a filter since netlink last counted them */
};

/**
 * The state of one thread. It belongs to the machine, not to a namespace: each walk is in
 * the namespace where the thread is.
 */
struct sock_bpf {
	bool off;	/* the kernel refused, it is not built in, or the user does not want it */
	bool always;	/* true = also for few sockets */
	bool loaded;	/* the programs are loaded */
	struct retry retry; /* says when to try again, if loading failed for the moment */
	struct bpf_programs programs;
	struct sock_counts
		counts[2]; /* TCP, UDP; of the namespace that the thread is in */
	uint32_t tick_hz;
	uint8_t *buffer;
};

/** The options are those of sk_live_source_new(). */
void sock_bpf_init(struct sock_bpf *bpf, unsigned options);
void sock_bpf_free(struct sock_bpf *bpf);

/**
 * Appends every socket of one protocol that the request wants. If it is faster, it also appends
 * sockets that the request's filter leaves out by address or port. For TCP it leaves listeners
 * out. A TCP socket has no cookie (0) if nobody has asked the kernel for it yet:
 * inet_diag_complete() looks those sockets up. Returns 0, -ENOMEM, or -EOPNOTSUPP: then nothing
 * was appended, and the caller asks netlink.
 */
int sock_bpf_dump(struct sock_bpf *bpf, enum sk_proto proto,
		  const struct sk_request *request, struct sk_sample *sample);

/** Notes that netlink answered the same request with `count` sockets. */
void sock_bpf_note_count(struct sock_bpf *bpf, enum sk_proto proto,
			 const struct sk_request *request, uint32_t count);

/**
 * Decodes a record (of bpf/record.h) with `size` valid bytes into a zeroed socket. `info` says
 * that tcp_info is wanted. Returns 0, or -EBADMSG if it is not a sound record.
 */
int sock_bpf_decode(const void *record, size_t size, enum sk_proto proto, bool info,
		    uint32_t tick_hz, struct sk_socket *socket, struct sk_attrs *attrs);

#endif
