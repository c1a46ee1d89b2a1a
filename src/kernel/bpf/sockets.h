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

/** Fewer sockets than this are not worth the loading. */
#define SOCK_BPF_MANY 8192

/** Sockets of one protocol in a namespace, as the last walks found them. */
struct sock_counts {
	uint32_t wanted;   /* in state and family, by the last request */
	uint32_t all;	   /* 0 = not known */
	uint32_t filtered; /* that the last request's addresses and ports left over */
	uint32_t walks;	   /* with such a filter, without it being asked how many */
};

/**
 * The state of one thread. It belongs to the machine, not to a namespace: each walk is in
 * the namespace where the thread is.
 */
struct sock_bpf {
	bool off;	/* refused by the kernel, not built in, or not wanted */
	bool always;	/* for few sockets, too */
	bool loaded;	/* programs holds */
	struct retry retry; /* when loading failed for the moment */
	struct bpf_programs programs;
	struct sock_counts
		counts[2]; /* TCP, UDP; of the namespace that the thread is in */
	uint32_t tick_hz;
	uint8_t *buffer;
};

/** options as sk_live_source_new(). */
void sock_bpf_init(struct sock_bpf *bpf, unsigned options);
void sock_bpf_free(struct sock_bpf *bpf);

/**
 * Appends every socket that the request wants of one protocol, and, where that is the
 * faster way, those too whose addresses and ports its filter leaves out; of TCP not those that
 * listen, and such as nobody has asked for yet without a cookie (0), for
 * inet_diag_complete(). Returns 0, -ENOMEM, or -EOPNOTSUPP: ask netlink, nothing was
 * appended.
 */
int sock_bpf_dump(struct sock_bpf *bpf, enum sk_proto proto,
		  const struct sk_request *request, struct sk_sample *sample);

/** Netlink answered the same request with `count` sockets. */
void sock_bpf_note_count(struct sock_bpf *bpf, enum sk_proto proto,
			 const struct sk_request *request, uint32_t count);

/**
 * Reads the record (of bpf/record.h) of `size` valid bytes into a zeroed socket. info:
 * tcp_info is wanted. Returns 0, or -EBADMSG when it is none.
 */
int sock_bpf_decode(const void *record, size_t size, enum sk_proto proto, bool info,
		    uint32_t tick_hz, struct sk_socket *socket, struct sk_attrs *attrs);

#endif
