/* SPDX-License-Identifier: MIT */
/*
 * Sockets in full, as text and as JSON, from rows that no kernel would give.
 */
#include "../testing.h"
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/output.h>
#include <sktop/rows.h>
#include <sktop/text.h>

#define WHY "Why is it slow"

static struct sk_detail_row made[] = {
	{ .section = WHY, .label = "", .value = "It is late.", .number = NAN },
	{ .section = WHY, .label = "", .value = "So are others.", .number = NAN },
	{ .section = "Identity", .label = "local", .value = "-", .number = NAN },
	{ .section = "Identity", .label = "remote", .value = "a\033[2J\"\\\r\nb", .number = NAN },
	{ .section = "Identity", .label = "age", .value = "at least 3m", .number = 180 },
	{ .section = "Owners", .label = "process", .value = "- (not asked for)",
	  .unknown = "not asked for", .number = NAN },
	{ .section = "Owners", .label = "more holders", .value = "7", .number = 7 },
};

/** The data that build() answers with. */
struct answers {
	const struct sk_socket *socket; /* of the sample */
	struct sk_detail_rows rows;
	const char *lacks; /* of the second socket */
	int err;	   /* of the second socket */
};

static int build(void *arg, size_t i, struct sk_output_detail *detail)
{
	struct answers *answers = arg;

	*detail = (struct sk_output_detail){ answers->socket, &answers->rows,
					     i ? answers->lacks : NULL };
	return i ? answers->err : 0;
}

/* n sockets through a sink; the caller frees what comes out. */
static char *print(const char *format, struct answers *answers, size_t n, int err)
{
	struct sk_sink sink = { .ops = sk_sink_find(format) };
	struct sk_sample *sample;
	struct sk_socket *socket;
	struct sk_context context = { 0 };
	struct sk_column_list list = { 0 };
	const struct sk_output_details details = { &context, &list, n, build, answers };
	char *text = NULL;
	size_t size;

	answers->rows = (struct sk_detail_rows){ .row = made, .n = ARRAY_SIZE(made) };
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_sample_add_socket(sample, &socket, NULL), 0);
	socket->proto = SK_PROTO_TCP;
	socket->rport = 443;
	answers->socket = socket;
	sample->source = "synthetic";
	context.sample = sample;
	sk_column_list_default(sk_pane_table(SK_PANE_CONNECTIONS), true, &list);
	sink.file = open_memstream(&text, &size);
	assert_int_equal(sink.ops->details(&sink, &details), err);
	fclose(sink.file);
	sk_sample_unref(sample);
	return text;
}

static json_t *parse(struct answers *answers, size_t n)
{
	char *text = print("json", answers, n, 0);
	json_error_t error;
	json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	assert_non_null(all);
	assert_string_equal(strchr(text, '\n'), "\n"); /* one line */
	free(text);
	return all;
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	assert_non_null(text);
	return text;
}

TEST(json_has_sentences_numbers_and_reasons)
{
	struct answers answers = { .lacks = "gone" };
	json_t *all = parse(&answers, 2), *one, *why, *view, *row;

	assert_true(json_is_null(json_object_get(all, "interval")));
	assert_non_null(json_object_get(all, "losses"));
	assert_int_equal(json_array_size(json_object_get(all, "details")), 2);
	one = json_array_get(json_object_get(all, "details"), 0);
	assert_true(json_is_null(json_object_get(one, "lacks")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "connection"),
							    "rport")), 443);
	why = json_object_get(one, "why");
	assert_int_equal(json_array_size(why), 2);
	assert_string_equal(json_string_value(json_array_get(why, 1)), "So are others.");
	view = json_object_get(one, "view");
	assert_int_equal(json_array_size(view), ARRAY_SIZE(made) - 2);
	row = json_array_get(view, 0); /* a name, although it looks like nothing */
	assert_string_equal(text_of(row, "section"), "Identity");
	assert_string_equal(text_of(row, "label"), "local");
	assert_string_equal(text_of(row, "value"), "-");
	assert_null(json_object_get(row, "reason"));
	assert_true(sk_text_is_clean(text_of(json_array_get(view, 1), "value")));
	row = json_array_get(view, 2);
	assert_true(json_number_value(json_object_get(row, "value")) == 180.0);
	assert_string_equal(text_of(row, "text"), "at least 3m");
	row = json_array_get(view, 3);
	assert_true(json_is_null(json_object_get(row, "value")));
	assert_string_equal(text_of(row, "reason"), "not asked for");
	one = json_array_get(json_object_get(all, "details"), 1);
	assert_string_equal(text_of(one, "lacks"), "gone");
	json_decref(all);
}

TEST(text_is_the_lines_of_the_screen)
{
	struct answers answers = { .lacks = "gone" };
	char *text = print("text", &answers, 2, 0), *second = strstr(text, "\n\n"), *save = NULL;
	static const char first[] = WHY "\n  It is late.\n  So are others.\nIdentity\n"
				    "  local                   -\n  remote ";

	assert_memory_equal(text, first, sizeof(first) - 1);
	assert_non_null(strstr(text, "\n  process                 - (not asked for)\n"));
	assert_non_null(second);
	assert_memory_equal(second, "\n\ngone\n" WHY "\n", sizeof("\n\ngone\n" WHY "\n") - 1);
	assert_null(strstr(second + 2, "\n\n"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		assert_true(sk_text_is_clean(line));
	free(text);
}

TEST(none)
{
	struct answers answers = { 0 };
	json_t *all = parse(&answers, 0);
	char *text = print("text", &answers, 0, 0);

	assert_true(json_is_array(json_object_get(all, "details")));
	assert_int_equal(json_array_size(json_object_get(all, "details")), 0);
	assert_string_equal(text, "");
	json_decref(all);
	free(text);
}

/* The second socket cannot be had: the run fails, and says so. */
TEST(failure)
{
	struct answers answers = { .err = -ENOMEM };

	free(print("json", &answers, 2, -ENOMEM));
	free(print("text", &answers, 2, -ENOMEM));
	assert_null(sk_sink_find("csv")->details);
}
