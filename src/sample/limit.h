/* SPDX-License-Identifier: MIT */
/*
 * What holds a connection back: the question at three in the morning, in one word.
 */
#ifndef SKTOP_SAMPLE_LIMIT_H
#define SKTOP_SAMPLE_LIMIT_H

#include <sktop/sample.h>

enum limit {
	LIMIT_NONE,    /* nothing moves and nothing waits */
	LIMIT_APP,     /* the sender's application has little to send */
	LIMIT_RWND,    /* the peer's receive window is full: its reader is slow */
	LIMIT_SNDBUF,  /* the own send buffer is too small */
	LIMIT_NETWORK, /* congestion window, losses, round trip: the path */
	LIMIT_READER,  /* the application at this end does not read */
	LIMIT_COUNT,
};

/** Where a sender spent its time: since the last sample, or in all. */
struct limit_time {
	double span;   /* seconds looked at; 0 = whole life, of unknown length */
	double busy;   /* seconds with data to send or in flight */
	double rwnd;   /* of these, seconds the peer's window was full */
	double sndbuf; /* of these, seconds the send buffer was too small */
};

/** From a listed socket: since the last sample when that is known, else in all. */
struct limit_time limit_time_of(const struct sk_more *more, double interval);

/** The verdict. more must have SK_MORE_INFO. */
enum limit limit_of(const struct sk_socket *socket, const struct sk_more *more,
		    const struct limit_time *time);

/** True when data is read so slowly here that the peer will have to wait. */
bool limit_is_reader(const struct sk_socket *socket, const struct sk_more *more);

/** True when the peer's window is closed and the sender only probes. */
bool limit_is_closed(const struct sk_socket *socket, const struct sk_more *more);

/** True when the send buffer is full and yet less is in flight than may be. */
bool limit_is_full(const struct sk_more *more);

/** True in states in which data can be sent or is on its way. */
bool limit_can_send(const struct sk_socket *socket);

/** "app", "rwnd", "sndbuf", "network", "reader"; NULL for LIMIT_NONE. */
const char *limit_name(enum limit limit);

#endif
