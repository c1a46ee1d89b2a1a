/* SPDX-License-Identifier: MIT */
/*
 * Patterns of the filter: shell patterns and regular expressions.
 */
#ifndef SKTOP_FILTER_PATTERN_H
#define SKTOP_FILTER_PATTERN_H

#include <locale.h>
#include <regex.h>
#include <stdbool.h>

/**
 * The locale of all comparisons: UTF-8, whatever the user's language is, so that a filter
 * finds the same on every terminal and in every script. Returns (locale_t)0 where the C
 * library has none such; the functions below then compare in the process's locale. The
 * caller owns it: freelocale().
 */
locale_t filter_locale_new(void);

/** Compiles an extended regular expression that fits in any case; as regcomp(). */
int filter_regex_compile(locale_t locale, regex_t *regex, const char *pattern);

/** True when the expression occurs in the text. */
bool filter_regex_match(locale_t locale, const regex_t *regex, const char *text);

/**
 * True when the whole text fits a pattern with * ? [...]; '\' stands for itself.
 * any_case: letters fit in both cases. Names of devices are told apart by case.
 */
bool filter_glob_match(locale_t locale, const char *pattern, const char *text,
		       bool any_case);

#endif
