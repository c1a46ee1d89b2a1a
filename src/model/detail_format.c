/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the detail view in words: short to read and exact to compare.
 */
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include "model/detail.h"

void detail_format_exact(enum sk_unit unit, uint64_t value, char *out, size_t size)
{
	char human[24];

	sk_unit_format(unit, (double)value, 0, human, sizeof(human));
	if (value < 1000)
		snprintf(out, size, "%llu", (unsigned long long)value);
	else
		snprintf(out, size, "%s (%llu)", human, (unsigned long long)value);
}

void detail_format_rate(double bytes, char *out, size_t size)
{
	char rate[24], bits[24];

	sk_unit_format(SK_UNIT_BYTES_RATE, bytes, 0, rate, sizeof(rate));
	sk_unit_format(SK_UNIT_COUNT, bytes * 8, 0, bits, sizeof(bits));
	snprintf(out, size, "%s bytes/s (%s bit/s)", rate, bits);
}

void detail_format_seconds(double seconds, char *out, size_t size)
{
	sk_unit_format(SK_UNIT_SECONDS, seconds, 0, out, size);
}

void detail_format_bits(unsigned value, const char *const *names, size_t n, char *out,
			size_t size)
{
	size_t len = 0;

	snprintf(out, size, "none");
	for (size_t i = 0; i < n; i++) {
		size_t need = strlen(names[i]) + (len > 0);

		if (!(value & (1U << i)) || len + need >= size)
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "",
					names[i]);
	}
}

