/* SPDX-License-Identifier: MIT */
/*
 * TCP and UDP sockets from BPF iterators: the same rows as inet_diag's, for two thirds
 * of the time when most of many are wanted. Whoever calls has netlink to fall back on.
 */
#ifndef SKTOP_KERNEL_SOCK_ITER_H
#define SKTOP_KERNEL_SOCK_ITER_H

#include <sktop/source.h>
#include "kernel/bpf_programs.h"

/** Fewer sockets than this are not worth the loading. */
#define SOCK_ITER_MANY 8192

/** Sockets of one protocol in a namespace, as the last walks found them. */
struct sock_met {
	uint32_t worth; /* that the request wanted, and an iterator tells for less */
	uint32_t all;	/* 0 = not known */
};

/** One thread's. Of the machine, not of a namespace: each walk is where the thread is. */
struct sock_iter {
	bool off;	/* refused by the kernel, not built in, or not wanted */
	bool always;	/* for few sockets, too */
	bool loaded;	/* programs holds */
	struct bpf_programs programs;
	struct sock_met met[2]; /* TCP, UDP; of the namespace that the thread is in */
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

/**
 * How many of the sockets from `begin` on an iterator is the faster way to: all but those
 * in TIME_WAIT, of which netlink has little to tell. An estimate from one of sixteen.
 */
uint32_t sock_iter_worth(const struct sk_sample *sample, uint32_t begin);

/** Netlink answered the same request with `count` sockets; worth as above. */
void sock_iter_met(struct sock_iter *iter, enum sk_proto proto,
		   const struct sk_request *request, uint32_t count, uint32_t worth);

/**
 * Reads the record (of bpf/record.h) of `size` valid bytes into a zeroed socket. info:
 * tcp_info is wanted. Returns 0, or -EBADMSG when it is none.
 */
int sock_iter_decode(const void *record, size_t size, enum sk_proto proto, bool info,
		     uint32_t tick_hz, struct sk_socket *socket, struct sk_home *home);

#endif
