/* SPDX-License-Identifier: MIT */
/*
 * These are the parts of the live source. The source that visits other network namespaces uses
 * them. Between live_close() and live_open() the live source holds no descriptor, but knows what
 * the kernel refused. All descriptors must be opened in live_open() and closed in live_close(),
 * because a socket stays in the namespace where it was made. The feed of destroyed sockets is an
 * exception: its sockets stay open, and who closes them is said in kernel/events.h.
 */
#ifndef SKTOP_KERNEL_LIVE_H
#define SKTOP_KERNEL_LIVE_H

#include <sktop/source.h>
#include "kernel/bpf/sockets.h"

struct destroy;

/**
 * Makes a live source that has nothing open. options are as in sk_live_source_new(). feed is the
 * caller's, who calls live_watch() and takes its events; NULL = the source has a feed of its own,
 * and does this in each sample. Returns 0 or -ENOMEM.
 */
int live_new(unsigned options, struct destroy *feed, struct sk_source **out);

/**
 * Opens the source in the network namespace of the calling thread. Returns 0, or -errno and a
 * text in error (SK_ERROR_LEN bytes). After a failure, too, live_close() closes the descriptors
 * that are open.
 */
int live_open(struct sk_source *source, char *error);
void live_close(struct sk_source *source);

/** Says which index the namespace has where the source collects next. It begins with 0. */
void live_set_place(struct sk_source *source, uint16_t netns);

/**
 * Watches the ends of sockets where the thread is, if the request needs them, and notes in the
 * sample if it cannot. To be called before the sockets are listed, so that no end is missed between
 * the two.
 */
void live_watch(struct sk_source *source, const struct sk_request *request,
		struct sk_sample *sample);

/** Returns true if the request needs destroyed sockets: with TCP or UDP, or if it asks for them. */
bool live_wants_events(const struct sk_request *request);

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
