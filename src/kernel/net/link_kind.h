/* SPDX-License-Identifier: MIT */
/*
 * What an interface of /proc/net/dev is: its driver tells (SIOCETHTOOL), in the network
 * namespace of the thread, where rtnetlink is refused.
 */
#ifndef SKTOP_KERNEL_NET_LINK_KIND_H
#define SKTOP_KERNEL_NET_LINK_KIND_H

#include <sktop/sample.h>

/**
 * Sets kind, and IFF_* flags, of the interfaces from first on, and SK_LINK_TIES where they
 * are known. What an interface stands on, or is a port of, drivers do not tell.
 */
void link_kind_read(struct sk_sample *sample, uint32_t first);

#endif
