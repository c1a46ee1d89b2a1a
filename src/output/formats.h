/* SPDX-License-Identifier: MIT */
/*
 * The sinks behind sk_sink_find(), one file each.
 */
#ifndef SKTOP_OUTPUT_FORMATS_H
#define SKTOP_OUTPUT_FORMATS_H

#include <sktop/output.h>
#include "output/buffer.h"

/** Writes a finite number of a column for programs. */
void output_real(struct buffer *buffer, const struct sk_column *column, double number);

extern const struct sk_sink_ops sink_text, sink_json, sink_csv;

#endif
