/* SPDX-License-Identifier: MIT */
/*
 * This header tells which side of a connection is the service.
 */
#ifndef SKTOP_SAMPLE_PORTS_H
#define SKTOP_SAMPLE_PORTS_H

#include <sktop/group.h>

/** True when the socket has a peer. */
bool ports_connected(const struct sk_socket *socket);

/** The port of the service: the local one where somebody in its namespace waits on it. */
uint16_t ports_service(const struct sk_ports *ports, const struct sk_socket *socket);

#endif
