/* SPDX-License-Identifier: MIT */
/*
 * This header reads neighbours (ARP, NDP) and addresses of interfaces from rtnetlink.
 */
#ifndef SKTOP_KERNEL_NET_NEIGHBOURS_H
#define SKTOP_KERNEL_NET_NEIGHBOURS_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/**
 * Appends the neighbours of the address families (mask: 1 = IPv4, 2 = IPv6), with proxy entries,
 * up to SK_ROWS_CUT, and counts losses. Returns 0, or -errno if the kernel refused.
 */
int neighbours_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample);

/** Decodes one RTM_NEWNEIGH of `size` valid bytes, with any content. Returns 0 or -EBADMSG. */
int neighbours_decode(const struct nlmsghdr *message, size_t size,
		      struct sk_neighbour *neighbour);

/** Parses /proc/net/arp (NUL-ended, with any content). Returns 0 or -ENOMEM. */
int neighbours_parse_proc(const char *text, struct sk_sample *sample);

/** Appends all addresses, sorted by interface. Returns the same values as neighbours_dump(). */
int addresses_dump(struct netlink *netlink, struct sk_sample *sample);

/** Decodes one RTM_NEWADDR, with any content. Returns 0 or -EBADMSG. */
int addresses_decode(const struct nlmsghdr *message, size_t size,
		     struct sk_address *address);

#endif
