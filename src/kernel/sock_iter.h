/* SPDX-License-Identifier: MIT */
/*
 * TCP and UDP sockets from BPF iterators: the same rows as inet_diag's, for two thirds
 * of the time when there are many. Whoever calls has netlink to fall back on.
 */
#ifndef SKTOP_KERNEL_SOCK_ITER_H
#define SKTOP_KERNEL_SOCK_ITER_H

#include <sktop/source.h>
#include "kernel/bpf_programs.h"

/** Fewer sockets than this are not worth the loading. */
#define SOCK_ITER_MANY 8192

/** One thread's. Of the machine, not of a namespace: each walk is where the thread is. */
struct sock_iter {
	bool off;	/* refused by the kernel, not built in, or not wanted */
	bool always;	/* for few sockets, too */
	bool loaded;	/* links are open */
	int links[BPF_PROGRAM_COUNT];
	uint32_t met[2]; /* sockets of TCP and UDP that the last walk met */
	uint32_t tick_hz;
	uint8_t *buffer;
};

/** options as sk_live_source_new(). */
void sock_iter_init(struct sock_iter *iter, unsigned options);
void sock_iter_free(struct sock_iter *iter);

/**
 * Appends every socket that the request wants of one protocol. Returns 0, -ENOMEM, or
 * -EOPNOTSUPP: ask netlink, nothing was appended.
 */
int sock_iter_dump(struct sock_iter *iter, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample);

/** That many sockets of a protocol were met on another way. */
void sock_iter_met(struct sock_iter *iter, enum sk_proto proto, uint32_t count);

/**
 * Reads the record (of bpf/record.h) of `size` valid bytes into a zeroed socket. info:
 * tcp_info is wanted. Returns 0, or -EBADMSG when it is none.
 */
int sock_iter_decode(const void *record, size_t size, enum sk_proto proto, bool info,
		     uint32_t tick_hz, struct sk_socket *socket, struct sk_home *home);

#endif
