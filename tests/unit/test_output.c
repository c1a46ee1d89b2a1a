/* SPDX-License-Identifier: MIT */
/*
 * The writers, given what no door would let through: a table of our own whose cells
 * hold any bytes.
 */
#include "../testing.h"
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	struct sk_context context = { 0 };
	const struct sk_output_table one = { .rows = &all, .view = &view, .columns = &list };
	const struct sk_output output = { &context, &one, 1 };
	struct sk_sink sink = { .ops = sk_sink_find(format), .header = true };

	assert_int_equal(sk_sample_new(&sample), 0);
	sample->source = "synthetic";
	sample->wall_ns = 1767225600123456789LL;
	context.sample = sample;
	assert_int_equal(sk_view_filter(&view, &all, NULL, &context), 0);
	sk_column_list_default(&table, true, &list);
	sink.file = open_memstream(&text, size);
	assert_int_equal(sk_sink_write(&sink, &output), 0);
	assert_int_equal(sk_sink_end(&sink), 0);
	fclose(sink.file);
	sk_view_free(&view);
	sk_sample_unref(sample);
	return text;
}

static char *cleaned(const char *text)
{
	char *clean = malloc(SK_TEXT_SHOWN_ROOM(strlen(text)));

	sk_text_utf8(clean, SK_TEXT_SHOWN_ROOM(strlen(text)), text);
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
			size_t room = SK_TEXT_SHOWN_ROOM(strlen(rows[lines - 1].text));
			char *shown = malloc(room);

			sk_text_show(shown, room, rows[lines - 1].text);
			assert_non_null(strstr(line, shown));
			free(shown);
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
	const char *at = strchr(text, '\n') + 1;

	assert_int_equal(strncmp(text, "time,left,id,right,none,number\n", 31), 0);
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
		assert_int_equal(*at++, '\n');
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

/* A sink that writes which of its functions were called. */
static int note_begin(const struct sk_sink *sink, const struct sk_output *output)
{
	fprintf(sink->file, "begin %zu;", output->n);
	return 0;
}

static int note_sample(const struct sk_sink *sink, const struct sk_output *output)
{
	(void)output;
	fprintf(sink->file, "sample %lu;", sink->samples);
	return 0;
}

static int note_end(const struct sk_sink *sink)
{
	fprintf(sink->file, "end %lu", sink->samples);
	return 0;
}

TEST(test_sink)
{
	static const struct sk_sink_ops ops = { .begin = note_begin, .sample = note_sample,
						.end = note_end };
	const struct sk_output output = { .n = 2 };
	struct sk_sink sink = { .ops = &ops };
	char *text;
	size_t size;

	sink.file = open_memstream(&text, &size);
	assert_int_equal(sk_sink_end(&sink), 0); /* it never began */
	assert_int_equal(sk_sink_write(&sink, &output), 0);
	assert_int_equal(sk_sink_write(&sink, &output), 0);
	assert_int_equal(sk_sink_end(&sink), 0);
	fclose(sink.file);
	assert_string_equal(text, "begin 2;sample 0;sample 1;end 2");
	free(text);
}

/* The names that messages list are those that are found. */
TEST(test_every_sink)
{
	char names[80], *save = NULL;
	unsigned n = 0;

	sk_sink_names(names, sizeof(names));
	for (char *name = strtok_r(names, ", ", &save); name;
	     name = strtok_r(NULL, ", ", &save)) {
		const struct sk_sink_ops *ops = sk_sink_find(name);

		assert_non_null(ops);
		assert_string_equal(ops->name, name);
		assert_non_null(ops->sample);
		n++;
	}
	assert_true(n >= 3);
	assert_null(sk_sink_find("xml"));
}

TEST(test_hostile)
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

TEST(test_random)
{
	uint64_t random = 88172645463325252ULL;
	char text[8][96];

	for (int round = 0; round < 400; round++) {
		struct row rows[8];

		for (uint32_t i = 0; i < 8; i++) {
			draw_bytes(&random, text[i], sizeof(text[i]));
			rows[i] = (struct row){ text[i], i };
		}
		check_all(rows, 8);
	}
}

#define R "\xef\xbf\xbd"

TEST(test_clean)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out; /* as programs get it */
	} cases[] = {
		{ "", 0, "" },
		{ "abc", 3, "abc" },
		{ "\0abstract", 9, "@abstract" },
		{ "a\033[1mb", 6, "a" R "[1mb" },
		{ "\xc3\xa9", 2, "\xc3\xa9" },
		{ "\xc3", 1, R },
		{ "\xc3(", 2, R "(" },
		{ "\xff\xfe", 2, R R },
		{ "\xe2\x80\xae", 3, R }, /* turns the direction: one character */
		{ "\xe2\x80\xa8x", 4, R "x" },
		{ "\xe2\x81\xa6\xe2\x81\xa9", 6, R R },
		{ "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
		{ "\xc2\x85", 2, R },
		{ "\xed\xa0\x80", 3, R R R }, /* surrogate: no UTF-8 */
		{ "\xef\xbf\xbe", 3, R }, /* noncharacter */
		{ "\xef\xb7\x90", 3, R },
		{ "\xf4\x8f\xa3\xbf", 4, R }, /* U+10F8FF, which we use ourselves */
		{ "\x7f", 1, R },
	};
	char out[64], again[64], *typed;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = sk_text_clean(out, sizeof(out), cases[i].in, cases[i].len);

		assert_int_equal(len, strlen(out));
		assert_true(sk_text_is_clean(out));
		sk_text_utf8(again, sizeof(again), out);
		assert_string_equal(again, cases[i].out);
		assert_int_equal(sk_text_has_bytes(out), strstr(again, R) != NULL);
		/* nothing is lost */
		assert_int_equal(sk_text_bytes(out, again), cases[i].len);
		assert_memory_equal(again + (*out == '@'), cases[i].in + (*out == '@'),
				    cases[i].len - (*out == '@'));
		/* what was taken in stays as it is */
		typed = sk_text_typed(out, len);
		assert_string_equal(typed, out);
		free(typed);
	}
	assert_false(sk_text_is_clean("a\tb"));
	assert_false(sk_text_is_clean("\xc3"));
	assert_false(sk_text_is_plain("\xc3\xa9"));
	assert_int_equal(sk_text_clean(out, 4, "ab\xc3\xa9", 4), 2); /* not cut within */
	assert_string_equal(out, "ab");
	assert_int_equal(sk_text_clean(out, 6, "ab\xff", 3), 2);
	assert_string_equal(out, "ab");
}

/* Different names stay different, whatever bytes they are of. */
TEST(test_distinct)
{
	static const char *const names[] = { "raw\xff", "raw\xfe", "raw\x01", "raw\x7f",
					     "raw\xf4\x8f\xa3\xbf", "raw\xef\xbf\xbd", "raw?",
					     "raw\xc2\x85", "raw\xe2\x80\xae" };
	char a[64], b[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sk_text_clean(a, sizeof(a), names[i], strlen(names[i]));
		for (size_t j = 0; j < i; j++) {
			sk_text_clean(b, sizeof(b), names[j], strlen(names[j]));
			assert_string_not_equal(a, b);
		}
	}
}

/* What the locale lacks is replaced, and takes one cell. */
TEST(test_locales)
{
	static const char text[] = "gr\xc3\xb6\xc3\x9f" "e\xe6\x97\xa5\x1b";
	char clean[64], out[64];

	sk_text_clean(clean, sizeof(clean), text, strlen(text));
	sk_text_show(out, sizeof(out), clean);
	assert_string_equal(out, "gr\xc3\xb6\xc3\x9f" "e\xe6\x97\xa5" R);
	assert_int_equal(sk_text_width(clean), 8);
	assert_int_equal(sk_text_width("a\xcd\xb8"), 2); /* U+0378: nobody's yet */
	sk_text_show(out, sizeof(out), "a\xcd\xb8");
	assert_string_equal(out, "a" R);
	assert_non_null(setlocale(LC_CTYPE, "C"));
	sk_text_show(out, sizeof(out), clean);
	assert_string_equal(out, "gr??e??");
	assert_int_equal(sk_text_width(clean), 7);
	sk_text_utf8(out, sizeof(out), clean);
	assert_string_equal(out, "gr\xc3\xb6\xc3\x9f" "e\xe6\x97\xa5" R);
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

/* JSON tells two names apart that look alike. */
TEST(test_bytes)
{
	char names[2][32];
	struct row rows[2] = { { names[0], 1 }, { names[1], 2 } };
	size_t size;
	char *text;

	sk_text_clean(names[0], sizeof(names[0]), "raw\xff\xfe" "0", 6);
	sk_text_clean(names[1], sizeof(names[1]), "raw\xfe\xff" "0", 6);
	text = write_rows("json", rows, 2, &size);
	assert_non_null(strstr(text, "{\"left\":\"raw" R R "0\",\"left-bytes\":\"726177fffe30\""));
	assert_non_null(strstr(text, "\"left-bytes\":\"726177feff30\""));
	free(text);
	text = write_rows("csv", rows, 2, &size);
	assert_non_null(strstr(text, "raw" R R "0"));
	free(text);
}

TEST(test_width)
{
	size_t used;

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

/* Nine digits of it, and nothing but digits and a point, which a filter takes. */
static void check_real(struct buffer *buffer, double real)
{
	char text[512], *end;

	assert_in_range(buffer->n, 1, sizeof(text) - 1);
	memcpy(text, buffer->bytes, buffer->n);
	text[buffer->n] = '\0';
	buffer->n = 0;
	assert_int_equal(strspn(text, "-0123456789."), strlen(text));
	assert_true(fabs(strtod(text, &end) - real) <= fmax(5e-9 * fabs(real), 1e-17));
	assert_int_equal(*end, '\0');
	assert_true(!strchr(text, '.') || !strchr("0.", end[-1]));
}

TEST(test_numbers)
{
	static const double reals[] = { 0, -0.0, 1, 0.5, 1e-4, 9.9e-5, 5e-6, 0.0124, 999.999999,
					1000.000001, 123456789, 999999999, 1e9, 1234567890.5,
					-1, -2.5, 3e300, 1e-300, 0.1 + 0.2, 1.0 / 3 };
	struct buffer *buffer = malloc(sizeof(*buffer));
	uint64_t random = 4711;
	char want[40];

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
		buffer_real(buffer, real);
		check_real(buffer, real);
	}
	buffer_uint(buffer, UINT64_MAX);
	check_number(buffer, "18446744073709551615");
	buffer_time(buffer, 1767225600005000000LL);
	check_number(buffer, "1767225600.005");
	free(buffer);
}

/* What does not fit goes out in order; what cannot go out is told. */
TEST(test_buffer)
{
	struct buffer *buffer = malloc(sizeof(*buffer));
	char *text = NULL, *piece = malloc(BUFFER_SIZE + 7);
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

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
	setlocale(LC_CTYPE, "C.UTF-8");
	return testing_run(NULL, NULL);
}
