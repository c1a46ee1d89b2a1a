/* SPDX-License-Identifier: MIT */
/*
 * Sockets of one kind only, and filters that the kernel evaluates.
 */
#ifndef SKTOP_TESTS_MIX_H
#define SKTOP_TESTS_MIX_H

#define MIX_KINDS 6

/** Builds n sockets of the kind and prints a line of the table of kinds, or its head. */
void mix_measure(int kind, int n, int rounds);
void mix_print_head(void);

/** Builds n ends of connections; prints the table of filters. */
void mix_measure_filters(int n, int rounds);

#endif
