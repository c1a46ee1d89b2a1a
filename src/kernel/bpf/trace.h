/* SPDX-License-Identifier: MIT */
/*
 * These functions run the programs of prog/trace.bpf.c, which are part of this binary, at
 * tracepoints of the kernel. They say what no list of sockets can say: the bytes of sockets that are
 * not TCP, every change of state of TCP connections, who made a connection, and how it ended. They
 * work if the programs were built in (libbpf and clang) and the kernel permits it (CAP_BPF and
 * CAP_PERFMON, or root).
 *
 * One thread uses a struct trace at a time. Only namespaces that trace_watch() named are looked at.
 */
#ifndef SKTOP_KERNEL_BPF_TRACE_H
#define SKTOP_KERNEL_BPF_TRACE_H

#include <stdint.h>
#include <linux/types.h>
#include "kernel/bpf/prog/trace_record.h"

/** These are the parts that are attached apart from each other, as a mask. */
enum trace_part {
	TRACE_ENDS = 1 << 0,   /* changes of state, makers, ends: inet_sock_set_state (Linux 5.12) */
	TRACE_RESETS = 1 << 1, /* resets in the ends: tcp_receive_reset and tcp_send_reset. Without
				* them trace_reason() infers them. TRACE_ENDS asks for it, too. */
	TRACE_BYTES = 1 << 2,  /* sock_send_length and sock_recv_length (Linux 6.3) */
};

/** These are loaded programs, what they have noted, and whether they are attached. */
struct trace;

/** This array grows with the calls. It is zeroed at first; trace_bytes_free() frees it. */
struct trace_bytes_list {
	struct trace_bytes *at; /* in no order */
	uint32_t n, capacity;
};

/** This array grows with the calls. It is zeroed at first; trace_ends_free() frees it. */
struct trace_ends_list {
	struct trace_end *at; /* in the order in which they came */
	uint32_t n, capacity;
};

/** These sums say what found no room since trace_open(). Where one grows, figures are too low. */
struct trace_losses {
	uint64_t bytes;	 /* payload that no entry has (more than TRACE_REST processes) */
	uint64_t ends;	 /* ended connections (more than TRACE_ENDS_KEPT between two reads) */
	uint64_t makers; /* connections whose maker could not be noted: no memory */
};

/** This says how a connection ended. */
enum trace_reason {
	TRACE_REASON_UNKNOWN,
	TRACE_REASON_RESET_RECEIVED,
	TRACE_REASON_RESET_SENT,
	TRACE_REASON_TIMED_OUT,	     /* nothing was answered: SYN, data, FIN or keepalive */
	TRACE_REASON_REFUSED,	     /* reset, or ICMP, as the answer to our SYN */
	TRACE_REASON_GAVE_UP,	     /* the program closed it before an answer to our SYN came */
	TRACE_REASON_CLOSED_BY_US,   /* our FIN was first, or both crossed */
	TRACE_REASON_CLOSED_BY_PEER, /* the peer's FIN was first */
	TRACE_REASON_FAILED,	     /* another error, see trace_end.err (EHOSTUNREACH...) */
};

/**
 * Loads the programs, which takes some 30 ms, and attaches the parts. What the kernel lacks is left
 * out: trace_parts() says what works. Returns 0 or -errno; an error means that nothing works:
 * -EOPNOTSUPP if the programs are not built in, -EPERM if the kernel does not permit them, another
 * one if it is too old or has no BTF. After an error *out is NULL.
 */
int trace_open(unsigned parts, struct trace **out);

/** Detaches and frees all. NULL is allowed. */
void trace_close(struct trace *trace);

/** Returns the parts that could be attached on this kernel, as a mask of enum trace_part. */
unsigned trace_possible(const struct trace *trace);

/** Returns the parts that are attached, as a mask of enum trace_part. */
unsigned trace_parts(const struct trace *trace);

/**
 * Attaches the parts of the mask and detaches all others. Nothing is loaded anew. When TRACE_BYTES is
 * detached, its counts are dropped. Takes some milliseconds if something changes. Returns 0, also
 * for parts that are not possible, or -errno of the first one that could not be attached.
 */
int trace_set(struct trace *trace, unsigned parts);

/**
 * Watches a network namespace, by the inode of its file (/proc/PID/ns/net), or begins to. Returns 0
 * or -errno: -E2BIG if TRACE_NAMESPACES are watched. Its counts of changes begin with 0.
 */
int trace_watch(struct trace *trace, uint64_t netns);

/** Watches it no longer, and forgets its changes. Nothing happens if it is not watched. */
void trace_unwatch(struct trace *trace, uint64_t netns);

/**
 * Reads what was sent and received through sockets other than TCP and MPTCP, into list, whose former
 * content is lost. There is an entry for each pair of socket and process, with sums since
 * entry->since_ns; the pair of (cookie, process) with another since_ns is another entry. Entries of
 * one process add up to its bytes, those of one cookie to the bytes of the socket. cookie 0 is the
 * sum of sockets of a process that found no room.
 *
 * Counted is what calls returned: payload, without headers, also of what the peer never got. A
 * datagram that was cut counts with the part that was received. MSG_PEEK and errors count nothing.
 * Not counted is splice() out of a unix socket, because it passes no tracepoint.
 *
 * An entry that was not touched for a minute is in this read for the last time. If more than half
 * of TRACE_SOCKETS is in use, this goes for each entry that was not touched since the read before.
 * So sockets that ended do not fill the map, and a socket that ended between two reads is told. (If a
 * socket wakes up in the very moment of its removal, that one call is not counted.)
 *
 * Returns 0 or -errno; after an error the list has what could be read. -ENOENT: not attached.
 */
int trace_bytes_read(struct trace *trace, struct trace_bytes_list *list);
void trace_bytes_free(struct trace_bytes_list *list);

/**
 * Gives the changes of state of the TCP connections of a watched namespace, [from][to], since
 * trace_watch() or TRACE_ENDS was attached, whichever is later. They never fall. MPTCP counts as the
 * TCP of its subflows. States are numbered as in the kernel (1 = ESTABLISHED ... 11 = CLOSING).
 *
 * They are exact for full sockets. This is what the kernel does not report, because mini sockets
 * stand for a connection:
 *  - Requests: SYN_RECV of an accepted connection is a mini socket until the handshake is complete.
 *    Its birth and its failure are not reported. The new socket then goes from LISTEN to SYN_RECV and
 *    to ESTABLISHED at once. (The listener itself stays in LISTEN.)
 *  - TIME_WAIT: its begin is reported as a change to CLOSE. [FIN_WAIT2][TIME_WAIT] counts those
 *    where the FIN of the peer had come, which is exact (the mini socket may be refused for want of
 *    memory). [FIN_WAIT2][CLOSE] counts the others: mostly a mini socket goes on waiting in FIN_WAIT2,
 *    and its change to TIME_WAIT is not reported. [CLOSING][CLOSE] mostly begins a TIME_WAIT, too.
 *  - The end of a mini socket, in TIME_WAIT or FIN_WAIT2, is not reported.
 * [CLOSE][SYN_SENT] counts connect(), [CLOSE][LISTEN] and [LISTEN][CLOSE] listeners.
 * Returns 0 or -errno: -ENOENT if the namespace is not watched or TRACE_ENDS is not attached.
 */
int trace_transitions_read(const struct trace *trace, uint64_t netns,
			   uint64_t out[TRACE_STATES][TRACE_STATES]);

/**
 * Reads the connections that ended since the last read, into list, whose former content is lost. A
 * record comes at the change to CLOSE: that is before the destroy event of the same cookie, and for
 * the one that enters TIME_WAIT, when it does so. Accepted connections have no maker. A connection
 * whose socket had changed to SYN_SENT before TRACE_ENDS was attached has none either.
 *
 * One socket may be connected again: each connection then has a record with the same cookie.
 *
 * close() with unread data, or with a linger time of 0, ends the connection before it sends the
 * reset. In the microsecond between them a read may come. The next read then has a record with
 * TRACE_END_ONLY_RESET, which adds TRACE_END_RESET_LATE to the one of the read before.
 *
 * At most TRACE_ENDS_KEPT records are read. It takes 0.5 us for each. Returns 0 or -errno; after an
 * error the list has what could be read. -ENOENT: not attached.
 */
int trace_ends_read(struct trace *trace, struct trace_ends_list *list);
void trace_ends_free(struct trace_ends_list *list);

/** Gives what found no room. */
void trace_losses(const struct trace *trace, struct trace_losses *out);

/** Returns how a connection ended. For a record with TRACE_END_ONLY_RESET this is RESET_SENT. */
enum trace_reason trace_reason(const struct trace_end *end);

/** Returns the start of a process as /proc/PID/stat and struct sk_process have it: in ticks. */
uint64_t trace_start_ticks(const struct trace_process *process);

#endif
