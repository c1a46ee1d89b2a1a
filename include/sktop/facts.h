/* SPDX-License-Identifier: MIT */
/*
 * Facts: what is to be said about the rows of a pane as a whole, such as how long it takes
 * until TIME_WAIT is full. The screen, text and JSON say the same.
 */
#ifndef SKTOP_FACTS_H
#define SKTOP_FACTS_H

#include <sktop/panes.h>
#include <sktop/sample.h>

/** How TIME_WAIT stands to its limit. */
struct sk_tw_forecast {
	bool knows_count, knows_limit;
	uint32_t count; /* sk_sample_tw_buckets() */
	uint32_t limit; /* tcp_max_tw_buckets */
	double slope;	/* change of count per second; NaN = unknown */
	double full_in; /* seconds until count is limit; 0 = it is; NaN = unknown, or count
			 * does not grow */
};

struct sk_tw_forecast sk_tw_forecast(const struct sk_sample *sample);

/** The meaning of a piece of a sentence; the screen has a colour for each. */
enum sk_tone {
	SK_TONE_LABEL,
	SK_TONE_VALUE,
	SK_TONE_DIM, /* less important */
	SK_TONE_GOOD,
	SK_TONE_WARN,
	SK_TONE_ERROR,
};

/** Where a piece is left out. */
enum sk_omit {
	SK_OMIT_NARROW = 1 << 0, /* on a narrow screen */
	SK_OMIT_SCREEN = 1 << 1, /* on any screen */
	SK_OMIT_PRINT = 1 << 2,
};

struct sk_piece {
	enum sk_tone tone;
	unsigned omit; /* enum sk_omit */
	uint8_t room; /* if there are no more cells than this, it is left out, and all up to
		       * the next piece that has room; 0 = it goes with those before it */
	char text[160];
};

/** A number of a fact, for programs. */
struct sk_number {
	const char *key; /* in JSON; static text */
	bool known;
	bool whole;	 /* its value is n, else real */
	uint64_t n;
	double real;
};

struct sk_fact {
	const char *key;   /* in JSON; static text */
	const char *title; /* before the pieces; static text */
	const char *note;  /* why a number is unknown, or of what it is; static text or NULL */
	struct sk_number number[8];
	size_t n_numbers;
	struct sk_piece piece[20];
	size_t n_pieces;
};

#define SK_FACTS_MAX 3

/**
 * Makes the facts of a pane. filtered: a filter chose the pane's sockets. Returns how many
 * there are.
 */
size_t sk_pane_facts(enum sk_pane_id pane, const struct sk_sample *sample, bool filtered,
		       struct sk_fact out[SK_FACTS_MAX]);

/** Writes the sentence of a fact on one line. Returns out; size must not be 0. */
char *sk_fact_print(const struct sk_fact *fact, char *out, size_t size);

#endif
