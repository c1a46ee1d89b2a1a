/* SPDX-License-Identifier: MIT */
/*
 * These are the sentences of sk_counter_help(), by protocol family. The rows of a
 * section stand together.
 */
#ifndef SKTOP_COLUMNS_COUNTERS_TABLES_H
#define SKTOP_COLUMNS_COUNTERS_TABLES_H

#include <stddef.h>
#include <sktop/counter_help.h>

extern const struct sk_counter_help counter_help_ip[];
extern const size_t counter_help_ip_n;
extern const struct sk_counter_help counter_help_tcp[];
extern const size_t counter_help_tcp_n;
extern const struct sk_counter_help counter_help_modules[];
extern const size_t counter_help_modules_n;
extern const struct sk_counter_help counter_help_other[];
extern const size_t counter_help_other_n;

#endif
