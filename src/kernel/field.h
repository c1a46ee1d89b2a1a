/* SPDX-License-Identifier: MIT */
/*
 * Reads numbers in the texts of /proc. A word that is not a number must not become 0,
 * and a part of a number must not be taken for the whole.
 */
#ifndef SKTOP_KERNEL_FIELD_H
#define SKTOP_KERNEL_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Reads the number in base 10 or 16 that stands behind blanks at *at, without a sign and
 * without 0x, and goes behind it. It must be followed by `end`, which is gone past as well;
 * ' ' stands for a blank, a tab, the end of the line and that of the text, and stays. Returns
 * false, and leaves *at alone, where there is no such number or it is above `most`.
 */
bool field_number(const char **at, int base, char end, uint64_t most, uint64_t *out);

/** Goes past the word behind blanks at *at. Returns false where the line has no more. */
bool field_skip(const char **at);

#endif
