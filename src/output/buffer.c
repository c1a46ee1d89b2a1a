/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include "output/buffer.h"

void buffer_empty(struct buffer *buffer)
{
	if (fwrite(buffer->bytes, 1, buffer->n, buffer->file) < buffer->n && !buffer->err)
		buffer->err = -errno;
	buffer->n = 0;
}

int buffer_finish(struct buffer *buffer)
{
	buffer_empty(buffer);
	if (fflush(buffer->file) && !buffer->err)
		buffer->err = -errno;
	if (buffer->err)
		return buffer->err;
	if (ferror(buffer->file)) /* what was lost before this buffer is lost, too */
		return -EIO;
	return buffer->no_memory ? -ENOMEM : 0;
}

void buffer_bytes(struct buffer *buffer, const char *bytes, size_t len)
{
	while (len) {
		size_t room = BUFFER_SIZE - buffer->n;
		size_t part = len < room ? len : room;

		memcpy(buffer->bytes + buffer->n, bytes, part);
		buffer->n += part;
		bytes += part;
		len -= part;
		if (len)
			buffer_empty(buffer);
	}
}

void buffer_repeat(struct buffer *buffer, char c, size_t n)
{
	while (n--)
		buffer_char(buffer, c);
}

void buffer_uint(struct buffer *buffer, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buffer_bytes(buffer, digits + at, sizeof(digits) - at);
}

void buffer_hex(struct buffer *buffer, uint64_t number)
{
	char digits[16];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number);
	buffer_bytes(buffer, digits + at, sizeof(digits) - at);
}

/* Behind the point: millionths, without zeros at the end. */
static void write_fraction(struct buffer *buffer, uint64_t millionths)
{
	char digits[7] = ".000000";
	size_t len = sizeof(digits);

	if (!millionths)
		return;
	for (size_t at = 6; at > 0; at--) {
		digits[at] = (char)('0' + millionths % 10);
		millionths /= 10;
	}
	while (digits[len - 1] == '0')
		len--;
	buffer_bytes(buffer, digits, len);
}

/* Nine digits that count, and no exponent: a filter takes it as it stands. */
static void write_plain(struct buffer *buffer, double number)
{
	double size = fabs(number);
	int digits = size >= 1e6 ? 3 : size > 1e-9 ? 8 - (int)floor(log10(size)) : 17;
	char text[340], *end;

	snprintf(text, sizeof(text), "%.*f", digits, number);
	for (end = text + strlen(text); end[-1] == '0'; end--)
		;
	*(end[-1] == '.' ? end - 1 : end) = '\0';
	buffer_text(buffer, text);
}

void buffer_real(struct buffer *buffer, double number)
{
	double micro = rint(number * 1e6), whole = rint(number);

	if (number >= 1 && number < 1e9 && whole >= number && whole <= number) {
		buffer_uint(buffer, (uint64_t)whole);
		return;
	}
	/* times that the kernel counts in microseconds */
	if (number >= 1e-4 && micro < 1e9 && micro / 1e6 >= number &&
	    micro / 1e6 <= number) {
		buffer_uint(buffer, (uint64_t)micro / 1000000);
		write_fraction(buffer, (uint64_t)micro % 1000000);
		return;
	}
	write_plain(buffer, number);
}

void buffer_time(struct buffer *buffer, int64_t ns)
{
	char text[40];
	int64_t ms = ns / 1000000;

	snprintf(text, sizeof(text), "%s%lld.%03lld", ns < 0 ? "-" : "",
		 (long long)(ms < 0 ? -ms : ms) / 1000,
		 (long long)(ms < 0 ? -ms : ms) % 1000);
	buffer_text(buffer, text);
}
