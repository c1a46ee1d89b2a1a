/* SPDX-License-Identifier: MIT */
/*
 * Work that is cancelled by another thread: whatever goes over many sockets stops with
 * -EINTR, wherever it is, and does the whole work the next time.
 */
#include <errno.h>
#include <pthread.h>
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

static void *raise_flag(void *flag)
{
	atomic_store((atomic_bool *)flag, true);
	return NULL;
}

static void check(struct fixture *f,
		  int (*work)(struct fixture *f, const struct sk_context *context))
{
	atomic_bool cancelled = true;
	const struct sk_context context = { .sample = f->sample, .cancelled = &cancelled };

	assert_int_equal(work(f, &context), -EINTR);
	for (int i = 0; i < 10; i++) {
		pthread_t thread;
		int err;

		cancelled = false;
		assert_int_equal(pthread_create(&thread, NULL, raise_flag, &cancelled), 0);
		err = work(f, &context);
		assert_true(err == 0 || err == -EINTR);
		pthread_join(thread, NULL);
	}
	cancelled = false;
	assert_int_equal(work(f, &context), 0);
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

	check(f, group_by_address);
	assert_int_equal(f->grouping->n, 16);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(f->grouping->groups[i].total, SOCKETS / 16);
	check(f, group_by_port);
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

	check(f, find_listeners);
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

	check(f, summarise);
	assert_int_equal(summary.total[SK_PROTO_TCP], SOCKETS);
}

static int filter(struct fixture *f, const struct sk_context *context)
{
	return sk_view_filter(&f->view, &f->rows, NULL, context);
}

static void test_filter(void **state)
{
	struct fixture *f = *state;

	check(f, filter);
	assert_int_equal(f->view.n, SOCKETS);
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

	check(f, keep_listeners);
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
	check(*state, find_last);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_grouping),
		TEST(test_listening),
		TEST(test_summary),
		TEST(test_filter),
		TEST(test_keep),
		TEST(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
