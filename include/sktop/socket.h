/* SPDX-License-Identifier: MIT */
/*
 * One socket of a sample: the hot record.
 */
#ifndef SKTOP_SOCKET_H
#define SKTOP_SOCKET_H

#include <sktop/attrs.h>
#include <sktop/text.h>
#include <sktop/types.h>

enum sk_socket_flag {
	SK_F_V6 = 1 << 0,	  /* an AF_INET6 socket, even when v4-mapped */
	SK_F_NEW = 1 << 1,	  /* not in the previous sample */
	SK_F_CHANGED = 1 << 2,	  /* state differs from prev_state */
	SK_F_GONE = 1 << 3,	  /* died since the previous sample; kept once */
	SK_F_NO_COOKIE = 1 << 4,  /* from /proc: cookie is a hash of the 5-tuple */
	SK_F_AGE_MIN = 1 << 5,	  /* older than sktop: its age is a lower bound */
	SK_F_REMEMBERED = 1 << 6, /* inode, uid, cgroup kept from an earlier state */
	SK_F_INFO = 1 << 7,	  /* tcp_info was there: totals, rtt, retrans hold */
	SK_F_RATE = 1 << 8,	  /* tx_rate and rx_rate hold */
	SK_F_RESET = 1 << 9,	  /* a byte counter went backwards: no rate */
	SK_F_OWNER = 1 << 10,	/* inode and the attributes' uid hold (0 is root, not unknown) */
	SK_F_QUEUED = 1 << 11,	/* waits for accept(): owner is its listener's */
	SK_F_CGROUP = 1 << 12,	/* the attributes' cgroup holds (Linux 5.8) */
	SK_F_V6ONLY = 1 << 13,	/* IPV6_V6ONLY is set (told for LISTEN, CLOSE) */
	SK_F_SUBFLOW = 1 << 14, /* has a parent in the sample (struct sk_parent_link):
				 * TCP under MPTCP, whose bytes are the parent's too, or
				 * an association of an SCTP socket */
	SK_F_V6ONLY_KNOWN = 1 << 15, /* SK_F_V6ONLY holds */
	SK_F_NO_RECV_Q = 1 << 16, /* recv_q is not told (0 is a length): /proc, vsock */
	SK_F_NO_SEND_Q = 1 << 17, /* send_q likewise */
	SK_F_REPORTED = 1 << 18, /* the kernel has told its end: what is left is TIME_WAIT */
	SK_F_ENDED = 1 << 19,	 /* an ended class: see struct sk_ended */
	SK_F_PRESUMED = 1 << 20, /* nobody is known to hold it: owner is that of the listener
				  * on its port, who accepted it or whose heir did */
	SK_F_TRACED = 1 << 21,	 /* totals hold, counted by tracepoints (no tcp_info): since they
				  * are attached */
	SK_F_TRACED_WHOLE = 1 << 22, /* with it: since the socket began */
	SK_F_SUM_MIN = 1 << 23,	 /* its flow's sum is a lower bound: for some time nobody counted */
};

/** Links two sockets: the child is shown under the parent. */
struct sk_parent_link {
	uint64_t child, parent; /* sk_socket_id() */
	uint64_t cookie;	/* the parent's, which it may share with others */
};

#define SK_FD_NONE (-1) /* no descriptor is known */

/**
 * One socket: small, because a busy machine has a million of them. Every member has its
 * natural width: it has an address, no value that the kernel can tell is cut, and a
 * sentinel compares as it stands.
 */
struct sk_socket {
	uint64_t cookie;       /* idiag_cookie, identity for life */
	uint64_t tx_total;     /* payload bytes sent, without retransmissions; as last told */
	uint64_t rx_total;     /* payload bytes received; likewise, see SK_F_INFO and SK_F_TRACED */
	union {
		struct sk_addr remote; /* idiag_dst; sk_proto_has_ip() */
		struct sk_name remote_name; /* else */
	};
	float tx_rate;	       /* bytes/s since the previous sample */
	float rx_rate;	       /* bytes/s */
	uint32_t recv_q;       /* idiag_rqueue: bytes, or pending accepts in LISTEN */
	uint32_t send_q;       /* idiag_wqueue: bytes, or backlog limit in LISTEN */
	uint32_t inode;	       /* idiag_inode; 0 = none (yet) */
	uint32_t rtt_us;       /* tcpi_rtt, microseconds; 0 = not measured */
	uint32_t retrans;      /* tcpi_total_retrans: segments */
	uint32_t owner;	       /* set of processes in sk_sample.owners; 0 = unknown */
	int32_t fd;	       /* descriptor in the first of owner's, or SK_FD_NONE;
				* without an owner it means nothing */
	uint32_t attrs;	       /* local address, user, cgroup, device: see sk_attrs() */
	uint32_t first_seen;   /* first sampled: 1/100 s of CLOCK_MONOTONIC, mod 2^32 */
	uint32_t timer_ms;     /* idiag_expires: milliseconds to expiry */
	uint32_t flags;	       /* enum sk_socket_flag */
	uint32_t flow;	       /* place in sk_sample.flows plus 1; 0 = nothing moved since
				* sktop has seen it */
	uint16_t netns;	       /* index of the namespace in this run, 0 = own */
	uint16_t lport;	       /* local port, host order */
	uint16_t rport;	       /* remote port, host order */
	uint8_t proto;	       /* enum sk_proto */
	uint8_t state;	       /* enum sk_state */
	uint8_t prev_state;    /* state in the previous sample */
	uint8_t timer;	       /* enum sk_timer */
	uint8_t timer_retrans; /* idiag_retrans: retransmits or probes */
};
_Static_assert(sizeof(struct sk_socket) == 112, "the hot record has grown");

/** True if tx_total and rx_total hold. */
static inline bool sk_socket_is_counted(const struct sk_socket *socket)
{
	return socket->flags & (SK_F_INFO | SK_F_TRACED);
}

/** Milliseconds as timer_ms takes them; 49 days are the most that the kernel can tell. */
static inline uint32_t sk_timer_ms(uint64_t ms)
{
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/** A copy of a socket that has left its sample, with its endpoint attributes. */
struct sk_detached {
	struct sk_socket socket;
	struct sk_attrs attrs;
};

#endif
