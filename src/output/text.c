/* SPDX-License-Identifier: MIT */
/*
 * Text is for people and awk. It is as wide as its contents and never cut. Every cell
 * is formatted once and kept until the widths are known.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <sktop/text.h>
#include "output/formats.h"

/* Most cells are shorter. */
#define FIRST_ROOM 512

/*
 * Columns are as wide as their widest cell, but not wider than this: a command line of
 * 100,000 bytes pushes the rest of its own line away, and fills no other with blanks.
 */
#define PADDED_MAX 4096

/* Labels of details take so much of a line. */
#define LABEL_WIDTH 24

/** The cells of a sample, row by row, each NUL-ended. */
struct cells {
	char *text;
	size_t len, capacity;
	size_t width[SK_COLUMNS_MAX]; /* of the widest cell, in cells of a terminal */
};

static int make_room(struct cells *cells, size_t need)
{
	size_t capacity = cells->capacity ? cells->capacity : 65536;
	char *bigger;

	if (need <= cells->capacity - cells->len)
		return 0;
	while (capacity - cells->len < need)
		capacity += capacity / 2;
	bigger = realloc(cells->text, capacity);
	if (!bigger)
		return -ENOMEM;
	cells->text = bigger;
	cells->capacity = capacity;
	return 0;
}

/*
 * Text that is not plain ASCII is first written behind the cell as it is shown, then
 * moved into its place.
 */
static int show_cell(struct cells *cells, size_t *len, size_t *width)
{
	size_t room = SK_TEXT_SHOWN_ROOM(*len);
	int err = make_room(cells, *len + 1 + room);
	char *cell = cells->text + cells->len, *shown = cell + *len + 1;

	if (err)
		return err;
	*width = sk_text_width(cell);
	*len = sk_text_show(shown, room, cell);
	memmove(cell, shown, *len + 1);
	return 0;
}

static int add_cell(struct cells *cells, const struct sk_context *context,
		    const struct sk_output_table *t, size_t c, const void *row)
{
	size_t room = FIRST_ROOM, len, width;
	int err;

	for (;;) {
		err = make_room(cells, room);
		if (err)
			return err;
		len = (size_t)sk_value_format(context, t->columns->column[c], row, t->format,
					      cells->text + cells->len, room);
		if (len < room)
			break;
		room = len + 1;
	}
	width = len;
	if (!sk_text_is_plain(cells->text + cells->len))
		err = show_cell(cells, &len, &width);
	if (width > PADDED_MAX)
		width = PADDED_MAX;
	if (width > cells->width[c])
		cells->width[c] = width;
	cells->len += len + 1;
	return err;
}

static int make_cells(struct cells *cells, const struct sk_context *context,
		      const struct sk_output_table *t, bool header)
{
	int err = 0;

	for (size_t c = 0; c < t->columns->n; c++) {
		size_t title = header ? strlen(t->columns->column[c]->title) : 1;

		/* a feed's widths must not depend on what one sample holds */
		cells->width[c] = t->feed ? t->columns->column[c]->width : 1;
		if (cells->width[c] < title)
			cells->width[c] = title;
	}
	for (uint32_t i = 0; i < t->view->n && !err; i++) {
		const void *row = sk_rows_at(t->rows, t->view->index[i]);

		for (size_t c = 0; c < t->columns->n && !err; c++)
			err = add_cell(cells, context, t, c, row);
	}
	return err;
}

/* Of what sk_text_show() wrote: bytes of the locale. */
static size_t shown_width(const char *text)
{
	mbstate_t state = { 0 };
	size_t width = 0, n;
	wchar_t c;

	while ((n = mbrtowc(&c, text, MB_CUR_MAX, &state)) && n <= MB_CUR_MAX) {
		int cells = wcwidth(c);

		width += cells > 0 ? (size_t)cells : 0;
		text += n;
	}
	return width;
}

/* No blanks at the end of a line. Returns the bytes of the cell. */
static size_t write_cell(struct buffer *out, const struct sk_column_list *columns, size_t c,
			 size_t width, const char *text)
{
	bool left = columns->column[c]->flags & SK_COL_LEFT;
	bool last = c + 1 == columns->n;
	size_t len = strlen(text);
	size_t used = sk_text_is_plain(text) ? len : shown_width(text);
	size_t blanks = used < width ? width - used : 0;

	/* a column alone is a list for scripts: $(sktop -1 -H --columns pid) */
	if (columns->n == 1)
		blanks = 0;
	if (!left)
		buffer_repeat(out, ' ', blanks);
	buffer_bytes(out, text, len);
	if (left && !last)
		buffer_repeat(out, ' ', blanks);
	buffer_char(out, last ? '\n' : ' ');
	return len;
}

static int write_table(struct buffer *out, const struct sk_context *context,
		       const struct sk_output_table *t, bool header, bool headed)
{
	struct cells cells = { 0 };
	int err = make_cells(&cells, context, t, header);
	const char *at = cells.text;

	for (size_t c = 0; !err && headed && c < t->columns->n; c++)
		write_cell(out, t->columns, c, cells.width[c], t->columns->column[c]->title);
	for (uint32_t i = 0; i < t->view->n && !err; i++) {
		for (size_t c = 0; c < t->columns->n; c++)
			at += write_cell(out, t->columns, c, cells.width[c], at) + 1;
	}
	free(cells.text);
	return err;
}

/* An empty line stands between tables. If a sample has several, each has its pane's name. */
static int write_sample(const struct sk_sink *sink, const struct sk_output *output)
{
	struct buffer out;
	bool any = false;
	int err = 0;

	buffer_init(&out, sink->file);
	for (size_t i = 0; i < output->n && !err; i++) {
		const struct sk_output_table *t = &output->table[i];
		bool goes_on = t->feed && sink->samples;

		if (t->refused)
			continue;
		if ((sink->samples || any) && !goes_on)
			buffer_char(&out, '\n');
		if (output->n > 1 && sink->header) {
			buffer_text(&out, t->rows->table->name);
			buffer_text(&out, ":\n");
		}
		err = write_table(&out, output->context, t, sink->header,
				  sink->header && !goes_on);
		any = true;
	}
	return err ? err : buffer_finish(&out);
}

static void write_shown(struct buffer *out, const char *text)
{
	size_t room = SK_TEXT_SHOWN_ROOM(strlen(text));
	char *shown = sk_text_is_plain(text) ? NULL : malloc(room);

	if (shown)
		sk_text_show(shown, room, text);
	out->no_memory |= !shown && !sk_text_is_plain(text);
	buffer_text(out, shown ? shown : "");
	buffer_text(out, sk_text_is_plain(text) ? text : "");
	free(shown);
}

/* As on the screen: sections, in them sentences or labels with their values. */
static void write_detail(struct buffer *out, const struct sk_output_detail *detail)
{
	const char *section = "";

	if (detail->lacks) {
		buffer_text(out, detail->lacks);
		buffer_char(out, '\n');
	}
	for (size_t i = 0; i < detail->rows->n; i++) {
		const struct sk_detail_row *row = &detail->rows->row[i];
		size_t len = strlen(row->label);

		if (strcmp(section, row->section) != 0) {
			buffer_text(out, row->section);
			buffer_char(out, '\n');
		}
		section = row->section;
		buffer_text(out, "  ");
		buffer_text(out, row->label);
		if (len)
			buffer_repeat(out, ' ', len < LABEL_WIDTH ? LABEL_WIDTH - len : 1);
		write_shown(out, row->value);
		buffer_char(out, '\n');
	}
}

static int write_details(const struct sk_sink *sink, const struct sk_output_details *details)
{
	struct sk_output_detail detail;
	struct buffer out;
	int err = 0;

	buffer_init(&out, sink->file);
	for (size_t i = 0; i < details->n && !err && !out.err; i++) {
		err = details->build(details->arg, i, &detail);
		if (i)
			buffer_char(&out, '\n');
		if (!err)
			write_detail(&out, &detail);
	}
	return err ? err : buffer_finish(&out);
}

const struct sk_sink_ops sink_text = { .name = "text", .many = true,
				       .sample = write_sample, .details = write_details };
