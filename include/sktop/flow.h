/* SPDX-License-Identifier: MIT */
/*
 * Flows are the payload that sockets moved while sktop ran, those that have ended too.
 *
 * A socket that has moved anything has a struct sk_flow beside it. When the socket ends, its
 * flow goes to an *ended class*: one record for all ended connections that have the same
 * remote address, service, user, cgroup and processes. So a group of sockets (a host, a
 * process) has the flows of its sockets and of its ended classes, and nothing that flowed is
 * missing.
 */
#ifndef SKTOP_FLOW_H
#define SKTOP_FLOW_H

#include <sktop/socket.h>

struct sk_differ;
struct sk_sample;

/** Index of a direction in the pairs below. */
enum sk_direction { SK_RX, SK_TX };

/** The payload of one socket, or of one ended class; its rates stand in struct sk_socket. */
struct sk_flow {
	uint64_t sum[2];  /* [SK_RX, SK_TX] bytes since sample->sums_since_ns */
	float mean10[2];  /* bytes/s, decaying mean over 10 seconds, before sk_flow_scale() */
	float mean60[2];  /* likewise over 60 seconds */
};

/** How a connection ended. */
enum sk_end {
	SK_END_UNKNOWN,
	SK_END_BY_US,	       /* our FIN was first, or both crossed */
	SK_END_BY_PEER,	       /* the peer's FIN was first */
	SK_END_RESET_RECEIVED,
	SK_END_RESET_SENT,
	SK_END_TIMED_OUT,      /* nothing was answered */
	SK_END_REFUSED,	       /* a reset, or ICMP, was the answer to our SYN */
	SK_END_GAVE_UP,	       /* closed before an answer to our SYN came */
	SK_END_FAILED,	       /* another error: EHOSTUNREACH... */
	SK_END_COUNT,
};

/** Names an end for people and for JSON: "reset by peer"... Static text; NULL for UNKNOWN. */
const char *sk_end_name(enum sk_end end);

/**
 * All connections of one kind that have ended while sktop watched. As a row it begins with a
 * struct sk_socket, so the filter and the columns of connections work on it. The socket has
 * SK_F_ENDED and no state, and one of its ports is 0: that of the side without the service.
 * Its rates are of what ended connections moved in this interval after they were last sampled.
 */
struct sk_ended {
	struct sk_socket socket;
	uint64_t closed;     /* connections that ended since sample->sums_since_ns */
	uint64_t unknown;    /* sockets since then that moved bytes which nobody knows: UDP, or the
			      * owner aborted it and the kernel had cleared its counters */
	uint32_t ends[SK_END_COUNT]; /* of `closed`, by the way they ended */
	uint32_t closed_now; /* connections that ended in this interval */
	uint32_t unsure;     /* of those of which `unknown` counts, the ones of this interval; and
			      * sockets of the limbo, whose last bytes are not told yet */
};

/** A sample has so many ended classes; then quiet ones lose their address and service. */
#define SK_ENDED_MAX 16384U
/** So many sockets are remembered that have left the kernel's lists, but have not ended. */
#define SK_LIMBO_MAX 16384U

/** What all TCP sockets of a sample moved, those that have ended too. */
struct sk_flow_totals {
	double rate[2];	       /* [SK_RX, SK_TX] bytes/s; NaN = unknown */
	double wire[2];	       /* of them in the namespace whose interfaces sk_trend.rate counts,
				* and not over loopback */
	double opened, closed; /* connections per second; NaN = unknown */
	uint64_t sum[2];       /* bytes since sample->sums_since_ns */
	uint64_t n_opened, n_closed; /* connections, likewise */
	uint64_t n_end[SK_END_COUNT]; /* of n_closed, by the way they ended */
};

/** Reasons why a figure of flows is a lower bound. */
enum sk_doubt {
	SK_DOUBT_EVENTS = 1 << 0, /* ends of connections were lost, or are not told */
	SK_DOUBT_SCOPE = 1 << 1,  /* for some time not all sockets were sampled */
	SK_DOUBT_MERGED = 1 << 2, /* ended classes have lost their addresses: SK_ENDED_MAX */
	SK_DOUBT_ABORTED = 1 << 3, /* a connection that no sample had was aborted: the kernel had
				    * cleared its ends and counters */
	SK_DOUBT_BYTES = 1 << 4, /* tracepoints had no room for the bytes of all sockets */
	/** Those that concern every figure. */
	SK_DOUBT_ANY = SK_DOUBT_EVENTS | SK_DOUBT_SCOPE | SK_DOUBT_ABORTED |
		       SK_DOUBT_BYTES,
};

/**
 * Returns what a mean over so many seconds has to be multiplied with: as long as sktop has
 * watched for less than some times that, the time before is unknown, and not 0. NaN: there is
 * no interval yet.
 */
double sk_flow_scale(const struct sk_sample *sample, unsigned seconds);

/** True if the means over so many seconds are lower bounds: see sk_sample.doubt. */
bool sk_flow_mean_doubted(const struct sk_sample *sample, unsigned seconds);

/**
 * Gives cur, after its diff, the ended classes and sums of past, the last sample (NULL: there
 * is none). compared says that the diff was made with past; if not, what past had is not
 * watched any more, and goes to the ended classes. Returns 0 or -ENOMEM.
 */
int sk_flows_carry(struct sk_differ *differ, const struct sk_sample *past, bool compared,
		   struct sk_sample *cur);

/**
 * Moves the flows of sockets that have ended to their ended classes, when the owners are
 * known. Returns 0 or -ENOMEM.
 */
int sk_flows_settle(struct sk_differ *differ, struct sk_sample *cur);

#endif
