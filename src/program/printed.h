/* SPDX-License-Identifier: MIT */
/*
 * The panes that --once and --batch print: what each was asked for, and its rows.
 */
#ifndef SKTOP_PROGRAM_PRINTED_H
#define SKTOP_PROGRAM_PRINTED_H

#include <sktop/output.h>
#include <sktop/setup.h>

/** One pane that is printed. */
struct printed_pane {
	struct sk_setup setup;
	bool sorted; /* --sort is for this pane */
	struct sk_filter *filter; /* NULL = none; owned */
	struct sk_row_builder *builder;
	struct sk_rows rows; /* of the last sample */
	struct sk_view view; /* their order */
	struct sk_fact facts[SK_FACTS_MAX];
};

/** All panes of a run. Zero-initialise. */
struct printed {
	const struct sk_options *options;
	const struct sk_sink_ops *format;
	struct printed_pane pane[SK_PANE_COUNT];
	struct sk_output_table table[SK_PANE_COUNT]; /* for the sink, after printed_build() */
	unsigned n;
	int patience_ms;     /* that this run may still wait for host names */
	bool reported;	     /* that host names are missing */
	uint64_t last_event; /* seq of the newest event that was printed */
};

/**
 * Makes columns, order and filter of each pane of the options. With several panes, a pane
 * that does not know the columns of --columns or the key of --sort has its own, if another
 * pane knows them. Returns 0, -EINVAL or -ENOMEM with error (SK_ERROR_LEN bytes).
 */
int printed_init(struct printed *printed, const struct sk_options *options, char *error);

/** NULL members are fine. */
void printed_free(struct printed *printed);

/** One request for all panes. Returns 0 or -ENOMEM. */
int printed_request(const struct printed *printed, struct sk_request *request);

/** Builds the rows of each pane from a sample. Returns 0 or -ENOMEM. */
int printed_build(struct printed *printed, const struct sk_context *context);

/**
 * Asks for the host names of all that will be printed, and waits for them a while: names
 * come when they come, but printed text should be whole. Says if some are missing.
 */
void printed_wait_for_names(struct printed *printed, struct sk_names *names,
			    const struct sk_context *context);

/** True if this pane is one of them. */
bool printed_has(const struct printed *printed, enum sk_pane_id pane);

#endif
