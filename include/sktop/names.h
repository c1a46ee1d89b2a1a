/* SPDX-License-Identifier: MIT */
/*
 * Names for numbers: services and users, from the system's own files.
 */
#ifndef SKTOP_NAMES_H
#define SKTOP_NAMES_H

#include <sktop/types.h>

struct sk_names;

/** Reads the services once. Returns 0 or -ENOMEM; no services file is no error. */
int sk_names_new(struct sk_names **out);
void sk_names_free(struct sk_names *names);

/**
 * Service name of a port, or NULL: none, or the port is in the ephemeral range
 * (net.ipv4.ip_local_port_range), where a name would be a lie.
 */
const char *sk_names_service(const struct sk_names *names, enum sk_proto proto,
			     uint16_t port);

/** Port of a service name, of any protocol. Returns 0 or -ENOENT. */
int sk_names_port(const char *service, size_t len, uint16_t *port);

/** User name of a uid, printable, cached; NULL when there is none. */
const char *sk_names_user(struct sk_names *names, uint32_t uid);

#endif
