/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <sktop/text.h>

/* Characters that print nothing or rearrange what stands around them. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x80, 0x9f },	    { 0xad, 0xad },	{ 0x61c, 0x61c },
	{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0xd800, 0xdfff }, { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0x10ffff },
};

static bool prints(uint32_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	}
	return c < 0x110000;
}

/* Bytes of the character that begins at `at`, if it is one that prints; else 0. */
static size_t character(const uint8_t *at, size_t left, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc2 ? 2 : 0;
	uint32_t c = at[0];

	*out = c;
	if (c >= ' ' && c <= '~')
		return 1;
	if (!len || len > left || c > 0xf4)
		return 0;
	c &= 0xffU >> (len + 1);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3fU);
	}
	*out = c;
	return c >= least[len] && prints(c) ? len : 0;
}

size_t sk_text_clean(char *out, size_t size, const void *text, size_t len)
{
	const uint8_t *at = text;
	size_t n = 0;
	uint32_t c;

	while (len && n + 1 < size) {
		size_t step = character(at, len, &c);

		if (step && n + step >= size)
			break;
		if (step)
			memmove(out + n, at, step);
		else
			out[n] = *at ? '?' : '@';
		step = step ? step : 1;
		n += step;
		at += step;
		len -= step;
	}
	out[n] = '\0';
	return n;
}

bool sk_text_is_plain(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return *text == '\0';
}

bool sk_text_is_clean(const char *text)
{
	size_t left;
	uint32_t c;

	while (*text >= ' ' && *text <= '~')
		text++;
	for (left = strlen(text); left;) {
		size_t step = character((const uint8_t *)text, left, &c);

		if (!step)
			return false;
		text += step;
		left -= step;
	}
	return true;
}

size_t sk_text_fit(const char *text, size_t cells, size_t *used)
{
	size_t left = strlen(text), bytes = 0;

	*used = 0;
	while (bytes < left) {
		uint32_t c;
		size_t step = character((const uint8_t *)text + bytes, left - bytes, &c);
		int width = c < 0x80 ? 1 : wcwidth((wchar_t)c);

		if (width < 0)
			width = 1;
		if (*used + (size_t)width > cells)
			break;
		*used += (size_t)width;
		bytes += step ? step : 1;
	}
	return bytes;
}

size_t sk_text_width(const char *text)
{
	size_t used;

	sk_text_fit(text, SIZE_MAX, &used);
	return used;
}
