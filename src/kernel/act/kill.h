/* SPDX-License-Identifier: MIT */
/*
 * SOCK_DESTROY: the request that closes one socket, named by its ends and its cookie.
 */
#ifndef SKTOP_KERNEL_ACT_KILL_H
#define SKTOP_KERNEL_ACT_KILL_H

#include <sktop/sample.h>

struct kill_handle;

/**
 * Opens netlink sockets in the calling thread's network namespace. They stay in that
 * namespace, even if another thread uses the handle. Returns 0 or -errno.
 */
int kill_open(struct kill_handle **out);
void kill_close(struct kill_handle *handle); /* NULL is fine */

/** False after an answer went missing: open another one, in the right namespace. */
bool kill_is_sound(const struct kill_handle *handle);

/**
 * Closes the socket that has this cookie and these ends, and no other. Returns 0, or
 * -errno: -ENOENT it died meanwhile, -EEXIST it lives but the kernel finds another
 * one of its port first, -EADDRINUSE it is UDP and was disconnected and its owner told,
 * but it keeps the port that bind() gave it, -EPERM no CAP_NET_ADMIN over the namespace,
 * -EOPNOTSUPP not for this protocol or not built in (CONFIG_INET_DIAG_DESTROY), -EINVAL it
 * has no cookie or no ends that could be named.
 */
int kill_socket(struct kill_handle *handle, const struct sk_detached *detached);

/**
 * Asks to destroy a socket that cannot exist: 0 when the kernel knows how to destroy
 * those of the protocol, else -EOPNOTSUPP or another -errno. Tells nothing about the
 * privilege, which the kernel checks only once a socket is found.
 */
int kill_probe(struct kill_handle *handle, enum sk_proto proto);

#endif
