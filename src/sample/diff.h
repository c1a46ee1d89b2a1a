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
	uint32_t old; /* its place in the previous one + 1; 0 = none */
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
};

/** One run of the diff: what all steps need. */
struct pairing {
	struct sk_differ *differ;
	const struct sk_sample *prev; /* NULL = none */
	struct sk_sample *cur;
	uint32_t now_cs;
};

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
