/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own counters of a namespace show if its sockets have to be listed at all.
 *
 * Every dump of TCP or UDP walks the hash of the whole host, even for a small namespace.
 * /proc/net/sockstat says how many sockets a namespace has, without a walk.
 */
#ifndef SKTOP_KERNEL_NETNS_LOAD_H
#define SKTOP_KERNEL_NETNS_LOAD_H

#include <sktop/source.h>
#include "kernel/netns/netns.h"

/**
 * These are the numbers of sockets of a namespace from sockstat and sockstat6, and of segments
 * from snmp.
 */
struct netns_load {
	bool valid;	   /* all needed numbers were read */
	uint64_t tcp, tcp6; /* in the hashes, without mini sockets */
	uint64_t tcp_wait; /* TIME_WAIT and FIN_WAIT2 mini sockets */
	uint64_t udp, udp6;
	uint64_t udplite;  /* of both address families */
	uint64_t raw;
	uint64_t in_segs;  /* Tcp InSegs */
};

/** Reads the load of the calling thread's namespace. */
void netns_load_read(struct netns_load *load);

/** Does the same with the three texts (NUL-ended, with any content). sockstat6 may be "". */
void netns_load_parse(const char *sockstat, const char *sockstat6, const char *snmp,
		      struct netns_load *load);

/**
 * Leaves parts out of a request that are known to give nothing. Sets *listen_only if only
 * listeners are asked for, because the memory of earlier visits allows it.
 */
void netns_load_narrow(const struct netns_load *load, const struct netns_memory *memory,
		       struct sk_request *request, bool *listen_only);

/**
 * Updates the memory with the result: sockets from index `begin` on. Returns false if sockets may
 * be missing. Then the namespace has to be asked again, without memory.
 */
bool netns_load_check(const struct netns_load *load, const struct sk_request *request,
		      bool listen_only, const struct sk_sample *sample, uint32_t begin,
		      struct netns_memory *memory);

#endif
