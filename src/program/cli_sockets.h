/* SPDX-License-Identifier: MIT */
/*
 * These options choose sockets: by protocol, by ss's words, by address family.
 */
#ifndef SKTOP_PROGRAM_CLI_SOCKETS_H
#define SKTOP_PROGRAM_CLI_SOCKETS_H

#include "program/cli.h"

/* Readers of the option table: see option_fn. */

/** -t, -u, -x...: one protocol more. The first one of all turns the default off. */
enum cli_result cli_read_proto(struct sk_options *o, const char *arg, int proto);

/** -4, -6. */
enum cli_result cli_read_family(struct sk_options *o, const char *arg, int family);

/** -A LIST: ss's words, "!word" takes one away. */
enum cli_result cli_read_query(struct sk_options *o, const char *arg, int value);

/** -f FAMILY. */
enum cli_result cli_read_family_name(struct sk_options *o, const char *arg, int value);

/** --all-families. */
enum cli_result cli_read_all_families(struct sk_options *o, const char *arg, int value);

/** -B: TCP sockets that are bound and nothing else. */
enum cli_result cli_read_bound(struct sk_options *o, const char *arg, int value);

#endif
