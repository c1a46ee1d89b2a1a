/* SPDX-License-Identifier: MIT */
/*
 * This header adds to a sample what the programs at tracepoints (bpf/trace.h) say, if the kernel
 * permits them: who made the connections that have ended, how they ended, all changes of state, and
 * the bytes of sockets that have no counters of their own.
 */
#ifndef SKTOP_KERNEL_TRACING_H
#define SKTOP_KERNEL_TRACING_H

#include <sktop/source.h>

struct tracing;

/** off: never load a program. Nothing is loaded yet. Returns 0 or -ENOMEM. */
int tracing_new(bool off, struct tracing **out);
void tracing_free(struct tracing *tracing);

/**
 * Says what the next sample is to have, before its sockets are listed. The programs are loaded here:
 * in the second call, because the screen must not wait for its first sample, or at once if the
 * request is patient.
 */
void tracing_want(struct tracing *tracing, const struct sk_request *request);

/** Watches the namespace of the calling thread, which has this index in the samples. */
void tracing_watch(struct tracing *tracing, uint16_t netns);
void tracing_unwatch(struct tracing *tracing, uint16_t netns);

/**
 * Completes the events of the sample from begin on, notes the changes of state, and gives sockets
 * without counters their bytes. To be called after the events were taken. Returns 0 or -ENOMEM.
 */
int tracing_take(struct tracing *tracing, uint32_t begin, struct sk_sample *sample);

#endif
