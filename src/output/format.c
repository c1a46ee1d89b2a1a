/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/array.h>
#include "output/formats.h"

static const struct sk_format formats[] = {
	{ "text", output_text, false },
	{ "json", output_json, true },
	{ "csv", output_csv, true },
};

const struct sk_format *sk_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

void output_real(struct buffer *buffer, const struct sk_column *column, double number)
{
	char text[340];

	if (column->unit != SK_UNIT_CLOCK) {
		buffer_real(buffer, number);
		return;
	}
	/* nine digits end before the milliseconds of a date */
	snprintf(text, sizeof(text), "%.3f", number);
	buffer_text(buffer, text);
}

static const char *unit_name(const struct sk_column *column)
{
	static const char *const names[] = {
		[SK_UNIT_TEXT] = "text",	   [SK_UNIT_NUMBER] = "number",
		[SK_UNIT_COUNT] = "count",	   [SK_UNIT_BYTES] = "bytes",
		[SK_UNIT_BYTES_RATE] = "bytes/s",  [SK_UNIT_RATE] = "1/s",
		[SK_UNIT_SECONDS] = "seconds",	   [SK_UNIT_PORT] = "port",
		[SK_UNIT_HEX] = "hex",		   [SK_UNIT_PERCENT] = "percent",
		[SK_UNIT_CLOCK] = "clock",
	};

	return column->flags & SK_COL_ADDRESS ? "address" : names[column->unit];
}

void sk_output_columns_help(FILE *file)
{
	fprintf(file, "Columns for --columns, --sort and filters, and keys of JSON and CSV.\n"
		      "A * marks those shown without being asked for.\n");
	for (unsigned t = 0; t < SK_TABLE_COUNT; t++) {
		const struct sk_table *table = sk_table(t);

		fprintf(file, "\n%s\n", table->name);
		for (size_t i = 0; i < table->n_columns; i++) {
			const struct sk_column *column = &table->columns[i];

			fprintf(file, " %c %-16s %-8s %s\n",
				column->flags & SK_COL_DEFAULT ? '*' : ' ', column->id,
				unit_name(column), column->help);
		}
	}
}
