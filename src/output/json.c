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

static void write_cell(struct buffer *out, const struct sk_context *context,
		       const struct sk_column *column, const void *row)
{
	struct sk_value value;

	sk_column_get(column, context, row, &value);
	write_value(out, context, column, &value);
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

static void write_row(struct buffer *out, const struct sk_output *o,
		      const struct keys *keys, const void *row)
{
	for (size_t c = 0; c < o->columns->n; c++) {
		buffer_bytes(out, keys->text[c], keys->len[c]);
		write_cell(out, o->context, o->columns->column[c], row);
	}
}

/* Writes what differs among the parts: "{"gateway":...}" */
static void write_part(struct buffer *out, const struct sk_output *o,
		       const struct keys *keys, const void *row)
{
	char begin = '{';

	for (size_t c = 0; c < o->columns->n; c++) {
		if (!(o->columns->column[c]->flags & SK_COL_PART))
			continue;
		buffer_char(out, begin);
		buffer_bytes(out, keys->text[c] + 1, keys->len[c] - 1);
		write_cell(out, o->context, o->columns->column[c], row);
		begin = ',';
	}
	if (begin == '{')
		buffer_char(out, begin);
	buffer_char(out, '}');
}

/* A thing of several rows has all of them in an array of its own. */
static void write_parts(struct buffer *out, const struct sk_output *o,
			const struct keys *keys, uint32_t first)
{
	const struct sk_table *table = o->rows->table;
	uint32_t behind = first + 1;

	while (behind < o->rows->n && table->part(sk_rows_at(o->rows, behind)))
		behind++;
	if (behind == first + 1)
		return;
	buffer_text(out, ",\"");
	buffer_text(out, table->parts);
	buffer_text(out, "\":");
	for (uint32_t i = first; i < behind; i++) {
		buffer_char(out, i > first ? ',' : '[');
		write_part(out, o, keys, sk_rows_at(o->rows, i));
	}
	buffer_char(out, ']');
}

/* Whichever of the parts come: the first that does stands for all. */
static int write_joined(struct buffer *out, const struct sk_output *o,
			const struct keys *keys)
{
	bool *written = calloc(o->rows->n + 1, sizeof(*written));
	bool any = false;

	if (!written)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->view->n; i++) {
		uint32_t at = o->view->index[i];
		const void *row = sk_rows_at(o->rows, at);
		uint32_t first = at - o->rows->table->part(row);

		if (written[first])
			continue;
		written[first] = true;
		if (any)
			buffer_char(out, ',');
		any = true;
		write_row(out, o, keys, row);
		write_parts(out, o, keys, first);
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
	write_namespaces(out, sample);
}

/* ,"time-wait":{"buckets":3,...,"note":null}: the numbers that belong to the array. */
static void write_remark(struct buffer *out, const struct sk_remark *remark)
{
	buffer_text(out, ",\"");
	buffer_text(out, remark->key);
	buffer_text(out, "\":{");
	for (size_t i = 0; i < remark->n_numbers; i++) {
		const struct sk_number *number = &remark->number[i];

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
	if (remark->note)
		write_string(out, remark->note);
	else
		buffer_text(out, "null");
	buffer_char(out, '}');
}

int output_json(const struct sk_output *o)
{
	struct buffer out;
	struct keys keys;
	int err = 0;

	buffer_init(&out, o->file);
	make_keys(o->columns, &keys);
	write_head(&out, o->context->sample);
	buffer_text(&out, ",\"");
	buffer_text(&out, o->rows->table->name);
	buffer_text(&out, "\":[");
	if (o->rows->table->part)
		err = write_joined(&out, o, &keys);
	for (uint32_t i = 0; i < o->view->n && !o->rows->table->part; i++) {
		if (i)
			buffer_char(&out, ',');
		write_row(&out, o, &keys, sk_rows_at(o->rows, o->view->index[i]));
		buffer_char(&out, '}');
	}
	buffer_char(&out, ']');
	for (size_t i = 0; i < o->n_remarks; i++)
		write_remark(&out, &o->remarks[i]);
	buffer_text(&out, "}\n");
	return err ? err : buffer_finish(&out);
}
