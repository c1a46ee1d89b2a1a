/* SPDX-License-Identifier: MIT */
/*
 * These are the parts of the live source, for the source that visits other network
 * namespaces with it. Between live_close() and live_open() the live source holds no
 * descriptor, but knows what this kernel refused. All descriptors must be opened in
 * live_open() and closed in live_close(), because a socket stays in the namespace where it
 * was made.
 */
#ifndef SKTOP_KERNEL_LIVE_H
#define SKTOP_KERNEL_LIVE_H

#include <sktop/source.h>
#include "kernel/bpf/sockets.h"

/** Makes a live source that has nothing open. options as sk_live_source_new(). */
int live_new(unsigned options, struct sk_source **out); /* 0 or -ENOMEM */

/**
 * Opens it in the network namespace of the calling thread. Returns 0 or -errno and
 * error (SK_ERROR_LEN bytes); what was opened is closed by live_close().
 */
int live_open(struct sk_source *source, char *error);
void live_close(struct sk_source *source);

/**
 * Tells that the source will be opened in one namespace only: what the kernel tells
 * unasked is listened to between live_close() and live_open() too.
 */
void live_stay(struct sk_source *source);

/**
 * The numbers of TCP and UDP sockets in the last walks: the next way to list them is
 * chosen by it. To be exchanged by who visits another namespace.
 */
struct sock_counts *live_counts(struct sk_source *source);

/** Joins sockets of several visits: unix sockets have peers anywhere. 0 or -ENOMEM. */
int live_join(struct sk_source *source, struct sk_sample *sample);

#endif
