/* SPDX-License-Identifier: MIT */
/*
 * Sorting beside a plain merge sort by comparison: values of every kind, random ones and
 * those meant to hurt, both ways, one column and two, and interrupted everywhere.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sktop/view.h>

#define MANY 12000
#define TEXT_MAX 240

/** The value that a getter is to give. */
struct cell {
	enum sk_value_kind kind;
	uint64_t uint;
	double real;
	bool has_time;
	uint16_t port;
	struct sk_addr addr;
	const char *text;
};

struct row {
	struct cell cell[2];
	uint64_t id;
};

static size_t gets; /* how often a getter was called */
static int64_t patience = INT64_MAX; /* of its calls, until it raises: */
static atomic_bool cancelled;

static void get(const struct sk_context *context, const void *row, int which,
		struct sk_value *value)
{
	const struct cell *cell = &((const struct row *)row)->cell[which];

	(void)context;
	gets++;
	if (patience-- == 0)
		cancelled = true;
	value->kind = cell->kind;
	value->uint = cell->uint;
	value->real = cell->real;
	value->has_time = cell->has_time;
	value->port = cell->port;
	value->addr = &cell->addr;
	value->text = cell->text;
}

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	(void)sample;
	return ((const struct row *)row)->id;
}

enum { ADDRESS, OTHER, SECOND };

static const struct sk_column columns[] = {
	[ADDRESS] = { .id = "address", .flags = SK_COL_ADDRESS, .get_arg = get, .arg = 0 },
	[OTHER] = { .id = "other", .get_arg = get, .arg = 0 },
	[SECOND] = { .id = "second", .get_arg = get, .arg = 1 },
};

static const struct sk_table table = { .name = "made up",
				       .columns = columns,
				       .n_columns = 3,
				       .row_size = sizeof(struct row),
				       .row_id = row_id };

static struct row *built; /* MANY */
static char (*texts)[TEXT_MAX + 1];

static uint64_t seed = 7;

static uint64_t next_random(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

static int set_up(void **state)
{
	(void)state;
	built = calloc(MANY, sizeof(*built));
	texts = calloc(MANY, sizeof(*texts));
	return built && texts ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(built);
	free(texts);
	return 0;
}

/* The reference: what is said of the order, and nothing of how it is made. */

static int three_way(double a, double b)
{
	return (a > b) - (a < b);
}

/* Values first, texts among addresses behind them, then what is missing. */
static int class_of(const struct sk_column *column, const struct cell *cell)
{
	if (cell->kind == SK_VALUE_NONE ||
	    (cell->kind == SK_VALUE_REAL && isnan(cell->real)))
		return 2;
	return column == &columns[ADDRESS] && cell->kind == SK_VALUE_TEXT;
}

static int compare_cells(const struct cell *a, const struct cell *b)
{
	int order;

	if (a->kind == SK_VALUE_TEXT)
		return strcasecmp(a->text, b->text);
	if (a->kind == SK_VALUE_ADDR) {
		order = memcmp(&a->addr, &b->addr, sizeof(a->addr));
		return order ? order : a->port - b->port;
	}
	if (a->kind == SK_VALUE_REAL && b->kind == SK_VALUE_REAL)
		return three_way(a->real, b->real);
	if (a->kind == SK_VALUE_REAL || b->kind == SK_VALUE_REAL)
		return a->kind == SK_VALUE_REAL ? -1 : 1; /* a negative one */
	order = (a->uint > b->uint) - (a->uint < b->uint);
	if (order || (!a->has_time && !b->has_time))
		return order;
	return a->has_time && b->has_time ? three_way(a->real, b->real) :
					    a->has_time - b->has_time;
}

static struct {
	const struct sk_column *columns[2];
	unsigned n;
	bool descending, by_identity;
} wanted;

static int compare_rows(const void *left, const void *right)
{
	uint32_t i = *(const uint32_t *)left, k = *(const uint32_t *)right;

	for (unsigned c = 0; c < wanted.n; c++) {
		const struct sk_column *column = wanted.columns[c];
		const struct cell *a = &built[i].cell[column->arg];
		const struct cell *b = &built[k].cell[column->arg];
		int class_a = class_of(column, a), class_b = class_of(column, b);
		int order;

		if (class_a != class_b)
			return class_a - class_b;
		order = class_a == 2 ? 0 : compare_cells(a, b);
		if (order)
			return wanted.descending ? -order : order;
	}
	if (wanted.by_identity && built[i].id != built[k].id)
		return built[i].id < built[k].id ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* Half of the rows, so that places and numbers of rows are not the same. */
static void choose(struct sk_view *view, const struct sk_rows *rows, bool all)
{
	static const struct sk_context context;
	uint32_t n = 0;

	assert_int_equal(sk_view_filter(view, rows, NULL, &context), 0);
	for (uint32_t i = 0; i < rows->n; i++) {
		if (all || next_random(2))
			view->index[n++] = i;
	}
	view->n = n;
}

static void assert_sorted(const struct sk_view *view, const uint32_t *before)
{
	uint32_t *order = malloc((view->n + 1UL) * sizeof(*order));

	assert_non_null(order);
	memcpy(order, before, view->n * sizeof(*order));
	qsort(order, view->n, sizeof(*order), compare_rows);
	for (uint32_t i = 0; i < view->n; i++) {
		if (order[i] != view->index[i])
			fail_msg("%s %s: place %u of %u has row %u, not %u",
				 wanted.n ? wanted.columns[0]->id : "identity",
				 wanted.descending ? "down" : "up", i, view->n,
				 view->index[i], order[i]);
	}
	free(order);
	/* eight bytes a row, and no row has been lost from the room for them */
	assert_true(view->scratch_size <= 8UL * view->capacity);
	assert_true(view->capacity <= MANY + MANY / 32);
}

/* The first n rows, up and down, by one column and by two, and by identity. */
static void check(uint32_t n, unsigned which)
{
	static const struct sk_context context;
	const struct sk_column *both[] = { &columns[which], &columns[SECOND] };
	const struct sk_rows rows = { &table, built, n };
	struct sk_view view = { 0 };
	uint32_t *before = malloc((n + 1UL) * sizeof(*before));

	assert_non_null(before);
	for (unsigned how = 0; how < 8; how++) {
		choose(&view, &rows, how % 2);
		for (uint32_t i = 0; i < view.n; i++)
			before[i] = view.index[i];
		wanted.columns[0] = both[0];
		wanted.columns[1] = both[1];
		wanted.n = how < 4 ? 1 : how < 6 ? 2 : 0;
		wanted.descending = how == 2 || how == 3;
		wanted.by_identity = wanted.n != 2;
		assert_int_equal(wanted.n == 2 ? sk_view_sort_by(&view, &rows, both, 2,
								 &context) :
						 sk_view_sort(&view, &rows,
							      wanted.n ? both[0] : NULL,
							      wanted.descending, &context),
				 0);
		assert_sorted(&view, before);
	}
	sk_view_free(&view);
	free(before);
}

/* Few and many, around the sizes where another way is taken. */
static void check_sizes(unsigned which)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 23, 24, 25, 64, 300, 1023, 1024, MANY };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check(sizes[i], which);
}

/* Identities that differ anywhere, some of them shared; the second column says little. */
static void fill_rest(struct row *row)
{
	row->id = next_random(4) ? next_random(UINT64_MAX) :
				   next_random(50) << next_random(60);
	row->cell[1] = (struct cell){ .kind = next_random(5) ? SK_VALUE_UINT :
							       SK_VALUE_NONE,
				      .uint = next_random(3) };
}

static void fill(struct cell (*make)(uint32_t i))
{
	for (uint32_t i = 0; i < MANY; i++) {
		fill_rest(&built[i]);
		built[i].cell[0] = next_random(9) ? make(i) : (struct cell){ 0 };
	}
}

static struct cell small_uint(uint32_t i)
{
	(void)i;
	return (struct cell){ .kind = SK_VALUE_UINT, .uint = next_random(20) };
}

static struct cell any_uint(uint32_t i)
{
	static const uint64_t edges[] = { 0,	     1,		INT64_MAX - 1ULL,
					  INT64_MAX, 1ULL << 63, UINT64_MAX - 1,
					  UINT64_MAX, UINT32_MAX };

	(void)i;
	return (struct cell){ .kind = SK_VALUE_UINT,
			      .uint = next_random(2) ? edges[next_random(8)] :
						       next_random(UINT64_MAX) >>
							       next_random(60) };
}

static struct cell ordered_uint(uint32_t i)
{
	return (struct cell){ .kind = SK_VALUE_UINT, .uint = i };
}

static struct cell reversed_uint(uint32_t i)
{
	return (struct cell){ .kind = SK_VALUE_UINT, .uint = (uint64_t)(MANY - i) << 40 };
}

static struct cell equal_uint(uint32_t i)
{
	(void)i;
	return (struct cell){ .kind = SK_VALUE_UINT, .uint = 5 };
}

/* Each digit of the radix splits off one row, and leaves the rest together. */
static struct cell one_bit(uint32_t i)
{
	return (struct cell){ .kind = SK_VALUE_UINT,
			      .uint = i < 64 ? 1ULL << i : 0 };
}

static struct cell nothing(uint32_t i)
{
	(void)i;
	return (struct cell){ .kind = SK_VALUE_NONE };
}

static struct cell any_real(uint32_t i)
{
	static const double edges[] = { 0.0,  -0.0,	INFINITY, -INFINITY, NAN,
					1e-5, DBL_MIN / 4, -1e300,  1e300,     -1 };

	(void)i;
	return (struct cell){ .kind = SK_VALUE_REAL,
			      .real = next_random(2) ? edges[next_random(10)] :
						       (double)next_random(2000) / 7 - 99 };
}

/* Microseconds in seconds, as RTT has them. */
static struct cell small_real(uint32_t i)
{
	(void)i;
	return (struct cell){ .kind = SK_VALUE_REAL,
			      .real = (double)next_random(90000) / 1e6 };
}

/* A number that may be negative. */
static struct cell signed_number(uint32_t i)
{
	struct cell cell = any_uint(i);

	if (next_random(3))
		return cell;
	return (struct cell){ .kind = SK_VALUE_REAL, .real = -1.0 - (double)next_random(9) };
}

static struct cell timed_enum(uint32_t i)
{
	(void)i;
	return (struct cell){ .kind = SK_VALUE_ENUM,
			      .uint = next_random(4),
			      .has_time = next_random(4) > 0,
			      .real = (double)next_random(30) / 8 };
}

static void test_numbers(void **state)
{
	static struct cell (*const fillers[])(uint32_t i) = {
		small_uint,  any_uint, ordered_uint, reversed_uint, equal_uint,	  one_bit,
		nothing,     any_real, small_real,   signed_number, timed_enum,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		fill(fillers[i]);
		check_sizes(OTHER);
	}
}

static struct cell text_cell(uint32_t i)
{
	return (struct cell){ .kind = SK_VALUE_TEXT, .text = texts[i] };
}

/* Lengths around those of words, from a few letters in either case. */
static struct cell short_text(uint32_t i)
{
	size_t len = (size_t)next_random(18);

	memset(texts[i], 0, TEXT_MAX);
	for (size_t k = 0; k < len; k++)
		texts[i][k] = next_random(9) ? 'a' : "AbB{~\xc3"[next_random(6)];
	return text_cell(i);
}

/* All alike but for the last letter. */
static struct cell long_text(uint32_t i)
{
	memset(texts[i], next_random(2) ? 'x' : 'X', TEXT_MAX);
	texts[i][TEXT_MAX - 1] = (char)('a' + next_random(26));
	return text_cell(i);
}

/* Each word of eight leaves one row out, and goes on with the others. */
static struct cell stairs(uint32_t i)
{
	size_t len = i < TEXT_MAX ? i : TEXT_MAX;

	memset(texts[i], 0, TEXT_MAX);
	memset(texts[i], 's', len);
	return text_cell(i);
}

static void test_texts(void **state)
{
	static struct cell (*const fillers[])(uint32_t i) = { short_text, long_text, stairs };

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		fill(fillers[i]);
		check_sizes(OTHER);
	}
}

static struct cell an_address(const char *text)
{
	struct cell cell = { .kind = SK_VALUE_ADDR, .port = (uint16_t)next_random(4) };

	assert_int_equal(inet_pton(AF_INET6, text, cell.addr.b), 1);
	if (!next_random(3))
		cell.port = (uint16_t)next_random(65536);
	return cell;
}

/* Around IPv4's place in the order, and around what one word can tell. */
static struct cell any_address(uint32_t i)
{
	static const char *const edges[] = {
		"::", "::1", "::fffe:ffff:ffff", "::ffff:0.0.0.0", "::ffff:0.0.0.1", "::ffff:10.0.0.1",
		"::ffff:255.255.255.255", "::1:0:0:0", "::1:0:0:1", "::ffff:0:0:0", "0:0:0:1::",
		"0:0:0:1::1", "1::", "1::1", "2:ffff::", "2:ffff:ffff:ffff::", "3::",
		"3::1", "64:ff9b::1.2.3.4", "2001:db8::1", "2001:db8::2", "fe80::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::",
	};
	const size_t n = sizeof(edges) / sizeof(edges[0]);
	struct cell cell = an_address(edges[next_random(n)]);

	(void)i;
	if (!next_random(3))
		cell.addr.b[next_random(16)] = (uint8_t)next_random(256);
	return cell;
}

static struct cell v4_address(uint32_t i)
{
	struct cell cell = an_address("::ffff:10.0.0.1");

	(void)i;
	cell.addr.b[14] = (uint8_t)next_random(3);
	cell.addr.b[15] = (uint8_t)next_random(256);
	return cell;
}

static struct cell address_or_text(uint32_t i)
{
	return next_random(3) ? any_address(i) : short_text(i);
}

static void test_addresses(void **state)
{
	static struct cell (*const fillers[])(uint32_t i) = { any_address, v4_address,
							     address_or_text, short_text };

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		fill(fillers[i]);
		check_sizes(ADDRESS);
	}
}

/* However much alike: a row is asked once for each word that another one shares. */
static void test_work(void **state)
{
	static const struct sk_context context;
	const struct sk_rows rows = { &table, built, MANY };
	struct sk_view view = { 0 };
	static struct cell (*const fillers[])(uint32_t i) = { equal_uint, one_bit, v4_address,
							     long_text, stairs };
	static const size_t words[] = { 1, 1, 1, TEXT_MAX / 8 + 1, TEXT_MAX / 8 + 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		fill(fillers[i]);
		choose(&view, &rows, true);
		gets = 0;
		assert_int_equal(sk_view_sort(&view, &rows, &columns[OTHER], true, &context),
				 0);
		assert_in_range(gets, MANY, words[i] * MANY);
	}
	sk_view_free(&view);
}

static void assert_permutation(const struct sk_view *view)
{
	bool *seen = calloc(MANY, sizeof(*seen));

	assert_non_null(seen);
	assert_int_equal(view->n, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_true(view->index[i] < MANY && !seen[view->index[i]]);
		seen[view->index[i]] = true;
	}
	free(seen);
}

/* Wherever it is stopped, no row is lost, and few are looked at behind that. */
static void test_cancelled(void **state)
{
	static struct cell (*const fillers[])(uint32_t i) = { small_real, long_text,
							     address_or_text };
	const struct sk_context context = { .cancelled = &cancelled };
	const struct sk_rows rows = { &table, built, MANY };
	struct sk_view view = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		const struct sk_column *column = &columns[i == 2 ? ADDRESS : OTHER];
		int stopped = 0, err = -EINTR;

		fill(fillers[i]);
		choose(&view, &rows, true);
		for (int64_t at = 0; err; at += SK_STRETCH) {
			cancelled = at == 0;
			patience = at;
			err = sk_view_sort(&view, &rows, column, true, &context);
			assert_true(err == 0 || (err == -EINTR && cancelled));
			assert_true(patience > -2 * (int64_t)SK_STRETCH || !err);
			assert_permutation(&view);
			stopped += err != 0;
		}
		assert_true(stopped >= MANY / (int)SK_STRETCH); /* all rows are loaded */
	}
	patience = INT64_MAX;
	sk_view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	  cmocka_unit_test(test_texts),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_work),
		cmocka_unit_test(test_cancelled),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
