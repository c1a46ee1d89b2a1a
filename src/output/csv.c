/* SPDX-License-Identifier: MIT */
/*
 * CSV follows RFC 4180, except that lines end in LF, as every tool of this system
 * expects. A heading has the column ids, then each row has a line; a missing value is
 * an empty field. The first column is the sample's time, so that many samples make one
 * table.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/text.h>
#include "output/formats.h"

static void write_text(struct buffer *out, const char *text)
{
	char *shown = NULL;

	if (!sk_text_is_plain(text)) {
		size_t room = SK_TEXT_SHOWN_ROOM(strlen(text));

		shown = malloc(room);
		if (!shown) {
			out->no_memory = true;
			return;
		}
		sk_text_utf8(shown, room, text);
		text = shown;
	}
	if (!strpbrk(text, ",\"")) {
		buffer_text(out, text);
	} else {
		buffer_char(out, '"');
		for (const char *at = text; *at; at++) {
			if (*at == '"')
				buffer_char(out, '"');
			buffer_char(out, *at);
		}
		buffer_char(out, '"');
	}
	free(shown);
}

static void write_value(struct buffer *out, const struct sk_context *context,
			const struct sk_column *column, const void *row)
{
	char cell[SK_CELL_STRLEN];
	struct sk_value value;

	sk_column_get(column, context, row, &value);
	switch (value.kind) {
	case SK_VALUE_NONE:
		break;
	case SK_VALUE_UINT:
		if (column->unit == SK_UNIT_HEX)
			buffer_hex(out, value.uint);
		else
			buffer_uint(out, value.uint);
		break;
	case SK_VALUE_REAL:
		if (isfinite(value.real))
			output_real(out, column, value.real);
		break;
	case SK_VALUE_TEXT:
	case SK_VALUE_ENUM:
		write_text(out, value.text);
		break;
	case SK_VALUE_ADDR:
		sk_value_print(context, column, &value, 0, cell, sizeof(cell));
		write_text(out, cell);
		break;
	}
	sk_value_free(&value);
}

static int begin(const struct sk_sink *sink, const struct sk_output *output)
{
	const struct sk_column_list *columns = output->table->columns;
	struct buffer out;

	if (!sink->header)
		return 0;
	buffer_init(&out, sink->file);
	buffer_text(&out, "time");
	for (size_t c = 0; c < columns->n; c++) {
		buffer_char(&out, ',');
		buffer_text(&out, columns->column[c]->id);
	}
	buffer_text(&out, "\n");
	return buffer_finish(&out);
}

static int write_sample(const struct sk_sink *sink, const struct sk_output *output)
{
	const struct sk_output_table *t = output->table;
	struct buffer out;

	buffer_init(&out, sink->file);
	for (uint32_t i = 0; i < t->view->n; i++) {
		const void *row = sk_rows_at(t->rows, t->view->index[i]);

		buffer_time(&out, output->context->sample->wall_ns);
		for (size_t c = 0; c < t->columns->n; c++) {
			buffer_char(&out, ',');
			write_value(&out, output->context, t->columns->column[c], row);
		}
		buffer_text(&out, "\n");
	}
	return buffer_finish(&out);
}

const struct sk_sink_ops sink_csv = { .name = "csv", .all_columns = true, .begin = begin,
				      .sample = write_sample };
