/* SPDX-License-Identifier: MIT */
/*
 * This parser turns the bytes that a terminal sends into events. It makes no system
 * call and knows no clock. Unknown sequences (modified keys, focus, late answers of the
 * terminal, Alt with a letter, broken UTF-8) are left out whole, so that their letters
 * never act as keys.
 */
#ifndef SKTOP_UI_INPUT_H
#define SKTOP_UI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_ROOM 64 /* bytes of a sequence that are kept; no known one is as long */

enum input_kind {
	INPUT_NONE,
	INPUT_KEY,   /* code */
	INPUT_TEXT,  /* text: a character that is no key, since it is not ASCII or pasted */
	INPUT_MOUSE, /* button, x, y */
};

enum input_button { INPUT_LEFT = 0, INPUT_WHEEL_UP = 64, INPUT_WHEEL_DOWN = 65 };

struct input_event {
	enum input_kind kind;
	int code;     /* a byte below 128, or what the sequence's input_key has */
	char text[5]; /* one character of UTF-8, no control; NUL-ended */
	enum input_button button; /* that was pressed */
	int x, y;     /* the cell, from 0 */
};

/** A key and what it sends. */
struct input_key {
	const char *bytes;
	int code;
};

enum input_state { INPUT_GROUND, INPUT_IN_CSI, INPUT_IN_STRING, INPUT_IN_PASTE };

/** A terminal's input. All zero: empty, and no keys but the common ones. */
struct input {
	const struct input_key *keys; /* this terminal's own; they come first */
	size_t n_keys;
	bool x10_mouse; /* clicks are ESC [ M and three bytes; else that is unknown */
	/* what has begun and not ended; the caller leaves it alone */
	enum input_state state;
	bool osc, eight_bit; /* what else may end the string */
	bool drop;	     /* the next event is a key with Alt held: no key of ours */
	size_t n;
	uint8_t bytes[INPUT_ROOM + 1];
};

/** Takes bytes, as many as there is room for, and returns how many it took. */
size_t input_feed(struct input *input, const void *bytes, size_t n);

/**
 * The next event. False: none, until more bytes come, which there is room for now. late =
 * what has begun had input_patience() to go on, and is taken as it is.
 */
bool input_next(struct input *input, bool late, struct input_event *event);

/**
 * Milliseconds that the next byte may take, since it belongs to what has begun; 0 =
 * nothing has. Short where it may be the Esc key alone.
 */
int input_patience(const struct input *input);

#endif
