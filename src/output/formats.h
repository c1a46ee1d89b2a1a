/* SPDX-License-Identifier: MIT */
/*
 * The writers behind sk_format_find(), one file each.
 */
#ifndef SKTOP_OUTPUT_FORMATS_H
#define SKTOP_OUTPUT_FORMATS_H

#include <sktop/output.h>

int output_text(const struct sk_output *output);
int output_json(const struct sk_output *output);
int output_csv(const struct sk_output *output);

#endif
