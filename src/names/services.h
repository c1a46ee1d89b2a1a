/* SPDX-License-Identifier: MIT */
/*
 * The system's lists of services and IP protocols, read once.
 */
#ifndef SKTOP_NAMES_SERVICES_H
#define SKTOP_NAMES_SERVICES_H

#include <sktop/names.h>

struct service;

struct services {
	struct service *list; /* sorted by transport and port */
	size_t n, capacity;
	int lost; /* errno, when the list is there and could not be read; 0 = it could */
	char *protocol[256];
	uint16_t port_first, port_last; /* ephemeral range */
};

/** Reads /etc/services and /etc/protocols, as NSS finds them. 0 or -ENOMEM. */
int services_read(struct services *services);
void services_free(struct services *services);
const char *services_find(const struct services *services, enum sk_proto proto,
			  uint16_t port);

#endif
