/* SPDX-License-Identifier: MIT */
/*
 * The basic types of sktop: protocols, states and addresses.
 *
 * Everything here is a plain value. Numbers that come from the kernel keep the
 * kernel's values, so a state needs no translation on its way to the screen.
 */
#ifndef SKTOP_TYPES_H
#define SKTOP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Kinds of sockets sktop samples; an index, not an IPPROTO_ or AF_ number. */
enum sk_proto {
	/* with IP addresses and ports */
	SK_PROTO_TCP,
	SK_PROTO_UDP,
	SK_PROTO_UDPLITE,
	SK_PROTO_SCTP,
	SK_PROTO_MPTCP,
	/* with IP addresses; the local port is the IP protocol, or the echo id */
	SK_PROTO_RAW,
	SK_PROTO_PING,
	/* without IP addresses: struct sk_name instead */
	SK_PROTO_UNIX,
	SK_PROTO_PACKET,
	SK_PROTO_NETLINK,
	SK_PROTO_VSOCK,
	SK_PROTO_XDP,
	SK_PROTO_TIPC,
	SK_PROTO_COUNT,
};

/** Bit of one protocol in a mask of protocols. */
#define SK_PROTO_BIT(proto) (1U << (proto))
/** The protocols that are shown without being asked for, as with netstat's -tu. */
#define SK_PROTOS_DEFAULT (SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_UDP))

/** True when its sockets have IP addresses: struct sk_addr holds, not struct sk_name. */
static inline bool sk_proto_has_ip(enum sk_proto proto)
{
	return proto < SK_PROTO_UNIX;
}

/** True for protocols that have real ports, for which services have names. */
static inline bool sk_proto_has_ports(enum sk_proto proto)
{
	return proto < SK_PROTO_RAW;
}


/** Socket states with the kernel's numbers (include/net/tcp_states.h). */
enum sk_state {
	SK_STATE_UNKNOWN,
	SK_STATE_ESTABLISHED,
	SK_STATE_SYN_SENT,
	SK_STATE_SYN_RECV,
	SK_STATE_FIN_WAIT1,
	SK_STATE_FIN_WAIT2,
	SK_STATE_TIME_WAIT,
	SK_STATE_CLOSE, /* an unconnected UDP socket is in this state too */
	SK_STATE_CLOSE_WAIT,
	SK_STATE_LAST_ACK,
	SK_STATE_LISTEN,
	SK_STATE_CLOSING,
	SK_STATE_COUNT,
};

/** The uid of a socket whose owner's number the kernel does not tell. */
#define SK_UID_UNKNOWN UINT32_MAX

/** Room for every error text of the engine, NUL included. */
#define SK_ERROR_LEN 256

/** Bit of one state in a state mask, as inet_diag's idiag_states wants it. */
#define SK_STATE_BIT(state) (1U << (state))
/** Every state a user may see. Bit 12 (NEW_SYN_RECV) is the kernel's own. */
#define SK_STATES_ALL (((1U << SK_STATE_COUNT) - 1) & ~1U)

/** Timers of inet_diag's idiag_timer. */
enum sk_timer {
	SK_TIMER_OFF,
	SK_TIMER_ON,	    /* retransmission, loss probe or SYN-ACK */
	SK_TIMER_KEEPALIVE, /* also SYN-ACK of a listener */
	SK_TIMER_TIMEWAIT,  /* the row is a TIME_WAIT or FIN_WAIT2 mini socket */
	SK_TIMER_PERSIST,
	SK_TIMER_DELACK, /* Linux newer than 6.18 */
	SK_TIMER_COUNT,
};

/** An IPv6 address in network order; IPv4 is held v4-mapped (::ffff:a.b.c.d). */
struct sk_addr {
	uint8_t b[16];
};

/** Longest text sk_addr_format() writes, with brackets and NUL. */
#define SK_ADDR_STRLEN 50

/** Name of a protocol as netstat and ss print it: "tcp", "tcp6", "udp", "unix"... */
const char *sk_proto_name(enum sk_proto proto, bool v6);

/**
 * The name for one type of the protocol, SOCK_STREAM and so on, as ss's Netid: "u_str",
 * "p_raw", "nl"; sk_proto_name() where it makes no difference.
 */
const char *sk_proto_kind_name(enum sk_proto proto, bool v6, uint32_t kind);

/** Name of a type of sockets: "stream", "dgram"...; NULL for others. */
const char *sk_type_name(uint32_t kind);

/** Name of a state as netstat and the RFC print it; UDP's CLOSE is "UNCONN". */
const char *sk_state_name(enum sk_proto proto, enum sk_state state);

/** Column id of a TCP state: "established", "time-wait", ... */
const char *sk_state_id(enum sk_state state);

/**
 * Reads a state or a group of states in netstat's or ss's spelling, any case
 * ("TIME_WAIT", "time-wait", "fin-wait-1", "listen", "connected", "big").
 * Returns 0 and the state mask, or -EINVAL.
 */
int sk_state_parse(const char *text, size_t len, uint32_t *mask);

/** Name of a timer: "off", "on", "keepalive", "timewait", "persist", "delack". */
const char *sk_timer_name(enum sk_timer timer);

/**
 * True when a socket can go from one state to the other in a single step of the
 * RFC 9293 state machine; false means that sampling missed a state between.
 */
bool sk_state_adjacent(enum sk_state from, enum sk_state to);

/** True for ::ffff:0:0/96. */
bool sk_addr_is_v4(const struct sk_addr *addr);

/** True for 0.0.0.0 (mapped) and for ::. */
bool sk_addr_is_any(const struct sk_addr *addr);

/** True for fe80::/10: the address means something on one link only. */
bool sk_addr_is_link_local(const struct sk_addr *addr);

/** Makes an address from 4 bytes in network order. */
struct sk_addr sk_addr_from_v4(const void *four_bytes);

/** Clears all bits after the prefix (0..128, counted in the 128-bit form). */
struct sk_addr sk_addr_prefix(const struct sk_addr *addr, unsigned prefix_len);

/** True when the first prefix_len bits of both are equal. */
bool sk_addr_in_prefix(const struct sk_addr *addr, const struct sk_addr *net,
		       unsigned prefix_len);

/**
 * Writes an address: "10.0.0.1", "::1". With v6 set a v4-mapped address is
 * written as "::ffff:10.0.0.1", else under its IPv4. Returns out.
 */
char *sk_addr_format(const struct sk_addr *addr, bool v6, char out[SK_ADDR_STRLEN]);

#endif
