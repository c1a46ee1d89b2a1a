/* SPDX-License-Identifier: MIT */
/*
 * This header adds to a sample what the programs at tracepoints (bpf/trace.h) say, if the kernel
 * permits them: who made the connections that have ended, how they ended, and all changes of state.
 */
#ifndef SKTOP_KERNEL_TRACING_H
#define SKTOP_KERNEL_TRACING_H

#include <sktop/source.h>

struct tracing;

/** off: never load a program. Nothing is loaded yet. Returns 0 or -ENOMEM. */
int tracing_new(bool off, struct tracing **out);
void tracing_free(struct tracing *tracing);

/** Watches the namespace of the calling thread, which has this index in the samples. */
void tracing_watch(struct tracing *tracing, uint16_t netns);
void tracing_unwatch(struct tracing *tracing, uint16_t netns);

/**
 * Completes the events of the sample from begin on, and notes the changes of state. To be called
 * after the events were taken. The programs are loaded in the second call, because the first sample
 * must not wait for them and has no interval. Returns 0 or -ENOMEM.
 */
int tracing_take(struct tracing *tracing, uint32_t begin, struct sk_sample *sample);

#endif
