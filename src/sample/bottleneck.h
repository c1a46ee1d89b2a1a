/* SPDX-License-Identifier: MIT */
/*
 * The bottleneck is what holds a connection back, in one word.
 */
#ifndef SKTOP_SAMPLE_BOTTLENECK_H
#define SKTOP_SAMPLE_BOTTLENECK_H

#include <sktop/sample.h>

enum bottleneck {
	BOTTLENECK_NONE, /* nothing moves and nothing waits */
	BOTTLENECK_APP, /* the sender's application has little to send */
	BOTTLENECK_RWND, /* the peer's receive window is full: its reader is slow */
	BOTTLENECK_SNDBUF, /* the own send buffer is too small */
	BOTTLENECK_NETWORK, /* congestion window, losses, round trip: the path */
	BOTTLENECK_READER, /* the application at this end does not read */
	BOTTLENECK_COUNT,
};

/** How a sender spent its time: since the last sample, or in all. */
struct bottleneck_time {
	double span;   /* seconds looked at; 0 = whole life, of unknown length */
	double busy;   /* seconds with data to send or in flight */
	double rwnd;   /* of these, seconds the peer's window was full */
	double sndbuf; /* of these, seconds the send buffer was too small */
};

/** From a listed socket: since the last sample when that is known, else in all. */
struct bottleneck_time bottleneck_time_of(const struct sk_tcp_ext *tcp_ext,
					  double interval);

/** The verdict. more must have SK_TCP_EXT_INFO. */
enum bottleneck bottleneck_of(const struct sk_socket *socket,
			      const struct sk_tcp_ext *tcp_ext,
			      const struct bottleneck_time *time);

/** True when data is read so slowly here that the peer will have to wait. */
bool bottleneck_is_reader(const struct sk_socket *socket,
			  const struct sk_tcp_ext *tcp_ext);

/** True when the peer's window is closed and the sender only probes. */
bool bottleneck_is_closed_window(const struct sk_socket *socket,
				 const struct sk_tcp_ext *tcp_ext);

/** True when the send buffer is full and yet less is in flight than may be. */
bool bottleneck_is_full_buffer(const struct sk_tcp_ext *tcp_ext);

/** True in states in which data can be sent or is on its way. */
bool bottleneck_can_send(const struct sk_socket *socket);

/** "app", "rwnd", "sndbuf", "network", "reader"; NULL for BOTTLENECK_NONE. */
const char *bottleneck_name(enum bottleneck bottleneck);

#endif
