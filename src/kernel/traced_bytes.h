/* SPDX-License-Identifier: MIT */
/*
 * This header keeps what tracepoints count of sockets without counters of their own (bpf/trace.h),
 * so that a socket's total only grows: an entry of the kernel may vanish and begin anew. Each
 * sample gets the totals of its sockets, and of sockets whose end it tells. What moved through a
 * socket that ended without a word is a stray: it is credited to the process that moved it.
 */
#ifndef SKTOP_KERNEL_TRACED_BYTES_H
#define SKTOP_KERNEL_TRACED_BYTES_H

#include <sktop/event.h>
#include "kernel/bpf/trace.h"

struct traced_bytes;

/** What a sample lists: so what has ended is told from what nobody asked for. */
struct traced_scope {
	uint32_t whole;	       /* kinds of which it has every socket: SK_PROTO_BIT()s */
	uint64_t begin_ns;     /* CLOCK_BOOTTIME before the lists were read */
	const uint64_t *netns; /* inode of each watched namespace by its index; 0 = not watched */
	uint32_t n_netns;
};

/** Returns 0 or -ENOMEM. */
int traced_bytes_new(struct traced_bytes **out);
void traced_bytes_free(struct traced_bytes *traced);

/** Forgets all: the counts of the kernel begin anew. */
void traced_bytes_forget(struct traced_bytes *traced);

/**
 * Adds what was read. complete: the list has every entry, so those that it has not are no more.
 * The list may have any content. Returns 0, or -ENOMEM: then the same can be added once more.
 */
int traced_bytes_note(struct traced_bytes *traced, const struct trace_bytes_list *list,
		      bool complete);

/**
 * Gives the sockets of the sample, and its events from begin on, their totals and SK_F_TRACED, and
 * adds its strays. To be called once after each note. Returns 0 or -ENOMEM.
 */
int traced_bytes_give(struct traced_bytes *traced, const struct traced_scope *scope,
		      uint32_t begin, struct sk_sample *sample);

#endif
