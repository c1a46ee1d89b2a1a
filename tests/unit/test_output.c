/* SPDX-License-Identifier: MIT */
/*
 * The writers, given what no door would let through: a table of our own whose cells
 * hold any bytes.
 */
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sktop/output.h>
#include <sktop/text.h>
#include "output/buffer.h"

#define LONG 4096

struct row {
	const char *text;
	uint64_t number;
};

static void get_text(const struct sk_context *context, const void *row,
		     struct sk_value *value)
{
	(void)context;
	value->kind = SK_VALUE_TEXT;
	value->text = ((const struct row *)row)->text;
}

static void get_number(const struct sk_context *context, const void *row,
		       struct sk_value *value)
{
	(void)context;
	value->kind = SK_VALUE_UINT;
	value->uint = ((const struct row *)row)->number;
}

static void get_nothing(const struct sk_context *context, const void *row,
			struct sk_value *value)
{
	(void)context;
	(void)row;
	value->kind = SK_VALUE_NONE;
}

static const struct sk_column columns[] = {
	{ "left", "Left", "", SK_UNIT_TEXT, 4, 0, SK_COL_LEFT, 0, get_text, 0, NULL },
	{ "id", "Id", "", SK_UNIT_HEX, 4, 0, 0, 0, get_number, 0, NULL },
	{ "right", "Right", "", SK_UNIT_TEXT, 4, 0, 0, 0, get_text, 0, NULL },
	{ "none", "None", "", SK_UNIT_NUMBER, 4, 0, 0, 0, get_nothing, 0, NULL },
	{ "number", "Number", "", SK_UNIT_NUMBER, 4, 0, 0, 0, get_number, 0, NULL },
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	(void)sample;
	return ((const struct row *)row)->number;
}

static const struct sk_table table = { .name = "things",
				       .columns = columns,
				       .n_columns = N_COLUMNS,
				       .row_size = sizeof(struct row),
				       .row_id = row_id };

/* The same rows through one of the writers; the caller frees what comes out. */
static char *write_rows(const char *format, const struct row *rows, uint32_t n,
			size_t *size)
{
	struct sk_rows all = { &table, rows, n };
	struct sk_view view = { 0 };
	struct sk_column_list list = { 0 };
	struct sk_sample *sample;
	char *text = NULL;
	struct sk_output output = { .rows = &all, .view = &view, .columns = &list,
				    .header = true, .first = true };
	struct sk_context context = { 0 };

	assert_int_equal(sk_sample_new(&sample), 0);
	sample->source = "synthetic";
	sample->wall_ns = 1767225600123456789LL;
	context.sample = sample;
	output.context = &context;
	assert_int_equal(sk_view_filter(&view, &all, NULL, &context), 0);
	sk_column_list_default(&table, true, &list);
	output.file = open_memstream(&text, size);
	assert_int_equal(sk_format_find(format)->write(&output), 0);
	fclose(output.file);
	sk_view_free(&view);
	sk_sample_unref(sample);
	return text;
}

static char *cleaned(const char *text)
{
	char *clean = malloc(strlen(text) + 1);

	sk_text_clean(clean, strlen(text) + 1, text, strlen(text));
	return clean;
}

/* Lines end where rows end, and nothing in them moves a cursor. */
static void check_text(const struct row *rows, uint32_t n)
{
	size_t size, width = 0;
	uint32_t lines = 0;
	char *text = write_rows("text", rows, n, &size), *save = NULL;

	assert_int_equal(strlen(text), size);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		assert_true(sk_text_is_clean(line));
		if (lines)
			assert_int_equal(sk_text_width(line), width);
		width = sk_text_width(line);
		if (lines) { /* whole, however long */
			char *clean = cleaned(rows[lines - 1].text);

			assert_non_null(strstr(line, clean));
			free(clean);
		}
		lines++;
	}
	assert_int_equal(lines, n + 1);
	free(text);
}

static void check_json(const struct row *rows, uint32_t n)
{
	json_error_t error;
	size_t size;
	char *text = write_rows("json", rows, n, &size);
	json_t *root = json_loadb(text, size, 0, &error), *things;

	if (!root)
		fail_msg("%s in %.200s", error.text, text);
	assert_int_equal(strchr(text, '\n') - text, size - 1);
	things = json_object_get(root, "things");
	assert_int_equal(json_array_size(things), n);
	for (uint32_t i = 0; i < n; i++) {
		json_t *thing = json_array_get(things, i);
		char *clean = cleaned(rows[i].text), hex[24];

		assert_int_equal(json_object_size(thing), N_COLUMNS);
		assert_string_equal(json_string_value(json_object_get(thing, "left")),
				    clean);
		snprintf(hex, sizeof(hex), "%llx", (unsigned long long)rows[i].number);
		assert_string_equal(json_string_value(json_object_get(thing, "id")), hex);
		assert_true(json_is_null(json_object_get(thing, "none")));
		free(clean);
	}
	json_decref(root);
	free(text);
}

/* One field of RFC 4180; *at moves behind it. The caller frees. */
static char *csv_field(const char **at)
{
	bool quoted = **at == '"';
	char *field = malloc(strlen(*at) + 1), *to = field;

	*at += quoted;
	while (**at && (quoted || !strchr(",\r\n", **at))) {
		if (quoted && **at == '"') {
			if ((*at)[1] != '"')
				break;
			++*at;
		}
		assert_true(quoted || **at != '"');
		*to++ = *(*at)++;
	}
	assert_true(!quoted || **at == '"');
	*at += quoted;
	*to = '\0';
	return field;
}

static void check_csv(const struct row *rows, uint32_t n)
{
	size_t size;
	char *text = write_rows("csv", rows, n, &size);
	const char *at = strstr(text, "\r\n") + 2;

	assert_int_equal(strncmp(text, "time,left,id,right,none,number\r\n", 32), 0);
	for (uint32_t i = 0; i < n; i++) {
		char *clean = cleaned(rows[i].text);

		for (size_t c = 0; c <= N_COLUMNS; c++) {
			char *field = csv_field(&at);

			if (c == 0)
				assert_string_equal(field, "1767225600.123");
			else if (c == 1 || c == 3)
				assert_string_equal(field, clean);
			else if (c == 4)
				assert_string_equal(field, "");
			free(field);
			if (c < N_COLUMNS)
				assert_int_equal(*at++, ',');
		}
		assert_int_equal(strncmp(at, "\r\n", 2), 0);
		at += 2;
		free(clean);
	}
	assert_int_equal(*at, '\0');
	free(text);
}

static void check_all(const struct row *rows, uint32_t n)
{
	check_text(rows, n);
	check_json(rows, n);
	check_csv(rows, n);
}

static void test_hostile(void **state)
{
	static char longest[LONG + 1];
	const struct row rows[] = {
		{ "plain", 1 },
		{ "\033[2J\033]0;title\007", 2 },
		{ "two\nlines\r\n\ttab", 3 },
		{ "quo\"te, comma'; \\ back\\\"", 4 },
		{ "\"", 5 },
		{ ",", 6 },
		{ "\xff\xfe\x80 broken \xc3", 7 },
		{ "overlong \xc0\xaf \xe0\x80\xaf", 8 },
		{ "surrogate \xed\xa0\x80 beyond \xf4\x90\x80\x80", 9 },
		{ "bidi \xe2\x80\xae" "gnp.exe \xe2\x81\xa6", 10 },
		{ "c1 \xc2\x9b" "31m", 11 },
		{ "kafka-\xce\xb1\xce\xb2\xce\xb3", 12 },
		{ "\xe6\x97\xa5\xe6\x9c\xac wide", 13 },
		{ "e\xcc\x81 mark", 14 },
		{ " blanks ", INT64_MAX },
		{ "\x7f", 15 },
		{ longest, 16 },
	};

	(void)state;
	for (size_t i = 0; i < LONG; i++)
		longest[i] = i % 7 ? 'x' : '\033';
	check_all(rows, sizeof(rows) / sizeof(rows[0]));
	check_all(rows, 0);
}

/* xorshift: the same bytes on every run. */
static uint32_t draw(uint64_t *random, uint32_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (uint32_t)(*random >> 33) % below;
}

/* Bytes, with more of those that mean something than chance would give. */
static void draw_bytes(uint64_t *random, char *out, size_t size)
{
	static const char special[] = "\033\n\r\t\",\\ \x80\xc2\x9b\xe2\x80\xae\xf0\x9f\x98\x80";
	size_t len = draw(random, (uint32_t)size);

	for (size_t i = 0; i < len; i++) {
		uint32_t kind = draw(random, 3);

		out[i] = kind == 0 ? special[draw(random, sizeof(special) - 1)] :
			 kind == 1 ? (char)('a' + draw(random, 26)) :
				     (char)(1 + draw(random, 255));
	}
	out[len] = '\0';
}

static void test_random(void **state)
{
	uint64_t random = 88172645463325252ULL;
	char text[8][96];

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct row rows[8];

		for (uint32_t i = 0; i < 8; i++) {
			draw_bytes(&random, text[i], sizeof(text[i]));
			rows[i] = (struct row){ text[i], i };
		}
		check_all(rows, 8);
	}
}

static void test_clean(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} cases[] = {
		{ "", 0, "" },
		{ "abc", 3, "abc" },
		{ "\0abstract", 9, "@abstract" },
		{ "a\033[1mb", 6, "a?[1mb" },
		{ "\xc3\xa9", 2, "\xc3\xa9" },
		{ "\xc3", 1, "?" },
		{ "\xc3(", 2, "?(" },
		{ "\xe2\x80\xae", 3, "???" },
		{ "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
		{ "\xc2\x85", 2, "??" },
		{ "\x7f", 1, "?" },
	};
	char out[32], again[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = sk_text_clean(out, sizeof(out), cases[i].in, cases[i].len);

		assert_string_equal(out, cases[i].out);
		assert_int_equal(len, cases[i].len);
		assert_true(sk_text_is_clean(out));
		sk_text_clean(again, sizeof(again), out, len);
		assert_string_equal(again, out);
		memcpy(again, cases[i].in, cases[i].len + 1);
		sk_text_clean(again, sizeof(again), again, cases[i].len); /* in place */
		assert_string_equal(again, out);
	}
	assert_false(sk_text_is_clean("a\tb"));
	assert_false(sk_text_is_clean("\xc3"));
	assert_false(sk_text_is_plain("\xc3\xa9"));
	assert_int_equal(sk_text_clean(out, 4, "ab\xc3\xa9", 4), 2); /* not cut within */
	assert_string_equal(out, "ab");
}

static void test_width(void **state)
{
	size_t used;

	(void)state;
	assert_int_equal(sk_text_width("abc"), 3);
	assert_int_equal(sk_text_width("\xc3\xa9"), 1);
	assert_int_equal(sk_text_width("\xe6\x97\xa5"), 2);
	assert_int_equal(sk_text_width("e\xcc\x81"), 1);
	assert_int_equal(sk_text_fit("a\xe6\x97\xa5z", 2, &used), 1); /* no half ones */
	assert_int_equal(used, 1);
	assert_int_equal(sk_text_fit("a\xe6\x97\xa5z", 3, &used), 4);
	assert_int_equal(used, 3);
	assert_int_equal(sk_text_fit("e\xcc\x81", 1, &used), 3); /* with its mark */
	assert_int_equal(sk_text_fit("", 5, &used), 0);
}

static void check_number(struct buffer *buffer, const char *want)
{
	assert_int_equal(buffer->n, strlen(want));
	assert_memory_equal(buffer->bytes, want, buffer->n);
	buffer->n = 0;
}

static void test_numbers(void **state)
{
	static const double reals[] = { 0, -0.0, 1, 0.5, 1e-4, 9.9e-5, 5e-6, 0.0124, 999.999999,
					1000.000001, 123456789, 999999999, 1e9, 1234567890.5,
					-1, -2.5, 3e300, 1e-300, 0.1 + 0.2, 1.0 / 3 };
	struct buffer *buffer = malloc(sizeof(*buffer));
	uint64_t random = 4711;
	char want[40];

	(void)state;
	buffer_init(buffer, stderr);
	for (int i = 0; i < 200000; i++) {
		uint64_t number = (uint64_t)draw(&random, UINT32_MAX) << draw(&random, 33);
		double real = i < (int)(sizeof(reals) / sizeof(reals[0])) ? reals[i] :
			      i % 3 == 0 ? (double)number / 1e6 :
			      i % 3 == 1 ? (double)(float)((double)number / 77e3) :
					   draw(&random, 1000000) / 1e6;

		snprintf(want, sizeof(want), "%llu", (unsigned long long)number);
		buffer_uint(buffer, number);
		check_number(buffer, want);
		snprintf(want, sizeof(want), "%llx", (unsigned long long)number);
		buffer_hex(buffer, number);
		check_number(buffer, want);
		snprintf(want, sizeof(want), "%.9g", real);
		buffer_real(buffer, real);
		check_number(buffer, want);
	}
	buffer_uint(buffer, UINT64_MAX);
	check_number(buffer, "18446744073709551615");
	buffer_time(buffer, 1767225600005000000LL);
	check_number(buffer, "1767225600.005");
	free(buffer);
}

/* What does not fit goes out in order; what cannot go out is told. */
static void test_buffer(void **state)
{
	struct buffer *buffer = malloc(sizeof(*buffer));
	char *text = NULL, *piece = malloc(BUFFER_SIZE + 7);
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	memset(piece, 'p', BUFFER_SIZE + 7);
	buffer_init(buffer, file);
	buffer_char(buffer, 'a');
	buffer_bytes(buffer, piece, BUFFER_SIZE + 7);
	buffer_repeat(buffer, 'z', BUFFER_SIZE);
	buffer_char(buffer, 'e');
	assert_int_equal(buffer_finish(buffer), 0);
	assert_int_equal(size, 2 * BUFFER_SIZE + 9);
	assert_int_equal(text[0], 'a');
	assert_int_equal(text[BUFFER_SIZE + 7], 'p');
	assert_int_equal(text[BUFFER_SIZE + 8], 'z');
	assert_int_equal(text[size - 1], 'e');
	fclose(file);
	free(text);
	file = fopen("/dev/full", "w");
	if (file) {
		buffer_init(buffer, file);
		buffer_char(buffer, 'a');
		assert_true(buffer_finish(buffer) < 0);
		fclose(file);
	}
	free(piece);
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_random),
		cmocka_unit_test(test_clean),	cmocka_unit_test(test_width),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_buffer),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
