/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the detail view in words: short to read and exact to compare.
 */
#include <stdio.h>
#include <sktop/column.h>
#include "detail/detail.h"

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
