/* SPDX-License-Identifier: MIT */
/*
 * These are the parts of the live source. The source that visits other network namespaces uses
 * them. Between live_close() and live_open() the live source holds no descriptor, but knows what
 * the kernel refused. All descriptors must be opened in live_open() and closed in live_close(),
 * because a socket stays in the namespace where it was made.
 */
#ifndef SKTOP_KERNEL_LIVE_H
#define SKTOP_KERNEL_LIVE_H

#include <sktop/source.h>
#include "kernel/bpf/sockets.h"

/** Makes a live source that has nothing open. options are as in sk_live_source_new(). */
int live_new(unsigned options, struct sk_source **out); /* 0 or -ENOMEM */

/**
 * Opens the source in the network namespace of the calling thread. Returns 0, or -errno and a
 * text in error (SK_ERROR_LEN bytes). After a failure, too, live_close() closes the descriptors
 * that are open.
 */
int live_open(struct sk_source *source, char *error);
void live_close(struct sk_source *source);

/**
 * Notes that the source will be opened in one namespace only. Then it receives events of the
 * kernel between live_close() and live_open(), too.
 */
void live_stay(struct sk_source *source);

/**
 * Returns the numbers of TCP and UDP sockets that the last walks found. They decide how the next
 * walk lists sockets. The caller exchanges them when it visits another namespace.
 */
struct sock_counts *live_counts(struct sk_source *source);

/**
 * Joins the sockets of several visits, because a unix socket may have its peer in any namespace.
 * Returns 0 or -ENOMEM.
 */
int live_join(struct sk_source *source, struct sk_sample *sample);

#endif
