/* SPDX-License-Identifier: MIT */
/*
 * One interface of a sample.
 */
#ifndef SKTOP_LINK_H
#define SKTOP_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sktop/text.h>

/** Counters of one interface: rtnl_link_stats64, in its order. */
enum sk_link_stat {
	SK_LINK_RX_PACKETS,
	SK_LINK_TX_PACKETS,
	SK_LINK_RX_BYTES,
	SK_LINK_TX_BYTES,
	SK_LINK_RX_ERRORS,
	SK_LINK_TX_ERRORS,
	SK_LINK_RX_DROPPED,
	SK_LINK_TX_DROPPED,
	SK_LINK_MULTICAST,
	SK_LINK_COLLISIONS,
	SK_LINK_RX_LENGTH_ERRORS,
	SK_LINK_RX_OVER_ERRORS,
	SK_LINK_RX_CRC_ERRORS,
	SK_LINK_RX_FRAME_ERRORS,
	SK_LINK_RX_FIFO_ERRORS,
	SK_LINK_RX_MISSED_ERRORS,
	SK_LINK_TX_ABORTED_ERRORS,
	SK_LINK_TX_CARRIER_ERRORS,
	SK_LINK_TX_FIFO_ERRORS,
	SK_LINK_TX_HEARTBEAT_ERRORS,
	SK_LINK_TX_WINDOW_ERRORS,
	SK_LINK_RX_COMPRESSED,
	SK_LINK_TX_COMPRESSED,
	SK_LINK_RX_NOHANDLER,
	SK_LINK_RX_OTHERHOST_DROPPED,
	SK_LINK_STAT_COUNT,
};

enum sk_link_flag {
	SK_LINK_NEW = 1 << 0,	   /* first sight, or re-created: no rates */
	SK_LINK_RATE = 1 << 1,	   /* rate[] holds */
	SK_LINK_FROM_PROC = 1 << 2, /* /proc/net/dev: MTU, flags, state unknown */
	SK_LINK_ELSEWHERE = 1 << 3, /* lower is of another namespace (IFLA_LINK_NETNSID) */
	SK_LINK_TIES = 1 << 4, /* master, lower and kind are known; else they are empty */
};

/** One interface (RTM_GETLINK; /proc/net/dev when rtnetlink is refused). */
struct sk_link {
	uint32_t ifindex;    /* 0 from /proc */
	uint32_t ifi_flags;  /* IFF_* */
	uint32_t mtu;	     /* IFLA_MTU, bytes */
	uint32_t txqlen;     /* IFLA_TXQLEN, packets */
	uint32_t carrier_changes; /* IFLA_CARRIER_CHANGES */
	uint32_t speed;	     /* Mbit/s (ethtool); 0 = unknown */
	uint32_t master;     /* IFLA_MASTER: ifindex of its bridge, bond...; 0 = none */
	uint32_t lower;	     /* IFLA_LINK: ifindex that it stands on, of a veth its other
			      * end; 0 = none */
	uint32_t addresses;  /* all of them: offset into sk_sample.text; 0 = none */
	uint32_t altnames;   /* IFLA_ALT_IFNAME, one a line: likewise */
	uint8_t duplex;	     /* 1 half, 2 full; 0 = unknown */
	uint8_t operstate;   /* IFLA_OPERSTATE: IF_OPER_* */
	uint8_t n_stats;     /* how many of stat[] this kernel told */
	uint8_t address_len; /* bytes of address[] in use */
	uint8_t flags;	     /* enum sk_link_flag */
	uint16_t netns;	     /* index of its namespace, as sk_socket.netns */
	uint8_t address[20]; /* IFLA_ADDRESS */
	char name[SK_DEVICE_STRLEN]; /* IFLA_IFNAME, printable, NUL-ended */
	char kind[16];	     /* IFLA_INFO_KIND: "bridge", "veth"...; "" = a device */
	uint64_t stat[SK_LINK_STAT_COUNT]; /* totals since creation */
	float rate[SK_LINK_STAT_COUNT];	   /* per second */
	float mean10[2];     /* [SK_RX, SK_TX] bytes/s, decaying mean over 10 seconds */
	float mean60[2];     /* likewise over 60 seconds; see sk_flow_scale() */
};

#endif
