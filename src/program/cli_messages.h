/* SPDX-License-Identifier: MIT */
/*
 * These are the messages of the command line when it refuses, and the words of ss and
 * netstat that it knows but has nothing for.
 */
#ifndef SKTOP_PROGRAM_CLI_MESSAGES_H
#define SKTOP_PROGRAM_CLI_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sktop/loss.h>
#include "program/cli.h"

/**
 * One message on stderr, after "sktop: ". Newlines stay; the rest is written by
 * sk_text_put(), and what is too long ends in "...". Returns CLI_USAGE.
 */
enum cli_result cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Says each loss of these parts (SK_PART_BIT()s) that the sample has, alike ones in one. */
void cli_say_losses(const struct sk_sample *sample, uint32_t parts);

/** Says which processes could not be looked at; false: all could. */
bool cli_say_unreadable(const struct sk_losses *losses);

/** Writes out what was printed on stdout. Returns 0, or -errno if any of it was lost. */
int cli_flush(void);

/**
 * Returns why sktop lacks an option that ss or netstat has; or NULL. By its letter, or
 * else by its word (dashes and "=ARGUMENT" may stand around it).
 */
const char *cli_left_out(int letter, const char *word);

#endif
