/* SPDX-License-Identifier: MIT */
/*
 * What the command line says when it refuses, and which words of ss and netstat it
 * knows but has nothing for.
 */
#ifndef SKTOP_CLI_WORDS_H
#define SKTOP_CLI_WORDS_H

#include "cli.h"

/**
 * One message on stderr, after "sktop: ". Newlines stay; the rest is written by
 * sk_text_put(), and what is too long ends in "...". Returns CLI_USAGE.
 */
enum cli_result cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Why sktop has no such option, when ss or netstat has it; or NULL. By its letter, or
 * else by its word (dashes and "=ARGUMENT" may stand around it).
 */
const char *cli_left_out(int letter, const char *word);

#endif
