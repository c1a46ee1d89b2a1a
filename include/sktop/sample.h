/* SPDX-License-Identifier: MIT */
/*
 * A sample: everything that was seen at one instant.
 *
 * A source fills it, sk_diff_compute() adds what only two samples can tell
 * (rates, births, transitions), then it is published and never changes again.
 * Samples are counted references: sk_sample_ref(), sk_sample_unref().
 */
#ifndef SKTOP_SAMPLE_H
#define SKTOP_SAMPLE_H

#include <math.h>
#include <sktop/attrs.h>
#include <sktop/flow.h>
#include <sktop/link.h>
#include <sktop/loss.h>
#include <sktop/machine.h>
#include <sktop/route.h>
#include <sktop/socket.h>
#include <sktop/tcp.h>
#include <sktop/text.h>
#include <sktop/types.h>

struct sk_detail;
struct sk_event;
struct sk_owners;

/** The kinds of data that the kernel is asked for. Columns name the ones that they need. */
enum sk_need {
	SK_NEED_SOCKETS = 1 << 0,  /* the socket lists themselves */
	SK_NEED_INFO = 1 << 1,	   /* tcp_info: bytes, RTT, retransmissions */
	SK_NEED_TCP_EXT = 1 << 2,  /* struct sk_tcp_ext beside each socket */
	SK_NEED_LINKS = 1 << 3,	   /* interfaces */
	SK_NEED_COUNTERS = 1 << 4, /* /proc/net counters */
	SK_NEED_OWNERS = 1 << 5,   /* processes that hold the sockets */
	SK_NEED_CGROUPS = 1 << 6,  /* paths and units of cgroup ids */
	SK_NEED_ADDRESSES = 1 << 7, /* addresses of the interfaces, and their speed */
	SK_NEED_ROUTES = 1 << 8,   /* routes of all tables, and the rules */
	SK_NEED_NEIGHBOURS = 1 << 9,
	SK_NEED_MULTICAST = 1 << 10, /* multicast memberships */
	SK_NEED_THREADS = 1 << 12, /* thread ids of the owners */
	SK_NEED_EVENTS = 1 << 13,  /* destroyed sockets */
	SK_NEED_NAT = 1 << 11,	   /* translated connections */
	SK_NEED_TRACKED = 1 << 14, /* with it: those that are not translated, too */
	SK_NEED_FLOWS = 1 << 15,   /* what ended between two samples, too */
	SK_NEED_BYTES = 1 << 16,   /* bytes of UDP, unix..., by tracepoints: SK_F_TRACED */
};

/** One named number of /proc/net/{snmp,snmp6,netstat,sockstat,sockstat6}. */
struct sk_counter {
	char section[16]; /* "Tcp", "TcpExt", "Ip6", "sockstat.TCP"... */
	char name[40];	  /* "RetransSegs", NUL-ended */
	uint64_t value;	  /* two's complement: Tcp.MaxConn may be -1 */
	double rate;	  /* change per second; NaN = none yet, or went back */
	bool gauge;	  /* a level (CurrEstab, sockstat), not a count of events */
};

/** Bits of sk_limits.known. */
enum sk_limit {
	SK_LIMIT_TW_BUCKETS = 1 << 0,
	SK_LIMIT_PORTS = 1 << 1,
};

/**
 * Limits of the kernel that give the numbers a meaning. 0 may be a value or mean
 * unknown; `known` tells which.
 */
struct sk_limits {
	uint32_t known;		   /* enum sk_limit: those that could be read */
	uint32_t max_tw_buckets;   /* net.ipv4.tcp_max_tw_buckets */
	uint32_t port_first;	   /* net.ipv4.ip_local_port_range */
	uint32_t port_last;
};

/** sockstat and sockstat6, for the cross-check of the states pane. */
struct sk_sockstat {
	bool valid;	    /* both files were read */
	uint32_t tcp_inuse; /* IPv4 TCP sockets of this netns, without mini ones */
	uint32_t tcp6_inuse;
	uint32_t tcp_tw;    /* TIME_WAIT and FIN_WAIT2 mini sockets, both families */
};

enum sk_missing {
	SK_MISSING_SOCK_DIAG = 1 << 0, /* sockets come from /proc/net */
	SK_MISSING_RTNETLINK = 1 << 1, /* interfaces come from /proc/net/dev */
	SK_MISSING_NET_ADMIN = 1 << 2, /* no marks */
	SK_MISSING_COUNTERS = 1 << 3,  /* some of the /proc/net counters, or all */
	SK_MISSING_LINKS = 1 << 4,     /* no interfaces at all */
	SK_MISSING_NETNS = 1 << 5,     /* some namespaces are refused or hidden */
	SK_MISSING_PROC = 1 << 6,      /* /proc is not there: no processes */
	SK_MISSING_PTRACE = 1 << 7,    /* CAP_SYS_PTRACE, for others' processes */
	SK_MISSING_HIDDEN = 1 << 8,    /* hidepid: others' processes do not show */
	SK_MISSING_ROWS = 1 << 9,      /* SK_ROWS_CUT: routes, neighbours or NAT cut */
	SK_MISSING_BOUND = 1 << 10,    /* bound sockets are not told before Linux 6.8 */
	SK_MISSING_DAC = 1 << 11,      /* CAP_DAC_READ_SEARCH, for others' processes */
	SK_MISSING_USERNS = 1 << 12,   /* the user namespace of unreadable_processes: what
					* we may do counts in another one only */
	SK_MISSING_TRUST = 1 << 13,    /* unreadable_processes are refused to us although no
					* capability is missing: by SELinux, AppArmor... */
};

/**
 * The losses count what this sample does not show, since the start. They are always
 * shown.
 */
struct sk_losses {
	uint32_t dump_errors;  /* dumps of sockets that ended in an error */
	uint32_t interrupted;  /* NLM_F_DUMP_INTR answers, repeated */
	uint32_t overruns;     /* ENOBUFS: the kernel dropped replies */
	uint32_t busy;	       /* EBUSY answers, repeated */
	uint32_t malformed;    /* messages or lines that did not parse */
	uint32_t events_lost;  /* destroyed sockets that were not told in time */
	uint32_t duplicates;   /* sockets met twice in one walk, shown once */
	uint32_t late;	       /* samples that took longer than the interval */
	uint32_t unreadable_processes; /* now: their descriptors are refused to us */
	uint32_t missing;      /* enum sk_missing, of this sample */
	uint32_t unavailable;  /* mask of SK_PROTO_BIT(): not on this kernel, or with
				* SK_MISSING_SOCK_DIAG not in /proc/net */
	uint32_t from_proc;    /* likewise: from /proc/net, without cookies */
	struct sk_loss part[SK_PART_COUNT]; /* of this sample: see sk_sample_lose() */
	char note[96];	       /* last error in words, printable; "" = none */
};

/** Counts over the whole sample, filled by sk_diff_compute(). */
struct sk_summary {
	uint32_t count[SK_PROTO_COUNT][2][SK_STATE_COUNT]; /* [proto][v6][state] */
	uint32_t mini[2];	    /* TIME_WAIT timers: mini sockets [v6] */
	uint32_t total[SK_PROTO_COUNT];
	uint32_t born;		    /* cookies not in the previous sample */
	uint32_t died;		    /* cookies no longer there */
	uint32_t born_in[SK_STATE_COUNT];  /* TCP: first seen in this state */
	uint32_t died_from[SK_STATE_COUNT]; /* TCP: last seen in this state */
	uint32_t transition[SK_STATE_COUNT][SK_STATE_COUNT]; /* TCP [from][to] */
	uint32_t unseen;	    /* TCP connections that came and ended between two samples */
	uint32_t unseen_established; /* of them those that moved something */
	uint32_t edge[SK_STATE_COUNT][SK_STATE_COUNT]; /* TCP [from][to] as the kernel counted */
	bool exact;		    /* edge holds */
	bool unseen_elsewhere;	    /* of a part: whether it has some of the unseen is not known */
	double tx_rate, rx_rate;    /* bytes/s over all live sockets with a rate */
};

/** Trends that follow from earlier samples, filled by sk_history_add(). NaN = unknown. */
struct sk_trend {
	double rate[2];	    /* [tx] bytes/s of the interfaces of sk_links_count_once(), in the
			     * own namespace or the one that was asked for */
	bool rate_unsure;   /* rate may have bytes twice: the kind of interfaces is unknown */
	bool rate_of_loopback; /* rate is of loopback, since there is nothing else */
	double buckets_slope;	/* change per second of sk_sample_tw_buckets() */
	double time_wait_slope; /* of TIME_WAIT alone, over a shorter time */
};

#define SK_TREND_UNKNOWN \
	((struct sk_trend){ .rate = { NAN, NAN }, .buckets_slope = NAN, .time_wait_slope = NAN })

/** Bits of sk_sample.traced. */
enum sk_traced {
	SK_TRACED_ENDS = 1 << 0,   /* makers and ends of connections: sk_event.maker, end */
	SK_TRACED_STATES = 1 << 1, /* sk_sample.edges has all changes of state */
	SK_TRACED_BYTES = 1 << 2,  /* bytes of sockets that have no counters of their own */
};

enum sk_netns_state {
	SK_NETNS_NONE,	  /* nothing: the place is free for the next one */
	SK_NETNS_SEEN,	  /* its sockets are in this sample */
	SK_NETNS_SKIPPED, /* the own one, when only another was asked for */
	SK_NETNS_REFUSED, /* the kernel does not let us in */
	SK_NETNS_GONE,	  /* was there a moment ago */
};

/** The reasons why the kernel refuses something that one capability would allow. */
enum sk_lack {
	SK_LACK_CAPABILITY, /* we do not have it */
	SK_LACK_USERNS,	    /* it counts in our user namespace only */
	SK_LACK_TRUST,	    /* nothing that we know of is missing: SELinux, AppArmor... */
};

/** Room for the name of a namespace: a file's (NAME_MAX) of printing characters. */
#define SK_NETNS_STRLEN 256

/** A network namespace of this run; its place in the list holds while it lives. */
struct sk_netns {
	uint64_t inode; /* of its nsfs file: its identity on this machine */
	uint64_t since; /* seq of the first sample that had its sockets */
	uint16_t port_first; /* its net.ipv4.ip_local_port_range; both 0 = not known */
	uint16_t port_last;
	/** The name from `ip netns`, of a process in it, or the inode; printable. */
	char name[SK_NETNS_STRLEN];
	uint8_t state;	/* enum sk_netns_state */
};

struct sk_sample {
	uint64_t seq;		/* 1 for the first of a run */
	uint64_t time_ns;	/* CLOCK_MONOTONIC when the socket walk began */
	int64_t wall_ns;	/* CLOCK_REALTIME at the same instant */
	uint64_t duration_ns;	/* how long collecting took */
	double interval;	/* seconds that rates are of; 0 = first. Since the previous
				 * sample, or where a key sampled soon after it, since the one
				 * before */
	double span;		/* seconds since the previous sample; 0 = first */
	double observed;	/* seconds since the first sample of this scope */
	uint64_t sums_since_ns; /* CLOCK_MONOTONIC: since then sums are counted */
	uint64_t doubt_ns;	/* time_ns of the last sample with a doubt; 0 = none */
	uint8_t traced;		/* enum sk_traced: what tracepoints told */
	const char *no_traced;	/* why they told nothing: static text, or NULL */
	uint64_t edges[SK_STATE_COUNT][SK_STATE_COUNT]; /* TCP [from][to], counted by the kernel
				 * since it is asked; see SK_TRACED_STATES */
	uint8_t doubt;		/* enum sk_doubt, of the rates of this interval */
	uint8_t sums_doubt;	/* enum sk_doubt, of the sums */
	uint32_t needs;		/* enum sk_need that were asked for */
	uint32_t protos;	/* kinds of sockets that were asked for: SK_PROTO_BIT()s */
	bool whole_tcp;		/* every TCP socket was asked for, in whatever state */
	bool early;		/* a key asked for it soon after the last tick */
	bool sums_anew;		/* the sums begin with it */
	bool all_begin;		/* a TCP socket that the previous sample had not is new: no
				 * state is left out through which it could have come */
	bool last;		/* the source has none after it */
	uint32_t n_sockets;	/* live sockets: sockets[0 .. n_sockets-1] */
	uint32_t n_tcp_ext;	/* how many of them have a struct sk_tcp_ext */
	uint32_t n_gone;	/* then the dead: sockets[n_sockets .. +n_gone-1] */
	uint32_t n_links;
	uint32_t n_counters;
	uint32_t n_events;
	uint32_t n_past_events; /* of them events of earlier samples, which come first */
	uint32_t n_flows;
	uint32_t n_ended;
	uint32_t n_limbo;
	uint32_t n_strays;
	uint32_t n_netns;	/* length of netns; 0: only the own one was looked at */
	uint32_t netns_hidden;	/* processes whose namespace may not be known */
	uint8_t netns_hidden_lack;  /* enum sk_lack, of CAP_SYS_PTRACE */
	uint8_t netns_refused_lack; /* enum sk_lack, of CAP_SYS_ADMIN: SK_NETNS_REFUSED */
	uint32_t n_parent_links;
	uint32_t n_addresses;
	uint32_t n_routes;
	uint32_t n_metrics;
	uint32_t n_rules;
	uint32_t n_neighbours;
	uint32_t n_memberships;
	uint32_t n_nats;
	uint32_t text_len;	/* bytes of text in use */
	struct sk_socket *sockets;
	struct sk_tcp_ext
		*tcp_ext; /* of sockets[0 .. n_tcp_ext-1]: see sk_sample_tcp_ext() */
	struct sk_link *links;
	struct sk_counter *counters;
	struct sk_event *events; /* the newest, oldest first; by sk_diff_compute() the
				  * previous sample's stand before the new ones */
	struct sk_flow *flows;	 /* sk_socket.flow is an index into it, plus 1 */
	struct sk_ended *ended;	 /* connections that have ended */
	struct sk_socket *limbo; /* left the kernel's lists (a reset, or a walk missed them), and
				  * no event told their end; totals as last seen */
	struct sk_event *strays; /* what moved through sockets that ended without an event, by the
				  * process that moved it; with a credit of 0, who uses a new
				  * socket. Only socket, maker and credit hold */
	struct sk_flow_totals totals; /* by sk_flows_settle() */
	struct sk_netns *netns; /* socket.netns is an index into it */
	struct sk_parent_link
		*parent_links; /* sorted by child; of sockets with SK_F_SUBFLOW */
	struct sk_address *addresses; /* by namespace and interface */
	struct sk_route *routes;
	struct sk_metrics *metrics; /* sk_route.metrics is an index into it, plus 1 */
	struct sk_rule *rules;
	struct sk_neighbour *neighbours;
	struct sk_membership *memberships;
	struct sk_nat_entry *nats;
	const char *no_nats;	/* why there are none: static text; NULL = there are */
	char *text;		/* texts of struct sk_name, NUL-ended, printable */
	struct sk_attrs_table
		attrs_table;	  /* of its sockets, the dead and the events' too */
	struct sk_owners *owners; /* NULL: not asked for */
	struct sk_limits limits;
	struct sk_sockstat sockstat;
	struct sk_losses losses;
	struct sk_summary summary;
	struct sk_trend trend;
	struct sk_detail *detail; /* of the socket that the request names; NULL = none or gone */
	struct sk_machine machine; /* where all of it was seen */
	const char *source;	/* "live", "bpf" (TCP or UDP), "proc", "synthetic":
				 * static text */
	struct sk_sample_private *private; /* capacity and references */
};

/**
 * Counts the buckets in use that tcp_max_tw_buckets limits: sockets in TIME_WAIT, and in
 * FIN_WAIT2 if only a mini socket is left. False: the number is not known.
 */
bool sk_sample_tw_buckets(const struct sk_sample *sample, uint32_t *n);

/** Makes an empty sample with one reference. Returns 0 or -ENOMEM. */
int sk_sample_new(struct sk_sample **out);

/**
 * Says in a few words why the protocols in `unavailable` are not available: static
 * text.
 */
static inline const char *sk_losses_why(const struct sk_losses *losses)
{
	return losses->missing & SK_MISSING_SOCK_DIAG ?
		       "not in /proc/net, and sock_diag is refused" :
		       "not available on this kernel";
}

/**
 * Writes what tracepoints told in this sample, or why they told nothing: one line of words.
 */
void sk_traced_describe(const struct sk_sample *sample, char *out, size_t size);

/**
 * Writes which processes could not be read and which capability is needed for that: one
 * printable line. Returns its length, 0 = nothing is missing. It holds for a sample
 * that was to have owners.
 */
size_t sk_losses_of_owners(const struct sk_losses *losses, char *out, size_t size);

/** Says why the process of a socket may be unreadable: static text, or NULL. */
const char *sk_losses_why_unreadable(const struct sk_losses *losses);

/** Takes one more reference; returns the same sample. Thread-safe. */
struct sk_sample *sk_sample_ref(struct sk_sample *sample);

/** Gives a reference back; the last one frees all. NULL is fine. Thread-safe. */
void sk_sample_unref(struct sk_sample *sample);

/** True when the caller's reference is the only one. */
bool sk_sample_unshared(const struct sk_sample *sample);

/** Empties a sample that only the caller holds, keeping its memory for reuse. */
void sk_sample_reset(struct sk_sample *sample);

/**
 * Appends one zeroed socket. The last argument, if it is not NULL, gets the record
 * beside it if needs has SK_NEED_TCP_EXT, else NULL. (Sockets with such a record should
 * come first: a gap costs memory.) Both pointers hold until the next append. Returns 0
 * or -ENOMEM.
 */
int sk_sample_add_socket(struct sk_sample *sample, struct sk_socket **socket,
			 struct sk_tcp_ext **tcp_ext);

/** Returns the record beside socket i of this sample, or NULL. */
static inline struct sk_tcp_ext *sk_sample_tcp_ext(const struct sk_sample *sample,
						   size_t i)
{
	return i < sample->n_tcp_ext ? &sample->tcp_ext[i] : NULL;
}

/**
 * Returns the endpoint attributes of a socket of this sample; if it has none they are
 * all zero.
 */
static inline const struct sk_attrs *sk_attrs(const struct sk_sample *sample,
					      const struct sk_socket *socket)
{
	return sk_attrs_table_at(&sample->attrs_table, socket->attrs);
}

/** The slow half of the next function. */
int sk_sample_find_attrs(struct sk_sample *sample, struct sk_socket *socket,
			 const struct sk_attrs *attrs);

/**
 * Gives a socket of this sample its endpoint attributes. If the table is full they
 * become unknown (SK_UID_UNKNOWN, SK_F_CGROUP off), and losses.note says so. Returns 0
 * or -ENOMEM.
 */
static inline int sk_sample_set_attrs(struct sk_sample *sample,
				      struct sk_socket *socket,
				      const struct sk_attrs *attrs)
{
	uint32_t last = sample->attrs_table.last;

	/* nearly always, and for each socket of each sample */
	if (last && sk_attrs_same(&sample->attrs_table.at[last], attrs)) {
		socket->attrs = last;
		return 0;
	}
	return sk_sample_find_attrs(sample, socket, attrs);
}

/** Writes a detached copy over a socket of this sample. Returns 0 or -ENOMEM. */
static inline int sk_sample_put(struct sk_sample *sample, struct sk_socket *socket,
				const struct sk_detached *detached)
{
	*socket = detached->socket;
	return sk_sample_set_attrs(sample, socket, &detached->attrs);
}

/** Appends a flow that is 0. Returns 0 or -ENOMEM. */
int sk_sample_add_flow(struct sk_sample *sample, struct sk_flow **flow);

/** Appends a zeroed ended class. Returns 0 or -ENOMEM. */
int sk_sample_add_ended(struct sk_sample *sample, struct sk_ended **ended);

/** Appends a zeroed stray. Returns 0 or -ENOMEM. */
int sk_sample_add_stray(struct sk_sample *sample, struct sk_event **stray);

/** Appends a zeroed socket to the limbo. Returns 0 or -ENOMEM. */
int sk_sample_add_limbo(struct sk_sample *sample, struct sk_socket **socket);

/** Returns the flow of a socket or an ended class of this sample, or NULL: nothing moved. */
static inline const struct sk_flow *sk_flow_of(const struct sk_sample *sample,
					       const struct sk_socket *socket)
{
	return socket->flow && socket->flow <= sample->n_flows ?
		       &sample->flows[socket->flow - 1] : NULL;
}

/** Returns the local address of a socket with sk_proto_has_ip(). */
static inline const struct sk_addr *sk_local(const struct sk_sample *sample,
					     const struct sk_socket *socket)
{
	return &sk_attrs(sample, socket)->local;
}

/** Makes a detached copy of a socket. */
static inline struct sk_detached sk_detached_of(const struct sk_sample *sample,
						const struct sk_socket *socket)
{
	return (struct sk_detached){ *socket, *sk_attrs(sample, socket) };
}

/** Appends one zeroed interface. Returns 0 or -ENOMEM. */
int sk_sample_add_link(struct sk_sample *sample, struct sk_link **link);

/** Appends one zeroed counter (rate NaN). Returns 0 or -ENOMEM. */
int sk_sample_add_counter(struct sk_sample *sample, struct sk_counter **counter);

/** Returns how many namespaces of the sample are in a state. */
uint32_t sk_sample_netns_count(const struct sk_sample *sample, enum sk_netns_state state);

/**
 * The range from which the kernel chooses local ports in the namespace at an index.
 * False: it is not known.
 */
bool sk_sample_port_range(const struct sk_sample *sample, uint32_t netns, uint16_t *first,
			  uint16_t *last);

/** Name of the namespace at an index; "self" for the own one if nobody named it. */
const char *sk_sample_netns_name(const struct sk_sample *sample, uint32_t index);

/**
 * Says in a few words what would lift a refusal: the capability, or why it is not
 * enough.
 */
const char *sk_lack_words(enum sk_lack lack, const char *capability);

/**
 * Writes which namespaces are not shown and what is needed to see them; false = nothing
 * to say.
 */
bool sk_netns_describe(const struct sk_sample *sample, char *out, size_t size);

/** Each appends one zeroed row to its array. Returns 0 or -ENOMEM. */
int sk_sample_add_address(struct sk_sample *sample, struct sk_address **address);
int sk_sample_add_route(struct sk_sample *sample, struct sk_route **route);
int sk_sample_add_metrics(struct sk_sample *sample, struct sk_metrics **metrics);
int sk_sample_add_rule(struct sk_sample *sample, struct sk_rule **rule);
int sk_sample_add_neighbour(struct sk_sample *sample, struct sk_neighbour **neighbour);
int sk_sample_add_membership(struct sk_sample *sample, struct sk_membership **membership);
int sk_sample_add_nat(struct sk_sample *sample, struct sk_nat_entry **entry);

/**
 * Writes the addresses from first_address on, sorted by interface, into the interfaces
 * from first_link on. Returns 0 or -ENOMEM.
 */
int sk_sample_join_addresses(struct sk_sample *sample, uint32_t first_address,
			     uint32_t first_link);

/** The addresses of one interface; *n is how many. Meaningless when *n is 0. */
const struct sk_address *sk_sample_addresses(const struct sk_sample *sample,
					     uint16_t netns, uint32_t ifindex,
					     uint32_t *n);

/** Appends one zeroed namespace. Returns 0 or -ENOMEM. */
int sk_sample_add_netns(struct sk_sample *sample, struct sk_netns **netns);

/**
 * Keeps a text of len bytes, which the caller has made printable, and tells its
 * offset, for struct sk_name. Empty text is offset 0. Returns 0 or -ENOMEM.
 */
int sk_sample_add_text(struct sk_sample *sample, const char *text, size_t len,
		       uint32_t *offset);

/** Appends a link from a child to its parent. Returns 0 or -ENOMEM. */
int sk_sample_add_parent_link(struct sk_sample *sample,
			      const struct sk_parent_link *parent_link);

/** Sorts the links from index `first` on, after all of them were added. */
void sk_sample_sort_parent_links(struct sk_sample *sample, uint32_t first);

/** Returns the link from a socket to its parent; NULL = it has none. */
const struct sk_parent_link *sk_sample_parent(const struct sk_sample *sample,
					      const struct sk_socket *socket);

/**
 * Returns the kinds of sockets whose bytes no sum takes, SK_PROTO_BIT()s, because others have them:
 * MPTCP where TCP was asked for too. The kernel tells the ends of subflows, and never
 * that of their connection.
 */
uint32_t sk_sample_uncounted(const struct sk_sample *sample);

/** The text at an offset; "" for 0 and for what lies outside. */
static inline const char *sk_sample_text(const struct sk_sample *sample, uint32_t offset)
{
	return offset && offset < sample->text_len ? sample->text + offset : "";
}

/** The value of a counter, by section and name. Returns 0 or -ENOENT. */
int sk_sample_counter(const struct sk_sample *sample, const char *section,
		      const char *name, uint64_t *value);

/** Reserves memory in advance, so that the arrays need not grow. Returns 0 or -ENOMEM. */
int sk_sample_reserve(struct sk_sample *sample, uint32_t sockets);

#endif
