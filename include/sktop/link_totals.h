/* SPDX-License-Identifier: MIT */
/*
 * This header finds the interfaces through which bytes leave or enter the machine, so
 * that each byte is counted once. A bridge and its port, a VLAN, the bond below it and
 * the NICs of that, a tunnel and the device that carries it all count the same bytes.
 */
#ifndef SKTOP_LINK_TOTALS_H
#define SKTOP_LINK_TOTALS_H

#include <sktop/sample.h>

/**
 * Sets counted[i] for each of the n interfaces whose bytes are in the total:
 *
 * - devices of the machine: those that no software has made;
 * - devices that stand on one of another namespace (a container's macvlan or VLAN);
 * - where there is no device of the machine, as in a container: veth and netkit whose other
 *   end is in another namespace, and of those the ports of bridges only if there are no
 *   others;
 * - tunnels and all else that software has made, as long as none of the above runs, since
 *   their bytes pass through these once more;
 * - loopback, if nothing else counts.
 *
 * Never: what stands on an interface of the list (IFLA_LINK), and so both ends of a veth;
 * bridges, bonds, teams, VRFs, whose ports count; ports of a device that counts theirs
 * (netvsc, net_failover); dummy, ifb and the like, which lead nowhere.
 *
 * All n are of one namespace. scratch has room for n.
 */
void sk_links_count_once(const struct sk_link *links, uint32_t n,
			 const struct sk_link **scratch, bool *counted);

#endif
