/* SPDX-License-Identifier: MIT */
/*
 * expensive_screen [cheap]: the screen before a source of one socket, whose samples say that
 * they took long (or not), and what they were asked for.
 */
#include <stdio.h>
#include <time.h>
#include <sktop/ui.h>

static bool cheap;

static int expensive_collect(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample)
{
	const struct sk_detached detached = { .socket = { .cookie = 1,
						.proto = SK_PROTO_TCP,
						.state = SK_STATE_LAST_ACK,
						.lport = 1000,
						.inode = 1 } };
	struct timespec now;
	struct sk_socket *s;
	int err = sk_sample_add_socket(sample, &s, NULL);

	(void)source;
	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->needs = request->needs;
	sample->source = "live";
	sample->machine.live = true;
	sample->time_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	sample->duration_ns = cheap ? 0 : 1000000000;
	snprintf(sample->losses.note, sizeof(sample->losses.note), "%s tcp_info",
		 request->needs & SK_NEED_INFO ? "with" : "without");
	return err ? err : sk_sample_put(sample, s, &detached);
}

static void expensive_free(struct sk_source *source)
{
	(void)source;
}

int main(int argc, char **argv)
{
	static const struct sk_source_ops ops = { .collect = expensive_collect,
						  .free = expensive_free };
	struct sk_source source = { &ops };
	struct sk_options options = { .request = SK_REQUEST_DEFAULT,
				      .pane = SK_PANE_CONNECTIONS,
				      .numeric = ~0U,
				      .header = true };
	char error[SK_ERROR_LEN] = "";
	int status;

	(void)argv;
	cheap = argc > 1;
	sk_text_set_locale();
	options.request.interval = 0.1;
	if (sk_ui_run(&options, &source, &status, error)) {
		fprintf(stderr, "%s\n", error);
		return status;
	}
	return 0;
}
