/* SPDX-License-Identifier: MIT */
/*
 * The function that takes texts in, on any bytes, and the two that write them, on any text
 * that it has taken in.
 */
#include <locale.h>
#include <sktop/text.h>
#include "fuzz.h"

/* Requires a text that may go to a terminal or a program: whole characters, no controls. */
static void check_shown(const char *text, size_t len)
{
	require(strlen(text) == len);
	require(sk_text_is_clean(text) && !sk_text_has_bytes(text));
}

static void check_handles(const char *text)
{
	static locale_t ascii, utf8;
	size_t len = strlen(text), room = SK_TEXT_SHOWN_ROOM(len), width, used;
	char *out = malloc(room);

	ascii = ascii ? ascii : newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	utf8 = utf8 ? utf8 : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	require(out && ascii && utf8);
	check_shown(out, sk_text_utf8(out, room, text));
	uselocale(ascii);
	sk_text_show(out, room, text);
	require(sk_text_is_plain(out) && sk_text_width(text) == strlen(out));
	uselocale(utf8);
	check_shown(out, sk_text_show(out, room, text));
	width = sk_text_width(text);
	require(sk_text_width(out) == width);
	for (size_t cells = 0; cells < 5; cells++) {
		size_t bytes = sk_text_fit(text, cells, &used);

		require(used <= cells && bytes <= len && (used + 2 > cells || bytes == len));
	}
	/* never cut within a character */
	for (size_t small = 1; small < 6 && small < room; small++)
		check_shown(out, sk_text_show(out, small, text));
	free(out);
}

/* All that came in is still there. */
static void check_bytes(const char *text, const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(strlen(text) + 1);

	require(bytes != NULL);
	require(sk_text_bytes(text, bytes) == size);
	for (size_t i = 0; i < size; i++)
		require(bytes[i] == (data[i] ? data[i] : '@'));
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, len;
	char *text, *typed;

	if (size > 512)
		size = 512;
	room = SK_TEXT_ROOM(size);
	text = malloc(room);
	require(text != NULL);
	len = sk_text_clean(text, room, data, size);
	require(len < room && strlen(text) == len && sk_text_is_clean(text));
	check_bytes(text, data, size);
	check_handles(text);
	typed = sk_text_typed(text, len);
	require(typed && strcmp(typed, text) == 0);
	free(typed);
	/* a text that was not taken in does no harm */
	memcpy(text, data, size);
	text[size] = '\0';
	check_handles(text);
	free(text);
	return 0;
}
