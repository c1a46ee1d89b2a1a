/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own counters of a namespace tell whether its sockets have to be listed
 * at all.
 *
 * Every dump of TCP or UDP walks the hash of the whole host, whatever the namespace.
 * /proc/net/sockstat says how many sockets a namespace has without a walk.
 */
#ifndef SKTOP_KERNEL_NETNS_LOAD_H
#define SKTOP_KERNEL_NETNS_LOAD_H

#include <sktop/source.h>
#include "kernel/netns/netns.h"

/** Sockets of a namespace by sockstat and sockstat6, and its segments by snmp. */
struct netns_load {
	bool valid;	   /* all that is needed was read */
	uint64_t tcp, tcp6; /* in the hashes, without mini sockets */
	uint64_t tcp_wait; /* TIME_WAIT and FIN_WAIT2 mini sockets */
	uint64_t udp, udp6;
	uint64_t udplite;  /* both families */
	uint64_t raw;
	uint64_t in_segs;  /* Tcp InSegs */
};

/** Reads the load of the namespace that the calling thread is in. */
void netns_load_read(struct netns_load *load);

/** Does the same with the three texts, NUL-ended, of any content; sockstat6 may be "". */
void netns_load_parse(const char *sockstat, const char *sockstat6, const char *snmp,
		      struct netns_load *load);

/**
 * Leaves out of a request what is known to give nothing. listen_only is set when TCP
 * is asked for LISTEN alone, on the strength of the memory of earlier visits.
 */
void netns_load_narrow(const struct netns_load *load, const struct netns_memory *memory,
		       struct sk_request *request, bool *listen_only);

/**
 * Remembers what came of it: sockets from index `begin` on. Returns false when they
 * are not all, so that the namespace has to be asked again, without memory.
 */
bool netns_load_check(const struct netns_load *load, const struct sk_request *request,
		      bool listen_only, const struct sk_sample *sample, uint32_t begin,
		      struct netns_memory *memory);

#endif
