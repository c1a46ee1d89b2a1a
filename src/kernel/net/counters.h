/* SPDX-License-Identifier: MIT */
/*
 * This header reads protocol counters, socket statistics and limits from /proc.
 */
#ifndef SKTOP_KERNEL_NET_COUNTERS_H
#define SKTOP_KERNEL_NET_COUNTERS_H

#include <sktop/sample.h>

struct counters;

int counters_new(struct counters **out); /* 0 or -ENOMEM */
void counters_free(struct counters *counters);

/**
 * Appends every counter and fills sockstat and limits. An unreadable file sets
 * SK_MISSING_COUNTERS and is not an error. Returns 0 or -ENOMEM.
 */
int counters_read(struct counters *counters, struct sk_sample *sample);

/*
 * These parse the three layouts of such files (NUL-ended, with any content). They return 0 or
 * -ENOMEM.
 */

/** Parses "Tcp: A B" over "Tcp: 1 2" (snmp, netstat). */
int counters_parse_pairs(const char *text, struct sk_sample *sample);

/** Parses "Ip6InReceives  12" (snmp6, sctp/snmp, tls_stat, xfrm_stat). */
int counters_parse_list(const char *text, struct sk_sample *sample);

/** Parses "TCP: inuse 1 orphan 0" (sockstat, sockstat6). */
int counters_parse_sockstat(const char *text, struct sk_sample *sample);

#endif
