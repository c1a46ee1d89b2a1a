/* SPDX-License-Identifier: MIT */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/privilege.h>
#include <sktop/text.h>
#include <sktop/ui.h>
#include "acting.h"
#include "batch.h"
#include "cli.h"
#include "cli_words.h"

static int open_source(const struct sk_options *options, struct sk_source **source,
		       char *error)
{
	if (options->synthetic)
		return sk_synthetic_source_new(options->synthetic, source, error);
	if (options->netns)
		return sk_netns_source_new(options->netns, options->live, source, error);
	return sk_live_source_new(options->live, source, error);
}

/* Arrays that grow are moved by the kernel instead of being copied, and leave no holes. */
#define MAPPED (128 << 10)

int main(int argc, char **argv)
{
	char error[SK_ERROR_LEN] = "";
	struct sk_options options;
	struct sk_source *source;
	int status = 1, err = sk_privilege_clean_environment();

	if (err) {
		cli_say("%s", strerror(-err));
		return 1;
	}
	sk_text_set_locale();
	switch (cli_parse(argc, argv, &options)) {
	case CLI_DONE:
		return fflush(stdout) ? 1 : 0;
	case CLI_USAGE:
		free(options.filter);
		return 2;
	case CLI_RUN:
		break;
	}
	mallopt(M_MMAP_THRESHOLD, MAPPED);
	err = open_source(&options, &source, error);
	if (err) {
		status = options.synthetic ? 2 : 1;
		goto cleanup;
	}
	err = options.kill ? acting_run(&options, source, &status, error) :
	      options.once || options.batch ? batch_run(&options, source, &status, error) :
					      sk_ui_run(&options, source, &status, error);
	if (!err)
		status = 0;
cleanup:
	if (err && error[0])
		cli_say("%s", error);
	free(options.filter);
	return status;
}
