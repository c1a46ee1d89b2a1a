/* SPDX-License-Identifier: MIT */
/*
 * This header has the rows for what the machine knows about its network besides sockets
 * and interfaces: addresses, routes, policy rules, neighbours, multicast memberships,
 * translated connections. struct sk_sample has an array of each, filled if its enum
 * sk_need was asked for.
 */
#ifndef SKTOP_ROUTE_H
#define SKTOP_ROUTE_H

#include <sktop/text.h>
#include <sktop/types.h>

/** Most routes, neighbours or tracked connections a sample holds; more are cut. */
#define SK_ROWS_CUT 1000000U

/** Kinds of routes, with the kernel's numbers (RTN_*). */
enum sk_route_type {
	SK_ROUTE_UNSPEC,
	SK_ROUTE_UNICAST,
	SK_ROUTE_LOCAL,	     /* delivered here */
	SK_ROUTE_BROADCAST,
	SK_ROUTE_ANYCAST,
	SK_ROUTE_MULTICAST,
	SK_ROUTE_BLACKHOLE,  /* dropped silently */
	SK_ROUTE_UNREACHABLE, /* dropped, "host unreachable" */
	SK_ROUTE_PROHIBIT,   /* dropped, "communication prohibited" */
	SK_ROUTE_THROW,	     /* ends the search in this table */
	SK_ROUTE_NAT,
	SK_ROUTE_XRESOLVE,
	SK_ROUTE_TYPES,
};

/** Tables that every machine has (RT_TABLE_*). */
enum sk_route_table {
	SK_ROUTES_UNKNOWN = 0, /* /proc/net/ipv6_route does not tell */
	SK_ROUTES_DEFAULT = 253,
	SK_ROUTES_MAIN = 254,
	SK_ROUTES_LOCAL = 255,
};

enum sk_route_flag {
	SK_ROUTE_V6 = 1 << 0,	     /* an IPv6 route */
	SK_ROUTE_GATEWAY = 1 << 1,   /* gateway holds */
	SK_ROUTE_SOURCE = 1 << 2,    /* source holds */
	SK_ROUTE_DEAD = 1 << 3,	     /* RTNH_F_DEAD: its interface is down */
	SK_ROUTE_LINKDOWN = 1 << 4,  /* RTNH_F_LINKDOWN: no carrier */
	SK_ROUTE_ONLINK = 1 << 5,    /* RTNH_F_ONLINK: gateway taken for a neighbour */
	SK_ROUTE_PERVASIVE = 1 << 6, /* RTNH_F_PERVASIVE */
	SK_ROUTE_OFFLOAD = 1 << 7,   /* RTM_F_OFFLOAD, RTNH_F_OFFLOAD: in hardware */
	SK_ROUTE_TRAP = 1 << 8,	     /* RTM_F_TRAP, RTNH_F_TRAP */
	SK_ROUTE_CACHED = 1 << 9,    /* RTM_F_CLONED: learnt for one destination */
	SK_ROUTE_EXPIRES = 1 << 10,  /* expires_s holds */
	SK_ROUTE_DYNAMIC = 1 << 11,  /* made by an ICMP redirect */
	SK_ROUTE_MODIFIED = 1 << 12, /* changed by one (told by /proc/net/route) */
	SK_ROUTE_FROM_PROC = 1 << 13, /* /proc: type, protocol, scope unknown */
	SK_ROUTE_UNRESOLVED = 1 << 14, /* RTNH_F_UNRESOLVED: multicast, on its way */
};

/** Numbers of RTA_METRICS, with the kernel's (RTAX_*). */
enum sk_metric {
	SK_METRIC_LOCK = 1, /* bits of those that path discovery must not change */
	SK_METRIC_MTU,
	SK_METRIC_WINDOW,
	SK_METRIC_RTT,	   /* 1/8 milliseconds */
	SK_METRIC_RTTVAR,  /* 1/4 milliseconds */
	SK_METRIC_SSTHRESH,
	SK_METRIC_CWND,
	SK_METRIC_ADVMSS,
	SK_METRIC_REORDERING,
	SK_METRIC_HOPLIMIT,
	SK_METRIC_INITCWND,
	SK_METRIC_FEATURES, /* bits: 1 ECN, 2 SACK, 4 timestamps, 8 allfrag... */
	SK_METRIC_RTO_MIN,  /* milliseconds */
	SK_METRIC_INITRWND,
	SK_METRIC_QUICKACK,
	SK_METRIC_CC_ALGO, /* a text: see congestion */
	SK_METRIC_FASTOPEN_NO_COOKIE,
	SK_METRIC_COUNT,
};

/** The metrics that a route gives to TCP and to path MTU discovery. */
struct sk_metrics {
	uint32_t set;			 /* bit of each value[] that holds */
	uint32_t value[SK_METRIC_COUNT]; /* by enum sk_metric */
	char congestion[16];		 /* SK_METRIC_CC_ALGO, printable */
};

/**
 * One way of one route (RTM_NEWROUTE): a multipath route is as many of these as it has
 * next hops, one behind the other, alike but for the fields of the way.
 */
struct sk_route {
	struct sk_addr destination; /* RTA_DST; all zero (mapped) for a default route */
	struct sk_addr from;	    /* RTA_SRC: only for packets from there; IPv6 */
	struct sk_addr source;	    /* RTA_PREFSRC: own address that packets leave with */
	struct sk_addr gateway;	    /* RTA_GATEWAY, RTA_VIA; of the way */
	uint32_t oif;		    /* RTA_OIF: index of the interface; of the way */
	uint32_t iif;		    /* RTA_IIF: of answers on arriving packets */
	uint32_t table;		    /* RTA_TABLE; 0 = unknown */
	uint32_t metric;	    /* RTA_PRIORITY: the least wins */
	uint32_t nexthop_id;	    /* RTA_NH_ID: a next hop object; 0 = none */
	uint32_t metrics;	    /* index + 1 into sk_sample.metrics; 0 = none */
	uint32_t expires_s;	    /* rta_expires, seconds from now */
	uint16_t hop;		    /* 0 for the first way of a route */
	uint16_t hops;		    /* how many ways it has, at least 1 */
	uint16_t weight;	    /* rtnh_hops + 1; of the way */
	uint16_t flags;		    /* enum sk_route_flag */
	uint16_t netns;		    /* index of the namespace in this run, 0 = own */
	uint8_t destination_len;    /* rtm_dst_len: 0..32, 0..128 */
	uint8_t from_len;	    /* rtm_src_len */
	uint8_t type;		    /* enum sk_route_type */
	uint8_t protocol;	    /* RTPROT_*: who made it */
	uint8_t scope;		    /* RT_SCOPE_* */
	uint8_t tos;		    /* rtm_tos: only for packets with it */
	uint8_t preference;	    /* RTA_PREF: 0 medium, 1 high, 3 low; IPv6 */
	uint8_t encap;		    /* RTA_ENCAP_TYPE: LWTUNNEL_ENCAP_*; 0 = none */
};

/** A rule that chooses the table for a packet (RTM_NEWRULE). */
struct sk_rule {
	struct sk_addr from, to; /* FRA_SRC, FRA_DST, with the lengths below */
	uint32_t priority;	 /* FRA_PRIORITY: tried from the least on */
	uint32_t table;		 /* FRA_TABLE, for action 1 (lookup) */
	uint32_t mark, mask;	 /* FRA_FWMARK, FRA_FWMASK; 0 = any */
	uint32_t uid_first, uid_last; /* FRA_UID_RANGE; ~0, ~0 = any */
	uint16_t sport_first, sport_last; /* FRA_SPORT_RANGE; 0 = any */
	uint16_t dport_first, dport_last; /* FRA_DPORT_RANGE; 0 = any */
	uint16_t netns;
	uint8_t from_len, to_len;
	uint8_t action;	 /* FR_ACT_* */
	uint8_t tos;
	uint8_t ip_proto; /* FRA_IP_PROTO; 0 = any */
	uint8_t protocol; /* FRA_PROTOCOL: who made it */
	bool v6;
	bool inverted;	 /* FIB_RULE_INVERT: for what does not match */
	bool l3mdev;	 /* FRA_L3MDEV: the table of the interface's VRF */
	char iif[SK_DEVICE_STRLEN]; /* FRA_IIFNAME, printable; "" = any */
	char oif[SK_DEVICE_STRLEN]; /* FRA_OIFNAME likewise */
};

enum sk_neighbour_flag {
	SK_NEIGHBOUR_V6 = 1 << 0,
	SK_NEIGHBOUR_ROUTER = 1 << 1,	/* NTF_ROUTER */
	SK_NEIGHBOUR_PROXY = 1 << 2,	/* NTF_PROXY: answered for by this machine */
	SK_NEIGHBOUR_EXTERN = 1 << 3,	/* NTF_EXT_LEARNED: by another program */
	SK_NEIGHBOUR_OFFLOADED = 1 << 4, /* NTF_OFFLOADED */
	SK_NEIGHBOUR_MANAGED = 1 << 5,	/* NTF_EXT_MANAGED */
	SK_NEIGHBOUR_TIMES = 1 << 6,	/* the three times and references hold */
};

/** A neighbour on the link, with its hardware address (RTM_NEWNEIGH). */
struct sk_neighbour {
	struct sk_addr address; /* NDA_DST */
	uint32_t ifindex;
	uint32_t probes;       /* NDA_PROBES sent and not answered */
	uint32_t used_cs;      /* ndm_used: 1/100 s since a packet went there */
	uint32_t confirmed_cs; /* ndm_confirmed: since it proved to be there */
	uint32_t updated_cs;   /* ndm_updated: since the entry changed */
	uint32_t references;   /* ndm_refcnt */
	uint16_t netns;
	uint16_t flags;	       /* enum sk_neighbour_flag */
	uint8_t state;	       /* NUD_*: bits, one of them as a rule */
	uint8_t protocol;      /* NDA_PROTOCOL: who made it */
	uint8_t lladdr_len;    /* bytes of lladdr in use */
	uint8_t lladdr[20];    /* NDA_LLADDR */
};

/** NUD_NOARP: a neighbour that needs no asking, multicast groups for instance. */
#define SK_NUD_NOARP 0x40
/** NUD_FAILED: it did not answer. */
#define SK_NUD_FAILED 0x20

/** An interface's membership in a multicast group (/proc/net/igmp, igmp6). */
struct sk_membership {
	struct sk_addr group;
	uint32_t ifindex;
	uint32_t users;	  /* sockets and subsystems that joined */
	uint16_t netns;
	bool v6;
	char interface[SK_DEVICE_STRLEN]; /* printable, NUL-ended */
};

enum sk_nat_flag {
	SK_NAT_V6 = 1 << 0,
	SK_NAT_SOURCE = 1 << 1,	     /* IPS_SRC_NAT: source translated (masquerade) */
	SK_NAT_DESTINATION = 1 << 2, /* IPS_DST_NAT: destination translated */
	SK_NAT_ASSURED = 1 << 3,     /* IPS_ASSURED: both sides have spoken */
	SK_NAT_REPLIED = 1 << 4,     /* IPS_SEEN_REPLY */
	SK_NAT_FIXED = 1 << 5,	     /* IPS_FIXED_TIMEOUT */
	SK_NAT_OFFLOAD = 1 << 6,     /* IPS_OFFLOAD, IPS_HW_OFFLOAD: by a flow table */
	SK_NAT_TIMEOUT = 1 << 7,     /* timeout_s holds */
	SK_NAT_COUNTERS = 1 << 8,    /* packets, bytes hold (nf_conntrack_acct) */
	SK_NAT_MARK = 1 << 9,	     /* mark holds */
	SK_NAT_STATE = 1 << 10,	     /* state holds: TCP */
	SK_NAT_PORTS = 1 << 11,	     /* the ports are ports (not of ICMP) */
	SK_NAT_EXPECTED = 1 << 12,   /* IPS_EXPECTED: opened by another (FTP data) */
	SK_NAT_DYING = 1 << 13,	     /* IPS_DYING */
};

/** One direction of a tracked connection as its packets are on the wire. */
struct sk_tuple {
	struct sk_addr source, destination;
	uint16_t sport, dport; /* host order; ICMP: id, and type << 8 | code */
};

/** A connection as the firewall tracks it (IPCTNL_MSG_CT_NEW). */
struct sk_nat_entry {
	struct sk_tuple original; /* of the packet that began it */
	struct sk_tuple reply;	  /* of what comes back; not its mirror: translated */
	uint64_t packets[2];	  /* CTA_COUNTERS_ORIG, _REPLY */
	uint64_t bytes[2];
	uint32_t id;		  /* CTA_ID; 0 from /proc */
	uint32_t timeout_s;	  /* CTA_TIMEOUT: seconds until it is forgotten */
	uint32_t mark;		  /* CTA_MARK */
	uint32_t use;		  /* CTA_USE */
	uint16_t zone;		  /* CTA_ZONE */
	uint16_t flags;		  /* enum sk_nat_flag */
	uint16_t netns;
	uint8_t protocol;	  /* IPPROTO_* */
	uint8_t state;		  /* TCP: enum tcp_conntrack */
	char helper[16];	  /* CTA_HELP_NAME: "ftp", printable; "" = none */
};

enum sk_address_flag {
	SK_ADDRESS_V6 = 1 << 0,
	SK_ADDRESS_PEER = 1 << 1,      /* peer holds: the far end of a tunnel */
	SK_ADDRESS_BROADCAST = 1 << 2, /* broadcast holds */
	SK_ADDRESS_LIFETIME = 1 << 3,  /* the two lifetimes hold */
	SK_ADDRESS_SECONDARY = 1 << 4, /* IFA_F_SECONDARY; IPv6: temporary */
	SK_ADDRESS_TENTATIVE = 1 << 5, /* IFA_F_TENTATIVE: not proven unique yet */
	SK_ADDRESS_DEPRECATED = 1 << 6, /* IFA_F_DEPRECATED */
	SK_ADDRESS_DUPLICATE = 1 << 7, /* IFA_F_DADFAILED */
	SK_ADDRESS_PERMANENT = 1 << 8, /* IFA_F_PERMANENT */
};

/** An address of an interface (RTM_NEWADDR). Sorted by namespace and interface. */
struct sk_address {
	struct sk_addr address;	  /* IFA_LOCAL, or IFA_ADDRESS */
	struct sk_addr peer;	  /* IFA_ADDRESS where it differs */
	struct sk_addr broadcast; /* IFA_BROADCAST */
	uint32_t ifindex;
	uint32_t preferred_s;	  /* ifa_prefered; ~0 = for ever */
	uint32_t valid_s;	  /* ifa_valid; ~0 = for ever */
	uint16_t netns;
	uint16_t flags;		  /* enum sk_address_flag */
	uint8_t prefix_len;	  /* 0..32, 0..128 */
	uint8_t scope;		  /* RT_SCOPE_* */
	char label[SK_DEVICE_STRLEN]; /* IFA_LABEL: "eth0:1", printable; "" = none */
};

/** The route by which the kernel would send packets of the socket that the request names. */
struct sk_route_answer {
	struct sk_route route;	   /* as resolved: gateway, interface, source, mtu */
	struct sk_route entry;	   /* the entry of the table that it follows */
	struct sk_metrics metrics; /* of the answer: of the route, and path MTU found */
	int error;		   /* 0, or -errno: -ENETUNREACH, -EACCES, -EINVAL... */
	bool has_entry;		   /* entry holds (RTM_F_FIB_MATCH) */
};

#endif
