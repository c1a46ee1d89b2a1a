/* SPDX-License-Identifier: MIT */
/*
 * A grouping counts sockets by something that they share: remote address, prefix, port,
 * user.
 */
#ifndef SKTOP_GROUP_H
#define SKTOP_GROUP_H

#include <sktop/owners.h>
#include <sktop/sample.h>

struct sk_context;

enum sk_group_key {
	/*
	 * These three belong to a network namespace: the same address or port in
	 * another namespace is another host or service. A link-local address also
	 * depends on the interface.
	 */
	SK_GROUP_IP,	 /* remote address, v4-mapped under its IPv4 */
	SK_GROUP_PREFIX, /* its /24, or /64 of IPv6 */
	SK_GROUP_PORT,	 /* local port of the service: lport of a listener's sockets */
	SK_GROUP_STATE,
	SK_GROUP_USER,
	SK_GROUP_PROTO,
	SK_GROUP_NETNS,
	SK_GROUP_CGROUP,
	SK_GROUP_PROCESS, /* a shared socket counts under each of its processes */
	SK_GROUP_COUNT,
};

/** Figures to which something may be missing; bits of sk_group.unsure. */
enum sk_unsure {
	SK_UNSURE_RATE = 1 << 0,
	SK_UNSURE_MEAN10 = 1 << 1,
	SK_UNSURE_MEAN60 = 1 << 2,
	SK_UNSURE_SUM = 1 << 3,
	SK_UNSURE_CLOSED = 1 << 4,
	SK_UNSURE_TOTAL = 1 << 5, /* of the sockets now open */
};

/**
 * A group takes three cache lines, because a port scan or a swarm of clients makes a
 * million groups.
 */
struct sk_group {
	union {
		struct sk_addr addr; /* IP, PREFIX: the (first) address */
		struct {	     /* the others */
			uint64_t key; /* port, state, uid, proto*2+v6, process... */
			/** PROCESS: in sample->owners; NULL = none */
			const struct sk_process *process;
		};
	};
	uint8_t by;	    /* enum sk_group_key */
	uint8_t prefix_len; /* IP, PREFIX: 128, 120 (IPv4 /24) or 64 */
	bool known;	    /* false: the key is not known (TIME_WAIT's user) */
	bool has_rate;	    /* some socket had a rate, or is of a kind that moves nothing */
	bool has_bytes;	    /* some socket had totals */
	bool many_netns;    /* its sockets are of several namespaces */
	uint16_t netns;	    /* else of this one, as sk_socket.netns */
	uint32_t total;	    /* sockets */
	uint32_t listening; /* of them waiting for peers: sk_socket_listens() */
	double tx_rate, rx_rate;     /* bytes/s */
	uint64_t tx_total, rx_total; /* bytes, over the sockets now open */
	uint64_t retrans;	     /* segments */
	union {
		uint32_t shared;     /* PROCESS: of them held by other processes too */
		uint32_t ifindex;    /* IP, PREFIX: that a link-local one is on; 0 = any */
	};
	uint32_t udp;		     /* of them UDP */
	uint32_t tcp[SK_STATE_COUNT]; /* of them TCP, by state */
	uint32_t uncounted;  /* sockets whose bytes nobody counts, and connections that ended
			      * with an unknown count: the rates are lower bounds */
	float mean10[2], mean60[2]; /* [SK_RX, SK_TX] as in sk_flow, ended ones too */
	uint64_t sum[2];     /* likewise: bytes since sample->sums_since_ns */
	uint64_t closed;     /* connections that ended since then */
	uint32_t resets, refused, timeouts; /* of them, as SK_END_RESET_*, REFUSED, TIMED_OUT */
	uint8_t unsure;	     /* SK_UNSURE_*: what ended connections of an unknown group moved may
			      * be its own */
	bool has_info;	     /* some socket had tcp_info: retrans holds */
};
_Static_assert(sizeof(struct sk_group) == 192, "a group has grown");

/** Groups by address have addr, the others key. */
static inline bool sk_group_has_address(const struct sk_group *group)
{
	return group->by == SK_GROUP_IP || group->by == SK_GROUP_PREFIX;
}

/** The ports of each namespace on which some socket waits for peers. */
struct sk_ports;

int sk_ports_new(struct sk_ports **out); /* 0 or -ENOMEM */
void sk_ports_free(struct sk_ports *ports);

/** Notes those of context->sample. Returns 0, -ENOMEM, or -EINTR (context->cancelled). */
int sk_ports_note(struct sk_ports *ports, const struct sk_context *context);

/** A growing array of groups with its hash; reused from tick to tick. */
struct sk_grouping {
	struct sk_group *groups;
	uint32_t n;
	struct sk_grouping_private *private;
};

int sk_grouping_new(struct sk_grouping **out); /* 0 or -ENOMEM */
void sk_grouping_free(struct sk_grouping *grouping);

/**
 * Counts the given rows (indexes into context->sample->sockets; NULL = all live ones).
 * IP and PREFIX leave out sockets without a remote address; their number is n_rows
 * minus the sum of totals. Returns 0, -ENOMEM, or -EINTR (context->cancelled).
 */
int sk_grouping_compute(struct sk_grouping *grouping, const struct sk_context *context,
			enum sk_group_key by, const uint32_t *rows, uint32_t n_rows);

/**
 * Adds the given ended classes (indexes into context->sample->ended; NULL = all n of them) to
 * the groups that sk_grouping_compute() has just made. Returns 0, -ENOMEM, or -EINTR.
 */
int sk_grouping_add_ended(struct sk_grouping *grouping, const struct sk_context *context,
			  enum sk_group_key by, const uint32_t *rows, uint32_t n_rows);

/**
 * True if the socket belongs to the group; for drilling down. Groups by port need the
 * ports of the sample; for others they may be NULL.
 */
bool sk_group_holds(const struct sk_group *group, const struct sk_sample *sample,
		    const struct sk_ports *ports, const struct sk_socket *socket);

/**
 * Returns the identity of a process over time, as sk_group.key: its start time and its
 * pid.
 */
static inline uint64_t sk_process_key(const struct sk_process *process)
{
	return process->start << 22 | process->pid; /* pids have at most 22 bits */
}

/** "ip", "prefix", "port", ... */
const char *sk_group_key_name(enum sk_group_key by);

/** Returns what grouping by this key needs: enum sk_need. */
static inline uint32_t sk_group_key_needs(enum sk_group_key by)
{
	return by == SK_GROUP_PROCESS ? SK_NEED_OWNERS :
	       /* an ended connection has the cgroup of its maker, or of its listener */
	       by == SK_GROUP_CGROUP  ? SK_NEED_CGROUPS | SK_NEED_OWNERS :
					0;
}

/** Reads such a name. Returns 0 or -EINVAL. */
int sk_group_key_parse(const char *text, enum sk_group_key *by);

#endif
