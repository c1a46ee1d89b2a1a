/* SPDX-License-Identifier: MIT */
/*
 * This header receives destroyed sockets from the kernel, out of several network namespaces.
 * That needs no privilege, but the kernel drops messages that are not read in time, so one thread
 * reads the sockets of all namespaces and keeps the events for the next sample.
 *
 * An open socket keeps its network namespace alive. The caller must close it with
 * destroy_unwatch() when nothing else leads to the namespace any more.
 */
#ifndef SKTOP_KERNEL_EVENTS_H
#define SKTOP_KERNEL_EVENTS_H

#include <linux/netlink.h>
#include <sktop/event.h>

struct destroy;
struct sk_request;

/** What a message says of a socket that struct sk_socket has no room for. */
struct last_words {
	bool no_payload;   /* sk_event.no_payload */
	uint32_t quiet_ms; /* sk_event.quiet_ms */
};

/**
 * Makes a feed that has nothing open, and no thread. tiny is for tests: the queues in the kernel
 * are as small as it permits, and the thread rests long after each look, so that a burst is lost.
 * Returns 0 or -ENOMEM.
 * traced: what tracepoints tell is added to the events, if the kernel permits it.
 */
int destroy_new(bool tiny, bool traced, struct destroy **out);
void destroy_free(struct destroy *destroy);

/** To be called before each sample, before any namespace is watched: what it is to have. */
void destroy_want(struct destroy *destroy, const struct sk_request *request);

/**
 * Watches the network namespace in which the calling thread is: each of its events has this index
 * in socket.netns. To be called before each listing of its sockets; it does nothing while the
 * socket is open, and after a failure it tries again from time to time. Returns 0, or the -errno
 * that keeps it from watching, or that ended it since the last call.
 */
int destroy_watch(struct destroy *destroy, uint16_t netns);

/** Ends that. What has come is kept for the next sample. It may be not watched at all. */
void destroy_unwatch(struct destroy *destroy, uint16_t netns);

/**
 * Moves all events since the last call to the sample, those that the thread has not read yet
 * included, and adds to its losses. Returns 0, or -ENOMEM: then the next call gives what is left.
 */
int destroy_take(struct destroy *destroy, struct sk_sample *sample);

/**
 * Decodes one message of size valid bytes, with any content, into a zeroed socket. Returns 0 or
 * -EBADMSG.
 */
int destroy_decode(const struct nlmsghdr *message, size_t size,
		   struct sk_detached *detached, struct last_words *words);

#endif
