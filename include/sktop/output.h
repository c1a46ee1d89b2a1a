/* SPDX-License-Identifier: MIT */
/*
 * Sinks write samples for scripts, as text, JSON (NDJSON) or CSV, from the column tables.
 * A sink takes whole samples, each with the tables that are wanted of it.
 */
#ifndef SKTOP_OUTPUT_H
#define SKTOP_OUTPUT_H

#include <stdio.h>
#include <sktop/detail.h>
#include <sktop/facts.h>
#include <sktop/view.h>

/** The rows of one pane. */
struct sk_output_table {
	const struct sk_rows *rows;
	const struct sk_view *view; /* their order */
	const struct sk_column_list *columns;
	unsigned format; /* enum sk_format_flag, text only */
	bool refused;	 /* the pane cannot be shown: unknown, which is not empty */
	bool feed;	 /* the rows of all samples make one list, with one heading */
	const struct sk_fact *facts; /* of the pane, for sinks that write their numbers */
	size_t n_facts;
};

/** The tables of one sample that are written. The caller owns all of it. */
struct sk_output {
	const struct sk_context *context;
	const struct sk_output_table *table;
	size_t n; /* tables: at least 1, and at most 1 unless sk_sink_ops.many */
};

/** One socket in full. */
struct sk_output_detail {
	const struct sk_socket *socket;
	const struct sk_detail_rows *rows; /* hold until the next one is asked for */
	/** Why it is not all that the kernel can tell; NULL = it is. Holds as long as the rows. */
	const char *lacks;
};

/** Sockets in full (--details), which are asked for one by one: there may be many. */
struct sk_output_details {
	const struct sk_context *context;
	const struct sk_column_list *columns; /* of the connection beside the rows, for JSON */
	size_t n;
	/** Builds the i-th. Returns 0 or -ENOMEM. */
	int (*build)(void *arg, size_t i, struct sk_output_detail *detail);
	void *arg; /* of build() */
};

struct sk_sink;

/** One kind of sink. Each function returns 0, or -errno of the file, or -ENOMEM. */
struct sk_sink_ops {
	const char *name; /* --format */
	bool all_columns; /* every column unless --columns says otherwise */
	bool many;	  /* it can write several tables of a sample */
	bool whole;	  /* a sample is one record: it is finished although a signal ends us */
	/** Before the first sample, of which it may use tables and columns. NULL: nothing. */
	int (*begin)(const struct sk_sink *sink, const struct sk_output *output);
	int (*sample)(const struct sk_sink *sink, const struct sk_output *output);
	/** Writes a sample's sockets in full. NULL: this sink cannot. */
	int (*details)(const struct sk_sink *sink, const struct sk_output_details *details);
	/** After the last sample, if there was one. NULL: nothing. */
	int (*end)(const struct sk_sink *sink);
};

/** A sink in use. */
struct sk_sink {
	const struct sk_sink_ops *ops;
	FILE *file;	       /* of the caller */
	bool header;	       /* column headings (text, CSV) */
	unsigned long samples; /* that it has written */
};

/** The kind of sink with this name, or NULL. */
const struct sk_sink_ops *sk_sink_find(const char *name);

/** All names, joined by ", ", for messages: at most size bytes. Returns out. */
char *sk_sink_names(char *out, size_t size);

/** Writes a sample; begins with the first one. Returns 0, -errno of the file, or -ENOMEM. */
int sk_sink_write(struct sk_sink *sink, const struct sk_output *output);

/** Ends what was written. Returns 0 or -errno of the file. */
int sk_sink_end(struct sk_sink *sink);

/** Prints the table of all columns of all panes (--help=columns). */
void sk_output_columns_help(FILE *file);

#endif
