/* SPDX-License-Identifier: MIT */
/*
 * SOCK_DESTROY is the request that closes one socket. The request names the socket by its ends
 * and its cookie.
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

/**
 * Returns false after an answer went missing. Then the caller opens another handle, in the right
 * namespace.
 */
bool kill_is_sound(const struct kill_handle *handle);

/**
 * Closes the socket that has this cookie and these ends, and no other. Returns 0, or -errno.
 * -ENOENT: it died meanwhile. -EEXIST: it lives, but the kernel finds another socket with its
 * port first. -EADDRINUSE: it is a UDP socket, was disconnected, and its owner got an error, but
 * it keeps the port that bind() gave it. -EPERM: we have no CAP_NET_ADMIN over the namespace.
 * -EOPNOTSUPP: the kernel cannot do it for this protocol, or was built without
 * CONFIG_INET_DIAG_DESTROY. -EINVAL: it has no cookie, or no ends that a request could name.
 */
int kill_socket(struct kill_handle *handle, const struct sk_detached *detached);

/**
 * Asks the kernel to destroy a socket that cannot exist. Returns 0 if the kernel can destroy
 * sockets of the protocol, else -EOPNOTSUPP or another -errno. The result says nothing about the
 * privilege, because the kernel checks it only after it has found a socket.
 */
int kill_probe(struct kill_handle *handle, enum sk_proto proto);

#endif
