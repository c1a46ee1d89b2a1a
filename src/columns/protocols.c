/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <sktop/array.h>
#include <sktop/counter_help.h>
#include "columns/columns.h"

#define ROW const struct sk_counter *c = row

static void get_protocol(const struct sk_context *context, const void *row,
			 struct sk_value *value)
{
	ROW;

	(void)context;
	value_text(value, c->section);
}

static void get_counter(const struct sk_context *context, const void *row,
			struct sk_value *value)
{
	ROW;

	(void)context;
	value_text(value, c->name);
}

static void get_value(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	ROW;

	(void)context;
	if ((int64_t)c->value < 0)
		value_real(value, (double)(int64_t)c->value);
	else
		value_uint(value, c->value);
}

static void get_rate(const struct sk_context *context, const void *row,
		     struct sk_value *value)
{
	ROW;

	(void)context;
	value_rate(value, !isnan(c->rate), c->rate, "a rate needs two samples");
}

static void get_meaning(const struct sk_context *context, const void *row,
			struct sk_value *value)
{
	ROW;
	const struct sk_counter_help *help = sk_counter_help(c->section, c->name);

	(void)context;
	if (help)
		value_text(value, help->text);
	else
		value_none(value, "newer than this sktop");
}

static const struct sk_column columns[] = {
	{ "protocol", "Protocol", "Section of the kernel's file: Tcp, TcpExt, Ip6...",
	  SK_UNIT_TEXT, 9, 0, SK_COL_DEFAULT | SK_COL_LEFT, 0, get_protocol, 0, NULL },
	{ "counter", "Counter", "Name of the counter", SK_UNIT_TEXT, 24, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT, 0, get_counter, 0, NULL },
	{ "value", "Value", "Its value now; counters run since boot", SK_UNIT_NUMBER, 9, 0,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, get_value, 0, NULL },
	{ "rate", "Rate/s", "Change per second", SK_UNIT_RATE, 7, 0,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, get_rate, 0, NULL },
	{ "meaning", "Meaning", "What it counts, in a sentence", SK_UNIT_TEXT, 12, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT | SK_COL_WIDE, 0, get_meaning, 0, NULL },
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	ROW;
	uint64_t hash = 0xcbf29ce484222325ULL;

	(void)sample;
	for (const char *p = c->section; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ULL;
	hash = (hash ^ '.') * 0x100000001b3ULL;
	for (const char *p = c->name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ULL;
	return hash;
}

const struct sk_table sk_table_protocols = {
	.name = "protocols",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_counter),
	.sort = NULL,
	.row_id = row_id,
	SK_ROWS_IN(counters),
	.needs = SK_NEED_COUNTERS,
};
