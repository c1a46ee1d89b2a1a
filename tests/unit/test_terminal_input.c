/* SPDX-License-Identifier: MIT */
/*
 * The bytes that terminals send become events: known keys are keys, all the rest is left
 * out whole.
 */
#include "../testing.h"
#include <curses.h>
#include <stdio.h>
#include <string.h>
#include "input.h"

/* Events as words: "up ^[ q", "'ä'", "click 3,4". */
static char words[4096];

static void add_word(const struct input_event *event)
{
	size_t n = strlen(words);
	char *to = words + n;
	size_t room = sizeof(words) - n;
	const char *blank = n ? " " : "";

	if (event->kind == INPUT_TEXT)
		snprintf(to, room, "%s'%s'", blank, event->text);
	else if (event->kind == INPUT_MOUSE)
		snprintf(to, room, "%s%s %d,%d", blank,
			 event->button == INPUT_LEFT	 ? "click" :
			 event->button == INPUT_WHEEL_UP ? "wheel up" : "wheel down",
			 event->x, event->y);
	else
		snprintf(to, room, "%s%s", blank, keyname(event->code));
}

static void take_all(struct input *input, bool late)
{
	struct input_event event;

	while (input_next(input, late, &event))
		add_word(&event);
}

/* All at once, or byte by byte; then nothing more comes. */
static void type_bytes(struct input *input, const char *bytes, size_t n, size_t piece)
{
	words[0] = '\0';
	for (size_t at = 0; at < n;) {
		size_t part = n - at < piece ? n - at : piece;

		at += input_feed(input, bytes + at, part);
		take_all(input, false);
	}
	take_all(input, true);
	assert_int_equal(input_patience(input), 0);
}

static void expect_of(const struct input *terminal, const char *bytes, size_t n,
		      const char *expected)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 64 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct input input = *terminal;

		type_bytes(&input, bytes, n, pieces[i]);
		if (strcmp(words, expected) != 0) {
			for (size_t k = 0; k < n; k++)
				print_message("%02x ", (unsigned char)bytes[k]);
			fail_msg("became '%s', not '%s', in pieces of %zu", words, expected,
				 pieces[i]);
		}
	}
}

static void expect(const char *bytes, const char *expected)
{
	expect_of(&(struct input){ 0 }, bytes, strlen(bytes), expected);
}

TEST(test_known_keys)
{
	expect("q", "q");
	expect("\003", "^C");
	expect("\033[A\033OA\033[D", "KEY_UP KEY_UP KEY_LEFT");
	expect("\033[1~\033[7~\033[H\033OH", "KEY_HOME KEY_HOME KEY_HOME KEY_HOME");
	expect("\033[11~\033OP\033[[A", "KEY_F(1) KEY_F(1) KEY_F(1)");
	expect("\033[21~", "KEY_F(10)");
	expect("\033[Zj", "KEY_BTAB j");
	expect("\033OM", "KEY_ENTER");
	expect("\233A\2175\217B", "KEY_UP KEY_DOWN"); /* C1: 8-bit CSI; SS3 */
	expect("\302\233A", "KEY_UP");
}

TEST(test_escape)
{
	struct input input = { 0 };
	struct input_event event;

	expect("\033", "^[");
	expect("\033\033", "^[ ^[");
	/* alone, it waits too short to be noticed, and then what follows is a key */
	input_feed(&input, "\033", 1);
	assert_false(input_next(&input, false, &event));
	assert_in_range(input_patience(&input), 1, 50);
	assert_true(input_next(&input, true, &event));
	assert_int_equal(event.code, 27);
	input_feed(&input, "q", 1);
	assert_true(input_next(&input, false, &event));
	assert_int_equal(event.code, 'q');
	/* what can be no Esc key has more time, on a slow line */
	input_feed(&input, "\033[1;", 4);
	assert_false(input_next(&input, false, &event));
	assert_in_range(input_patience(&input), 200, 1000);
	input_feed(&input, "5C", 2);
	assert_false(input_next(&input, false, &event));
	assert_int_equal(input_patience(&input), 0);
}

/* Keys of terminals, of which none has a meaning here. */
static const char *const foreign[] = {
	/* xterm: with Shift, Alt, Ctrl; F11 and up; keypad; Insert */
	"\033[1;2A", "\033[1;5C", "\033[1;5D", "\033[1;3C", "\033[1;6H", "\033[1;5F",
	"\033[1;2P", "\033[1;5Q", "\033O5P", "\033O1;2S", "\033[15;2~", "\033[17;5~",
	"\033[23~", "\033[24~", "\033[24;8~", "\033[3;5~", "\033[5;3~", "\033[6;5~",
	"\033[2~", "\033[2;2~", "\033OE", "\033OI", "\033Oj", "\033Ok", "\033Oq", "\033Ou",
	"\033Oy", "\033OX", "\033O ", "\033[E", "\033[G", "\033[5;2A",
	/* modifyOtherKeys, CSI u, kitty with events and text */
	"\033[27;5;9~", "\033[27;6;113~", "\033[113;5u", "\033[113u", "\033[57399;1:3u",
	"\033[97:65;2;65u", "\033[1;1:3A", "\033[13;2u", "\033[?0u", "\033[57414u",
	/* rxvt */
	"\033[a", "\033[d", "\033Oa", "\033Od", "\033[5$", "\033[6$", "\033[5^", "\033[6@",
	"\033[23$", "\033[24^", "\033[3^", "\033[25~", "\033[8^",
	/* linux, sun, sco, vt220, putty, Eterm, mach */
	"\033[25~", "\033[34~", "\033[P", "\033[224z", "\033[192z", "\033[28~", "\033[29~",
	"\033[31~", "\033OT", "\033O|", "\033[2z", "\033[N", "\033[g",
	/* with Alt, as rxvt, putty and macOS send it */
	"\033\033[A", "\033\033OA", "\033\033[5~", "\033\033[1;5C",
	/* Alt with a letter */
	"\033q", "\033K", "\033y", "\033\r", "\033\t", "\033\177", "\033[", "\033O", "\033]",
	"\033P", "\033X", "\033^", "\033_", "\033/", "\033 ", "\033\303\244", "\033\010",
	/* focus; answers that come late: DA1, DA2, DA3, DSR, CPR, DECRPM, sizes, VT52 */
	"\033[I", "\033[O", "\033[?62;c", "\033[?1;2c", "\033[>41;354;0c",
	"\033P!|7E565445\033\\", "\033[0n", "\033[24;80R", "\033[?24;80;1R",
	"\033[?2026;2$y", "\033[4;1$y", "\033[1$q", "\033[1$ q", "\033[8;24;80t", "\033[4;480;640t", "\033/Z",
	"\033[?997;1n", "\033[48;24;80;480;640t",
	/* OSC, DCS, APC, PM, SOS */
	"\033]10;rgb:ffff/ffff/ffff\007", "\033]11;rgb:0000/0000/0000\033\\",
	"\033]52;c;cXVpdApLeQ==\007", "\033]lquit q\033\\", "\033]Lqqq\033\\",
	"\033P>|XTerm(390)\033\\", "\033P1+r544e=787465726d\033\\", "\033P0$r\033\\",
	"\033_Gi=1;OK\033\\", "\033^qqq\033\\", "\033Xqqq\033\\", "\2351;q\234",
	"\220qq\234", "\033]0;q\302\234q\033\\", "\033]4;1;q\030", "\033]4;q\032",
	/* longer than anything that is kept */
	"\033[11111111111111111111111111111111111111111111111111111111111111111111111;1~",
	"\033O111111111111111111111111111111111111111111111111111111111111111111111111P",
	"\033]52;c;qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\007",
	/* mouse: motion, release, other buttons; without coordinates; urxvt's */
	"\033[<35;3;4M", "\033[<0;3;4m", "\033[<2;3;4M", "\033[<66;1;1M", "\033[<0;3M",
	"\033[<0;3;4;5M", "\033[32;3;4M", "\033[<;;M", "\033[<0;0;0M",
	/* UTF-8 that is none: a byte of Latin-1, cut, too long, a surrogate, too high */
	"\344", "\303", "\200", "\340\200\200", "\300\201", "\355\240\200",
	"\364\220\200\200", "\370\210\200\200\200", "\377\376",
};

TEST(test_foreign_keys)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		expect(foreign[i], "");
}

/* Whole before another key, unless it is one that the next byte could belong to. */
TEST(test_next_key_survives)
{
	char bytes[128];

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (strlen(foreign[i]) < 3 && foreign[i][0] == '\033' &&
		    strchr("[O]PX^_/ ", foreign[i][1]))
			continue;
		if (foreign[i][strlen(foreign[i]) - 1] == '$')
			continue;
		snprintf(bytes, sizeof(bytes), "%sj", foreign[i]);
		expect(bytes, "j");
	}
	expect("\033[1;5\033[A", "KEY_UP"); /* broken off */
	expect("\033]0;title\033[A", "KEY_UP");
	expect("\033[12\003", "^C");
	expect("\033[[\003", "^C");
}

/* rxvt's keys end at `$` when nothing comes at once; otherwise `$` is in the middle. */
TEST(test_dollar)
{
	struct input input = { 0 };
	struct input_event event;

	expect("\033[1$qj", "j");
	expect("\033[?2026;2$yj", "j");
	expect("\033[5$\033[A", "KEY_UP");
	expect("\2335$qj", "j");
	input_feed(&input, "\033[5$", 4);
	assert_false(input_next(&input, false, &event));
	assert_in_range(input_patience(&input), 1, 50); /* as short as Esc alone */
	assert_false(input_next(&input, true, &event));
	input_feed(&input, "q", 1);
	assert_true(input_next(&input, false, &event));
	assert_int_equal(event.code, 'q');
	/* this is no key of rxvt: its letter is still on its way */
	input_feed(&input, "\033[?5$", 5);
	assert_false(input_next(&input, false, &event));
	assert_in_range(input_patience(&input), 200, 1000);
}

TEST(test_mouse)
{
	const struct input x10 = { .x10_mouse = true };

	expect("\033[<0;4;5M\033[<0;4;5m", "click 3,4");
	expect("\033[<64;1;1M\033[<65;200;100M", "wheel up 0,0 wheel down 199,99");
	expect("\033[<4;4;5M", "click 3,4"); /* with Shift */
	expect_of(&x10, "\033[M $%\033[M#$%\033[Ma!\377j", 19, "click 3,4 wheel down 0,222 j");
	expect_of(&x10, "\033[M \003", 5, "^C");
	expect("\033[Mj", "j"); /* is no click where those are sent otherwise */
}

TEST(test_paste)
{
	expect("\033[200~qK\ry\033[201~j", "'q' 'K' ' ' 'y' j");
	expect("\033[200~\033[21~\003\303\244\344\t\033[201~q",
	       "'[' '2' '1' '~' '\303\244' ' ' q");
	expect("\033[200~q\033[201", "'q'"); /* its end never came */
}

TEST(test_characters)
{
	expect("\303\244\342\202\254\360\237\230\200", "'\303\244' '\342\202\254' '\360\237\230\200'");
	expect("\303j", "j");
	expect("\342\202q", "q");
	expect("\344q", "q");
}

/* Keys that are no sequences of ours, from terminfo: they come first, the longest too. */
TEST(test_own_keys)
{
	static const struct input_key keys[] = { { "\001@\r", KEY_F(1) }, { "\033?p", KEY_UP },
						 { "\033A", KEY_DOWN }, { "\177", KEY_DC },
						 { "\033[5$", KEY_F(2) } };
	const struct input wyse = { .keys = keys, .n_keys = 5 };

	expect_of(&wyse, "\001@\r\033?p\033A\177\033[5$", 13,
		  "KEY_F(1) KEY_UP KEY_DOWN KEY_DC KEY_F(2)");
	expect_of(&wyse, "\001", 1, "^A");
	expect_of(&wyse, "\001q", 2, "^A q");
}
