/* SPDX-License-Identifier: MIT */
/*
 * The output formats print samples for scripts, as text, JSON (NDJSON) and CSV, from
 * the column tables.
 */
#ifndef SKTOP_OUTPUT_H
#define SKTOP_OUTPUT_H

#include <stdio.h>
#include <sktop/remarks.h>
#include <sktop/view.h>

/** The part of one sample that is written. */
struct sk_output {
	FILE *file;
	const struct sk_rows *rows;	     /* of one pane */
	const struct sk_view *view;	     /* their order */
	const struct sk_column_list *columns;
	const struct sk_remark *remarks;     /* of the pane */
	size_t n_remarks;
	const struct sk_context *context;
	unsigned format;		     /* enum sk_format_flag, text only */
	bool header;			     /* column headings (text, CSV) */
	bool first;			     /* the first sample of this run */
	bool feed;			     /* the samples make one list */
};

struct sk_format {
	const char *name; /* "text", "json", "csv" */
	/** Writes one sample. Returns 0 or -errno of the file. */
	int (*write)(const struct sk_output *output);
	bool all_columns; /* every column unless --columns says otherwise */
};

/** A format by name, or NULL. */
const struct sk_format *sk_format_find(const char *name);

/** Prints the table of all columns of all panes (--help=columns). */
void sk_output_columns_help(FILE *file);

#endif
