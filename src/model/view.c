/* SPDX-License-Identifier: MIT */
/*
 * Sorting is by radix over 64-bit words, from the least significant word (the row's
 * identity, which breaks ties) up to the most significant: linear in the rows, and
 * stable by construction.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/view.h>

#define DIGIT_BITS 11
#define DIGITS (1U << DIGIT_BITS)
/* Below this many rows, clearing the counters costs more than sorting. */
#define FEW 48

struct item {
	uint64_t key;
	uint32_t row;
};

/** A sort under way. */
struct sorting {
	const struct sk_rows *rows;
	const struct sk_column *column; /* NULL: by row_id */
	const struct sk_context *context;
	bool descending;
	bool is_text;
	bool texts;	/* of an address column: the rows with texts, not addresses */
	void *scratch;	/* the view's */
	unsigned words; /* how many words the longest key has */
	bool stopped;	/* the reader does not wait for it any more */
};

void sk_view_free(struct sk_view *view)
{
	free(view->index);
	free(view->scratch);
	*view = (struct sk_view){ 0 };
}

/* Room for a few rows more than there are: numbers go up and down. */
static size_t with_slack(size_t n)
{
	return n + n / 32;
}

static int reserve_index(struct sk_view *view, uint32_t n)
{
	uint32_t *bigger;

	if (n <= view->capacity)
		return 0;
	bigger = realloc(view->index, with_slack(n) * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	view->index = bigger;
	view->capacity = (uint32_t)with_slack(n);
	return 0;
}

static int reserve_scratch(struct sk_view *view, size_t size)
{
	if (size <= view->scratch_size)
		return 0;
	free(view->scratch);
	view->scratch_size = 0;
	view->scratch = malloc(with_slack(size));
	if (!view->scratch)
		return -ENOMEM;
	view->scratch_size = with_slack(size);
	return 0;
}

int sk_view_filter(struct sk_view *view, const struct sk_rows *rows,
		   const struct sk_filter *filter, const struct sk_context *context)
{
	struct sk_context whole = *context;
	int err = reserve_index(view, rows->n);

	if (err)
		return err;
	/* "user = root" means root, whether names are shown or not */
	whole.numeric = 0;
	whole.ask_hosts = false;
	view->n = 0;
	for (uint32_t i = 0; i < rows->n; i++) {
		if (sk_context_interrupted(context, i))
			return -EINTR;
		if (!filter || sk_filter_match(filter, &whole, sk_rows_at(rows, i)))
			view->index[view->n++] = i;
	}
	return 0;
}

int sk_view_keep(struct sk_view *view, const struct sk_rows *rows,
		 bool (*keep)(const void *row, void *arg), void *arg,
		 const struct sk_context *context)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < view->n; i++) {
		if (sk_context_interrupted(context, i))
			return -EINTR;
		if (keep(sk_rows_at(rows, view->index[i]), arg))
			view->index[n++] = view->index[i];
	}
	view->n = n;
	return 0;
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

/* The next eight bytes of a text, letters alike in either case. */
static uint64_t text_word(const char *text, size_t offset)
{
	uint64_t word = 0;

	text += offset;
	for (unsigned i = 0; i < 8; i++) {
		uint8_t c = (uint8_t)*text;

		word = word << 8 | (c >= 'A' && c <= 'Z' ? c + 32U : c);
		text += c != 0;
	}
	return word;
}

static unsigned count_words(const struct sk_value *value)
{
	switch (value->kind) {
	case SK_VALUE_ADDR:
		return 3;
	case SK_VALUE_ENUM:
		return value->has_time ? 2 : 1;
	case SK_VALUE_REAL:
		return value->real < 0 ? 2 : 1;
	default:
		return 1;
	}
}

/* Word `which` of a key, 1 = least significant. */
static uint64_t value_word(const struct sk_value *value, unsigned which)
{
	switch (value->kind) {
	case SK_VALUE_ADDR:
		return which == 1 ? value->port
				  : big_endian(value->addr->b + (which == 2 ? 8 : 0));
	case SK_VALUE_REAL:
		/* a column of UINT has its negative numbers as REAL: they go first */
		return which == 1 ? real_bits(value->real + 0.0) : value->real >= 0;
	case SK_VALUE_ENUM:
		return which == 1 && value->has_time ? real_bits(value->real)
						     : value->uint;
	case SK_VALUE_TEXT:
		return text_word(value->text, 0);
	default:
		return which == 1 ? value->uint : 1;
	}
}

/* False when the row has no value. */
static bool load_key(struct sorting *s, uint32_t row, unsigned which, uint64_t *key)
{
	const void *at = sk_rows_at(s->rows, row);
	struct sk_value value;
	unsigned words;

	if (!s->column) {
		*key = s->rows->table->row_id(at);
		return true;
	}
	sk_column_get(s->column, s->context, at, &value);
	if (value.kind == SK_VALUE_NONE ||
	    (value.kind == SK_VALUE_REAL && value.real != value.real))
		return false;
	/* an address column holds texts too: those are sorted by themselves */
	if ((s->column->flags & SK_COL_ADDRESS) &&
	    (value.kind == SK_VALUE_TEXT) != s->texts)
		return false;
	words = count_words(&value);
	if (words > s->words)
		s->words = words;
	s->is_text = value.kind == SK_VALUE_TEXT;
	*key = value_word(&value, which);
	if (s->descending)
		*key = ~*key;
	return true;
}

/* One stable pass over one digit. */
static void radix_pass(const struct item *from, struct item *to, uint32_t n,
		       unsigned shift)
{
	uint32_t count[DIGITS] = { 0 };
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		count[(from[i].key >> shift) % DIGITS]++;
	for (unsigned d = 0; d < DIGITS; d++) {
		uint32_t here = count[d];

		count[d] = sum;
		sum += here;
	}
	for (uint32_t i = 0; i < n; i++)
		to[count[(from[i].key >> shift) % DIGITS]++] = from[i];
}

static void insertion_sort(struct item *items, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct item item = items[i];
		uint32_t at = i;

		for (; at > 0 && items[at - 1].key > item.key; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

/* Sorts by key, stable. The result lies where the answer points: items or spare. */
static struct item *sort_items(struct sorting *s, struct item *items,
			       struct item *spare, uint32_t n, uint64_t varying)
{
	if (n < FEW) {
		insertion_sort(items, n);
		return items;
	}
	for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
		struct item *swap = items;

		if (!(varying >> shift & (DIGITS - 1)))
			continue;
		if (n >= SK_STRETCH && sk_context_interrupted(s->context, 0)) {
			s->stopped = true;
			break;
		}
		radix_pass(items, spare, n, shift);
		items = spare;
		spare = swap;
	}
	return items;
}

static void sort_longer_texts(struct sorting *s, struct item *items,
			      struct item *spare, uint32_t n, size_t offset);

/* Rows that agree in eight bytes of text and go on: sorted by what follows. */
static void sort_text_runs(struct sorting *s, struct item *items,
			   struct item *spare, uint32_t n, size_t offset)
{
	for (uint32_t start = 0, end; start < n; start = end) {
		uint64_t key = items[start].key;

		for (end = start + 1; end < n && items[end].key == key; end++)
			;
		if (end - start > 1 && ((s->descending ? ~key : key) & 0xff))
			sort_longer_texts(s, items + start, spare + start, end - start,
					  offset + 8);
	}
}

static void sort_longer_texts(struct sorting *s, struct item *items,
			      struct item *spare, uint32_t n, size_t offset)
{
	uint64_t varying = 0;
	struct item *sorted;

	for (uint32_t i = 0; i < n; i++) {
		struct sk_value value;

		sk_column_get(s->column, s->context, sk_rows_at(s->rows, items[i].row),
			      &value);
		items[i].key = text_word(value.text, offset);
		if (s->descending)
			items[i].key = ~items[i].key;
		varying |= items[i].key ^ items[0].key;
	}
	sorted = sort_items(s, items, spare, n, varying);
	if (sorted != items)
		memcpy(items, sorted, n * sizeof(*items));
	sort_text_runs(s, items, spare, n, offset);
}

/*
 * Sorts the first n rows by one word; those without a value go behind, in the order
 * they have. Returns how many have one.
 */
static uint32_t sort_word(struct sorting *s, uint32_t *index, unsigned which, uint32_t n)
{
	struct item *items = s->scratch, *spare = items + n;
	uint32_t there = 0, missing = 0;
	uint64_t varying = 0;

	for (uint32_t i = 0; i < n && !s->stopped; i++) {
		uint32_t row = index[i];

		s->stopped = sk_context_interrupted(s->context, i + 1);
		if (load_key(s, row, which, &items[there].key)) {
			items[there].row = row;
			varying |= items[there++].key ^ items[0].key;
		} else {
			index[missing++] = row; /* never ahead of i */
		}
	}
	memmove(index + there, index, missing * sizeof(*index));
	if (varying && !s->stopped) {
		struct item *sorted = sort_items(s, items, spare, there, varying);

		spare = sorted == items ? spare : items;
		items = sorted;
	}
	if (s->is_text && !s->stopped)
		sort_text_runs(s, items, spare, there, 0);
	for (uint32_t i = 0; i < there; i++)
		index[i] = items[i].row;
	return there;
}

/* Sorts n rows word by word. Returns how many have a value; the rest lies behind. */
static uint32_t sort_rows(struct sorting *s, uint32_t *index, uint32_t n)
{
	s->words = 1;
	for (unsigned which = 1; which <= s->words && n > 1 && !s->stopped; which++)
		n = sort_word(s, index, which, n);
	return n;
}

int sk_view_sort_stable(struct sk_view *view, const struct sk_rows *rows,
			const struct sk_column *column, bool descending,
			const struct sk_context *context)
{
	struct sk_context quiet = *context;
	struct sorting s = { .rows = rows,
			     .column = column,
			     .context = &quiet,
			     .descending = column && descending };
	uint32_t n;
	int err = reserve_scratch(view, 2 * sizeof(struct item) * view->n);

	quiet.ask_hosts = false; /* most rows are not shown */
	if (err || view->n < 2)
		return err;
	s.scratch = view->scratch;
	n = sort_rows(&s, view->index, view->n);
	if (column && (column->flags & SK_COL_ADDRESS) && !s.stopped) {
		s.texts = true;
		sort_rows(&s, view->index + n, view->n - n);
	}
	return s.stopped ? -EINTR : 0;
}

int sk_view_sort(struct sk_view *view, const struct sk_rows *rows,
		 const struct sk_column *column, bool descending,
		 const struct sk_context *context)
{
	int err = sk_view_sort_stable(view, rows, NULL, false, context);

	if (err || !column)
		return err;
	return sk_view_sort_stable(view, rows, column, descending, context);
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
