/* SPDX-License-Identifier: MIT */
/*
 * The writers behind sk_format_find(), one file each.
 */
#ifndef SKTOP_OUTPUT_FORMATS_H
#define SKTOP_OUTPUT_FORMATS_H

#include <sktop/output.h>
#include "output/buffer.h"

/** Writes a finite number of a column for programs. */
void output_real(struct buffer *buffer, const struct sk_column *column, double number);

int output_text(const struct sk_output *output);
int output_json(const struct sk_output *output);
int output_csv(const struct sk_output *output);

#endif
