/* SPDX-License-Identifier: MIT */
/*
 * Numbers with units: written, read, and there and back again.
 */
#include "../testing.h"
#include "next_random.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sktop/column.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct format_case {
	enum sk_unit unit;
	double value;
	unsigned flags;
	const char *text;
};

static const struct format_case formats[] = {
	{ SK_UNIT_COUNT, 0, 0, "0" },
	{ SK_UNIT_COUNT, 999, 0, "999" },
	{ SK_UNIT_COUNT, 1000, 0, "1.00k" },
	{ SK_UNIT_COUNT, 1234, 0, "1.23k" },
	{ SK_UNIT_COUNT, 45.6e6, 0, "45.6M" },
	{ SK_UNIT_COUNT, 999600, 0, "1.00M" },
	{ SK_UNIT_COUNT, 18446744073709551615.0, 0, "18.4E" },
	{ SK_UNIT_BYTES, 123456, 0, "123k" },
	{ SK_UNIT_BYTES, 123456, SK_FORMAT_EXACT, "123456" },
	{ SK_UNIT_BYTES_RATE, 1.2e6, 0, "1.20M" },
	{ SK_UNIT_BYTES_RATE, 1.2e6, SK_FORMAT_BITS, "9.60M" },
	{ SK_UNIT_BYTES_RATE, 100, SK_FORMAT_BITS | SK_FORMAT_EXACT, "800" },
	{ SK_UNIT_BYTES, 100, SK_FORMAT_BITS, "100" },
	{ SK_UNIT_RATE, 0.5, 0, "0.5" },
	{ SK_UNIT_RATE, 12, 0, "12" },
	{ SK_UNIT_RATE, -2500, 0, "-2.50k" },
	{ SK_UNIT_NUMBER, -1, 0, "-1" },
	{ SK_UNIT_NUMBER, 65536, 0, "65536" },
	{ SK_UNIT_SECONDS, 0, 0, "0" },
	{ SK_UNIT_SECONDS, 230e-6, 0, "230us" },
	{ SK_UNIT_SECONDS, 0.0012, 0, "1.20ms" },
	{ SK_UNIT_SECONDS, 0.0453, 0, "45.3ms" },
	{ SK_UNIT_SECONDS, 2.1, 0, "2.1s" },
	{ SK_UNIT_SECONDS, 59.7, 0, "1m00s" },
	{ SK_UNIT_SECONDS, 65, 0, "1m05s" },
	{ SK_UNIT_SECONDS, 3 * 3600 + 12 * 60, 0, "3h12m" },
	{ SK_UNIT_SECONDS, 4 * 86400 + 3 * 3600, 0, "4d03h" },
	{ SK_UNIT_SECONDS, 400 * 86400.0, 0, "400d" },
	{ SK_UNIT_SECONDS, 1e300, 0, "999999y" },
	{ SK_UNIT_PERCENT, 12.34, 0, "12%" },
	{ SK_UNIT_PERCENT, 1.25, 0, "1.2%" },
	{ SK_UNIT_HEX, 31, 0, "1f" },
	{ SK_UNIT_COUNT, (double)NAN, 0, "-" },
	{ SK_UNIT_BYTES_RATE, (double)INFINITY, 0, "-" },
	{ SK_UNIT_SECONDS, -(double)INFINITY, 0, "-" },
};

TEST(test_format)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		char text[32];
		int len = sk_unit_format(formats[i].unit, formats[i].value,
					 formats[i].flags, text, sizeof(text));

		assert_string_equal(text, formats[i].text);
		assert_int_equal(len, strlen(text));
	}
}

struct parse_case {
	enum sk_unit unit;
	const char *text;
	double value; /* NaN: must be refused */
};

static const struct parse_case parses[] = {
	{ SK_UNIT_COUNT, "12", 12 },
	{ SK_UNIT_COUNT, "3k", 3000 },
	{ SK_UNIT_BYTES, "10M", 10e6 },
	{ SK_UNIT_BYTES, "1.5Mi", 1572864 },
	{ SK_UNIT_BYTES, "2KiB", 2048 },
	{ SK_UNIT_BYTES, "1E", 1e18 },
	{ SK_UNIT_BYTES_RATE, "10kB/s", 10000 },
	{ SK_UNIT_RATE, "5/s", 5 },
	{ SK_UNIT_NUMBER, "0x1f", 31 },
	{ SK_UNIT_HEX, "1f", 31 },
	{ SK_UNIT_HEX, "0x1f", 31 },
	{ SK_UNIT_PERCENT, "80%", 80 },
	{ SK_UNIT_SECONDS, "100ms", 0.1 },
	{ SK_UNIT_SECONDS, "250us", 0.00025 },
	{ SK_UNIT_SECONDS, "2h", 7200 },
	{ SK_UNIT_SECONDS, "5m", 300 },
	{ SK_UNIT_SECONDS, "7", 7 },
	{ SK_UNIT_SECONDS, "1m05s", 65 },
	{ SK_UNIT_SECONDS, "4d03h", 356400 },
	{ SK_UNIT_SECONDS, "05s1m", (double)NAN },
	{ SK_UNIT_SECONDS, "1m5", (double)NAN },
	{ SK_UNIT_SECONDS, "1m1m", (double)NAN },
	{ SK_UNIT_SECONDS, "5M", (double)NAN },
	{ SK_UNIT_COUNT, "", (double)NAN },
	{ SK_UNIT_COUNT, "k", (double)NAN },
	{ SK_UNIT_COUNT, ".", (double)NAN },
	{ SK_UNIT_COUNT, "1.2.3", (double)NAN },
	{ SK_UNIT_COUNT, "12 ", (double)NAN },
	{ SK_UNIT_COUNT, " 12", (double)NAN },
	{ SK_UNIT_COUNT, "12kk", (double)NAN },
	{ SK_UNIT_COUNT, "+1", (double)NAN },
	{ SK_UNIT_COUNT, "-1", (double)NAN },
	{ SK_UNIT_COUNT, "nan", (double)NAN },
	{ SK_UNIT_COUNT, "inf", (double)NAN },
	{ SK_UNIT_COUNT, "1e5", 1e5 },
	{ SK_UNIT_COUNT, "1E5", 1e5 },
	{ SK_UNIT_COUNT, "1e", 1e18 },
	{ SK_UNIT_BYTES, "1.5E+3", 1500 },
	{ SK_UNIT_BYTES, "1e3k", 1e6 },
	{ SK_UNIT_RATE, "2e-3/s", 0.002 },
	{ SK_UNIT_PERCENT, "1.5e-1%", 0.15 },
	{ SK_UNIT_SECONDS, "2.6e-05", 2.6e-5 },
	{ SK_UNIT_SECONDS, "2e1ms", 0.02 },
	{ SK_UNIT_SECONDS, "1e400", (double)NAN },
	{ SK_UNIT_SECONDS, "1e", (double)NAN },
	{ SK_UNIT_HEX, "1e5", 0x1e5 },
	{ SK_UNIT_HEX, "1e-5", (double)NAN },
	{ SK_UNIT_COUNT, "0x1e5", 0x1e5 },
	{ SK_UNIT_COUNT, "1e400", (double)NAN },
	{ SK_UNIT_COUNT, "1e-", (double)NAN },
	{ SK_UNIT_COUNT, "1e5.5", (double)NAN },
	{ SK_UNIT_COUNT, "e5", (double)NAN },
	{ SK_UNIT_COUNT, "0x", (double)NAN },
	{ SK_UNIT_COUNT, "0x1p3", (double)NAN },
	{ SK_UNIT_COUNT, "80%", (double)NAN },
	{ SK_UNIT_COUNT, "5B", (double)NAN },
	{ SK_UNIT_BYTES, "5/s", (double)NAN },
	{ SK_UNIT_PERCENT, "80k", (double)NAN },
	{ SK_UNIT_COUNT,
	  "1111111111111111111111111111111111111111111111111111111111111111111111111",
	  (double)NAN },
};

TEST(test_parse)
{
	for (size_t i = 0; i < COUNT_OF(parses); i++) {
		double value = 0;
		int err = sk_unit_parse(parses[i].unit, parses[i].text,
					strlen(parses[i].text), &value);

		if (err != (isnan(parses[i].value) ? -EINVAL : 0))
			fail_msg("'%s' gives %d", parses[i].text, err);
		if (!err && fabs(value - parses[i].value) > 1e-9 * value)
			fail_msg("'%s' is %g", parses[i].text, value);
	}
}

/* The text ends where len says, and a NUL inside is no end. */
TEST(test_parse_length)
{
	double value;

	assert_int_equal(sk_unit_parse(SK_UNIT_COUNT, "12345", 2, &value), 0);
	assert_true(value == 12.0);
	assert_int_equal(sk_unit_parse(SK_UNIT_COUNT, "12\0k", 4, &value), -EINVAL);
	assert_int_equal(sk_unit_parse(SK_UNIT_SECONDS, "5msx", 3, &value), 0);
	assert_true(fabs(value - 0.005) < 1e-12);
}

/* Half of the last digit that is written, whatever it counts. */
TEST(test_slack)
{
	static const struct parse_case slacks[] = {
		{ SK_UNIT_SECONDS, "2.6e-05", 5e-7 }, { SK_UNIT_SECONDS, "26us", 5e-7 },
		{ SK_UNIT_SECONDS, "2.6e1ms", 5e-4 }, { SK_UNIT_SECONDS, "1m05s", 0.5 },
		{ SK_UNIT_RATE, "1.5e-3/s", 5e-5 },   { SK_UNIT_BYTES, "1.50M", 5000 },
		{ SK_UNIT_BYTES, "1e5", 0 },	      { SK_UNIT_BYTES, "123k", 500 },
		{ SK_UNIT_BYTES, "150000", 0 },	      { SK_UNIT_BYTES, "1.5e5", 5000 },
		{ SK_UNIT_SECONDS, "1e-99999", 0 },   { SK_UNIT_BYTES, "", 0 },
	};

	for (size_t i = 0; i < COUNT_OF(slacks); i++) {
		double slack = sk_unit_slack(slacks[i].unit, slacks[i].text,
					     strlen(slacks[i].text));

		if (!(fabs(slack - slacks[i].value) <= 1e-9 * slacks[i].value))
			fail_msg("the slack of '%s' is %g", slacks[i].text, slack);
	}
}

/* Least positive number that a unit still writes with two digits, and its slack. */
static const struct {
	enum sk_unit unit;
	double least, slack;
} round_trips[] = {
	{ SK_UNIT_COUNT, 10, 0.06 },	  { SK_UNIT_BYTES, 10, 0.06 },
	{ SK_UNIT_BYTES_RATE, 10, 0.06 }, { SK_UNIT_RATE, 1, 0.06 },
	{ SK_UNIT_SECONDS, 10e-6, 0.06 }, { SK_UNIT_PERCENT, 1, 0.06 },
};

TEST(test_round_trip)
{
	uint64_t seed = 42;

	for (unsigned i = 0; i < 60000; i++) {
		size_t which = i % COUNT_OF(round_trips);
		enum sk_unit unit = round_trips[which].unit;
		double up = (double)(next_random(&seed) % 10000) / 1000;
		double value = round_trips[which].least * pow(10, up), back;
		char text[32];
		int len;

		if (unit == SK_UNIT_PERCENT)
			value = fmin(value, 100);
		len = sk_unit_format(unit, value, 0, text, sizeof(text));
		assert_in_range(len, 1, 7);
		if (sk_unit_parse(unit, text, (size_t)len, &back))
			fail_msg("%g is written '%s', which cannot be read", value,
				 text);
		if (fabs(back - value) > round_trips[which].slack * value)
			fail_msg("%g is written '%s', read %g", value, text, back);
	}
}

/* Any double, any unit: short where promised, ended, never beyond the room. */
TEST(test_format_any)
{
	uint64_t seed = 7;

	for (unsigned i = 0; i < 200000; i++) {
		enum sk_unit unit = i % 2 ? SK_UNIT_SECONDS : SK_UNIT_BYTES;
		uint64_t bits = next_random(&seed) << 11 ^ next_random(&seed);
		char text[12];
		double value;
		int len;

		memcpy(&value, &bits, sizeof(value));
		memset(text, 'x', sizeof(text));
		len = sk_unit_format(unit, value, 0, text, 9);
		assert_int_equal(text[9], 'x');
		assert_non_null(memchr(text, '\0', 9));
		if (unit == SK_UNIT_SECONDS || fabs(value) < 9e20)
			assert_in_range(len, 1, value < 0 ? 8 : 7);
	}
}
