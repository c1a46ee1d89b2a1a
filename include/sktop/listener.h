/* SPDX-License-Identifier: MIT */
/*
 * For each listener this header counts how full its backlog is, and how many
 * connections wait before and behind it.
 */
#ifndef SKTOP_LISTENER_H
#define SKTOP_LISTENER_H

#include <sktop/sample.h>

struct sk_context;

/** The IP versions that reach a listener. */
enum sk_stack {
	SK_STACK_NONE, /* no IP */
	SK_STACK_V4,
	SK_STACK_V6,
	SK_STACK_DUAL,	  /* an IPv6 wildcard that takes IPv4 too */
	SK_STACK_V6_MAYBE, /* an IPv6 wildcard; /proc/net does not tell IPV6_V6ONLY */
};

/** One socket that waits for peers: LISTEN, or unconnected UDP and the like. */
struct sk_listener {
	struct sk_socket socket; /* as in the list: its columns work on this row too */
	uint32_t row;	     /* its index in sk_sample.sockets */
	double fill;	     /* percent of the backlog, UDP: of the receive buffer; NaN =
			      * unknown */
	uint32_t sharing;    /* sockets with this address and port (SO_REUSEPORT), with it */
	bool counts;	     /* the next two hold: nobody shares them, or it is the first of
			      * those that do. The kernel does not tell through which of
			      * them a connection came in: the first counts it */
	uint32_t syn_recv;   /* TCP: handshakes under way */
	uint32_t established; /* TCP: connections in ESTABLISHED that came in here */
	uint32_t not_accepted; /* of those, not yet given to a process; where it is shared,
			      * what waits in its own queue */
	uint32_t drops;	     /* sk_drops: SYNs and connections, or datagrams, dropped */
	float drop_rate;     /* per second since the previous sample */
	bool has_drops;	     /* drops holds: SK_NEED_TCP_EXT was asked for */
	bool has_drop_rate;
	enum sk_stack stack;
};

/** A growing array of them; reused from tick to tick. */
struct sk_listening {
	struct sk_listener *listeners;
	uint32_t n;
	struct sk_listening_private *private;
};

int sk_listening_new(struct sk_listening **out); /* 0 or -ENOMEM */
void sk_listening_free(struct sk_listening *listening);

/**
 * Fills the array with the listeners among the given sockets (indexes into
 * context->sample->sockets; NULL = all live ones). Incoming connections are counted
 * over the whole sample. Returns 0, -ENOMEM, or -EINTR (context->cancelled).
 */
int sk_listening_compute(struct sk_listening *listening, const struct sk_context *context,
			 const uint32_t *rows, uint32_t n_rows);

/** True for a socket that waits for peers: LISTEN, or not connected and no TCP. */
bool sk_socket_listens(const struct sk_socket *socket);

/**
 * True if the socket, a connection or a handshake of the sample, came in through the
 * listener. The listener may be of another sample, so its endpoint attributes are given
 * beside it.
 */
bool sk_listener_holds(const struct sk_socket *listener, const struct sk_attrs *attrs,
		       const struct sk_sample *sample, const struct sk_socket *socket);

#endif
