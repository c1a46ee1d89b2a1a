/* SPDX-License-Identifier: MIT */
/*
 * Text for people and awk: as wide as its contents, never cut.
 */
#include <errno.h>
#include <string.h>
#include "output/formats.h"

static void measure(const struct sk_output *o, size_t *width)
{
	char cell[SK_CELL_STRLEN];

	for (size_t c = 0; c < o->columns->n; c++) {
		/* a feed's widths must not depend on what one sample holds */
		width[c] = o->feed ? o->columns->column[c]->width : 1;
		if (o->header && width[c] < strlen(o->columns->column[c]->title))
			width[c] = strlen(o->columns->column[c]->title);
	}
	for (uint32_t i = 0; i < o->view->n; i++) {
		const void *row = sk_rows_at(o->rows, o->view->index[i]);

		for (size_t c = 0; c < o->columns->n; c++) {
			int len = sk_value_format(o->context, o->columns->column[c], row,
						  o->format, cell, sizeof(cell));

			if (len > 0 && (size_t)len > width[c])
				width[c] = (size_t)len;
		}
	}
}

static void write_cell(const struct sk_output *o, size_t c, size_t width,
		       const char *text)
{
	bool left = o->columns->column[c]->flags & SK_COL_LEFT;
	bool last = c + 1 == o->columns->n;

	if (left && last)
		fputs(text, o->file); /* no blanks at the end of a line */
	else
		fprintf(o->file, left ? "%-*s" : "%*s", (int)width, text);
	fputs(last ? "\n" : " ", o->file);
}

int output_text(const struct sk_output *o)
{
	size_t width[SK_COLUMNS_MAX];
	char cell[SK_CELL_STRLEN];

	measure(o, width);
	if (!o->first && !o->feed)
		fputc('\n', o->file);
	for (size_t c = 0; o->header && c < o->columns->n; c++)
		write_cell(o, c, width[c], o->columns->column[c]->title);
	for (uint32_t i = 0; i < o->view->n; i++) {
		const void *row = sk_rows_at(o->rows, o->view->index[i]);

		for (size_t c = 0; c < o->columns->n; c++) {
			sk_value_format(o->context, o->columns->column[c], row, o->format,
					cell, sizeof(cell));
			write_cell(o, c, width[c], cell);
		}
	}
	return fflush(o->file) || ferror(o->file) ? -EIO : 0;
}
