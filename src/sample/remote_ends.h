/* SPDX-License-Identifier: MIT */
/*
 * If both ends of a connection are on this machine, the event of each end tells how
 * much was sent to the other. This table finds events by the ends of their connections.
 */
#ifndef SKTOP_SAMPLE_REMOTE_ENDS_H
#define SKTOP_SAMPLE_REMOTE_ENDS_H

#include <sktop/event.h>

/** The bytes that the peer at one end sent; sorted by the ends. */
struct remote_end {
	struct sk_addr local, remote;
	uint64_t tx_total;
	uint16_t lport, rport;
};

struct remote_ends {
	struct remote_end *at;
	uint32_t n, capacity;
};

/**
 * Notes the TCP events of both samples whose counters are final. prev may be NULL; those of
 * cur are as the kernel told them. Returns 0 or -ENOMEM.
 */
int remote_ends_note(struct remote_ends *ends, const struct sk_sample *cur,
		     const struct sk_sample *prev);

/**
 * True when the other end of the connection is known to have sent just one byte less than
 * this one, an event of the sample, counted: that one is the FIN. False when it is unknown,
 * or when several connections had these ends and they disagree.
 */
bool remote_ends_sent_less(const struct remote_ends *ends, const struct sk_event *event,
			   const struct sk_sample *sample);

#endif
