/* SPDX-License-Identifier: MIT */
/*
 * Questions to this machine that a filter asks: by name. Each is a system call or many.
 */
#ifndef SKTOP_NAMES_LOOKUP_H
#define SKTOP_NAMES_LOOKUP_H

#include <sktop/names.h>
#include <sktop/text.h>

/** Most addresses that are kept of one host name. */
#define NAMES_ADDRESSES_MAX 64

/** The addresses of a host, without doubles; IPv4 as v4-mapped. */
struct names_addresses {
	struct sk_addr addr[NAMES_ADDRESSES_MAX];
	size_t n;
};

/**
 * Finds the addresses of a host name, in /etc/hosts alone or with the system's resolver.
 * Returns 0, or -EINVAL or (SK_LOOKUP_HOSTS) -EAGAIN with why in message.
 */
int names_find_addresses(const char *name, enum sk_lookup lookup,
			 struct names_addresses *found, char *message, size_t size);

/** Finds the cgroup v2 id of a path: as it is, or below the mount. False: there is none. */
bool names_find_cgroup(const char *path, uint64_t *id);

/** Returns the index of the interface that has exactly this name in our namespace, or 0. */
uint32_t names_find_interface(const char *name);

/** Writes the name of an interface of our namespace, printable. False: there is none. */
bool names_of_interface(uint32_t ifindex, char out[SK_DEVICE_STRLEN]);

#endif
