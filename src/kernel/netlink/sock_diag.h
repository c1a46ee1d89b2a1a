/* SPDX-License-Identifier: MIT */
/*
 * This function runs one NETLINK_SOCK_DIAG dump of any kind of socket: it sends the request,
 * reads to the end, begins again if the kernel was busy, and counts losses.
 */
#ifndef SKTOP_KERNEL_NETLINK_SOCK_DIAG_H
#define SKTOP_KERNEL_NETLINK_SOCK_DIAG_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/** Takes one message of a dump, with any content. Returns 0, or -ENOMEM to give up. */
typedef int sock_diag_take(const struct nlmsghdr *message, void *arg);

/**
 * Sends a dump request and hands every message of the answer to take(). Before a new attempt, the
 * sockets that take() appended to the sample are dropped. Returns 0 or -errno: the kernel's
 * status at the end (-ENOENT if it knows no such sockets), -EBUSY after several attempts,
 * -ETIMEDOUT, or -ENOMEM. Losses are counted in sample->losses.
 */
int sock_diag_dump(struct netlink *netlink, struct nlmsghdr *request,
		   struct sk_sample *sample, sock_diag_take *take, void *arg);

#endif
