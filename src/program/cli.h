/* SPDX-License-Identifier: MIT */
/*
 * This is the command line: letters, words, help.
 */
#ifndef SKTOP_PROGRAM_CLI_H
#define SKTOP_PROGRAM_CLI_H

#include <sktop/options.h>

/** What main() has to do after the command line was read. */
enum cli_result {
	CLI_RUN,  /* options hold; free options->filter */
	CLI_DONE, /* help or version was printed: exit 0 */
	CLI_USAGE, /* a message was printed: exit 2 */
	CLI_FAILED, /* likewise: exit 1 */
};

enum cli_result cli_parse(int argc, char **argv, struct sk_options *options);

#endif
