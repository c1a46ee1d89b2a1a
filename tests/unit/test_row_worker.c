/* SPDX-License-Identifier: MIT */
/*
 * The worker: what it builds is what the same job builds in place, it is cancelled at any
 * moment and used again, it searches, and other threads look names up meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sktop/row_worker.h>
#include <sktop/source.h>

#define SPEC "sockets=60000,hosts=300,seed=1"

struct fixture {
	struct sk_sample *sample;
	struct sk_names *names;
	struct sk_row_worker *worker;
	struct sk_row_job job;
};

static int user(uint32_t uid, char *name, size_t size)
{
	snprintf(name, size, "user%u", uid);
	return 0;
}

static int set_up(void **state)
{
	static const struct sk_names_options options = { .user = user };
	static struct fixture f;
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_source *source;
	char error[SK_ERROR_LEN];

	f = (struct fixture){ 0 };
	if (sk_synthetic_source_new(SPEC, 0, &source, error) || sk_sample_new(&f.sample) ||
	    sk_source_collect(source, &request, f.sample) ||
	    sk_names_new(&options, &f.names) || sk_row_worker_new(&f.worker))
		return -1;
	sk_source_free(source);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_row_worker_free(f->worker);
	sk_row_job_end(&f->job);
	for (size_t i = 0; i < SK_ROW_PARTS; i++)
		sk_built_rows_free(&f->job.part[i].built);
	sk_names_free(f->names);
	sk_sample_unref(f->sample);
	return 0;
}

static void fill(struct fixture *f, struct sk_row_job *job, enum sk_pane_id pane,
		 const char *sort, const char *filter)
{
	const struct sk_table *table = sk_pane_table(pane);
	const struct sk_column *column = sk_column_find(table, sort, strlen(sort));
	struct sk_built_rows built = job->part[0].built;
	struct sk_filter_error error;

	assert_non_null(column);
	job->task = SK_ROWS_BUILD;
	job->sample = sk_sample_ref(f->sample);
	job->names = f->names;
	job->n_parts = 1;
	job->part[0] = (struct sk_row_part){ .pane = pane, .sort = column, .built = built };
	if (filter)
		assert_int_equal(sk_filter_parse(filter, sk_pane_filter_table(pane),
						 &job->part[0].filter, &error), 0);
	job->part[0].choice.filter = job->part[0].filter;
}

static void wait_for(struct fixture *f)
{
	struct pollfd p = { .fd = sk_row_worker_fd(f->worker), .events = POLLIN };

	do
		assert_int_equal(poll(&p, 1, 60000), 1);
	while (!sk_row_worker_take(f->worker, false));
}

static void assert_same(const struct sk_view *a, const struct sk_view *b)
{
	assert_true(a->n > 0);
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->index, b->index, a->n * sizeof(*a->index));
}

static void test_same_rows(void **state)
{
	static const struct {
		enum sk_pane_id pane;
		const char *sort, *filter;
	} jobs[] = {
		{ SK_PANE_CONNECTIONS, "user", NULL },
		{ SK_PANE_CONNECTIONS, "rtt", "user = user0 or sport > 1000" },
		{ SK_PANE_HOSTS, "total", "state established" },
		{ SK_PANE_LISTENERS, "local", NULL },
	};
	struct fixture *f = *state;
	struct sk_row_job in_place = { 0 };

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		fill(f, &f->job, jobs[i].pane, jobs[i].sort, jobs[i].filter);
		sk_row_worker_begin(f->worker, &f->job);
		for (uint32_t uid = 0; uid < 100000; uid++)
			sk_names_user(f->names, uid % 2000);
		wait_for(f);
		assert_int_equal(f->job.err, 0);
		sk_names_settle(f->names);
		fill(f, &in_place, jobs[i].pane, jobs[i].sort, jobs[i].filter);
		sk_row_job_run(&in_place, NULL);
		assert_int_equal(in_place.err, 0);
		/* users that have got their names stand elsewhere */
		if (strcmp(jobs[i].sort, "user") != 0 && i != 1)
			assert_same(&f->job.part[0].built.view, &in_place.part[0].built.view);
		sk_row_job_end(&f->job);
		sk_row_job_end(&in_place);
	}
	sk_built_rows_free(&in_place.part[0].built);
}

static void test_cancel(void **state)
{
	struct fixture *f = *state;
	unsigned cancelled = 0;

	for (int i = 0; i < 50 || !cancelled; i++) {
		fill(f, &f->job, SK_PANE_CONNECTIONS, i % 2 ? "remote" : "rtt", NULL);
		sk_row_worker_begin(f->worker, &f->job);
		for (volatile int spin = 0; spin < (i % 10) * 50000; spin++)
			;
		sk_row_worker_cancel(f->worker);
		assert_true(sk_row_worker_take(f->worker, true));
		assert_true(f->job.err == 0 || f->job.err == -EINTR);
		cancelled += f->job.err != 0;
		sk_row_job_end(&f->job);
	}
	/* and what comes behind that is whole */
	fill(f, &f->job, SK_PANE_CONNECTIONS, "remote", NULL);
	sk_row_worker_begin(f->worker, &f->job);
	assert_true(sk_row_worker_take(f->worker, true));
	assert_int_equal(f->job.err, 0);
	assert_int_equal(f->job.part[0].built.view.n, f->sample->n_sockets);
	/* freed with a job under way */
	sk_row_job_end(&f->job);
	fill(f, &f->job, SK_PANE_CONNECTIONS, "rtt", NULL);
	sk_row_worker_begin(f->worker, &f->job);
}

/* The place of a row that is known, and of the first that has a text. */
static void test_places(void **state)
{
	struct fixture *f = *state;
	struct sk_row_part *part = &f->job.part[0];
	struct sk_row_search *search = &f->job.search;
	const struct sk_table *table = sk_pane_table(SK_PANE_CONNECTIONS);

	fill(f, &f->job, SK_PANE_CONNECTIONS, "lport", NULL);
	part->selected = (struct sk_row_place){
		true, table->row_id(f->sample, &f->sample->sockets[777]), 0, -1
	};
	sk_row_worker_begin(f->worker, &f->job);
	wait_for(f);
	assert_int_equal(part->built.view.index[part->selected.at], 777);
	f->job.task = SK_ROWS_FIND;
	part->selected.id = UINT64_MAX;
	sk_row_worker_begin(f->worker, &f->job);
	wait_for(f);
	assert_int_equal(part->selected.at, -1);

	search->rows = part->built.rows;
	search->view = part->built.view;
	search->columns = (struct sk_column_list){ 1, { sk_column_find(table, "state", 5) } };
	search->from = 5;
	snprintf(search->text, sizeof(search->text), "time_wait");
	f->job.task = SK_ROWS_SEARCH;
	sk_row_worker_begin(f->worker, &f->job);
	wait_for(f);
	assert_true(search->at >= 5);
	for (int64_t i = 5; i <= search->at; i++)
		assert_int_equal(f->sample->sockets[search->view.index[i]].state ==
				 SK_STATE_TIME_WAIT, i == search->at);
	snprintf(search->text, sizeof(search->text), "no such state");
	sk_row_worker_begin(f->worker, &f->job);
	wait_for(f);
	assert_int_equal(f->job.err, 0);
	assert_int_equal(search->at, -1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_rows),
		TEST(test_cancel),
		TEST(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
