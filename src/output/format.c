/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "output/formats.h"

#define SINK(name) &sink_##name,
static const struct sk_sink_ops *const sinks[] = { SINKS(SINK) };

const struct sk_sink_ops *sk_sink_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++) {
		if (strcmp(sinks[i]->name, name) == 0)
			return sinks[i];
	}
	return NULL;
}

char *sk_sink_names(char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(sinks) && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "",
					sinks[i]->name);
	return out;
}

int sk_sink_write(struct sk_sink *sink, const struct sk_output *output)
{
	int err = 0;

	if (!sink->samples && sink->ops->begin)
		err = sink->ops->begin(sink, output);
	if (!err)
		err = sink->ops->sample(sink, output);
	sink->samples++;
	return err;
}

int sk_sink_end(struct sk_sink *sink)
{
	return sink->samples && sink->ops->end ? sink->ops->end(sink) : 0;
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
