/* SPDX-License-Identifier: MIT */
/*
 * Sockets as they are destroyed: the kernel's last word on each.
 */
#ifndef SKTOP_EVENT_H
#define SKTOP_EVENT_H

#include <sktop/sample.h>

/** How many of the newest a sample keeps. */
#define SK_EVENTS_MAX 10000

/**
 * Only the own network namespace is listened to: a feed that stays open would keep
 * another one alive.
 *
 * One destroyed socket (SKNLGRP_INET{,6}_{TCP,UDP}_DESTROY). The socket begins the
 * row, so columns of connections work on it: its counters are final; state, owner and
 * age are those it had when it was last sampled (SK_F_REMEMBERED), or unknown when no
 * sample saw it (SK_F_NEW). Of a connection that its owner aborted the kernel has
 * forgotten ends and counters: they are those of the last sample, too. A connection that
 * we closed may wait on in TIME_WAIT with the same cookie: its socket is gone all the same.
 */
struct sk_event {
	struct sk_socket socket;
	uint64_t seq;	 /* its identity: each later one of a run has a greater number */
	int64_t wall_ns; /* CLOCK_REALTIME when it was read from the kernel */
	bool no_payload; /* TCP: no segment with payload came, so a byte received is the FIN */
	bool emptied;	 /* by its owner: its counters are not final; the diff sets it */
};

/** Appends one zeroed event. Returns 0 or -ENOMEM. */
int sk_sample_add_event(struct sk_sample *sample, struct sk_event **event);

#endif
