/* SPDX-License-Identifier: MIT */
/*
 * The program itself on a terminal of 200x60: its frames, its ticks, its memory.
 */
#ifndef SKTOP_TESTS_SCREEN_H
#define SKTOP_TESTS_SCREEN_H

#include "table.h"

/**
 * Runs it in this namespace, every interval seconds, for so many ticks, and adds the
 * rows from FIRST_FRAME to BYTES_WHOLE.
 */
void screen_measure(const char *sktop, double interval, int ticks, unsigned sockets,
		    struct table *table);

#endif
