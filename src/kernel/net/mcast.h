/* SPDX-License-Identifier: MIT */
/*
 * This header reads multicast memberships from /proc/net/igmp and igmp6. Netlink has them without
 * the number of users, and those of IPv4 only since Linux 6.15.
 */
#ifndef SKTOP_KERNEL_NET_MCAST_H
#define SKTOP_KERNEL_NET_MCAST_H

#include <sktop/sample.h>

/** These parse a whole file (NUL-ended, with any content). They return 0 or -ENOMEM. */
int mcast_parse_igmp(const char *text, struct sk_sample *sample);
int mcast_parse_igmp6(const char *text, struct sk_sample *sample);

#endif
