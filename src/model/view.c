/* SPDX-License-Identifier: MIT */
/*
 * Sorting is by radix over 64-bit words, from the least significant word (the row's
 * identity, which breaks ties) up to the most significant: linear in the rows, and
 * stable by construction.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sktop/view.h>

#define DIGIT_BITS 11
#define DIGITS (1U << DIGIT_BITS)
/* An address, its port and "missing" make the longest key. */
#define WORDS_MAX 4

struct item {
	uint64_t key;
	uint32_t row;
};

/** A sort under way. */
struct sorting {
	const struct sk_rows *rows;
	const struct sk_column *column;
	const struct sk_context *context;
	bool descending;
};

void sk_view_free(struct sk_view *view)
{
	free(view->index);
	free(view->scratch);
	*view = (struct sk_view){ 0 };
}

static int reserve_index(struct sk_view *view, uint32_t n)
{
	uint32_t *bigger;

	if (n <= view->capacity)
		return 0;
	bigger = realloc(view->index, n * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	view->index = bigger;
	view->capacity = n;
	return 0;
}

static int reserve_scratch(struct sk_view *view, size_t size)
{
	if (size <= view->scratch_size)
		return 0;
	free(view->scratch);
	view->scratch = malloc(size);
	view->scratch_size = view->scratch ? size : 0;
	return view->scratch ? 0 : -ENOMEM;
}

int sk_view_filter(struct sk_view *view, const struct sk_rows *rows,
		   const struct sk_filter *filter, const struct sk_context *context)
{
	int err = reserve_index(view, rows->n);

	if (err)
		return err;
	view->n = 0;
	for (uint32_t i = 0; i < rows->n; i++) {
		if (!filter || sk_filter_match(filter, context, sk_rows_at(rows, i)))
			view->index[view->n++] = i;
	}
	return 0;
}

void sk_view_keep(struct sk_view *view, const struct sk_rows *rows,
		  bool (*keep)(const void *row, void *arg), void *arg)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < view->n; i++) {
		if (keep(sk_rows_at(rows, view->index[i]), arg))
			view->index[n++] = view->index[i];
	}
	view->n = n;
}

/* Doubles in the order of their bits, once negative ones are turned round. */
static uint64_t real_bits(double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static uint64_t big_endian(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return __builtin_bswap64(word);
}

/* Word `which` of a row's key, 0 = least significant. */
static uint64_t key_word(const struct sorting *s, const void *row, unsigned which)
{
	struct sk_value value;
	uint64_t word = 0;

	if (which == 0)
		return s->rows->table->row_id(row);
	sk_column_get(s->column, s->context, row, &value);
	if (value.kind == SK_VALUE_NONE ||
	    (value.kind == SK_VALUE_REAL && value.real != value.real))
		return which == WORDS_MAX ? 1 : 0; /* last in both directions */
	if (which == WORDS_MAX)
		return 0;
	switch (value.kind) {
	case SK_VALUE_ADDR:
		word = which == 1 ? value.port :
				    big_endian(value.addr->b + (which == 2 ? 8 : 0));
		break;
	case SK_VALUE_REAL:
		word = which == 1 ? real_bits(value.real) : 0;
		break;
	default:
		word = which == 1 ? value.uint : 0;
		break;
	}
	return s->descending ? ~word : word;
}

/* One stable pass over one digit; false when all rows share it. */
static bool radix_pass(const struct item *from, struct item *to, uint32_t n,
		       unsigned shift)
{
	uint32_t count[DIGITS] = { 0 };
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		count[(from[i].key >> shift) % DIGITS]++;
	if (count[(from[0].key >> shift) % DIGITS] == n)
		return false;
	for (unsigned d = 0; d < DIGITS; d++) {
		uint32_t here = count[d];

		count[d] = sum;
		sum += here;
	}
	for (uint32_t i = 0; i < n; i++)
		to[count[(from[i].key >> shift) % DIGITS]++] = from[i];
	return true;
}

static void sort_word(struct sk_view *view, const struct sorting *s, unsigned which)
{
	struct item *from = view->scratch, *to = from + view->n;
	uint64_t varying = 0;

	for (uint32_t i = 0; i < view->n; i++) {
		from[i].row = view->index[i];
		from[i].key = key_word(s, sk_rows_at(s->rows, from[i].row), which);
		varying |= from[i].key ^ from[0].key;
	}
	for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
		if (!(varying >> shift & (DIGITS - 1)))
			continue;
		if (radix_pass(from, to, view->n, shift)) {
			struct item *swap = from;

			from = to;
			to = swap;
		}
	}
	for (uint32_t i = 0; varying && i < view->n; i++)
		view->index[i] = from[i].row;
}

/* key holds the place before the sort: qsort_r() itself is not stable. */
static int compare_text(const void *a, const void *b, void *arg)
{
	const struct sorting *s = arg;
	const struct item *item[2] = { a, b };
	struct sk_value value[2];
	int order = 0;

	for (int i = 0; i < 2; i++)
		sk_column_get(s->column, s->context, sk_rows_at(s->rows, item[i]->row),
			      &value[i]);
	if ((value[0].kind == SK_VALUE_NONE) != (value[1].kind == SK_VALUE_NONE))
		return value[0].kind == SK_VALUE_NONE ? 1 : -1;
	if (value[0].kind != SK_VALUE_NONE)
		order = strcasecmp(value[0].text, value[1].text);
	if (order)
		return s->descending ? -order : order;
	return item[0]->key < item[1]->key ? -1 : 1;
}

static void sort_text(struct sk_view *view, struct sorting *s)
{
	struct item *items = view->scratch;

	for (uint32_t i = 0; i < view->n; i++)
		items[i] = (struct item){ .key = i, .row = view->index[i] };
	qsort_r(items, view->n, sizeof(*items), compare_text, s);
	for (uint32_t i = 0; i < view->n; i++)
		view->index[i] = items[i].row;
}

/* What the first value that is there says of the whole column. */
static enum sk_value_kind column_kind(const struct sorting *s, const struct sk_view *view)
{
	for (uint32_t i = 0; i < view->n; i++) {
		struct sk_value value;

		sk_column_get(s->column, s->context,
			      sk_rows_at(s->rows, view->index[i]), &value);
		if (value.kind != SK_VALUE_NONE)
			return value.kind;
	}
	return SK_VALUE_NONE;
}

int sk_view_sort_stable(struct sk_view *view, const struct sk_rows *rows,
			const struct sk_column *column, bool descending,
			const struct sk_context *context)
{
	struct sorting s = { rows, column, context, descending };
	enum sk_value_kind kind;
	int err = reserve_scratch(view, view->n * 2 * sizeof(struct item));

	if (err || view->n < 2)
		return err;
	if (!column) {
		sort_word(view, &s, 0);
		return 0;
	}
	kind = column_kind(&s, view);
	if (kind == SK_VALUE_TEXT) {
		sort_text(view, &s);
		return 0;
	}
	sort_word(view, &s, 1);
	if (kind == SK_VALUE_ADDR) {
		sort_word(view, &s, 2);
		sort_word(view, &s, 3);
	}
	sort_word(view, &s, WORDS_MAX);
	return 0;
}

int sk_view_sort(struct sk_view *view, const struct sk_rows *rows,
		 const struct sk_column *column, bool descending,
		 const struct sk_context *context)
{
	int err = sk_view_sort_stable(view, rows, NULL, false, context);

	return err ? err : sk_view_sort_stable(view, rows, column, descending, context);
}

int64_t sk_view_find(const struct sk_view *view, const struct sk_rows *rows,
		     uint64_t row_id)
{
	for (uint32_t i = 0; i < view->n; i++) {
		if (rows->table->row_id(sk_rows_at(rows, view->index[i])) == row_id)
			return i;
	}
	return -1;
}
