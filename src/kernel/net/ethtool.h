/* SPDX-License-Identifier: MIT */
/*
 * This header asks the driver of an interface (SIOCETHTOOL), in the network namespace of the
 * calling thread.
 */
#ifndef SKTOP_KERNEL_NET_ETHTOOL_H
#define SKTOP_KERNEL_NET_ETHTOOL_H

#include <sktop/sample.h>

/**
 * Sets kind and IFF_* flags of the interfaces of /proc/net/dev, from index first on, if rtnetlink
 * is refused. Sets SK_LINK_TIES if they are known. Drivers do not report the interface below or
 * the interface that has this one as a port.
 */
void link_kind_read(struct sk_sample *sample, uint32_t first);

/**
 * Fills speed and duplex of the interfaces from index first on. The values are the same as
 * in /sys/class/net/IF/speed, but that file shows the interfaces of the namespace where it
 * was mounted, not of ours. An interface that does not answer stays unknown, and faults are
 * noted.
 */
void link_speed_read(struct sk_sample *sample, uint32_t first);

#endif
