/* SPDX-License-Identifier: MIT */
/*
 * This header reads routes and policy rules from rtnetlink, and routes also from /proc/net.
 */
#ifndef SKTOP_KERNEL_NET_ROUTES_H
#define SKTOP_KERNEL_NET_ROUTES_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/** This is one RTM_NEWROUTE, taken apart. */
struct routes_decoded {
	struct sk_route route;	   /* with its next hop, if it has only one */
	struct sk_metrics metrics; /* .set = 0: it has none */
	const uint8_t *nexthops;   /* RTA_MULTIPATH, inside the message */
	size_t nexthops_len;
	int error; /* -errno of looking up an interface of /proc */
};

/**
 * Appends every route of the address families (mask: 1 = IPv4, 2 = IPv6), up to SK_ROWS_CUT, and
 * counts losses. Returns 0, or -errno if the kernel refused.
 */
int routes_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample);

/** Does the same with policy rules, but appends all of them. */
int rules_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample);

/** Decodes one RTM_NEWROUTE of `size` valid bytes, with any content. Returns 0 or -EBADMSG. */
int routes_decode(const struct nlmsghdr *message, size_t size,
		  struct routes_decoded *decoded);

/** Appends all next hops of a decoded route. Returns 0, -ENOMEM or -EBADMSG. */
int routes_append(const struct routes_decoded *decoded, struct sk_sample *sample);

/** Decodes one RTM_NEWRULE, with any content. Returns 0 or -EBADMSG. */
int rules_decode(const struct nlmsghdr *message, size_t size, struct sk_rule *rule);

/**
 * Asks the kernel how it would send packets of a socket (of a protocol with IP addresses). If the
 * kernel refuses, the refusal is part of the answer.
 */
void routes_lookup(struct netlink *netlink, const struct sk_detached *detached,
		   uint32_t mark, struct sk_route_answer *answer);

/**
 * These parse /proc/net/route or /proc/net/ipv6_route (NUL-ended, with any content), which have
 * fewer fields. They return 0 or -ENOMEM.
 */
int routes_parse_proc4(const char *text, struct sk_sample *sample);
int routes_parse_proc6(const char *text, struct sk_sample *sample);

#endif
