/* SPDX-License-Identifier: MIT */
/*
 * NDJSON: one object a sample and line. Rows are written one by one, so a hundred
 * thousand of them never stand in memory as a tree; jansson makes the strings safe.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include "output/formats.h"

/* Numbers, field names and our own words need no escaping; this is for the rest. */
static void write_string(FILE *file, const char *text)
{
	json_t *string;

	if (!strpbrk(text, "\"\\") && text[strspn(text, " !#$%&'()*+,-./0123456789:;<=>?@"
						   "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`"
						   "abcdefghijklmnopqrstuvwxyz{|}~")] ==
					      '\0') {
		fprintf(file, "\"%s\"", text);
		return;
	}
	string = json_string(text); /* NULL when it is no UTF-8 */
	if (!string || json_dumpf(string, file, JSON_ENCODE_ANY | JSON_ENSURE_ASCII))
		fputs("null", file);
	json_decref(string);
}

static void write_value(const struct sk_output *o, const struct sk_column *column,
			const void *row)
{
	char cell[128];
	struct sk_value value;

	sk_column_get(column, o->context, row, &value);
	switch (value.kind) {
	case SK_VALUE_NONE:
		fputs("null", o->file);
		break;
	case SK_VALUE_UINT:
		/* identities beyond 2^53 would lose digits as JSON numbers */
		if (column->unit == SK_UNIT_HEX)
			fprintf(o->file, "\"%" PRIx64 "\"", value.uint);
		else
			fprintf(o->file, "%" PRIu64, value.uint);
		break;
	case SK_VALUE_REAL:
		if (isfinite(value.real))
			fprintf(o->file, column->unit == SK_UNIT_CLOCK ? "%.3f" : "%.9g",
				value.real);
		else
			fputs("null", o->file);
		break;
	case SK_VALUE_TEXT:
	case SK_VALUE_ENUM:
		write_string(o->file, value.text);
		break;
	case SK_VALUE_ADDR:
		sk_value_format(o->context, column, row, 0, cell, sizeof(cell));
		write_string(o->file, cell);
		break;
	}
}

static void write_protos(FILE *file, const char *key, uint32_t protos)
{
	const char *separator = "";

	fprintf(file, "\"%s\":[", key);
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (!(protos & SK_PROTO_BIT(proto)))
			continue;
		fprintf(file, "%s\"%s\"", separator, sk_proto_name(proto, false));
		separator = ",";
	}
	fputc(']', file);
}

static void write_losses(FILE *file, const struct sk_losses *losses)
{
	/* in the order of enum sk_missing */
	static const char *const names[] = { "sock_diag", "rtnetlink", "CAP_NET_ADMIN",
					     "counters", "interfaces", "namespaces", "proc",
					     "CAP_SYS_PTRACE", "hidepid" };
	const char *separator = "";

	fprintf(file,
		"{\"dump-errors\":%u,\"interrupted\":%u,\"overruns\":%u,\"busy\":%u,"
		"\"malformed\":%u,\"duplicates\":%u,\"events-lost\":%u,\"late\":%u,"
		"\"unreadable-processes\":%u,\"missing\":[",
		losses->dump_errors, losses->interrupted, losses->overruns, losses->busy,
		losses->malformed, losses->duplicates, losses->events_lost, losses->late,
		losses->unreadable_processes);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(losses->missing & (1U << i)))
			continue;
		fprintf(file, "%s\"%s\"", separator, names[i]);
		separator = ",";
	}
	fputs("],", file);
	write_protos(file, "unavailable", losses->unavailable);
	fputc(',', file);
	write_protos(file, "from-proc", losses->from_proc);
	fputc('}', file);
}

/* Only when others than the own one were looked for. */
static void write_namespaces(FILE *file, const struct sk_sample *sample)
{
	static const char *const states[] = { "", "seen", "aside", "refused", "gone" };
	const char *separator = "";

	if (!sample->n_netns)
		return;
	fputs(",\"namespaces\":[", file);
	for (uint32_t i = 0; i < sample->n_netns; i++) {
		const struct sk_netns *netns = &sample->netns[i];

		if (netns->state == SK_NETNS_NONE)
			continue;
		fprintf(file, "%s{\"netns\":", separator);
		write_string(file, sk_sample_netns_name(sample, i));
		fprintf(file, ",\"inode\":%" PRIu64 ",\"state\":\"%s\"}", netns->inode,
			states[netns->state]);
		separator = ",";
	}
	fprintf(file, "],\"namespace-hidden-processes\":%u", sample->netns_hidden);
}

int output_json(const struct sk_output *o)
{
	const struct sk_sample *sample = o->context->sample;
	int64_t ms = sample->wall_ns / 1000000;

	fprintf(o->file, "{\"time\":%" PRId64 ".%03" PRId64 ",\"interval\":", ms / 1000,
		ms % 1000);
	if (sample->interval > 0)
		fprintf(o->file, "%.6f", sample->interval);
	else
		fputs("null", o->file);
	fprintf(o->file, ",\"source\":\"%s\",\"losses\":", sample->source);
	write_losses(o->file, &sample->losses);
	write_namespaces(o->file, sample);
	fprintf(o->file, ",\"%s\":[", o->rows->table->name);
	for (uint32_t i = 0; i < o->view->n; i++) {
		const void *row = sk_rows_at(o->rows, o->view->index[i]);

		for (size_t c = 0; c < o->columns->n; c++) {
			fprintf(o->file, "%s\"%s\":", c ? "," : i ? ",{" : "{",
				o->columns->column[c]->id);
			write_value(o, o->columns->column[c], row);
		}
		fputc('}', o->file);
	}
	fputs("]}\n", o->file);
	return fflush(o->file) || ferror(o->file) ? -EIO : 0;
}
