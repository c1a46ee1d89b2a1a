/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include <sktop/column.h>

struct scale {
	const char *suffix;
	double factor;
};

static const struct scale decimal[] = {
	{ "", 1 },     { "k", 1e3 },  { "M", 1e6 },  { "G", 1e9 },
	{ "T", 1e12 }, { "P", 1e15 }, { "E", 1e18 },
};

static const struct scale lengths[] = {
	{ "us", 1e-6 },
	{ "ms", 1e-3 },
	{ "s", 1 },
};

/* Three significant digits: 1.23k, 12.3k, 123k. */
static int scaled(double value, const struct scale *scale, char *out, size_t size)
{
	double v = value / scale->factor;
	int digits = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;

	return snprintf(out, size, "%.*f%s", digits, v, scale->suffix);
}

static int format_decimal(double value, bool fraction, char *out, size_t size)
{
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(decimal) &&
	       value >= decimal[i].factor * 999.5)
		i++;
	if (i == 0 && (!fraction || value >= 99.95 || value <= 0 ||
		       fabs(value - rint(value)) < 0.005))
		return snprintf(out, size, "%.0f", value);
	if (i == 0)
		return snprintf(out, size, "%.*f", value < 9.95 ? 1 : 0, value);
	return scaled(value, &decimal[i], out, size);
}

#define DAY 86400ULL
#define YEAR (365 * DAY)

static int format_days(unsigned long long s, char *out, size_t size)
{
	if (s < 100 * DAY)
		return snprintf(out, size, "%llud%02lluh", s / DAY, s % DAY / 3600);
	if (s < 10000 * DAY)
		return snprintf(out, size, "%llud", s / DAY);
	return snprintf(out, size, "%lluy", s / YEAR);
}

static int format_seconds(double s, char *out, size_t size)
{
	/* no clock counts further, and "999999y" is as wide as it may get */
	const double most = 999999.0 * YEAR;
	unsigned long long whole = (unsigned long long)((s < most ? s : most) + 0.5);

	if (s <= 0)
		return snprintf(out, size, "0");
	if (s < 0.9995e-3)
		return snprintf(out, size, "%.0fus", s * 1e6);
	if (s < 0.9995)
		return scaled(s, &lengths[1], out, size);
	if (s < 59.5)
		return snprintf(out, size, s < 9.95 ? "%.1fs" : "%.0fs", s);
	if (whole < 3600)
		return snprintf(out, size, "%llum%02llus", whole / 60, whole % 60);
	if (whole < DAY)
		return snprintf(out, size, "%lluh%02llum", whole / 3600, whole / 60 % 60);
	return format_days(whole, out, size);
}

static int format_clock(double s, char *out, size_t size)
{
	time_t seconds = (time_t)s;
	unsigned ms = (unsigned)((s - (double)seconds) * 1000);
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return snprintf(out, size, "-");
	return snprintf(out, size, "%02d:%02d:%02d.%03u", tm.tm_hour, tm.tm_min,
			tm.tm_sec, ms % 1000);
}

const char *sk_thousands(uint64_t n, char out[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

int sk_unit_format(enum sk_unit unit, double value, unsigned flags, char *out,
		   size_t size)
{
	bool negative = value < 0;
	int len;

	if (!isfinite(value))
		return snprintf(out, size, "-");
	if (negative && size > 1) {
		len = sk_unit_format(unit, -value, flags, out + 1, size - 1);
		out[0] = '-';
		return len + 1;
	}
	switch (unit) {
	case SK_UNIT_SECONDS:
		return format_seconds(value, out, size);
	case SK_UNIT_CLOCK:
		return format_clock(value, out, size);
	case SK_UNIT_PERCENT:
		return snprintf(out, size, value < 9.95 ? "%.1f%%" : "%.0f%%", value);
	case SK_UNIT_HEX:
		return snprintf(out, size, "%llx", (unsigned long long)value);
	case SK_UNIT_BYTES_RATE:
		value *= flags & SK_FORMAT_BITS ? 8 : 1;
		break;
	default:
		break;
	}
	if ((flags & SK_FORMAT_EXACT) || unit == SK_UNIT_NUMBER || unit == SK_UNIT_PORT)
		return snprintf(out, size, "%.0f", value);
	return format_decimal(value, unit == SK_UNIT_RATE, out, size);
}

/** A word behind a number, for the units it may follow. */
struct suffix {
	const char *word;
	double factor;
};

static const struct suffix size_suffixes[] = {
	{ "", 1 },
	{ "k", 1e3 },
	{ "M", 1e6 },
	{ "G", 1e9 },
	{ "T", 1e12 },
	{ "P", 1e15 },
	{ "E", 1e18 },
	{ "Ki", 1024.0 },
	{ "Mi", 1048576.0 },
	{ "Gi", 1073741824.0 },
	{ "Ti", 1099511627776.0 },
	{ NULL, 0 },
};

static const struct suffix time_suffixes[] = {
	{ "", 1 },     { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 },    { "m", 60 },
	{ "min", 60 }, { "h", 3600 },  { "d", DAY },   { "y", YEAR }, { NULL, 0 },
};

static const struct suffix percent_suffixes[] = { { "", 1 }, { "%", 1 }, { NULL, 0 } };

static const struct suffix *suffixes_of(enum sk_unit unit)
{
	switch (unit) {
	case SK_UNIT_SECONDS:
		return time_suffixes;
	case SK_UNIT_PERCENT:
		return percent_suffixes;
	default:
		return size_suffixes;
	}
}

/* "1.5M/s" and "10kB" are how people write it. */
static size_t strip_decoration(enum sk_unit unit, const char *text, size_t len)
{
	bool rate = unit == SK_UNIT_BYTES_RATE || unit == SK_UNIT_RATE;

	if (rate && len >= 2 && memcmp(text + len - 2, "/s", 2) == 0)
		len -= 2;
	if ((unit == SK_UNIT_BYTES || unit == SK_UNIT_BYTES_RATE) && len >= 1 &&
	    text[len - 1] == 'B')
		len -= 1;
	return len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Returns how many bytes of the text are a decimal number: digits and a point (the
 * mantissa), and an exponent as jq and Python write it. An E without digits behind it
 * is the suffix exa.
 */
static size_t number_length(const char *text, size_t len, size_t *mantissa)
{
	size_t n = 0, end;

	while (n < len && (is_digit(text[n]) || text[n] == '.'))
		n++;
	*mantissa = n;
	if (n == 0 || n == len || (text[n] != 'e' && text[n] != 'E'))
		return n;
	end = n + 1;
	if (end < len && (text[end] == '-' || text[end] == '+'))
		end++;
	if (end == len || !is_digit(text[end]))
		return n;
	while (end < len && is_digit(text[end]))
		end++;
	return end;
}

/* It takes less than strtod(): it would also take "nan", "inf" and "0x1p3". */
static int parse_number(const char *text, bool hex, double *value, size_t *used)
{
	char copy[64] = "0x";
	bool prefix = sk_ascii_begins(text, "0x", 2);
	size_t skip = prefix ? 2 : 0, mantissa, n;
	char *end;

	n = hex || prefix ? strspn(text + skip, "0123456789abcdefABCDEF") :
			    number_length(text, strlen(text), &mantissa);
	if (n == 0 || n + 3 > sizeof(copy))
		return -EINVAL;
	memcpy(copy + 2, text + skip, n);
	copy[2 + n] = '\0';
	*value = strtod(hex || prefix ? copy : copy + 2, &end);
	*used = skip + n;
	return *end ? -EINVAL : 0;
}

static double find_factor(enum sk_unit unit, const char *word, size_t len)
{
	bool time = unit == SK_UNIT_SECONDS;

	for (const struct suffix *s = suffixes_of(unit); s->word; s++) {
		if (strlen(s->word) == len &&
		    (time ? strncmp(s->word, word, len) == 0 :
			    sk_ascii_begins(s->word, word, len)))
			return s->factor;
	}
	return 0;
}

/* "1h05m": each part smaller than the one before. */
static int parse_duration(const char *text, double *value)
{
	double last = INFINITY;

	for (*value = 0; *text;) {
		double number, factor;
		size_t used, len;

		if (parse_number(text, false, &number, &used))
			return -EINVAL;
		len = strcspn(text + used, "0123456789.");
		factor = find_factor(SK_UNIT_SECONDS, text + used, len);
		if (factor <= 0 || factor >= last || (len == 0 && last < INFINITY))
			return -EINVAL;
		*value += number * factor;
		last = factor;
		text += used + len;
	}
	return isfinite(*value) ? 0 : -EINVAL;
}

int sk_unit_parse(enum sk_unit unit, const char *text, size_t len, double *value)
{
	char copy[64];
	size_t used;
	double factor;

	if (len == 0 || len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strlen(copy) != len)
		return -EINVAL;
	if (unit == SK_UNIT_SECONDS)
		return parse_duration(copy, value);
	if (parse_number(copy, unit == SK_UNIT_HEX, value, &used))
		return -EINVAL;
	len = strip_decoration(unit, copy + used, len - used);
	factor = find_factor(unit, copy + used, len);
	*value *= factor;
	return factor > 0 && isfinite(*value) ? 0 : -EINVAL;
}

/* 10 to the exponent of so many bytes: what is beyond any double is 0 or infinite. */
static double power_of_ten(const char *exponent, size_t len)
{
	char copy[64] = "1e";

	if (len + 3 > sizeof(copy))
		return 0;
	memcpy(copy + 2, exponent, len);
	copy[2 + len] = '\0';
	return strtod(copy, NULL);
}

double sk_unit_slack(enum sk_unit unit, const char *text, size_t len)
{
	bool smooth = unit == SK_UNIT_SECONDS || unit == SK_UNIT_RATE ||
		      unit == SK_UNIT_PERCENT;
	size_t start = 0, mantissa = 0, end = 0, exponent;
	double slack, factor;
	const char *point;

	/* the last number of the text, with what stands behind it */
	for (size_t at = 0, digits, n; at < len; at += n ? n : 1) {
		n = number_length(text + at, len - at, &digits);
		if (n) {
			start = at;
			mantissa = digits;
			end = at + n;
		}
	}
	point = memchr(text + start, '.', mantissa);
	if (!mantissa || (!smooth && !point && (end == len || mantissa < 3)))
		return 0;
	factor = find_factor(unit, text + end, strip_decoration(unit, text + end, len - end));
	exponent = end - start - mantissa;
	slack = 0.5 * factor;
	if (exponent)
		slack *= power_of_ten(text + start + mantissa + 1, exponent - 1);
	for (const char *c = point; c && c + 1 < text + start + mantissa; c++)
		slack /= 10;
	return isfinite(slack) ? slack : 0;
}
