/* SPDX-License-Identifier: MIT */
/*
 * The steps of the diff share this header.
 */
#ifndef SKTOP_SAMPLE_DIFF_H
#define SKTOP_SAMPLE_DIFF_H

#include <sktop/diff.h>
#include "sample/cookie_index.h"
#include "sample/remote_ends.h"

/** A bit for each socket of a sample. */
struct bitmap {
	uint64_t *word;
	uint32_t words; /* capacity */
};

/** Finds out what the samples know of the socket of an event. */
struct reported {
	const struct sk_socket *old; /* in the previous one, or in its limbo; NULL = none */
	uint32_t now; /* its place in this one + 1, among the gone too; 0 = none */
	bool waits;   /* it is in TIME_WAIT, without an owner */
};

struct sk_differ {
	struct remote_ends remote_ends; /* of the new events, and of those before */
	struct bitmap seen_again;   /* of the previous sample: there again */
	struct bitmap paired;	    /* of this one: with an older self */
	struct cookie_index unpaired; /* of this one: not found beside the previous */
	struct cookie_index events; /* of the new events */
	struct reported *reported;  /* by event */
	uint32_t reported_capacity;
	struct cookie_index limbo;  /* of the previous sample's */
	struct bitmap back;	    /* of the previous sample's limbo: there again */
	struct sk_ports *ports;	    /* by which ended classes know the side of the service */
	uint32_t *class_slot;	    /* ended classes by key: place + 1; 0 = free */
	uint32_t class_mask;
};

/** One run of the diff: what all steps need. */
struct pairing {
	struct sk_differ *differ;
	const struct sk_sample *prev; /* NULL = none */
	struct sk_sample *cur;
	uint32_t now_cs;
	double carried;	    /* seconds before prev that rates are of, too: see diff_rate() */
	float keep10, keep60; /* what is left of a mean after cur->span */
	uint32_t uncounted; /* as sk_sample_uncounted() says */
	bool anew;	    /* the sums begin with this sample */
	uint64_t moved[2];  /* by all sockets, in this span */
	uint64_t wire[2];   /* of it over interfaces: sk_flow_totals.wire */
	uint32_t opened, closed; /* connections that no sample had; that ended, by events */
	uint32_t unseen, unseen_established; /* as in struct sk_summary */
	uint32_t ends[SK_END_COUNT]; /* of `closed`, by the way they ended */
};

void bitmap_set(struct bitmap *map, uint32_t i);
bool bitmap_has(const struct bitmap *map, uint32_t i);

/** Makes room for n bits, all 0. Returns 0 or -ENOMEM. */
int bitmap_reset(struct bitmap *map, uint32_t n);

/**
 * Returns a rate from what moved since prev. Where a key sampled soon after prev, the rate is
 * of prev's interval too, with the rate that was known then.
 */
static inline double diff_rate(const struct pairing *p, double moved, double rate_before)
{
	return (moved + (p->carried > 0 ? rate_before * p->carried : 0)) / p->cur->interval;
}

/** Prepares the parts of p that flows need, when prev and cur are known. Returns 0 or -ENOMEM. */
int diff_flows_begin(struct pairing *p);

/**
 * Compares the counters of a socket with those of its older self: its rates and its flow.
 * tx_total and rx_total stay known where the kernel tells them no more. Returns 0 or -ENOMEM.
 */
int diff_flow(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

/** The same for a socket that the previous sample had not: all that it moved is new. */
int diff_flow_of_new(struct pairing *p, struct sk_socket *s);

/** Gives a record of cur what is left of the flow that old had in prev. 0 or -ENOMEM. */
int diff_flow_keep(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

/** The same socket in the limbo of prev, or NULL. */
const struct sk_socket *diff_limbo_find(const struct pairing *p, const struct sk_socket *s);

/** Credits each new event with what no sample had seen, and gives it its socket's flow. */
void diff_credit(struct pairing *p, struct sk_event *event, struct reported reported);

/** Notes what all sockets moved in this span in cur->totals, for sk_flows_settle(). */
void diff_totals(struct pairing *p);

/** Fills cur->limbo, when the events are known. Returns 0 or -ENOMEM. */
int diff_limbo(struct pairing *p);

/**
 * Completes the new events of p->cur from both samples, and puts those of the previous one
 * before them. Returns 0 or -ENOMEM.
 */
int diff_events(struct pairing *p);

/**
 * Gives a record of p->cur the endpoint attributes and the names that old has in
 * p->prev.
 */
int diff_carry_attrs(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

/** Takes over from an older self what is no longer told. Returns 0 or -ENOMEM. */
int diff_remember(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

#endif
