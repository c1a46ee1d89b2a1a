/* SPDX-License-Identifier: MIT */
/*
 * This table has one sentence on the meaning of each protocol counter of the kernel.
 */
#ifndef SKTOP_COUNTER_HELP_H
#define SKTOP_COUNTER_HELP_H

#include <stdbool.h>
#include <stdint.h>

struct sk_counter_help {
	const char *section; /* as in struct sk_counter: "Tcp", "TcpExt", "Ip6" */
	const char *name;    /* "RetransSegs" */
	const char *text;    /* one sentence without a final stop, at most 100 bytes */
	bool gauge;	     /* a level, not a count of events: rates say little */
};

/**
 * The entry of a counter, or NULL for one that is newer than this table.
 * Families of numbered names (IcmpMsg.InType3, Icmp6.OutType133) are known too.
 */
const struct sk_counter_help *sk_counter_help(const char *section, const char *name);

/**
 * True when a section's counters are of one of the protocols (mask of SK_PROTO_BIT())
 * and of one of the families (1 = IPv4, 2 = IPv6; sections of both always are). TCP
 * and UDP, raw and ping sockets (IP and ICMP), SCTP and MPTCP have sections.
 */
bool sk_counter_in_scope(const char *section, uint32_t protos, uint32_t families);

#endif
