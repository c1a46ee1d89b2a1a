/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/leave.h>
#include <sktop/privilege.h>
#include <sktop/text.h>
#include <sktop/ui.h>
#include "program/acting.h"
#include "program/batch.h"
#include "program/cli.h"
#include "program/cli_messages.h"
#include "program/details.h"

/* Arrays that grow are moved by the kernel instead of being copied, and leave no holes. */
#define MAPPED (128 << 10)

/*
 * Descriptors that are closed at the start would become sockets of ours, and what is
 * printed would go there. In their place stands one that can be neither read nor written.
 */
static int take_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) < 0)
			return -errno;
	}
	return 0;
}

/* Help and version: returns the exit status. */
static int end_help(void)
{
	int err = cli_flush();

	if (err && err != -EPIPE)
		cli_say("writing: %s", strerror(-err));
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	char error[SK_ERROR_LEN] = "";
	struct sk_options options;
	enum cli_result parsed;
	struct sk_source *source;
	int status = 1, err = sk_privilege_clean_environment();

	if (!err)
		err = take_standard_descriptors();
	if (err) {
		cli_say("cannot start: %s", strerror(-err));
		return 1;
	}
	sk_text_set_locale();
	parsed = cli_parse(argc, argv, &options);
	switch (parsed) {
	case CLI_DONE:
		return end_help();
	case CLI_USAGE:
	case CLI_FAILED:
		free(options.filter);
		return parsed == CLI_USAGE ? 2 : 1;
	case CLI_RUN:
		break;
	}
	mallopt(M_MMAP_THRESHOLD, MAPPED);
	err = sk_source_new(options.source, options.source_argument, options.live, &source,
			    error);
	if (err) {
		status = options.source_usage ? 2 : 1;
		goto cleanup;
	}
	err = options.kill ? acting_run(&options, source, &status, error) :
	      options.details ? details_run(&options, source, &status, error) :
	      options.once || options.batch ? batch_run(&options, source, &status, error) :
					      sk_ui_run(&options, source, &status, error);
	if (!err)
		status = 0;
cleanup:
	if (err && error[0])
		cli_say("%s", error);
	free(options.filter);
	sk_leave_exit(status);
}
