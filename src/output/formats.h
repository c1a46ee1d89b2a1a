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

/** All sinks, in the order in which messages name them. */
#define SINKS(SINK) \
	SINK(text)  \
	SINK(json)  \
	SINK(csv)

#define SINK_OPS(name) extern const struct sk_sink_ops sink_##name;
SINKS(SINK_OPS)

#endif
