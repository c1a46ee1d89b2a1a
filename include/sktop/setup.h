/* SPDX-License-Identifier: MIT */
/*
 * A setup is made from the options: columns, sort key and filter of a pane's first
 * view. The errors are the same for the screen and for batch output.
 */
#ifndef SKTOP_SETUP_H
#define SKTOP_SETUP_H

#include <sktop/filter.h>
#include <sktop/options.h>

/** The columns and the order of one pane. */
struct sk_setup {
	enum sk_pane_id pane;
	const struct sk_table *table;
	struct sk_column_list columns;
	const struct sk_column *sort; /* NULL: the order of the rows */
	bool descending;
	bool many_netns;   /* the last sample had several namespaces */
	bool netns_chosen; /* whether they have a column is the user's choice */
};

/**
 * Columns and sort key of a pane. all = every column, unless --columns says
 * otherwise. Returns 0, or -EINVAL and error says in one line what is wrong.
 */
int sk_setup_pane(const struct sk_options *options, enum sk_pane_id pane, bool all,
		  struct sk_setup *setup, char *error);

/** The columns that say something of sockets of these protocols (SK_PROTO_BIT()). */
void sk_setup_default_columns(uint32_t protos, struct sk_column_list *columns);

/**
 * Puts the netns column in front when the sample has several namespaces, and takes it
 * away when not; a choice of the user stands. Returns true when columns changed.
 */
bool sk_setup_follow(struct sk_setup *setup, const struct sk_sample *sample);

/** Returns the column by which sockets of these protocols are sorted at first. */
const struct sk_column *sk_setup_default_sort(uint32_t protos);

/**
 * The filter of the command line, parsed for the rows it narrows: of the pane's own
 * table for interfaces and protocols, else sockets. Owned by the caller. Returns 0,
 * -EINVAL or -ENOMEM with error (SK_ERROR_LEN bytes, up to three lines).
 */
int sk_setup_filter(const struct sk_options *options, enum sk_pane_id pane,
		    struct sk_filter **filter, char *error);

/** Chooses protocol counters. */
struct sk_counter_scope {
	const struct sk_options *options; /* -t, -u, -4...: only their sections */
	bool zeros;			  /* those that are 0 too */
};

/** True for a counter that is; arg is a struct sk_counter_scope. */
bool sk_counter_wanted(const void *counter, void *scope);

/**
 * For --once and --batch: lets the kernel leave out sockets that nobody will see. The
 * full screen does not use it: its header counts every socket, and so do the panes that
 * look at others than the chosen ones. Returns 0 or -ENOMEM.
 */
int sk_setup_kernel_filter(const struct sk_options *options, enum sk_pane_id pane,
			   const struct sk_filter *filter, struct sk_request *request);

/**
 * For --once and --batch: the whole request for the rows that will be printed, from the
 * columns, the order, the filter and the pane. Data that none of these uses (tcp_info,
 * states, counters) is not asked for. Returns 0 or -ENOMEM.
 */
int sk_setup_request(const struct sk_options *options, const struct sk_setup *setup,
		     const struct sk_filter *filter, struct sk_request *request);

/**
 * Widens a request by what another pane asks for, so that one sample serves both.
 */
void sk_setup_join(struct sk_request *request, const struct sk_request *other);

/** The TCP states of which a pane wants no struct sk_tcp_ext, whatever its columns. */
uint32_t sk_setup_plain_states(enum sk_pane_id pane, const struct sk_filter *filter);

/**
 * Returns the protocols to sample: the ones that options chose, or the usual ones and
 * those that the filter names.
 */
uint32_t sk_setup_protos(const struct sk_options *options, const struct sk_filter *filter);

/**
 * Returns SK_NEED_BYTES if tracepoints are to count the bytes of sockets that have no counters of
 * their own, else 0: if such kinds are among protos and the pane shows them, or --bytes says so.
 */
uint32_t sk_setup_bytes(const struct sk_options *options, enum sk_pane_id pane, uint32_t protos);

/**
 * True if TCP sockets that are bound and nothing else are wanted too:
 * sk_request.bound_too.
 */
bool sk_setup_bound_too(const struct sk_options *options, const struct sk_filter *filter);

/** True for a socket that -l keeps: LISTEN, or not connected and no TCP. */
bool sk_is_listening(const void *socket, void *unused);

#endif
