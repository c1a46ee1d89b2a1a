/* SPDX-License-Identifier: MIT */
/*
 * Any bytes from a terminal, in any pieces, with any pauses between them.
 */
#include <stdlib.h>
#include <string.h>
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_event(const struct input_event *event)
{
	size_t len = strnlen(event->text, sizeof(event->text));

	if (event->kind == INPUT_NONE || len == sizeof(event->text) ||
	    (event->kind == INPUT_TEXT) != (len > 0))
		abort();
	if (event->kind == INPUT_TEXT && len == 1 &&
	    (event->text[0] < ' ' || event->text[0] > '~'))
		abort();
	if (event->kind == INPUT_KEY &&
	    (event->code < 0 || (event->code > 127 && event->code < 256)))
		abort();
	if (event->kind == INPUT_MOUSE && (event->x < 0 || event->y < 0))
		abort();
}

static void take_events(struct input *input, bool late)
{
	struct input_event event;

	while (input_next(input, late, &event))
		check_event(&event);
	/* what has begun has a time to end in, and there is room for the rest of it */
	if (input->n >= INPUT_ROOM || (input->n && !input_patience(input)))
		abort();
	if (late && (input->n || input_patience(input)))
		abort();
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
		if (!n)
			abort();
		at += n;
		take_events(&input, false);
		if ((data[0] & 4) && at % 7 == 0)
			take_events(&input, true);
	}
	take_events(&input, true);
	return 0;
}
