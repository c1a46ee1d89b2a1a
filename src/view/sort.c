/* SPDX-License-Identifier: MIT */
/*
 * Rows are sorted by radix, in place, from the most significant word of a key to the
 * least. This needs one 64-bit word for each row beside the view's index. Only rows
 * that agree in one word are read for the next one. After the words of a column come
 * those of the next column, then the row's identity, then its number. So no two rows
 * are equal, and the sort need not be stable.
 */
#include <errno.h>
#include <string.h>
#include "view/view.h"

#define DIGIT_BITS 8
#define DIGITS (1U << DIGIT_BITS)
/* Below so many rows, the digits are smaller: to count them must not cost more. */
#define MIDDLING 1024
#define SMALL_DIGIT_BITS 5
/* Below so many, any counting costs more than sorting. */
#define FEW 24
/* Texts that agree in so many words are in the order of their rows. */
#define TEXT_WORDS 64
/* Rows are fetched into the cache so far ahead of their turn. */
#define AHEAD 16

/** A sort under way. Place i of it: row index[i], with the word keys[i]. */
struct sorting {
	const struct sk_rows *rows;
	const struct sk_context *context;
	const struct sk_column *const *columns;
	unsigned n_columns;
	bool descending;
	bool by_identity;
	uint64_t *keys;
	uint32_t *index;
	const uint32_t *end; /* of index[] */
	uint32_t work; /* rows looked at since the reader was asked */
	bool stopped;  /* the reader does not wait any longer */
};

/** The next word of the keys, for rows that agree so far. */
struct word {
	unsigned column; /* n_columns: identity; behind it: number of the row */
	unsigned which;	 /* of the column's words */
	bool texts;	 /* of an address column: the rows with texts, not addresses */
};

/** Facts about the keys, found while they were loaded. */
struct loaded {
	uint32_t n;	  /* rows that have one; the others lie behind them */
	uint64_t varying; /* bits in which they differ */
	unsigned kinds;	  /* mask of 1 << enum sk_value_kind */
	bool timed;	  /* some go on with a time */
};

/* Whether somebody waits for the result. */
static bool ask(struct sorting *s)
{
	s->work = 0;
	s->stopped = s->stopped || sk_context_cancelled(s->context, 0);
	return s->stopped;
}

/* Counts work, and asks now and then. */
static inline bool is_stopped(struct sorting *s, uint32_t rows)
{
	s->work += rows;
	return s->work >= SK_STRETCH ? ask(s) : s->stopped;
}

/* Doubles in the order of their bits, once negative ones are turned round. */
static uint64_t real_bits(double real)
{
	uint64_t bits;

	real += 0.0; /* -0 is 0 */
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

/*
 * Most addresses are told apart by one word: IPv4, mapped, is there with its port, of
 * IPv6 the first half. In the order of all 128 bits there are, by the upper 16 bits of
 * that word: what stands before ::ffff:0:0 (the second half is there), IPv4, the few up
 * to 3:: (only that they are), the rest.
 */
enum { BEFORE_V4, V4, BEHIND_V4, FIRST_HALF };

static uint64_t address_word(const struct sk_value *value, unsigned which)
{
	uint64_t high = big_endian(value->addr->b), low = big_endian(value->addr->b + 8);

	if (which > 0)
		return which == 1 ? high : which == 2 ? low : value->port;
	if (high == 0 && low >> 32 == 0xffff)
		return (uint64_t)V4 << 48 | (low & UINT32_MAX) << 16 | value->port;
	if (high == 0 && low >> 32 < 0xffff)
		return low;
	return high >> 48 >= FIRST_HALF ? high : (uint64_t)BEHIND_V4 << 48;
}

static unsigned next_of_address(unsigned which, uint64_t word)
{
	if (which > 0)
		return which < 3 ? which + 1 : 0;
	return word >> 48 == V4 ? 0 : word >> 48 >= FIRST_HALF ? 2 : 1;
}

/* A column of UINT has its negative numbers as REAL: they go first. */
static uint64_t number_word(uint64_t number, unsigned which)
{
	if (which > 0)
		return number;
	return number < INT64_MAX ? number | 1ULL << 63 : UINT64_MAX;
}

/* Word `which` of a key, 0 = most significant. */
static uint64_t value_word(const struct sk_value *value, unsigned which)
{
	switch (value->kind) {
	case SK_VALUE_ADDR:
		return address_word(value, which);
	case SK_VALUE_REAL:
		return real_bits(value->real);
	case SK_VALUE_TEXT:
		return text_word(value->text, which * sizeof(uint64_t));
	default:
		return which > 0 && value->has_time ? real_bits(value->real) :
						      number_word(value->uint, which);
	}
}

/*
 * Finds the word that tells rows apart that agree in this one; 0 when the value ends
 * with it.
 */
static unsigned next_word(const struct loaded *l, unsigned which, uint64_t word)
{
	if (l->kinds & 1U << SK_VALUE_TEXT)
		return (word & 0xff) && which + 1 < TEXT_WORDS ? which + 1 : 0;
	if (l->kinds & 1U << SK_VALUE_ADDR)
		return next_of_address(which, word);
	return which == 0 && (l->timed || word == UINT64_MAX);
}

/* False when the row has no value, or one of the other kind. */
static bool load_value(const struct sorting *s, const struct word *word, const void *row,
		       struct loaded *l, uint64_t *key)
{
	const struct sk_column *column = s->columns[word->column];
	struct sk_value value;
	bool has;

	sk_column_get(column, s->context, row, &value);
	has = value.kind != SK_VALUE_NONE &&
	      !(value.kind == SK_VALUE_REAL && value.real != value.real);
	/* an address column holds texts too: those are sorted by themselves */
	if ((column->flags & SK_COL_ADDRESS) &&
	    (value.kind == SK_VALUE_TEXT) != word->texts)
		has = false;
	if (has) {
		l->kinds |= 1U << value.kind;
		l->timed |= value.has_time;
		*key = value_word(&value, word->which);
		if (s->descending)
			*key = ~*key;
	}
	sk_value_free(&value);
	return has;
}

/*
 * The row at a place. Rows that agree in something lie anywhere: the one that has its
 * turn soon is fetched, first, middle and last of its cache lines. Behind this run comes
 * the next one.
 */
static const void *row_at(const struct sorting *s, const uint32_t *place)
{
	if (s->end - place > AHEAD) {
		const char *soon = sk_rows_at(s->rows, place[AHEAD]);
		size_t size = s->rows->table->row_size;

		__builtin_prefetch(soon);
		__builtin_prefetch(soon + size / 2);
		__builtin_prefetch(soon + size - 1);
	}
	return sk_rows_at(s->rows, *place);
}

/* Loads a column's word for n rows; those without one go behind the others. */
static void load_words(struct sorting *s, const struct word *word, uint32_t *index,
		       uint64_t *keys, uint32_t n, struct loaded *l)
{
	uint32_t last = n;

	while (l->n < last) {
		uint32_t row = index[l->n];

		if (is_stopped(s, 1))
			return;
		if (load_value(s, word, row_at(s, index + l->n), l, &keys[l->n])) {
			l->varying |= keys[l->n] ^ keys[0];
			l->n++;
		} else {
			index[l->n] = index[--last];
			index[last] = row;
		}
	}
}

/* Loads the identities, which tell rows apart when their columns do not. */
static void load_identities(struct sorting *s, const uint32_t *index, uint64_t *keys,
			    uint32_t n, struct loaded *l)
{
	for (; l->n < n && !is_stopped(s, 1); l->n++) {
		keys[l->n] = s->rows->table->row_id(s->context->sample,
						      row_at(s, index + l->n));
		l->varying |= keys[l->n] ^ keys[0];
	}
}

static void load_numbers(const uint32_t *index, uint64_t *keys, uint32_t n,
			 struct loaded *l)
{
	for (; l->n < n; l->n++) {
		keys[l->n] = index[l->n];
		l->varying |= keys[l->n] ^ keys[0];
	}
}

static void load(struct sorting *s, const struct word *word, uint32_t start, uint32_t n,
		 struct loaded *l)
{
	uint32_t *index = s->index + start;
	uint64_t *keys = s->keys + start;

	*l = (struct loaded){ 0 };
	if (word->column < s->n_columns)
		load_words(s, word, index, keys, n, l);
	else if (word->column == s->n_columns && s->by_identity)
		load_identities(s, index, keys, n, l);
	else
		load_numbers(index, keys, n, l);
}

static void insertion_sort(uint64_t *keys, uint32_t *index, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint64_t key = keys[i];
		uint32_t row = index[i], at = i;

		for (; at > 0 && keys[at - 1] > key; at--) {
			keys[at] = keys[at - 1];
			index[at] = index[at - 1];
		}
		keys[at] = key;
		index[at] = row;
	}
}

/** Rows by the first digit in which they differ. */
struct digits {
	unsigned n;	/* of the values that a digit has: a power of two */
	unsigned shift; /* of the digit in the key */
	uint32_t next[DIGITS], end[DIGITS]; /* [value]: where its rows go */
};

static unsigned digit_of(const struct digits *digits, uint64_t key)
{
	return (unsigned)(key >> digits->shift) & (digits->n - 1);
}

static void count_digits(struct digits *digits, const uint64_t *keys, uint32_t n,
			 uint64_t varying)
{
	unsigned bits = n < MIDDLING ? SMALL_DIGIT_BITS : DIGIT_BITS;
	unsigned top = 64U - (unsigned)__builtin_clzll(varying);

	digits->n = 1U << bits;
	digits->shift = top > bits ? top - bits : 0;
	memset(digits->end, 0, digits->n * sizeof(*digits->end));
	for (uint32_t i = 0; i < n; i++)
		digits->end[digit_of(digits, keys[i])]++;
	for (uint32_t d = 0, sum = 0; d < digits->n; d++) {
		digits->next[d] = sum;
		sum += digits->end[d];
		digits->end[d] = sum;
	}
}

/* Moves every row into the part of the array that its digit has. */
static void distribute(struct sorting *s, struct digits *digits, uint64_t *keys,
		       uint32_t *index)
{
	uint32_t *next = digits->next, moves = 0;

	for (unsigned d = 0; d < digits->n; d++) {
		while (next[d] < digits->end[d] && !s->stopped) {
			uint64_t key = keys[next[d]];
			uint32_t row = index[next[d]];
			unsigned digit;

			/* a chain may be as long as all of them: it ends where it is */
			while ((digit = digit_of(digits, key)) != d && !s->stopped) {
				uint32_t to = next[digit]++;
				uint64_t other = keys[to];
				uint32_t other_row = index[to];

				keys[to] = key;
				index[to] = row;
				key = other;
				row = other_row;
				if (++moves >= SK_STRETCH) {
					moves = 0;
					ask(s);
				}
			}
			keys[next[d]] = key;
			index[next[d]++] = row;
			moves++;
		}
	}
	is_stopped(s, moves);
}

static void sort_keys(struct sorting *s, uint64_t *keys, uint32_t *index, uint32_t n,
		      uint64_t varying)
{
	struct digits digits;

	if (n < FEW) {
		insertion_sort(keys, index, n);
		return;
	}
	if (!varying)
		return;
	count_digits(&digits, keys, n, varying);
	distribute(s, &digits, keys, index);
	for (uint32_t d = 0, start = 0; digits.shift && d < digits.n && !s->stopped;
	     start = digits.end[d++]) {
		uint64_t differing = 0;

		for (uint32_t i = start; i < digits.end[d]; i++)
			differing |= keys[i] ^ keys[start];
		sort_keys(s, keys + start, index + start, digits.end[d] - start, differing);
	}
}

static void sort_places(struct sorting *s, struct word word, uint32_t start, uint32_t n);

/* Rows with the same word, one run after the other, by what comes behind it. */
static void sort_runs(struct sorting *s, const struct word *word, const struct loaded *l,
		      uint32_t start)
{
	const uint64_t *keys = s->keys + start;

	for (uint32_t i = 0, end; i < l->n && !s->stopped; i = end) {
		uint64_t key = keys[i];
		struct word next = { .column = word->column + 1 };
		unsigned which = 0;

		for (end = i + 1; end < l->n && keys[end] == key; end++)
			;
		if (end - i < 2)
			continue;
		if (word->column < s->n_columns)
			which = next_word(l, word->which, s->descending ? ~key : key);
		if (which)
			next = (struct word){ word->column, which, word->texts };
		sort_places(s, next, start + i, end - i);
	}
}

/* Sorts n rows that agree in all words before this one. */
static void sort_places(struct sorting *s, struct word word, uint32_t start, uint32_t n)
{
	struct loaded l;

	while (n > 1 && word.column <= s->n_columns + s->by_identity) {
		load(s, &word, start, n, &l);
		if (s->stopped)
			return;
		sort_keys(s, s->keys + start, s->index + start, l.n, l.varying);
		if (s->stopped)
			return;
		sort_runs(s, &word, &l, start);
		start += l.n;
		n -= l.n;
		if (!word.texts && word.column < s->n_columns &&
		    (s->columns[word.column]->flags & SK_COL_ADDRESS))
			word.texts = true;
		else
			word = (struct word){ .column = word.column + 1 };
	}
}

static int sort_view(struct sk_view *view, struct sorting *s)
{
	struct sk_context quiet = *s->context;
	int err = view->n < 2 ? 0 :
				view_reserve_scratch(view, view->capacity *
							   sizeof(uint64_t));

	if (err || view->n < 2)
		return err;
	quiet.ask_hosts = false; /* most rows are not shown */
	quiet.enough = TEXT_WORDS * sizeof(uint64_t);
	s->context = &quiet;
	s->keys = view->scratch;
	s->index = view->index;
	s->end = view->index + view->n;
	sort_places(s, (struct word){ 0 }, 0, view->n);
	return s->stopped ? -EINTR : 0;
}

int sk_view_sort(struct sk_view *view, const struct sk_rows *rows,
		 const struct sk_column *column, bool descending,
		 const struct sk_context *context)
{
	struct sorting s = { .rows = rows,
			     .context = context,
			     .columns = &column,
			     .n_columns = column != NULL,
			     .descending = descending,
			     .by_identity = true };

	return sort_view(view, &s);
}

int sk_view_sort_by(struct sk_view *view, const struct sk_rows *rows,
		    const struct sk_column *const *columns, unsigned n_columns,
		    const struct sk_context *context)
{
	struct sorting s = { .rows = rows,
			     .context = context,
			     .columns = columns,
			     .n_columns = n_columns };

	return sort_view(view, &s);
}
