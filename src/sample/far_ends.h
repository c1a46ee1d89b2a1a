/* SPDX-License-Identifier: MIT */
/*
 * Events by the ends of their connections: where both ends are of this machine, each tells
 * what the other one was sent.
 */
#ifndef SKTOP_SAMPLE_FAR_ENDS_H
#define SKTOP_SAMPLE_FAR_ENDS_H

#include <sktop/event.h>

/** What the peer at one end sent; sorted by the ends. */
struct far_end {
	struct sk_addr local, remote;
	uint64_t tx_total;
	uint16_t lport, rport;
};

struct far_ends {
	struct far_end *at;
	uint32_t n, capacity;
};

/**
 * Notes the TCP events of both samples whose counters are final. prev may be NULL; those of
 * cur are as the kernel told them. Returns 0 or -ENOMEM.
 */
int far_ends_note(struct far_ends *far, const struct sk_sample *cur,
		  const struct sk_sample *prev);

/**
 * True when the other end of the connection is known to have sent just one byte less than
 * this one, an event of the sample, counted: that one is the FIN. False when it is unknown,
 * or when several connections had these ends and they disagree.
 */
bool far_ends_sent_less(const struct far_ends *far, const struct sk_event *event,
			const struct sk_sample *sample);

#endif
