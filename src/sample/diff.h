/* SPDX-License-Identifier: MIT */
/*
 * Inside the diff: what its steps share.
 */
#ifndef SKTOP_SAMPLE_DIFF_H
#define SKTOP_SAMPLE_DIFF_H

#include <sktop/diff.h>
#include "sample/cookie_index.h"
#include "sample/far_ends.h"

/** A bit for each socket of a sample. */
struct bitmap {
	uint64_t *word;
	uint32_t words; /* capacity */
};

/** What the samples have of the socket of an event. */
struct told {
	uint32_t old; /* its place in the previous one + 1; 0 = none */
	bool waits;   /* it is in TIME_WAIT, without an owner */
};

struct sk_differ {
	struct far_ends far;	    /* of the new events, and of those before */
	struct bitmap met;	    /* of the previous sample: there again */
	struct bitmap known;	    /* of this one: with an older self */
	struct cookie_index fresh;  /* of this one: not found beside the previous */
	struct cookie_index events; /* of the new events */
	struct told *told;	    /* by event */
	uint32_t told_capacity;
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

/** Gives a record of p->cur the home, and the names, that old has in p->prev. */
int diff_carry_home(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

/** Takes over from an older self what is no longer told. Returns 0 or -ENOMEM. */
int diff_remember(struct pairing *p, struct sk_socket *s, const struct sk_socket *old);

#endif
