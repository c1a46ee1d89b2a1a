/* SPDX-License-Identifier: MIT */
/*
 * JSON is written as NDJSON: one object per sample and line. Rows are written one by
 * one, so that no tree of a hundred thousand rows is in memory; jansson escapes the
 * strings.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/text.h>
#include "output/formats.h"

/** The keys of a row with all that stands before their values: ,"state": */
struct keys {
	size_t len[SK_COLUMNS_MAX];
	char text[SK_COLUMNS_MAX][48];
};

/* UTF-8 that prints stays as it is; sk_text_utf8() replaces the rest. */
static void write_escaped(struct buffer *out, const char *text)
{
	size_t room = SK_TEXT_SHOWN_ROOM(strlen(text));
	char *shown = malloc(room), *dump = NULL;
	json_t *string = NULL;

	if (shown) {
		sk_text_utf8(shown, room, text);
		string = json_string(shown);
	}
	if (string)
		dump = json_dumps(string, JSON_ENCODE_ANY);
	buffer_text(out, dump ? dump : "null");
	out->no_memory |= !dump;
	free(dump);
	free(shown);
	json_decref(string);
}

/* Our own words and most names need no escaping. */
static void write_string(struct buffer *out, const char *text)
{
	if (!sk_text_is_plain(text) || strpbrk(text, "\"\\")) {
		write_escaped(out, text);
		return;
	}
	buffer_char(out, '"');
	buffer_text(out, text);
	buffer_char(out, '"');
}

/* ,"interface-bytes":"72c3": tells names apart that look alike in UTF-8. */
static void write_bytes(struct buffer *out, const struct sk_column *column,
			const char *text)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *bytes = malloc(strlen(text) + 1);
	size_t n = bytes ? sk_text_bytes(text, bytes) : 0;

	out->no_memory |= !bytes;
	buffer_text(out, ",\"");
	buffer_text(out, column->id);
	buffer_text(out, "-bytes\":\"");
	for (size_t i = 0; i < n; i++) {
		buffer_char(out, digits[bytes[i] >> 4]);
		buffer_char(out, digits[bytes[i] & 15]);
	}
	buffer_char(out, '"');
	free(bytes);
}

static void write_text(struct buffer *out, const struct sk_column *column,
		       const char *text)
{
	write_string(out, text);
	if (sk_text_has_bytes(text))
		write_bytes(out, column, text);
}

static void write_value(struct buffer *out, const struct sk_context *context,
			const struct sk_column *column, const struct sk_value *value)
{
	char cell[SK_CELL_STRLEN];

	switch (value->kind) {
	case SK_VALUE_NONE:
		break;
	case SK_VALUE_UINT:
		/* identities beyond 2^53 would lose digits as JSON numbers */
		if (column->unit != SK_UNIT_HEX) {
			buffer_uint(out, value->uint);
			return;
		}
		buffer_char(out, '"');
		buffer_hex(out, value->uint);
		buffer_char(out, '"');
		return;
	case SK_VALUE_REAL:
		if (!isfinite(value->real))
			break;
		output_real(out, column, value->real);
		return;
	case SK_VALUE_TEXT:
	case SK_VALUE_ENUM:
		write_text(out, column, value->text);
		return;
	case SK_VALUE_ADDR:
		sk_value_print(context, column, value, 0, cell, sizeof(cell));
		write_text(out, column, cell);
		return;
	}
	buffer_text(out, "null");
}

/* ,"tx-at-least":true: what people see by a sign at the value. */
static void write_mark(struct buffer *out, const struct sk_column *column, const char *mark)
{
	buffer_text(out, ",\"");
	buffer_text(out, column->id);
	buffer_char(out, '-');
	buffer_text(out, mark);
	buffer_text(out, "\":true");
}

static void write_cell(struct buffer *out, const struct sk_context *context,
		       const struct sk_column *column, const void *row)
{
	struct sk_value value;

	sk_column_get(column, context, row, &value);
	write_value(out, context, column, &value);
	if (value.at_least)
		write_mark(out, column, "at-least");
	if (value.presumed)
		write_mark(out, column, "presumed");
	sk_value_free(&value);
}

static void write_protos(struct buffer *out, const char *key, uint32_t protos)
{
	const char *separator = "";

	buffer_text(out, key);
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (!(protos & SK_PROTO_BIT(proto)))
			continue;
		buffer_text(out, separator);
		write_string(out, sk_proto_name(proto, false));
		separator = ",";
	}
	buffer_char(out, ']');
}

/* Only when there are any. */
static void write_lost(struct buffer *out, const struct sk_losses *losses)
{
	const char *separator = ",\"lost\":[";

	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		const struct sk_loss *loss = &losses->part[i];

		if (!loss->kind)
			continue;
		buffer_text(out, separator);
		buffer_text(out, "{\"what\":");
		write_string(out, sk_part_name(i));
		if (i < SK_PROTO_COUNT) {
			buffer_text(out, ",\"proto\":");
			write_string(out, sk_proto_name(i, false));
		}
		buffer_text(out, ",\"kind\":");
		write_string(out, sk_loss_kind_name(loss->kind));
		buffer_text(out, ",\"reason\":");
		write_string(out, sk_loss_reason(loss->error));
		buffer_char(out, '}');
		separator = ",";
	}
	buffer_text(out, separator[1] ? "" : "]");
}

static void write_losses(struct buffer *out, const struct sk_losses *losses)
{
	/* in the order of enum sk_missing */
	static const char *const names[] = { "sock_diag", "rtnetlink", "CAP_NET_ADMIN",
					     "counters", "interfaces", "namespaces", "proc",
					     "CAP_SYS_PTRACE", "hidepid",
					     "rows-cut", "bound",
					     "CAP_DAC_READ_SEARCH", "user-namespace",
					     "security-module" };
	const struct {
		const char *key;
		uint32_t n;
	} counts[] = {
		{ ",\"losses\":{\"dump-errors\":", losses->dump_errors },
		{ ",\"interrupted\":", losses->interrupted },
		{ ",\"overruns\":", losses->overruns },
		{ ",\"busy\":", losses->busy },
		{ ",\"malformed\":", losses->malformed },
		{ ",\"duplicates\":", losses->duplicates },
		{ ",\"events-lost\":", losses->events_lost },
		{ ",\"late\":", losses->late },
		{ ",\"unreadable-processes\":", losses->unreadable_processes },
	};
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		buffer_text(out, counts[i].key);
		buffer_uint(out, counts[i].n);
	}
	buffer_text(out, ",\"missing\":[");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(losses->missing & (1U << i)))
			continue;
		buffer_text(out, separator);
		write_string(out, names[i]);
		separator = ",";
	}
	buffer_char(out, ']');
	write_protos(out, ",\"unavailable\":[", losses->unavailable);
	write_protos(out, ",\"from-proc\":[", losses->from_proc);
	write_lost(out, losses);
	buffer_char(out, '}');
}

/* A number, or null when nobody knows it. */
static void write_known(struct buffer *out, const char *key, double number)
{
	buffer_text(out, key);
	if (isnan(number))
		buffer_text(out, "null");
	else
		buffer_real(out, number);
}

/* What all TCP sockets moved; null where only some of them were asked for. */
static void write_flows(struct buffer *out, const struct sk_sample *sample)
{
	const struct sk_flow_totals *totals = &sample->totals;
	const uint8_t below = SK_DOUBT_ANY;

	if (!sample->whole_tcp || !(sample->needs & SK_NEED_FLOWS)) {
		buffer_text(out, ",\"flows\":null");
		return;
	}
	write_known(out, ",\"flows\":{\"tx\":", totals->rate[SK_TX]);
	write_known(out, ",\"rx\":", totals->rate[SK_RX]);
	write_known(out, ",\"opened\":", totals->opened);
	write_known(out, ",\"closed\":", totals->closed);
	buffer_text(out, sample->doubt & below ? ",\"at-least\":true" : ",\"at-least\":false");
	buffer_text(out, ",\"tx-sum\":");
	buffer_uint(out, totals->sum[SK_TX]);
	buffer_text(out, ",\"rx-sum\":");
	buffer_uint(out, totals->sum[SK_RX]);
	buffer_text(out, ",\"opened-sum\":");
	buffer_uint(out, totals->n_opened);
	buffer_text(out, ",\"closed-sum\":");
	buffer_uint(out, totals->n_closed);
	write_known(out, ",\"seconds\":",
		    (double)(sample->time_ns - sample->sums_since_ns) / 1e9);
	buffer_text(out, sample->sums_doubt & below ? ",\"sums-at-least\":true}" :
						      ",\"sums-at-least\":false}");
}

/* What tracepoints of the kernel added. */
static void write_traced(struct buffer *out, uint8_t traced)
{
	static const char *const names[] = { "ends", "states", "bytes" };
	const char *separator = "";

	buffer_text(out, ",\"tracepoints\":[");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(traced & 1U << i))
			continue;
		buffer_text(out, separator);
		write_string(out, names[i]);
		separator = ",";
	}
	buffer_char(out, ']');
}

/* Only when others than the own one were looked for. */
static void write_namespaces(struct buffer *out, const struct sk_sample *sample)
{
	static const char *const states[] = { "", "seen", "aside", "refused", "gone" };
	const char *separator = ",\"namespaces\":[";

	if (!sample->n_netns)
		return;
	for (uint32_t i = 0; i < sample->n_netns; i++) {
		const struct sk_netns *netns = &sample->netns[i];

		if (netns->state == SK_NETNS_NONE)
			continue;
		buffer_text(out, separator);
		buffer_text(out, "{\"netns\":");
		write_string(out, sk_sample_netns_name(sample, i));
		buffer_text(out, ",\"inode\":");
		buffer_uint(out, netns->inode);
		buffer_text(out, ",\"state\":");
		write_string(out, states[netns->state]);
		buffer_char(out, '}');
		separator = ",";
	}
	buffer_text(out, "],\"namespace-hidden-processes\":");
	buffer_uint(out, sample->netns_hidden);
}

static void make_keys(const struct sk_column_list *columns, struct keys *keys)
{
	for (size_t c = 0; c < columns->n; c++) {
		int len = snprintf(keys->text[c], sizeof(keys->text[c]), "%c\"%.40s\":",
				   c ? ',' : '{', columns->column[c]->id);

		keys->len[c] = (size_t)len;
	}
}

static void write_row(struct buffer *out, const struct sk_context *context,
		      const struct sk_output_table *t, const struct keys *keys,
		      const void *row)
{
	for (size_t c = 0; c < t->columns->n; c++) {
		buffer_bytes(out, keys->text[c], keys->len[c]);
		write_cell(out, context, t->columns->column[c], row);
	}
}

/* Writes what differs among the parts: "{"gateway":...}" */
static void write_part(struct buffer *out, const struct sk_context *context,
		       const struct sk_output_table *t, const struct keys *keys,
		       const void *row)
{
	char begin = '{';

	for (size_t c = 0; c < t->columns->n; c++) {
		if (!(t->columns->column[c]->flags & SK_COL_PART))
			continue;
		buffer_char(out, begin);
		buffer_bytes(out, keys->text[c] + 1, keys->len[c] - 1);
		write_cell(out, context, t->columns->column[c], row);
		begin = ',';
	}
	if (begin == '{')
		buffer_char(out, begin);
	buffer_char(out, '}');
}

/* A thing of several rows has all of them in an array of its own. */
static void write_parts(struct buffer *out, const struct sk_context *context,
			const struct sk_output_table *t, const struct keys *keys,
			uint32_t first)
{
	const struct sk_table *table = t->rows->table;
	uint32_t behind = first + 1;

	while (behind < t->rows->n && table->part(sk_rows_at(t->rows, behind)))
		behind++;
	if (behind == first + 1)
		return;
	buffer_text(out, ",\"");
	buffer_text(out, table->parts);
	buffer_text(out, "\":");
	for (uint32_t i = first; i < behind; i++) {
		buffer_char(out, i > first ? ',' : '[');
		write_part(out, context, t, keys, sk_rows_at(t->rows, i));
	}
	buffer_char(out, ']');
}

/* If a filter leaves some parts of a row out, the first that is left stands for all. */
static int write_joined(struct buffer *out, const struct sk_context *context,
			const struct sk_output_table *t, const struct keys *keys)
{
	bool *written = calloc(t->rows->n + 1, sizeof(*written));
	bool any = false;

	if (!written)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->view->n; i++) {
		uint32_t at = t->view->index[i];
		const void *row = sk_rows_at(t->rows, at);
		uint32_t first = at - t->rows->table->part(row);

		if (written[first])
			continue;
		written[first] = true;
		if (any)
			buffer_char(out, ',');
		any = true;
		write_row(out, context, t, keys, row);
		write_parts(out, context, t, keys, first);
		buffer_char(out, '}');
	}
	free(written);
	return 0;
}

static void write_head(struct buffer *out, const struct sk_sample *sample)
{
	buffer_text(out, "{\"time\":");
	buffer_time(out, sample->wall_ns);
	buffer_text(out, ",\"interval\":");
	if (sample->interval > 0)
		buffer_real(out, sample->interval);
	else
		buffer_text(out, "null");
	buffer_text(out, ",\"source\":");
	write_string(out, sample->source);
	write_losses(out, &sample->losses);
	write_flows(out, sample);
	write_traced(out, sample->traced);
	write_namespaces(out, sample);
}

/* ,"time-wait":{"buckets":3,...,"note":null}: the numbers that belong to the array. */
static void write_fact(struct buffer *out, const struct sk_fact *fact)
{
	buffer_text(out, ",\"");
	buffer_text(out, fact->key);
	buffer_text(out, "\":{");
	for (size_t i = 0; i < fact->n_numbers; i++) {
		const struct sk_number *number = &fact->number[i];

		buffer_char(out, '"');
		buffer_text(out, number->key);
		buffer_text(out, "\":");
		if (!number->known)
			buffer_text(out, "null");
		else if (number->whole)
			buffer_uint(out, number->n);
		else
			buffer_real(out, number->real);
		buffer_char(out, ',');
	}
	buffer_text(out, "\"note\":");
	if (fact->note)
		write_string(out, fact->note);
	else
		buffer_text(out, "null");
	buffer_char(out, '}');
}

static int write_table(struct buffer *out, const struct sk_context *context,
		       const struct sk_output_table *t)
{
	struct keys keys;
	int err = 0;

	make_keys(t->columns, &keys);
	buffer_text(out, ",\"");
	buffer_text(out, t->rows->table->name);
	if (t->refused) {
		buffer_text(out, "\":null");
		return 0;
	}
	buffer_text(out, "\":[");
	if (t->rows->table->part)
		err = write_joined(out, context, t, &keys);
	for (uint32_t i = 0; i < t->view->n && !t->rows->table->part; i++) {
		if (i)
			buffer_char(out, ',');
		write_row(out, context, t, &keys, sk_rows_at(t->rows, t->view->index[i]));
		buffer_char(out, '}');
	}
	buffer_char(out, ']');
	for (size_t i = 0; i < t->n_facts; i++)
		write_fact(out, &t->facts[i]);
	return err;
}

static int write_sample(const struct sk_sink *sink, const struct sk_output *output)
{
	struct buffer out;
	int err = 0;

	buffer_init(&out, sink->file);
	write_head(&out, output->context->sample);
	for (size_t i = 0; i < output->n && !err; i++)
		err = write_table(&out, output->context, &output->table[i]);
	buffer_text(&out, "}\n");
	return err ? err : buffer_finish(&out);
}

/* The sentences on why a socket is slow have no label. */
static void write_sentences(struct buffer *out, const struct sk_detail_rows *rows)
{
	const char *separator = "";

	buffer_text(out, ",\"why\":[");
	for (size_t i = 0; i < rows->n; i++) {
		if (*rows->row[i].label)
			continue;
		buffer_text(out, separator);
		write_string(out, rows->row[i].value);
		separator = ",";
	}
	buffer_char(out, ']');
}

static void write_labelled(struct buffer *out, const struct sk_detail_rows *rows)
{
	const char *separator = "";

	buffer_text(out, ",\"view\":[");
	for (size_t i = 0; i < rows->n; i++) {
		const struct sk_detail_row *row = &rows->row[i];

		if (!*row->label)
			continue;
		buffer_text(out, separator);
		buffer_text(out, "{\"section\":");
		write_string(out, row->section);
		buffer_text(out, ",\"label\":");
		write_string(out, row->label);
		buffer_text(out, ",\"value\":");
		if (row->unknown) {
			buffer_text(out, "null,\"reason\":");
			write_string(out, row->unknown);
		} else if (isfinite(row->number)) {
			buffer_real(out, row->number);
			buffer_text(out, ",\"text\":"); /* it may say "at least" */
			write_string(out, row->value);
		} else {
			write_string(out, row->value);
		}
		buffer_char(out, '}');
		separator = ",";
	}
	buffer_char(out, ']');
}

static int write_details(const struct sk_sink *sink, const struct sk_output_details *details)
{
	const struct sk_output_table table = { .columns = details->columns };
	struct sk_output_detail detail;
	struct buffer out;
	struct keys keys;
	int err = 0;

	buffer_init(&out, sink->file);
	make_keys(details->columns, &keys);
	write_head(&out, details->context->sample);
	buffer_text(&out, ",\"details\":[");
	for (size_t i = 0; i < details->n && !err && !out.err; i++) {
		err = details->build(details->arg, i, &detail);
		if (err)
			break;
		buffer_text(&out, i ? ",{\"connection\":" : "{\"connection\":");
		write_row(&out, details->context, &table, &keys, detail.socket);
		buffer_text(&out, "},\"lacks\":");
		if (detail.lacks)
			write_string(&out, detail.lacks);
		else
			buffer_text(&out, "null");
		write_sentences(&out, detail.rows);
		write_labelled(&out, detail.rows);
		buffer_char(&out, '}');
	}
	buffer_text(&out, "]}\n");
	return err ? err : buffer_finish(&out);
}

const struct sk_sink_ops sink_json = { .name = "json", .all_columns = true, .many = true,
				       .whole = true, .sample = write_sample,
				       .details = write_details };
