/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <sktop/array.h>
#include <sktop/text.h>

#define BYTES 0x10f800U /* U+10F800 to U+10F8FF: a byte that cannot be shown */
#define REPLACEMENT 0xfffdU

/* Characters that print nothing or rearrange what stands around them. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0xad, 0xad },
	{ 0x61c, 0x61c },   { 0x180b, 0x180f }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
	{ 0xe0000, 0x10ffff },
};

static bool prints(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	}
	return (c & 0xfffe) != 0xfffe; /* the last two of each plane */
}

/* Bytes of the UTF-8 character that begins at `at`; 0 = there is none. */
static size_t decode(const uint8_t *at, size_t left, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc2 ? 2 : 0;
	uint32_t c = at[0];

	*out = c;
	if (c < 0x80)
		return 1;
	if (!len || len > left || c > 0xf4)
		return 0;
	c &= 0xffU >> (len + 1);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3fU);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return len;
}

static bool is_byte(uint32_t c)
{
	return c - BYTES < 256;
}

/* Finds the byte that a character stands for in a text that was taken in. */
static size_t decode_byte(const char *at, size_t left, uint8_t *byte)
{
	uint32_t c;
	size_t step = left ? decode((const uint8_t *)at, left, &c) : 0;

	if (!step || !is_byte(c))
		return 0;
	*byte = (uint8_t)(c - BYTES);
	return step;
}

static void encode_byte(uint8_t byte, char out[4])
{
	out[0] = '\xf4';
	out[1] = '\x8f';
	out[2] = (char)(0xa0 | byte >> 6);
	out[3] = (char)(0x80 | (byte & 0x3f));
}

/* Bytes of printable ASCII at the begin, eight at a time. */
static size_t plain_words(const uint8_t *text, size_t len)
{
	size_t n = 0;
	uint64_t word;

	for (; n + sizeof(word) <= len; n += sizeof(word)) {
		memcpy(&word, text + n, sizeof(word));
		/* below ' ', '~' + 1, above 0x7f: each leaves a top bit */
		if (((word - 0x2020202020202020ULL) | (word + 0x0101010101010101ULL) | word) &
		    0x8080808080808080ULL)
			break;
	}
	return n;
}

size_t sk_text_clean(char *out, size_t size, const void *text, size_t len)
{
	const uint8_t *at = text;
	size_t n = plain_words(at, len < size ? len : size - 1);
	uint32_t c;

	memcpy(out, at, n);
	at += n;
	len -= n;
	while (len && n + 1 < size) {
		size_t step, room;

		if (*at >= ' ' && *at <= '~') {
			out[n++] = (char)*at++;
			len--;
			continue;
		}
		step = decode(at, len, &c);
		if (step && !prints(c))
			step = 0;
		room = step ? step : *at ? 4 : 1;
		if (n + room >= size)
			break;
		if (step)
			memcpy(out + n, at, step);
		else if (*at)
			encode_byte(*at, out + n);
		else
			out[n] = '@';
		step = step ? step : 1;
		n += room;
		at += step;
		len -= step;
	}
	out[n] = '\0';
	return n;
}

char *sk_text_typed(const char *text, size_t len)
{
	char *copy = strndup(text, len), *clean;

	if (!copy || sk_text_is_clean(copy))
		return copy;
	clean = malloc(SK_TEXT_ROOM(len));
	if (clean)
		sk_text_clean(clean, SK_TEXT_ROOM(len), copy, strlen(copy));
	free(copy);
	return clean;
}

static const char *behind_plain(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return text;
}

bool sk_text_is_plain(const char *text)
{
	return *behind_plain(text) == '\0';
}

bool sk_text_is_clean(const char *text)
{
	size_t left;
	uint32_t c;

	text = behind_plain(text);
	for (left = strlen(text); left;) {
		size_t step = decode((const uint8_t *)text, left, &c);

		if (!step || !(prints(c) || is_byte(c)))
			return false;
		text += step;
		left -= step;
	}
	return true;
}

bool sk_text_has_bytes(const char *text)
{
	uint8_t byte;

	while ((text = strchr(text, '\xf4'))) {
		if (decode_byte(text, strnlen(text, 4), &byte))
			return true;
		text++;
	}
	return false;
}

size_t sk_text_bytes(const char *text, void *out)
{
	size_t left = strlen(text), n = 0;
	uint8_t *to = out;

	while (left) {
		size_t step = decode_byte(text, left, &to[n]);

		if (!step) {
			to[n] = (uint8_t)*text;
			step = 1;
		}
		n++;
		text += step;
		left -= step;
	}
	return n;
}

/* Bytes that stand for one character that does not print are replaced as one. */
static size_t replaced(const char *at, size_t left)
{
	uint8_t bytes[4];
	size_t ends[4], n = 0, end = 0, step;
	uint32_t c;

	while (n < 4 && (step = decode_byte(at + end, left - end, &bytes[n]))) {
		end += step;
		ends[n++] = end;
	}
	if (!n)
		return 1; /* broken, or a control character that was not cleaned */
	step = decode(bytes, n, &c);
	return ends[step ? step - 1 : 0];
}

/* The next thing to be shown: its bytes, and its character or REPLACEMENT. */
static size_t next_shown(const char *at, size_t left, uint32_t *c)
{
	size_t step;

	*c = (uint8_t)*at;
	if (*at >= ' ' && *at <= '~')
		return 1;
	step = decode((const uint8_t *)at, left, c);
	if (step && prints(*c))
		return step;
	if (step && !is_byte(*c)) {
		*c = REPLACEMENT;
		return step;
	}
	*c = REPLACEMENT;
	return replaced(at, left);
}

/* A character in the locale: its bytes in out, and its width. */
static size_t in_locale(uint32_t c, char out[MB_LEN_MAX], size_t *width)
{
	mbstate_t state = { 0 };
	int cells = c < 0x80 ? 1 : wcwidth((wchar_t)c);
	size_t n = cells < 0 ? (size_t)-1 : wcrtomb(out, (wchar_t)c, &state);

	*width = cells > 0 ? (size_t)cells : 0;
	if (n != (size_t)-1)
		return n;
	*width = 1;
	if (c != REPLACEMENT)
		return in_locale(REPLACEMENT, out, width);
	out[0] = '?';
	return 1;
}

static size_t in_utf8(uint32_t c, const char *at, size_t bytes, char *out)
{
	if (c != REPLACEMENT)
		memcpy(out, at, bytes);
	else
		memcpy(out, "\xef\xbf\xbd", 3);
	return c != REPLACEMENT ? bytes : 3;
}

static size_t show(char *out, size_t size, const char *text, bool utf8)
{
	size_t left = strlen(text), n = 0, width;

	while (left && n + 1 < size) {
		char bytes[MB_LEN_MAX];
		uint32_t c;
		size_t step = next_shown(text, left, &c);
		size_t len = utf8 ? in_utf8(c, text, step, bytes) :
				    in_locale(c, bytes, &width);

		if (n + len >= size)
			break;
		memcpy(out + n, bytes, len);
		n += len;
		text += step;
		left -= step;
	}
	out[n] = '\0';
	return n;
}

size_t sk_text_show(char *out, size_t size, const char *text)
{
	return show(out, size, text, false);
}

void sk_text_put(FILE *file, const char *text)
{
	size_t left = strlen(text), width;

	while (left) {
		char bytes[MB_LEN_MAX];
		uint32_t c;
		size_t step = next_shown(text, left, &c);

		fwrite(bytes, 1, in_locale(c, bytes, &width), file);
		text += step;
		left -= step;
	}
}

size_t sk_text_utf8(char *out, size_t size, const char *text)
{
	return show(out, size, text, true);
}

size_t sk_text_fit(const char *text, size_t cells, size_t *used)
{
	size_t left = strlen(text), bytes = 0;

	*used = 0;
	while (bytes < left) {
		char shown[MB_LEN_MAX];
		size_t width = 1, step = 1;
		uint32_t c;

		if (text[bytes] < ' ' || text[bytes] > '~') {
			step = next_shown(text + bytes, left - bytes, &c);
			in_locale(c, shown, &width);
		}
		if (*used + width > cells)
			break;
		*used += width;
		bytes += step;
	}
	return bytes;
}

size_t sk_text_width(const char *text)
{
	size_t used;

	sk_text_fit(text, SIZE_MAX, &used);
	return used;
}

void sk_text_set_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *wanted = NULL;

	if (setlocale(LC_CTYPE, ""))
		return;
	for (size_t i = 0; i < 3 && !(wanted && *wanted); i++)
		wanted = getenv(names[i]);
	if (wanted && (strcasestr(wanted, "UTF-8") || strcasestr(wanted, "UTF8")))
		setlocale(LC_CTYPE, "C.UTF-8");
}
