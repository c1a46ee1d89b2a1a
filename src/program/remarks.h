/* SPDX-License-Identifier: MIT */
/*
 * Remarks on printed samples, on standard error: what is missing in them, each said once, and
 * the facts of each pane (sktop/facts.h).
 */
#ifndef SKTOP_PROGRAM_REMARKS_H
#define SKTOP_PROGRAM_REMARKS_H

#include "program/printed.h"

/** The remarks that were made. Zero-initialise but for the first two. */
struct remarks {
	const struct printed *printed;
	uint32_t needs;	   /* what the request asks for: enum sk_need */
	bool said_owners;  /* that owners are missing */
	bool said_once;	   /* all that is said with the first sample alone */
	struct sk_loss said[SK_PART_COUNT]; /* what was said of each part */
	bool cut;	   /* a sample was not the whole answer */
	uint32_t malformed, events_lost; /* losses of the last sample */
};

/** Says before a sample is printed what is missing in it. */
void remarks_say(struct remarks *remarks, const struct sk_sample *sample);

/** Says after the first sample was printed, which asked for names, which names are missing. */
void remarks_say_names(struct remarks *remarks, const struct sk_names *names);

/**
 * Says after each sample was printed as text what holds for the rows of a pane as a whole.
 * Without headings it says nothing: a script wants rows.
 */
void remarks_say_facts(const struct remarks *remarks);

#endif
