/* SPDX-License-Identifier: MIT */
/*
 * SOCK_DESTROY: the request that closes one socket, named by its ends and its cookie.
 */
#ifndef SKTOP_KERNEL_ACT_KILL_H
#define SKTOP_KERNEL_ACT_KILL_H

#include <sktop/sample.h>

struct kill_door;

/**
 * Opens netlink sockets in the calling thread's network namespace; they stay there,
 * whoever uses the door. Returns 0 or -errno.
 */
int kill_open(struct kill_door **out);
void kill_close(struct kill_door *door); /* NULL is fine */

/** False after an answer went missing: open another one, in the right namespace. */
bool kill_is_sound(const struct kill_door *door);

/**
 * Closes the socket that has this cookie and these ends, and no other. Returns 0, or
 * -errno: -ENOENT it died meanwhile, -EEXIST it lives but the kernel finds another
 * one of its port first, -EADDRINUSE it is UDP and was disconnected and its owner told,
 * but it keeps the port that bind() gave it, -EPERM no CAP_NET_ADMIN over the namespace, -EOPNOTSUPP not
 * for this protocol or not built in (CONFIG_INET_DIAG_DESTROY), -EINVAL it has no
 * cookie or no ends that could be named.
 */
int kill_socket(struct kill_door *door, const struct sk_pin *pin);

/**
 * Asks to destroy a socket that cannot exist: 0 when the kernel knows how to destroy
 * those of the protocol, else -EOPNOTSUPP or another -errno. Tells nothing about the
 * privilege, which the kernel checks only once a socket is found.
 */
int kill_probe(struct kill_door *door, enum sk_proto proto);

#endif
