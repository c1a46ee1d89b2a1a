/* SPDX-License-Identifier: MIT */
/*
 * These functions read numbers in the texts of /proc. A word that is not a number must not become
 * 0, and a part of a number must not be taken for the whole.
 */
#ifndef SKTOP_KERNEL_FIELD_H
#define SKTOP_KERNEL_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Skips blanks at *at, reads a number in base 10 or 16, without a sign and without 0x, and moves
 * *at behind it. The character `end` must follow the number, and *at moves past it as well. If
 * `end` is ' ', the number may end at a blank, a tab, the end of the line or the end of the text,
 * and *at stays before it. Returns false, and leaves *at alone, if there is no such number or if
 * it is above `most`.
 */
bool field_number(const char **at, int base, char end, uint64_t most, uint64_t *out);

/** Skips blanks at *at and the word behind them. Returns false if the line has no more words. */
bool field_skip(const char **at);

#endif
