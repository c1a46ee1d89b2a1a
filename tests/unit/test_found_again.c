/* SPDX-License-Identifier: MIT */
/*
 * A filter on a column finds each row by the value that JSON has there. The test goes
 * through all panes of the synthetic source, with friendly and with hostile texts, each row
 * and each value.
 */
#include "../testing.h"
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/diff.h>
#include <sktop/filter.h>
#include <sktop/output.h>
#include <sktop/rows.h>
#include <sktop/source.h>
#include <sktop/text.h>

#define ROWS 400 /* of a pane, at most */

static unsigned checked;

/* The value as it is typed: text in quotes, a quote in it twice. */
static void write_value(const json_t *value, char *out, size_t size)
{
	size_t n = 0;

	if (json_is_integer(value)) {
		snprintf(out, size, "%lld", (long long)json_integer_value(value));
		return;
	}
	if (json_is_real(value)) { /* the digits that the writer wrote */
		double real = json_real_value(value);

		snprintf(out, size, fabs(real) < 1e-4 ? "%.15f" : "%.15g", real);
		return;
	}
	out[n++] = '"';
	for (const char *c = json_string_value(value); *c; c++) {
		assert_true(n + 4 < size);
		if (*c == '"')
			out[n++] = '"';
		out[n++] = *c;
	}
	out[n++] = '"';
	out[n] = '\0';
}

/* A hostile text that no source cleaned: the writer did, the filter sees it as it is. */
static bool is_dirty(const struct sk_context *context, const struct sk_table *table,
		     const void *row, const char *key)
{
	struct sk_value value;

	sk_column_get(sk_column_find(table, key, strlen(key)), context, row, &value);
	return (value.kind == SK_VALUE_TEXT || value.kind == SK_VALUE_ENUM) &&
	       !sk_text_is_clean(value.text);
}

static void check_value(const struct sk_context *context, const struct sk_table *table,
			const void *row, const char *key, const json_t *value)
{
	static char typed[1 << 16], text[(1 << 16) + 64];
	struct sk_filter_error error;
	struct sk_filter *filter;

	/* a mark of another key, as "tx-at-least", is no column */
	if (json_is_null(value) || json_is_true(value) || is_dirty(context, table, row, key))
		return;
	write_value(value, typed, sizeof(typed));
	snprintf(text, sizeof(text), "%s = %s", key, typed);
	if (sk_filter_parse(text, table, &filter, &error))
		fail_msg("%s: %s: at %zu: %s", table->name, text, error.offset, error.message);
	if (!sk_filter_match(filter, context, row))
		fail_msg("%s: %s does not find its row", table->name, text);
	sk_filter_free(filter);
	checked++;
}

static void check_object(const struct sk_context *context, const struct sk_table *table,
			 const void *row, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		if (json_is_array(value))
			check_object(context, table, row,
				     json_array_get(value, table->part(row)));
		else
			check_value(context, table, row, key, value);
	}
}

/* One row through the JSON writer. */
static void check_row(const struct sk_context *context, const struct sk_rows *rows,
		      uint32_t at)
{
	struct sk_view view = { .index = &at, .n = 1 };
	struct sk_column_list columns;
	const struct sk_output_table table = { .rows = rows, .view = &view, .columns = &columns };
	const struct sk_output output = { context, &table, 1 };
	struct sk_sink sink = { .ops = sk_sink_find("json") };
	char *text = NULL;
	size_t size;
	json_t *root, *list;

	sk_column_list_default(rows->table, true, &columns);
	sink.file = open_memstream(&text, &size);
	assert_int_equal(sk_sink_write(&sink, &output), 0);
	fclose(sink.file);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	list = json_object_get(root, rows->table->name);
	assert_int_equal(json_array_size(list), 1);
	check_object(context, rows->table, sk_rows_at(rows, at), json_array_get(list, 0));
	json_decref(root);
	free(text);
}

static struct sk_sample *take(struct sk_source *source, struct sk_differ *differ,
			      const struct sk_sample *before)
{
	const struct sk_request request = { .needs = UINT32_MAX, .protos = UINT32_MAX,
					    .families = 3, .tcp_states = SK_STATES_ALL,
					    .interval = 1 };
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	sample->needs = request.needs;
	sample->seq = before ? before->seq + 1 : 1;
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	sample->time_ns = before ? before->time_ns + 1000000000 : 1000000000;
	assert_int_equal(sk_diff_compute(differ, before, sample), 0);
	assert_int_equal(sk_source_complete(source, &request, sample), 0);
	return sample;
}

static void check_panes(const struct sk_sample *sample)
{
	struct sk_context context = { .sample = sample };
	struct sk_row_builder *builder;

	assert_int_equal(sk_row_builder_new(&builder), 0);
	for (unsigned pane = 0; pane < SK_PANE_COUNT; pane++) {
		const struct sk_choice choice = { 0 };
		struct sk_view view = { 0 };
		struct sk_rows rows;

		assert_int_equal(sk_rows_build(builder, pane, &context, &choice, &rows, &view), 0);
		for (uint32_t i = 0; i < view.n && i < ROWS; i++)
			check_row(&context, &rows, view.index[i]);
		sk_view_free(&view);
	}
	sk_row_builder_free(builder);
}

static void check_source(const char *spec)
{
	char error[SK_ERROR_LEN] = "";
	struct sk_sample *first, *second;
	struct sk_differ *differ;
	struct sk_source *source;

	if (sk_synthetic_source_new(spec, 0, &source, error))
		fail_msg("%s: %s", spec, error);
	assert_int_equal(sk_differ_new(&differ), 0);
	first = take(source, differ, NULL);
	second = take(source, differ, first);
	check_panes(second);
	sk_sample_unref(first);
	sk_sample_unref(second);
	sk_differ_free(differ);
	sk_source_free(source);
}

TEST(test_friendly)
{
	check_source("sockets=200,hosts=20,churn=20,links=3,netns=2,seed=5");
	assert_in_range(checked, 5000, 1000000);
}

TEST(test_hostile)
{
	check_source("sockets=60,hosts=9,churn=5,links=3,hostile=1,seed=6");
}
