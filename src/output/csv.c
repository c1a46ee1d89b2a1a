/* SPDX-License-Identifier: MIT */
/*
 * RFC 4180: a heading of column ids, then a line a row; missing is empty. The first
 * column is the sample's time, so that many samples make one table.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "output/formats.h"

static void write_text(FILE *file, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, file);
		return;
	}
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static void write_value(const struct sk_output *o, const struct sk_column *column,
			const void *row)
{
	char cell[128];
	struct sk_value value;

	sk_column_get(column, o->context, row, &value);
	switch (value.kind) {
	case SK_VALUE_NONE:
		break;
	case SK_VALUE_UINT:
		if (column->unit == SK_UNIT_HEX)
			fprintf(o->file, "%" PRIx64, value.uint);
		else
			fprintf(o->file, "%" PRIu64, value.uint);
		break;
	case SK_VALUE_REAL:
		if (isfinite(value.real))
			fprintf(o->file, column->unit == SK_UNIT_CLOCK ? "%.3f" : "%.9g",
				value.real);
		break;
	case SK_VALUE_TEXT:
	case SK_VALUE_ENUM:
		write_text(o->file, value.text);
		break;
	case SK_VALUE_ADDR:
		sk_value_format(o->context, column, row, 0, cell, sizeof(cell));
		write_text(o->file, cell);
		break;
	}
}

int output_csv(const struct sk_output *o)
{
	int64_t ms = o->context->sample->wall_ns / 1000000;

	if (o->header && o->first) {
		fputs("time", o->file);
		for (size_t c = 0; c < o->columns->n; c++)
			fprintf(o->file, ",%s", o->columns->column[c]->id);
		fputs("\r\n", o->file);
	}
	for (uint32_t i = 0; i < o->view->n; i++) {
		const void *row = sk_rows_at(o->rows, o->view->index[i]);

		fprintf(o->file, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
		for (size_t c = 0; c < o->columns->n; c++) {
			fputc(',', o->file);
			write_value(o, o->columns->column[c], row);
		}
		fputs("\r\n", o->file);
	}
	return fflush(o->file) || ferror(o->file) ? -EIO : 0;
}
