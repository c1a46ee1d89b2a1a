/* SPDX-License-Identifier: MIT */
/*
 * Filtered and sorted views: an order, a permutation, and a stable one.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sktop/listener.h>
#include <sktop/rows.h>
#include "attrs.h"

#define SOCKETS 1500
#define COUNTERS 700

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

/* Bytes from a small alphabet: many keys are equal, or differ late. */
static void scramble(void *bytes, size_t size, uint64_t *seed)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)bytes)[i] =
			(uint8_t)("\0\0\0\1\2\xff"[next_random(seed) % 6]);
}

static void add_socket(struct sk_sample *sample, uint64_t *seed)
{
	struct sk_socket *s;
	struct sk_tcp_ext *tcp_ext;
	struct sk_attrs attrs;

	assert_int_equal(sk_sample_add_socket(sample, &s, &tcp_ext), 0);
	scramble(s, sizeof(*s), seed);
	scramble(&attrs, sizeof(attrs), seed);
	/* numbers of all lengths, none twice */
	s->cookie = ((sample->n_sockets * 0x9e3779b97f4a7c15ULL) >>
				 (32 + sample->n_sockets % 32)) |
					(uint64_t)sample->n_sockets << 32;
	s->flags &= (uint16_t) ~(SK_F_GONE | SK_F_NO_COOKIE);
	s->proto = (uint8_t)(next_random(seed) % SK_PROTO_COUNT);
	s->state = (uint8_t)(1 + next_random(seed) % (SK_STATE_COUNT - 1));
	s->timer = (uint8_t)(next_random(seed) % SK_TIMER_COUNT);
	s->tx_rate = (float)(next_random(seed) % 9) * 1e5F;
	s->rx_rate = (float)(next_random(seed) % 5);
	if (next_random(seed) % 3 == 0)
		s->remote = sk_addr_from_v4("\12\0\0\1");
	if (!sk_proto_has_ip(s->proto)) {
		char name[32];
		int len = snprintf(name, sizeof(name), "/run/socket/number/%u",
				   (unsigned)(next_random(seed) % 30));

		attrs.local_name = s->remote_name = (struct sk_name){ 0 };
		assert_int_equal(sk_sample_add_text(sample, name, (size_t)len,
						    &attrs.local_name.text), 0);
	}
	set_attrs(sample, s, attrs);
	scramble(tcp_ext, sizeof(*tcp_ext), seed);
	tcp_ext->tx_packets = tcp_ext->rx_packets = (float)(next_random(seed) % 4);
	tcp_ext->retrans_rate = tcp_ext->drop_rate = (float)(next_random(seed) % 2);
	snprintf(tcp_ext->congestion, sizeof(tcp_ext->congestion), "%s",
		 next_random(seed) % 2 ? "cubic" : "bbr");
}

/* Names that agree for 0 to 3 words of eight bytes, in either case. */
static void add_counter(struct sk_sample *sample, uint64_t *seed)
{
	struct sk_counter *c;
	size_t n = 0, len = 1 + (size_t)(next_random(seed) % 30);

	assert_int_equal(sk_sample_add_counter(sample, &c), 0);
	while (n < len) {
		c->name[n] =
			next_random(seed) % 12 ? 'a' : "AbBz_"[next_random(seed) % 5];
		n++;
	}
	snprintf(c->name + n, sizeof(c->name) - n, "%u", sample->n_counters % 7);
	snprintf(c->section, sizeof(c->section), "Tcp%u",
		 (unsigned)(next_random(seed) % 300));
	c->value = next_random(seed) % 20 - 5; /* some are negative */
	if (next_random(seed) % 4)
		c->rate = (double)(next_random(seed) % 9) - 4;
}

static void add_link(struct sk_sample *sample, uint64_t *seed)
{
	struct sk_link *link;

	assert_int_equal(sk_sample_add_link(sample, &link), 0);
	snprintf(link->name, sizeof(link->name), "if%u",
		 (unsigned)(next_random(seed) % 1000));
	link->ifindex = sample->n_links;
	link->ifi_flags = (uint32_t)next_random(seed) & 0xfff;
	link->flags = next_random(seed) % 2 ? SK_LINK_RATE : SK_LINK_NEW;
	link->n_stats = next_random(seed) % 2 ? SK_LINK_STAT_COUNT : SK_LINK_COLLISIONS;
	link->operstate = next_random(seed) % 9 & 7;
	for (unsigned i = 0; i < SK_LINK_STAT_COUNT; i++) {
		link->stat[i] = next_random(seed) % 5;
		link->rate[i] = (float)(next_random(seed) % 5);
	}
}

struct fixture {
	struct sk_sample *sample;
	struct sk_row_builder *builder[SK_PANE_COUNT];
	struct sk_view view;
	struct sk_rows rows[SK_TABLE_COUNT];
	struct sk_context context;
};

/* The rows of every table, as the pane that shows it makes them. */
static int build_pane(struct fixture *f, enum sk_pane_id pane)
{
	static const struct sk_choice all;
	int err = sk_row_builder_new(&f->builder[pane]);

	return err ? err : sk_rows_build(f->builder[pane], pane, &f->context, &all,
					 &f->rows[sk_pane_info(pane)->table], &f->view);
}

static void fill_sample(struct sk_sample *sample)
{
	uint64_t seed = 99;

	sample->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_TCP_EXT;
	for (unsigned i = 0; i < SOCKETS; i++)
		add_socket(sample, &seed);
	for (unsigned i = 0; i < COUNTERS; i++)
		add_counter(sample, &seed);
	for (unsigned i = 0; i < 200; i++)
		add_link(sample, &seed);
}

static int set_up(void **state)
{
	static struct fixture f;
	struct sk_sample *sample;

	f = (struct fixture){ 0 };
	if (sk_sample_new(&f.sample))
		return -1;
	sample = f.sample;
	fill_sample(sample);
	f.context = (struct sk_context){ .sample = sample, .group = SK_GROUP_IP };
	for (unsigned pane = 0; pane < SK_PANE_COUNT; pane++) {
		if (build_pane(&f, pane))
			return -1;
	}
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_view_free(&f->view);
	for (unsigned pane = 0; pane < SK_PANE_COUNT; pane++)
		sk_row_builder_free(f->builder[pane]);
	sk_sample_unref(f->sample);
	return 0;
}

static int compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

static double number_of(const struct sk_value *value)
{
	return value->kind == SK_VALUE_REAL ? value->real : (double)value->uint;
}

static int compare_addresses(const struct sk_value *a, const struct sk_value *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(*a->addr));

	return order ? order : a->port - b->port;
}

static int compare_values(const struct sk_value *a, const struct sk_value *b)
{
	switch (a->kind) {
	case SK_VALUE_ADDR:
		return compare_addresses(a, b);
	case SK_VALUE_TEXT:
		return strcasecmp(a->text, b->text);
	case SK_VALUE_ENUM:
		if (a->uint == b->uint && a->has_time && b->has_time)
			return compare_numbers(a->real, b->real);
		return (a->uint > b->uint) - (a->uint < b->uint);
	default:
		/* large numbers are compared whole */
		if (a->kind == SK_VALUE_UINT && b->kind == SK_VALUE_UINT)
			return (a->uint > b->uint) - (a->uint < b->uint);
		return compare_numbers(number_of(a), number_of(b));
	}
}

/* Whether row a may stand before row b. */
static void assert_order(const struct fixture *f, const struct sk_rows *rows,
			 const struct sk_column *column, bool descending, uint32_t a,
			 uint32_t b)
{
	struct sk_value va, vb;
	int order = 0;

	sk_column_get(column, &f->context, sk_rows_at(rows, a), &va);
	sk_column_get(column, &f->context, sk_rows_at(rows, b), &vb);
	if (va.kind == SK_VALUE_NONE || vb.kind == SK_VALUE_NONE) {
		order = (va.kind == SK_VALUE_NONE) - (vb.kind == SK_VALUE_NONE);
		descending = false;
	} else if ((va.kind == SK_VALUE_ADDR && vb.kind == SK_VALUE_TEXT) ||
		   (va.kind == SK_VALUE_TEXT && vb.kind == SK_VALUE_ADDR)) {
		/* texts stand behind the addresses, whatever the direction */
		order = (va.kind == SK_VALUE_TEXT) - (vb.kind == SK_VALUE_TEXT);
		descending = false;
	} else {
		order = compare_values(&va, &vb);
	}
	order = descending ? -order : order;
	if (order > 0)
		fail_msg("%s: row %u before row %u", column->id, a, b);
	if (order == 0 && rows->table->row_id(f->sample, sk_rows_at(rows, a)) >
				  rows->table->row_id(f->sample, sk_rows_at(rows, b)))
		fail_msg("%s: equal rows %u and %u changed places", column->id, a, b);
}

static void assert_permutation(const struct sk_view *view, uint32_t n)
{
	bool *seen = calloc(n + 1, sizeof(*seen));

	assert_non_null(seen);
	assert_int_equal(view->n, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_in_range(view->index[i], 0, n - 1);
		assert_false(seen[view->index[i]]);
		seen[view->index[i]] = true;
	}
	free(seen);
}

static void check_column(struct fixture *f, struct sk_rows rows,
			 const struct sk_column *column, bool descending)
{
	assert_int_equal(sk_view_filter(&f->view, &rows, NULL, &f->context), 0);
	assert_int_equal(sk_view_sort(&f->view, &rows, column, descending, &f->context),
			 0);
	assert_permutation(&f->view, rows.n);
	for (uint32_t i = 1; i < f->view.n; i++)
		assert_order(f, &rows, column, descending, f->view.index[i - 1],
			     f->view.index[i]);
}

/* Every column of every table, both ways, for few rows and for many. */
static void test_every_column(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 47, 48, 60, UINT32_MAX };
	struct fixture *f = *state;

	for (unsigned id = 0; id < SK_TABLE_COUNT; id++) {
		struct sk_rows rows = f->rows[id];

		for (size_t c = 0; c < rows.table->n_columns * 16; c++) {
			struct sk_rows some = rows;

			if (some.n > sizes[c / 2 % 8])
				some.n = sizes[c / 2 % 8];
			check_column(f, some, &rows.table->columns[c / 16], c % 2);
		}
	}
}

static const struct sk_column *column(enum sk_table_id id, const char *name)
{
	const struct sk_column *found =
		sk_column_find(sk_table(id), name, strlen(name));

	assert_non_null(found);
	return found;
}

/* Sorting again, from any order, changes nothing. */
static void test_same_from_any_order(void **state)
{
	struct fixture *f = *state;
	struct sk_rows *rows = &f->rows[SK_TABLE_CONNECTIONS];
	uint32_t *first = calloc(rows->n, sizeof(*first));

	assert_non_null(first);
	check_column(f, *rows, column(SK_TABLE_CONNECTIONS, "tx"), true);
	memcpy(first, f->view.index, rows->n * sizeof(*first));
	for (uint32_t i = 0; i < rows->n / 2; i++) {
		uint32_t swap = f->view.index[i];

		f->view.index[i] = f->view.index[rows->n - 1 - i];
		f->view.index[rows->n - 1 - i] = swap;
	}
	assert_int_equal(sk_view_sort(&f->view, rows,
				      column(SK_TABLE_CONNECTIONS, "tx"), true,
				      &f->context),
			 0);
	assert_memory_equal(first, f->view.index, rows->n * sizeof(*first));
	free(first);
}

/* By several columns: the most important first, and then as the rows lie. */
static void test_two_keys(void **state)
{
	const struct sk_column *proto = column(SK_TABLE_CONNECTIONS, "proto");
	const struct sk_column *rx = column(SK_TABLE_CONNECTIONS, "rx");
	struct fixture *f = *state;
	struct sk_rows *rows = &f->rows[SK_TABLE_CONNECTIONS];

	assert_int_equal(sk_view_filter(&f->view, rows, NULL, &f->context), 0);
	assert_int_equal(sk_view_sort_by(&f->view, rows,
					 (const struct sk_column *[]){ proto, rx }, 2,
					 &f->context),
			 0);
	assert_permutation(&f->view, rows->n);
	for (uint32_t i = 1; i < f->view.n; i++) {
		uint32_t a = f->view.index[i - 1], b = f->view.index[i];
		struct sk_value va, vb;

		sk_column_get(proto, &f->context, sk_rows_at(rows, a), &va);
		sk_column_get(proto, &f->context, sk_rows_at(rows, b), &vb);
		assert_true(va.uint <= vb.uint);
		if (va.uint != vb.uint)
			continue;
		sk_column_get(rx, &f->context, sk_rows_at(rows, a), &va);
		sk_column_get(rx, &f->context, sk_rows_at(rows, b), &vb);
		assert_true(va.kind == vb.kind ? va.kind == SK_VALUE_NONE ||
							 va.real <= vb.real :
						 vb.kind == SK_VALUE_NONE);
		if (va.kind == vb.kind && va.real >= vb.real)
			assert_true(a < b);
	}
}

static void test_by_identity(void **state)
{
	struct fixture *f = *state;
	struct sk_rows *rows = &f->rows[SK_TABLE_CONNECTIONS];

	assert_int_equal(sk_view_filter(&f->view, rows, NULL, &f->context), 0);
	assert_int_equal(sk_view_sort(&f->view, rows, NULL, true, &f->context), 0);
	assert_permutation(&f->view, rows->n);
	for (uint32_t i = 1; i < f->view.n; i++)
		assert_true(rows->table->row_id(f->sample, sk_rows_at(rows, f->view.index[i - 1])) <
			    rows->table->row_id(f->sample, sk_rows_at(rows, f->view.index[i])));
}

static void test_filter(void **state)
{
	struct fixture *f = *state;
	struct sk_rows *rows = &f->rows[SK_TABLE_CONNECTIONS];
	struct sk_filter_error error;
	struct sk_filter *filter;
	uint32_t expected = 0;

	assert_int_equal(sk_filter_parse("rx > 2", rows->table, &filter, &error), 0);
	assert_int_equal(sk_view_filter(&f->view, rows, filter, &f->context), 0);
	for (uint32_t i = 0; i < rows->n; i++) {
		const struct sk_socket *s = sk_rows_at(rows, i);

		if (!(s->flags & SK_F_RATE) || s->rx_rate <= 2)
			continue;
		assert_int_equal(f->view.index[expected], i);
		expected++;
	}
	assert_true(expected > 0);
	assert_int_equal(f->view.n, expected);
	sk_filter_free(filter);
}

static bool is_udp(const void *row, void *calls)
{
	++*(uint32_t *)calls;
	return ((const struct sk_socket *)row)->proto == SK_PROTO_UDP;
}

static void test_keep(void **state)
{
	struct fixture *f = *state;
	struct sk_rows *rows = &f->rows[SK_TABLE_CONNECTIONS];
	uint32_t calls = 0, udp = 0;

	for (uint32_t i = 0; i < rows->n; i++)
		udp += f->sample->sockets[i].proto == SK_PROTO_UDP;
	assert_int_equal(sk_view_filter(&f->view, rows, NULL, &f->context), 0);
	assert_int_equal(sk_view_keep(&f->view, rows, is_udp, &calls, &f->context), 0);
	assert_int_equal(calls, rows->n);
	assert_int_equal(f->view.n, udp);
	for (uint32_t i = 1; i < udp; i++)
		assert_true(f->view.index[i - 1] < f->view.index[i]);
	assert_int_equal(sk_view_sort(&f->view, rows,
				      column(SK_TABLE_CONNECTIONS, "state"), true,
				      &f->context),
			 0);
	assert_int_equal(f->view.n, udp);
	for (uint32_t i = 0; i < udp; i++)
		assert_true(is_udp(sk_rows_at(rows, f->view.index[i]), &calls));
}

static void test_find(void **state)
{
	struct fixture *f = *state;
	struct sk_rows *rows = &f->rows[SK_TABLE_CONNECTIONS];
	int64_t at;

	check_column(f, *rows, column(SK_TABLE_CONNECTIONS, "remote"), false);
	for (uint32_t i = 0; i < rows->n; i += 97) {
		uint64_t id = rows->table->row_id(f->sample, sk_rows_at(rows, f->view.index[i]));

		/* from both ends, from its own place, and from none */
		const uint32_t nears[] = { 0, i, rows->n - 1, i / 2, UINT32_MAX };

		for (size_t n = 0; n < sizeof(nears) / sizeof(nears[0]); n++) {
			assert_int_equal(sk_view_find(&f->view, rows, id, nears[n],
						      &f->context, &at), 0);
			assert_int_equal(at, i);
		}
	}
	assert_int_equal(sk_view_find(&f->view, rows, 1, 7, &f->context, &at), 0);
	assert_int_equal(at, -1);
	f->view.n = 0;
	assert_int_equal(sk_view_find(&f->view, rows, 1, 7, &f->context, &at), 0);
	assert_int_equal(at, -1);
}

/* Rows made from all sockets have no list of these; rows made from some have theirs. */
static void test_chosen(void **state)
{
	struct fixture *f = *state;
	const struct sk_choice some = { .only_listening = true }, all = { 0 };
	struct sk_row_builder *builder = f->builder[SK_PANE_HOSTS];
	const struct sk_view *chosen = sk_row_builder_chosen(builder);
	struct sk_rows rows;

	assert_null(chosen->index);
	assert_int_equal(chosen->n, f->sample->n_sockets);
	assert_int_equal(sk_rows_build(builder, SK_PANE_HOSTS, &f->context, &some,
				       &rows, &f->view),
			 0);
	assert_true(chosen->n > 0 && chosen->n < f->sample->n_sockets);
	for (uint32_t i = 0; i < chosen->n; i++)
		assert_true(sk_socket_listens(&f->sample->sockets[chosen->index[i]]));
	assert_int_equal(sk_rows_build(builder, SK_PANE_HOSTS, &f->context, &all, &rows,
				       &f->view), 0);
	assert_null(chosen->index);
	assert_int_equal(chosen->n, f->sample->n_sockets);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_column), TEST(test_same_from_any_order),
		TEST(test_two_keys),	 TEST(test_by_identity),
		TEST(test_filter),	 TEST(test_keep),
		TEST(test_find),	 TEST(test_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
