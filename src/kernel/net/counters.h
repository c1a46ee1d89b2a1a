/* SPDX-License-Identifier: MIT */
/*
 * Protocol counters, socket statistics and limits from /proc.
 */
#ifndef SKTOP_KERNEL_NET_COUNTERS_H
#define SKTOP_KERNEL_NET_COUNTERS_H

#include <sktop/sample.h>

struct counters;

int counters_new(struct counters **out); /* 0 or -ENOMEM */
void counters_free(struct counters *counters);

/**
 * Appends every counter and fills sockstat and limits. An unreadable file sets
 * SK_MISSING_COUNTERS and is no error. Returns 0 or -ENOMEM.
 */
int counters_read(struct counters *counters, struct sk_sample *sample);

/* The three shapes of these files, NUL-ended, of any content. 0 or -ENOMEM. */

/** "Tcp: A B" over "Tcp: 1 2" (snmp, netstat). */
int counters_parse_pairs(const char *text, struct sk_sample *sample);

/** "Ip6InReceives  12" (snmp6, sctp/snmp, tls_stat, xfrm_stat). */
int counters_parse_list(const char *text, struct sk_sample *sample);

/** "TCP: inuse 1 orphan 0" (sockstat, sockstat6). */
int counters_parse_sockstat(const char *text, struct sk_sample *sample);

#endif
