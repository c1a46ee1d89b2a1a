/* SPDX-License-Identifier: MIT */
/*
 * A reader who waits no longer: whatever goes over many sockets stops with -EINTR
 * wherever it asks, asks often enough, and does the whole work the next time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sktop/diff.h>
#include <sktop/listener.h>
#include <sktop/view.h>

#define SOCKETS (5 * SK_STRETCH)

struct fixture {
	struct sk_sample *sample;
	struct sk_grouping *grouping;
	struct sk_listening *listening;
	struct sk_view view;
	struct sk_rows rows;
};

static int set_up(void **state)
{
	static struct fixture f;
	struct sk_socket *s;

	f = (struct fixture){ 0 };
	if (sk_sample_new(&f.sample) || sk_grouping_new(&f.grouping) ||
	    sk_listening_new(&f.listening))
		return -1;
	for (uint32_t i = 0; i < SOCKETS; i++) {
		if (sk_sample_add_socket(f.sample, &s, NULL))
			return -1;
		s->cookie = i + 1;
		s->proto = SK_PROTO_TCP;
		s->state = (uint8_t)(i % 2 ? SK_STATE_LISTEN : SK_STATE_ESTABLISHED);
		s->lport = (uint16_t)i;
		s->rport = 80;
		s->remote = sk_addr_from_v4((uint8_t[]){ 10, 0, 0, (uint8_t)(i % 16) });
	}
	f.rows = (struct sk_rows){ sk_table(SK_TABLE_CONNECTIONS), f.sample->sockets,
				   f.sample->n_sockets };
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_view_free(&f->view);
	sk_listening_free(f->listening);
	sk_grouping_free(f->grouping);
	sk_sample_unref(f->sample);
	return 0;
}

/* True once it has been asked as often as is wanted, and from then on. */
static bool when_patience_ends(void *arg)
{
	return (*(int *)arg)-- <= 0;
}

/* How often the work asks, at least `least` times; each answer yes stops it at once. */
static void check(struct fixture *f, int least,
		  int (*work)(struct fixture *f, const struct sk_context *context))
{
	int patience = 0, asked = 0, err;
	const struct sk_context context = { .sample = f->sample,
					    .interrupted = when_patience_ends,
					    .arg = &patience };

	while ((err = work(f, &context)) != 0) {
		assert_int_equal(err, -EINTR);
		assert_int_equal(patience, -1);
		patience = ++asked;
	}
	assert_int_equal(patience, 0);
	assert_true(asked >= least);
}

static int group_by_address(struct fixture *f, const struct sk_context *context)
{
	return sk_grouping_compute(f->grouping, context, SK_GROUP_IP, NULL, 0);
}

static int group_by_port(struct fixture *f, const struct sk_context *context)
{
	return sk_grouping_compute(f->grouping, context, SK_GROUP_PORT, NULL, 0);
}

static void test_grouping(void **state)
{
	struct fixture *f = *state;
	uint64_t total = 0;

	check(f, 5, group_by_address);
	assert_int_equal(f->grouping->n, 16);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(f->grouping->groups[i].total, SOCKETS / 16);
	check(f, 10, group_by_port); /* who listens, and then the groups */
	for (uint32_t i = 0; i < f->grouping->n; i++)
		total += f->grouping->groups[i].total;
	assert_int_equal(total, SOCKETS);
}

static int find_listeners(struct fixture *f, const struct sk_context *context)
{
	return sk_listening_compute(f->listening, context, NULL, 0);
}

static void test_listening(void **state)
{
	struct fixture *f = *state;

	check(f, 10, find_listeners); /* who listens, and what came in */
	assert_int_equal(f->listening->n, SOCKETS / 2);
}

static struct sk_summary summary;

static int summarise(struct fixture *f, const struct sk_context *context)
{
	(void)f;
	return sk_summary_compute(context, NULL, 0, &summary);
}

static void test_summary(void **state)
{
	struct fixture *f = *state;

	check(f, 5, summarise);
	assert_int_equal(summary.total[SK_PROTO_TCP], SOCKETS);
}

static bool listens(const void *row, void *unused)
{
	(void)unused;
	return sk_socket_listens(row);
}

static int keep_listeners(struct fixture *f, const struct sk_context *context)
{
	const struct sk_context patient = { .sample = f->sample };

	assert_int_equal(sk_view_filter(&f->view, &f->rows, NULL, &patient), 0);
	return sk_view_keep(&f->view, &f->rows, listens, NULL, context);
}

static void test_keep(void **state)
{
	struct fixture *f = *state;

	check(f, 5, keep_listeners);
	assert_int_equal(f->view.n, SOCKETS / 2);
}

static int find_last(struct fixture *f, const struct sk_context *context)
{
	const struct sk_context patient = { .sample = f->sample };
	uint64_t id = f->rows.table->row_id(f->sample, sk_rows_at(&f->rows, SOCKETS - 1));
	int64_t at = -1;
	int err;

	assert_int_equal(sk_view_filter(&f->view, &f->rows, NULL, &patient), 0);
	err = sk_view_find(&f->view, &f->rows, id, 0, context, &at);
	assert_int_equal(at, err ? -1 : (int64_t)SOCKETS - 1);
	return err;
}

static void test_find(void **state)
{
	check(*state, 5, find_last);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_grouping),
		TEST(test_listening),
		TEST(test_summary),
		TEST(test_keep),
		TEST(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
