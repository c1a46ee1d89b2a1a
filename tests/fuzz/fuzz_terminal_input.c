/* SPDX-License-Identifier: MIT */
/*
 * Any bytes from a terminal, in any pieces, with any pauses between them.
 */
#include "fuzz.h"
#include "input.h"

static void check_event(const struct input_event *event)
{
	size_t len = strnlen(event->text, sizeof(event->text));

	require(event->kind != INPUT_NONE && len < sizeof(event->text));
	require((event->kind == INPUT_TEXT) == (len > 0));
	if (event->kind == INPUT_TEXT && len == 1)
		require(event->text[0] >= ' ' && event->text[0] <= '~');
	if (event->kind == INPUT_KEY)
		require(event->code >= 0 && (event->code <= 127 || event->code >= 256));
	if (event->kind == INPUT_MOUSE)
		require(event->x >= 0 && event->y >= 0);
}

static void take_events(struct input *input, bool late)
{
	struct input_event event;

	while (input_next(input, late, &event))
		check_event(&event);
	/* what has begun has a time to end in, and there is room for the rest of it */
	require(input->n < INPUT_ROOM && (!input->n || input_patience(input)));
	require(!late || (!input->n && !input_patience(input)));
}

/* The first byte chooses the terminal, the second how long the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct input_key wyse[] = { { "\001@\r", 300 }, { "\033?p", 301 },
						 { "\177", 302 }, { "\033[5$", 303 } };
	struct input input = { 0 };
	size_t piece, at = 2;

	if (size < 2)
		return 0;
	input.x10_mouse = data[0] & 1;
	if (data[0] & 2) {
		input.keys = wyse;
		input.n_keys = 4;
	}
	piece = data[1] % 80U + 1;
	while (at < size) {
		size_t n = size - at < piece ? size - at : piece;

		n = input_feed(&input, data + at, n);
		require(n > 0);
		at += n;
		take_events(&input, false);
		if ((data[0] & 4) && at % 7 == 0)
			take_events(&input, true);
	}
	take_events(&input, true);
	return 0;
}
