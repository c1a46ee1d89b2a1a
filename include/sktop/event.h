/* SPDX-License-Identifier: MIT */
/*
 * Events are the sockets that the kernel has destroyed, as it described each at its
 * end.
 */
#ifndef SKTOP_EVENT_H
#define SKTOP_EVENT_H

#include <sktop/sample.h>

/** A sample keeps so many of the newest events. */
#define SK_EVENTS_MAX 10000

/** The process that made a connection, as a tracepoint saw it in connect(). */
struct sk_maker {
	uint64_t start;	 /* as sk_process.start */
	uint64_t cgroup; /* id of its cgroup v2 */
	uint32_t pid;	 /* 0 = nobody is known */
	char name[16];	 /* printable */
};

/**
 * Events come from every network namespace that is watched, and socket.netns says from which.
 * They are in each sample with TCP or UDP sockets.
 *
 * One destroyed socket (SKNLGRP_INET{,6}_{TCP,UDP}_DESTROY). The socket begins the row,
 * so columns of connections work on it: its counters are final; state, owner and age
 * are those it had when it was last sampled (SK_F_REMEMBERED), or unknown when no
 * sample saw it (SK_F_NEW). If its owner aborted the connection, the kernel has
 * forgotten its ends and counters, which are then also those of the last sample. A
 * connection that this end closed may stay in TIME_WAIT with the same cookie, although
 * its socket is gone.
 */
struct sk_event {
	struct sk_socket socket;
	uint64_t seq;	 /* its identity: each later one of a run has a greater number */
	int64_t wall_ns; /* CLOCK_REALTIME when it was read from the kernel, some
			  * ms after the end */
	bool no_payload; /* TCP: no segment with payload came, so a byte received is the FIN */
	bool emptied;	 /* by its owner: its counters are not final; the diff sets it */
	bool uncounted;	 /* nobody knows what it moved; likewise */
	bool traced;	 /* end is what a tracepoint saw, else it is inferred */
	bool fin_came;	 /* with traced: the peer's FIN was received */
	uint8_t end;	 /* enum sk_end */
	struct sk_maker maker;
	uint32_t quiet_ms; /* TCP: how long ago it moved payload last (tcpi_last_data_*) */
	uint64_t credit[2]; /* [SK_RX, SK_TX] bytes that no sample had seen; the diff sets it */
};

/** Appends one zeroed event. Returns 0 or -ENOMEM. */
int sk_sample_add_event(struct sk_sample *sample, struct sk_event **event);

#endif
