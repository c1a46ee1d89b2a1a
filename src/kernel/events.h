/* SPDX-License-Identifier: MIT */
/*
 * This header receives destroyed sockets from the kernel. That needs no privilege, but
 * the kernel drops messages that are not read in time, so a thread reads them and keeps
 * them for the next sample.
 */
#ifndef SKTOP_KERNEL_EVENTS_H
#define SKTOP_KERNEL_EVENTS_H

#include <linux/netlink.h>
#include <sktop/event.h>

struct destroy;

/**
 * Joins the multicast groups in the calling thread's network namespace and starts to read.
 * Returns 0 or -errno.
 */
int destroy_open(struct destroy **out);
void destroy_close(struct destroy *destroy);

/** Moves all events since the last call to the sample. Returns 0, or -ENOMEM if none was moved. */
int destroy_take(struct destroy *destroy, struct sk_sample *sample);

/**
 * Returns 0, or the -errno that ended the reading thread. Then the caller closes it and opens it
 * anew.
 */
int destroy_failed(struct destroy *destroy);

/**
 * Decodes one message of size valid bytes, with any content, into a zeroed socket, and sets
 * *no_payload as sk_event.no_payload. Returns 0 or -EBADMSG.
 */
int destroy_decode(const struct nlmsghdr *message, size_t size,
		   struct sk_detached *detached, bool *no_payload);

#endif
