/* SPDX-License-Identifier: MIT */
/*
 * The terminal keeps the clipboard: OSC 52 works over ssh too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/text.h>
#include "app.h"

static void put_base64(const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)(uint8_t)text[i] << 16;

		if (i + 1 < len)
			bits |= (uint32_t)(uint8_t)text[i + 1] << 8;
		if (i + 2 < len)
			bits |= (uint8_t)text[i + 2];
		putchar(digits[bits >> 18]);
		putchar(digits[bits >> 12 & 63]);
		putchar(i + 1 < len ? digits[bits >> 6 & 63] : '=');
		putchar(i + 2 < len ? digits[bits & 63] : '=');
	}
}

void app_copy(struct app *app, const char *text)
{
	size_t room = text ? SK_TEXT_SHOWN_ROOM(strlen(text)) : 0;
	char *safe = text ? malloc(room) : NULL;

	if (!safe) {
		app_say(app, true, "Nothing was copied: there is no memory");
		return;
	}
	/* what is pasted into a shell must not press Enter */
	sk_text_utf8(safe, room, text);
	fputs("\033]52;c;", stdout);
	put_base64(safe);
	fputs("\a", stdout);
	fflush(stdout);
	app_say(app, false, "Copied: %.120s", safe);
	free(safe);
}
