/* SPDX-License-Identifier: MIT */
/*
 * The interfaces that are in the total, for the ways in which machines and containers tie
 * them together.
 */
#include "../testing.h"
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/link_totals.h>

#define UP (IFF_UP | IFF_RUNNING)
#define HERE 0
#define ELSEWHERE SK_LINK_ELSEWHERE

/** One interface; its ifindex is its place, from 1. */
struct tie {
	const char *name, *kind;
	uint32_t lower, master;
	uint8_t flags;
	bool counts;
	uint32_t ifi_flags; /* 0 = it runs */
};

#define DOWN IFF_UP /* no carrier */

static void check(const struct tie *ties, uint32_t n)
{
	const struct sk_link *scratch[16];
	struct sk_link links[16];
	bool counted[16];

	memset(links, 0, sizeof(links));
	for (uint32_t i = 0; i < n; i++) {
		struct sk_link *link = &links[i];

		snprintf(link->name, sizeof(link->name), "%s", ties[i].name);
		snprintf(link->kind, sizeof(link->kind), "%s", ties[i].kind);
		link->ifindex = i + 1;
		link->lower = ties[i].lower;
		link->master = ties[i].master;
		link->flags = ties[i].flags | SK_LINK_TIES;
		link->ifi_flags = (ties[i].ifi_flags ? ties[i].ifi_flags : UP) |
				  (strcmp(ties[i].name, "lo") ? 0 : IFF_LOOPBACK);
	}
	sk_links_count_once(links, n, scratch, counted);
	for (uint32_t i = 0; i < n; i++) {
		if (counted[i] != ties[i].counts)
			fail_msg("%s %s", ties[i].name, counted[i] ? "counts" : "does not count");
	}
}
#define CHECK(ties) check(ties, sizeof(ties) / sizeof((ties)[0]))
#define LO { "lo", "", 0, 0, HERE, false, 0 }

/* A virtual host: the address is on a bridge, to which the NIC and guests belong. */
TEST(test_bridge)
{
	const struct tie libvirt[] = { LO,
				       { "eth0", "", 0, 3, HERE, true, 0 },
				       { "br0", "bridge", 0, 0, HERE, false, 0 },
				       { "vnet0", "tun", 0, 3, HERE, false, 0 },
				       { "veth1", "veth", 2, 3, ELSEWHERE, false, 0 } };
	const struct tie docker[] = { LO,
				      { "eth0", "", 0, 0, HERE, true, 0 },
				      { "docker0", "bridge", 0, 0, HERE, false, 0 },
				      { "veth1", "veth", 7, 3, ELSEWHERE, false, 0 },
				      { "veth2", "veth", 2, 3, ELSEWHERE, false, 0 } };
	const struct tie vlan_port[] = { LO,
					 { "eth0", "", 0, 0, HERE, true, 0 },
					 { "eth0.10", "vlan", 2, 4, HERE, false, 0 },
					 { "br10", "bridge", 0, 0, HERE, false, 0 } };
	const struct tie ovs[] = { LO,
				   { "eth0", "", 0, 3, HERE, true, 0 },
				   { "ovs-system", "openvswitch", 0, 0, HERE, false, 0 },
				   { "br-ex", "openvswitch", 0, 3, HERE, false, 0 } };

	CHECK(libvirt);
	CHECK(docker);
	CHECK(vlan_port);
	CHECK(ovs);
}

TEST(test_stacked)
{
	const struct tie bond[] = { LO,
				    { "eth0", "", 0, 4, HERE, true, 0 },
				    { "eth1", "", 0, 4, HERE, true, 0 },
				    { "bond0", "bond", 0, 0, HERE, false, 0 },
				    { "bond0.7", "vlan", 4, 0, HERE, false, 0 },
				    { "macvlan0", "macvlan", 5, 0, HERE, false, 0 },
				    { "ipvlan0", "ipvlan", 4, 0, HERE, false, 0 },
				    { "macsec0", "macsec", 2, 0, HERE, false, 0 } };
	const struct tie vrf[] = { LO,
				   { "red", "vrf", 0, 0, HERE, false, 0 },
				   { "eth0", "", 0, 2, HERE, true, 0 },
				   { "eth1", "", 0, 0, HERE, true, 0 } };
	const struct tie netvsc[] = { LO,
				      { "eth0", "", 0, 0, HERE, true, 0 },
				      { "enP1s1", "", 0, 2, HERE, false, 0 } };
	const struct tie dsa[] = { LO,
				   { "eth0", "", 0, 0, HERE, true, 0 },
				   { "lan1", "dsa", 2, 5, HERE, false, 0 },
				   { "lan2", "", 2, 5, HERE, false, 0 },
				   { "br-lan", "bridge", 0, 0, HERE, false, 0 } };

	CHECK(bond);
	CHECK(vrf);
	CHECK(netvsc);
	CHECK(dsa);
}

TEST(test_tunnels)
{
	const struct tie over_eth[] = { LO,
					{ "eth0", "", 0, 0, HERE, true, 0 },
					{ "wg0", "wireguard", 0, 0, HERE, false, 0 },
					{ "tun0", "tun", 0, 0, HERE, false, 0 },
					{ "vxlan1", "vxlan", 2, 0, HERE, false, 0 },
					{ "gre1", "gre", 0, 0, HERE, false, 0 },
					{ "ppp0", "ppp", 0, 0, HERE, false, 0 } };
	/* moved here, while its socket stayed outside */
	const struct tie alone[] = { LO,
				     { "wg0", "wireguard", 0, 0, HERE, true, 0 },
				     { "sit0", "sit", 0, 0, HERE, true, IFF_NOARP } };
	const struct tie modem[] = { LO,
				     { "eth0", "", 0, 0, HERE, true, DOWN },
				     { "ppp0", "ppp", 0, 0, HERE, true, 0 } };
	const struct tie rootless[] = { LO, { "tap0", "tun", 0, 0, HERE, true, 0 } };

	CHECK(over_eth);
	CHECK(alone);
	CHECK(modem);
	CHECK(rootless);
}

TEST(test_containers)
{
	const struct tie docker[] = { LO, { "eth0", "veth", 9, 0, ELSEWHERE, true, 0 } };
	/* the index of the other end is one that stands for something else here */
	const struct tie same_index[] = { LO,
					  { "eth0", "veth", 3, 0, ELSEWHERE, true, 0 },
					  { "dummy0", "dummy", 0, 0, HERE, false, 0 } };
	const struct tie macvlan[] = { LO,
				       { "eth0", "macvlan", 2, 0, ELSEWHERE, true, 0 },
				       { "eth1", "veth", 9, 0, ELSEWHERE, true, 0 },
				       { "wg0", "wireguard", 0, 0, HERE, false, 0 } };
	const struct tie nested[] = { LO,
				      { "eth0", "veth", 9, 0, ELSEWHERE, true, 0 },
				      { "docker0", "bridge", 0, 0, HERE, false, 0 },
				      { "veth1", "veth", 2, 3, ELSEWHERE, false, 0 },
				      { "eth0.5", "vlan", 2, 0, HERE, false, 0 } };
	const struct tie bridged[] = { LO,
				       { "eth0", "veth", 2, 3, ELSEWHERE, true, 0 },
				       { "br0", "bridge", 0, 0, HERE, false, 0 } };
	/* both ends are here: nothing leaves */
	const struct tie inside[] = { LO,
				      { "a", "veth", 3, 0, HERE, false, 0 },
				      { "b", "veth", 2, 0, HERE, false, 0 },
				      { "eth0", "", 0, 0, HERE, true, 0 } };

	CHECK(docker);
	CHECK(same_index);
	CHECK(macvlan);
	CHECK(nested);
	CHECK(bridged);
	CHECK(inside);
}

TEST(test_loopback)
{
	const struct tie alone[] = { { "lo", "", 0, 0, HERE, true, 0 } };
	const struct tie defaults[] = { { "lo", "", 0, 0, HERE, true, 0 },
					{ "sit0", "sit", 0, 0, HERE, true, IFF_NOARP },
					{ "dummy0", "dummy", 0, 0, HERE, false, 0 },
					{ "ifb0", "ifb", 0, 0, HERE, false, 0 } };
	const struct tie unplugged[] = { LO, { "eth0", "", 0, 0, HERE, true, DOWN } };

	CHECK(alone);
	CHECK(defaults);
	CHECK(unplugged);
	check(alone, 0);
}

/* /proc/net/dev: no numbers. Nothing is mistaken for the other end of something. */
TEST(test_without_index)
{
	struct sk_link links[3] = { { .name = "lo" }, { .name = "eth0" }, { .name = "eth1" } };
	const struct sk_link *scratch[3];
	bool counted[3];

	sk_links_count_once(links, 3, scratch, counted);
	assert_false(counted[0]);
	assert_true(counted[1] && counted[2]);
}
