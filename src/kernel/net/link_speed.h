/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_KERNEL_NET_LINK_SPEED_H
#define SKTOP_KERNEL_NET_LINK_SPEED_H

#include <sktop/sample.h>

/**
 * Fills speed and duplex of the interfaces from index first on, which must be of the
 * calling thread's namespace. The same as /sys/class/net/IF/speed, which shows the
 * interfaces of the namespace it was mounted in, not of ours. What does not answer
 * stays unknown, and faults are noted.
 */
void link_speed_read(struct sk_sample *sample, uint32_t first);

#endif
