/* SPDX-License-Identifier: MIT */
#include <curses.h>
#include <string.h>
#include <sktop/array.h>
#include "input.h"

#define ESC 0x1b
#define BEL 0x07
#define CAN 0x18
#define SUB 0x1a
#define PASTE_END "\033[201~"
/* A terminal sends a sequence at once: what Esc alone waits for is not noticed. */
#define ESC_MS 25
#define SEQUENCE_MS 500
#define PASTE_MS 1000

/*
 * PuTTY, rxvt, the console and multiplexers inside each other call themselves xterm or
 * screen, and send what they always do. The table maps that to the codes of curses.
 */
static const struct input_key common_keys[] = {
	{ "\033[1~", KEY_HOME },  { "\033[7~", KEY_HOME },  { "\033[H", KEY_HOME },
	{ "\033OH", KEY_HOME },	  { "\033[4~", KEY_END },   { "\033[8~", KEY_END },
	{ "\033[F", KEY_END },	  { "\033OF", KEY_END },    { "\033[5~", KEY_PPAGE },
	{ "\033[6~", KEY_NPAGE }, { "\033[A", KEY_UP },	    { "\033OA", KEY_UP },
	{ "\033[B", KEY_DOWN },	  { "\033OB", KEY_DOWN },   { "\033[C", KEY_RIGHT },
	{ "\033OC", KEY_RIGHT },  { "\033[D", KEY_LEFT },   { "\033OD", KEY_LEFT },
	{ "\033[Z", KEY_BTAB },	  { "\033[3~", KEY_DC },    { "\033OM", KEY_ENTER },
	{ "\033[11~", KEY_F(1) }, { "\033OP", KEY_F(1) },   { "\033[[A", KEY_F(1) },
	{ "\033[12~", KEY_F(2) }, { "\033OQ", KEY_F(2) },   { "\033[[B", KEY_F(2) },
	{ "\033[13~", KEY_F(3) }, { "\033OR", KEY_F(3) },   { "\033[[C", KEY_F(3) },
	{ "\033[14~", KEY_F(4) }, { "\033OS", KEY_F(4) },   { "\033[[D", KEY_F(4) },
	{ "\033[15~", KEY_F(5) }, { "\033[[E", KEY_F(5) },  { "\033[17~", KEY_F(6) },
	{ "\033[20~", KEY_F(9) }, { "\033[21~", KEY_F(10) },
};

static size_t take(struct input *in, bool late, struct input_event *event);

size_t input_feed(struct input *in, const void *bytes, size_t n)
{
	size_t room = INPUT_ROOM - in->n;

	if (n > room)
		n = room;
	memcpy(in->bytes + in->n, bytes, n);
	in->n += n;
	return n;
}

/** The longest key that the input begins with, and whether more could make it another. */
struct match {
	size_t len;
	int code;
	bool partial;
};

static void match_keys(const struct input *in, const struct input_key *keys, size_t n,
		       struct match *match)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(keys[i].bytes);
		size_t common = len < in->n ? len : in->n;

		if (memcmp(keys[i].bytes, in->bytes, common) != 0)
			continue;
		match->partial |= len > in->n;
		if (len <= in->n && len > match->len) {
			match->len = len;
			match->code = keys[i].code;
		}
	}
}

static void set_key(struct input_event *event, int code)
{
	event->kind = INPUT_KEY;
	event->code = code;
}

/* Buttons that do something, with Shift, Alt, Ctrl or without; not motion, not release. */
static void set_mouse(struct input_event *event, long button, long x, long y)
{
	button &= ~(4L | 8L | 16L);
	if ((button != INPUT_LEFT && button != INPUT_WHEEL_UP &&
	     button != INPUT_WHEEL_DOWN) ||
	    x < 0 || y < 0)
		return;
	event->kind = INPUT_MOUSE;
	event->button = (enum input_button)button;
	event->x = (int)x;
	event->y = (int)y;
}

/* ESC [ M, then button, column and line, each a byte of 32 and more. */
static size_t take_x10_mouse(const struct input *in, bool late, struct input_event *event)
{
	const uint8_t *b = in->bytes;

	for (size_t i = 3; i < 6; i++) {
		if (i == in->n)
			return late ? in->n : 0;
		if (b[i] < 32)
			return i;
	}
	set_mouse(event, b[3] - 32, b[4] - 33, b[5] - 33);
	return 6;
}

/* "0;12;5" of ESC [ < 0 ; 12 ; 5 M. */
static void read_mouse(const uint8_t *at, const uint8_t *end, struct input_event *event)
{
	long number[3] = { 0 };
	size_t n = 0;

	for (; at < end; at++) {
		if (*at == ';' && n < 2)
			n++;
		else if (*at >= '0' && *at <= '9' && number[n] < 100000)
			number[n] = number[n] * 10 + (*at - '0');
		else
			return;
	}
	if (n == 2)
		set_mouse(event, number[0], number[1] - 1, number[2] - 1);
}

static bool is_final(uint8_t c)
{
	return c >= 0x40 && c <= 0x7e;
}

static bool is_printable(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e;
}

static size_t end_csi(struct input *in, size_t end, struct input_event *event)
{
	const uint8_t *b = in->bytes;

	if (b[2] == '<' && b[end] == 'M')
		read_mouse(b + 3, b + end, event);
	else if (end == 5 && memcmp(b + 2, "200~", 4) == 0)
		in->state = INPUT_IN_PASTE;
	return end + 1;
}

/* Takes ESC [, parameters and a letter that are none of the known keys. */
static size_t take_csi(struct input *in, bool late, struct input_event *event)
{
	const uint8_t *b = in->bytes;

	if (in->n > 2 && b[2] == 'M' && in->x10_mouse)
		return take_x10_mouse(in, late, event);
	if (in->n > 2 && b[2] == '[') /* the console's function keys: a letter more */
		return in->n == 3 ? (late ? 3 : 0) : is_printable(b[3]) ? 4 : 3;
	for (size_t i = 2; i < in->n; i++) {
		if (is_final(b[i]))
			return end_csi(in, i, event);
		if (!is_printable(b[i]))
			return i; /* broken off */
	}
	if (in->n >= INPUT_ROOM)
		in->state = INPUT_IN_CSI;
	return late || in->n >= INPUT_ROOM ? in->n : 0;
}

/* The rest of one that is longer than any that means something. */
static size_t skip_csi(struct input *in, bool late, struct input_event *event)
{
	for (size_t i = 0; i < in->n; i++) {
		if (is_final(in->bytes[i])) {
			in->state = INPUT_GROUND;
			return i + 1;
		}
		if (!is_printable(in->bytes[i])) {
			in->state = INPUT_GROUND;
			return i ? i : take(in, late, event);
		}
	}
	return in->n;
}

/* ESC O and a letter; old ones have a number before it. */
static size_t take_ss3(struct input *in, bool late)
{
	size_t i = 2;

	while (i < in->n &&
	       ((in->bytes[i] >= '0' && in->bytes[i] <= '9') || in->bytes[i] == ';'))
		i++;
	if (i < in->n)
		return is_printable(in->bytes[i]) ? i + 1 : i;
	if (in->n >= INPUT_ROOM)
		in->state = INPUT_IN_CSI; /* which ends alike */
	return late || in->n >= INPUT_ROOM ? in->n : 0;
}

/* Skips an answer of the terminal, up to its end: ESC \, or BEL. */
static size_t skip_string(struct input *in, bool late, struct input_event *event)
{
	for (size_t i = 0; i < in->n; i++) {
		uint8_t c = in->bytes[i];

		if (c == ESC && i + 1 == in->n && !late)
			return i;
		if ((c == BEL && in->osc) || c == CAN || c == SUB ||
		    (c == 0x9c && in->eight_bit)) {
			in->state = INPUT_GROUND;
			return i + 1;
		}
		if (c != ESC)
			continue;
		in->state = INPUT_GROUND;
		if (i + 1 < in->n && in->bytes[i + 1] == '\\')
			return i + 2;
		return i ? i : take(in, late, event);
	}
	return in->n;
}

static size_t begin_string(struct input *in, uint8_t introducer, bool eight_bit, size_t used)
{
	in->state = INPUT_IN_STRING;
	in->osc = introducer == ']';
	in->eight_bit = eight_bit;
	return used;
}

static bool begins_string(uint8_t c)
{
	return c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X';
}

/** The character that begins at some byte, read as UTF-8. */
struct character {
	size_t len;	 /* of the character, or of what is broken; 0 = more must come */
	uint32_t code;	 /* UINT32_MAX = broken */
};

static struct character read_character(const uint8_t *b, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	struct character c = { 1, UINT32_MAX };
	size_t len = b[0] < 0x80 ? 1 : b[0] < 0xc2 ? 0 : b[0] < 0xe0 ? 2 :
		     b[0] < 0xf0 ? 3 : b[0] < 0xf5 ? 4 : 0;
	uint32_t code = len == 1 ? b[0] : len ? b[0] & (0x7fU >> len) : 0;

	if (!len)
		return c;
	for (; c.len < len; c.len++) {
		if (c.len == n)
			return (struct character){ 0, UINT32_MAX };
		if ((b[c.len] & 0xc0) != 0x80)
			return c;
		code = code << 6 | (b[c.len] & 0x3fU);
	}
	if (code >= least[len] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
		c.code = code;
	return c;
}

/* One byte, or a character of two, that stands for ESC and a letter. */
static size_t take_c1(struct input *in, uint8_t letter, size_t len, bool late,
		      struct input_event *event)
{
	if (begins_string(letter))
		return begin_string(in, letter, true, len);
	if (letter != '[' && letter != 'O')
		return len;
	memmove(in->bytes + 2, in->bytes + len, in->n - len);
	in->bytes[0] = ESC;
	in->bytes[1] = letter;
	in->n += 2 - len;
	return take(in, late, event);
}

static size_t take_character(struct input *in, bool late, struct input_event *event)
{
	struct character c = read_character(in->bytes, in->n);

	if (!c.len)
		return late ? in->n : 0;
	if (in->bytes[0] >= 0x80 && in->bytes[0] < 0xa0)
		c.code = in->bytes[0];
	if (c.code >= 0x80 && c.code < 0xa0 && in->state == INPUT_GROUND)
		return take_c1(in, (uint8_t)(c.code - 0x40), c.len, late, event);
	if (c.code >= 0xa0 && c.code <= 0x10ffff) {
		event->kind = INPUT_TEXT;
		memcpy(event->text, in->bytes, c.len);
	}
	return c.len;
}

/* Alt with a letter, or with a key that has a sequence of its own. */
static size_t take_alt(struct input *in, bool late, struct input_event *event)
{
	const uint8_t *b = in->bytes;
	struct character c;

	if (b[1] == ESC) {
		if (in->n == 2 && !late)
			return 0;
		if (in->n > 2 && (b[2] == '[' || b[2] == 'O'))
			in->drop = true;
		else
			set_key(event, ESC);
		return 1;
	}
	if (b[1] >= 0x20 && b[1] < 0x30) { /* ESC / Z is the answer of a VT52 */
		if (in->n == 2)
			return late ? 2 : 0;
		return is_printable(b[2]) ? 3 : 2;
	}
	c = read_character(b + 1, in->n - 1);
	return c.len ? 1 + c.len : late ? in->n : 0;
}

static size_t take_escape(struct input *in, bool late, struct input_event *event)
{
	if (in->n == 1) {
		if (late)
			set_key(event, ESC);
		return late;
	}
	if (in->bytes[1] == '[')
		return take_csi(in, late, event);
	if (in->bytes[1] == 'O')
		return take_ss3(in, late);
	if (begins_string(in->bytes[1]))
		return begin_string(in, in->bytes[1], false, 2);
	return take_alt(in, late, event);
}

/* Takes pasted text. Only its end is read as a sequence. */
static size_t take_pasted(struct input *in, bool late, struct input_event *event)
{
	size_t len = strlen(PASTE_END);
	uint8_t c = in->bytes[0];

	if (c == ESC) {
		if (memcmp(in->bytes, PASTE_END, in->n < len ? in->n : len) != 0)
			return 1;
		if (in->n >= len || late)
			in->state = INPUT_GROUND;
		return in->n >= len ? len : late ? in->n : 0;
	}
	if (c >= 0x80)
		return take_character(in, late, event);
	if (is_printable(c) || c == '\t' || c == '\n' || c == '\r') {
		event->kind = INPUT_TEXT;
		event->text[0] = c < 0x20 ? ' ' : (char)c;
	}
	return 1;
}

/*
 * Returns how many bytes the first sequence has, which may be no event; 0 = more must
 * come.
 */
static size_t take(struct input *in, bool late, struct input_event *event)
{
	struct match match = { 0 };

	if (in->state == INPUT_IN_CSI)
		return skip_csi(in, late, event);
	if (in->state == INPUT_IN_STRING)
		return skip_string(in, late, event);
	if (in->state == INPUT_IN_PASTE)
		return take_pasted(in, late, event);
	match_keys(in, in->keys, in->n_keys, &match);
	match_keys(in, common_keys, ARRAY_SIZE(common_keys), &match);
	if (match.partial && !late)
		return 0;
	if (match.len) {
		set_key(event, match.code);
		return match.len;
	}
	if (in->bytes[0] == ESC)
		return take_escape(in, late, event);
	if (in->bytes[0] >= 0x80)
		return take_character(in, late, event);
	set_key(event, in->bytes[0]);
	return 1;
}

bool input_next(struct input *in, bool late, struct input_event *event)
{
	while (in->n) {
		bool drop = in->drop;
		size_t used;

		*event = (struct input_event){ .kind = INPUT_NONE };
		used = take(in, late, event);
		if (!used)
			return false;
		in->n -= used;
		memmove(in->bytes, in->bytes + used, in->n);
		if (drop)
			in->drop = false;
		if (event->kind != INPUT_NONE && !drop)
			return true;
	}
	if (late)
		in->state = INPUT_GROUND;
	return false;
}

/*
 * rxvt's Shift with PgUp: ESC [ 5 $, and nothing behind it. Elsewhere `$` is an intermediate
 * byte, and a letter follows at once.
 */
static bool may_be_rxvt(const struct input *in)
{
	const uint8_t *b = in->bytes;
	size_t i = 2;

	if (in->n < 4 || b[0] != ESC || b[1] != '[')
		return false;
	while (i < in->n && b[i] >= '0' && b[i] <= '9')
		i++;
	return i > 2 && i + 1 == in->n && b[i] == '$';
}

int input_patience(const struct input *in)
{
	if (in->state == INPUT_IN_PASTE)
		return PASTE_MS;
	if (in->state != INPUT_GROUND)
		return SEQUENCE_MS;
	if (!in->n)
		return 0;
	if (in->bytes[in->n - 1] == ESC || in->bytes[0] != ESC || may_be_rxvt(in))
		return ESC_MS;
	return SEQUENCE_MS;
}
