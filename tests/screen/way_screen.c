/* SPDX-License-Identifier: MIT */
/*
 * way_screen SPEC: the screen before a synthetic source. The linker puts the functions
 * below between it and the engine, curses and libc (-Wl,--wrap), so it tells at the end
 * what was done while the sampler had been told otherwise: no row may be made and nothing
 * drawn while the screen is said to rest, and nothing be waited for while it is not.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#include <curses.h>
#include <sktop/rows.h>
#include <sktop/sampler.h>
#include <sktop/ui.h>

static struct {
	bool begun; /* the first frame has no sample, and is drawn beside the first one */
	bool resting; /* as the sampler was told */
	unsigned made, drawn, waited;
	unsigned wrong; /* of these */
} seen;

void __real_sk_sampler_give_way(struct sk_sampler *sampler, bool wanted);
void __wrap_sk_sampler_give_way(struct sk_sampler *sampler, bool wanted);

void __wrap_sk_sampler_give_way(struct sk_sampler *sampler, bool wanted)
{
	seen.begun = true;
	seen.resting = !wanted;
	__real_sk_sampler_give_way(sampler, wanted);
}

int __real_sk_rows_make(struct sk_maker *maker, enum sk_pane_id pane,
			const struct sk_context *context, const struct sk_choice *choice,
			struct sk_rows *rows, struct sk_view *view);
int __wrap_sk_rows_make(struct sk_maker *maker, enum sk_pane_id pane,
			const struct sk_context *context, const struct sk_choice *choice,
			struct sk_rows *rows, struct sk_view *view);

int __wrap_sk_rows_make(struct sk_maker *maker, enum sk_pane_id pane,
			const struct sk_context *context, const struct sk_choice *choice,
			struct sk_rows *rows, struct sk_view *view)
{
	seen.made++;
	seen.wrong += seen.resting;
	return __real_sk_rows_make(maker, pane, context, choice, rows, view);
}

int __real_doupdate(void);
int __wrap_doupdate(void);

int __wrap_doupdate(void)
{
	seen.drawn += seen.begun;
	seen.wrong += seen.resting;
	return __real_doupdate();
}

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	/* other threads wait for what they like */
	if (timeout && getpid() == gettid()) {
		seen.waited += seen.begun;
		seen.wrong += !seen.resting;
	}
	return __real_poll(fds, n, timeout);
}

int main(int argc, char **argv)
{
	struct sk_options options = { .request = SK_REQUEST_DEFAULT,
				      .pane = SK_PANE_CONNECTIONS,
				      .numeric = ~0U,
				      .header = true };
	char error[SK_ERROR_LEN] = "";
	struct sk_source *source;
	int status;

	if (argc < 2 || sk_synthetic_source_new(argv[1], &source, error))
		return 2;
	options.request.interval = 0.1;
	if (sk_ui_run(&options, source, &status, error)) {
		fprintf(stderr, "%s\n", error);
		return status;
	}
	printf("%s made, %s drawn, %s waited for; %u at the wrong time\n",
	       seen.made ? "rows" : "nothing", seen.drawn ? "frames" : "nothing",
	       seen.waited ? "events" : "nothing", seen.wrong);
	return 0;
}
