/* SPDX-License-Identifier: MIT */
/*
 * A sample under way goes no further while the screen makes rows or draws, and goes on
 * while it rests: the screen tells the sampler, and way_screen counts.
 */
#include "terminal.h"

/* Samples, keys that move, other orders, other panes, a search, a resize. */
static void use_screen(const char *spec)
{
	const char *const args[] = { spec, NULL };

	start_env(24, 100, "", args);
	wait_for("row 1 of");
	type("\x1b[B");
	wait_for("row 2 of");
	type("I");
	wait_for("\u25b2");
	type("2");
	wait_for("remote addresses");
	type("?");
	wait_for("Moving");
	type("\x1b");
	wait_gone("Moving");
	wait_for("remote addresses");
	type("1");
	wait_for("row ");
	type("q");
	wait_for("rows made, frames drawn, events waited for; 0 at the wrong time");
	assert_int_equal(finish(), 0);
	vterm_free(t.vt);
}

static void test_few(void **state)
{
	(void)state;
	use_screen("sockets=50,churn=5,seed=1");
}

/* Enough for keys to be answered, and frames drawn, while rows are being made. */
static void test_many(void **state)
{
	(void)state;
	use_screen("sockets=40000,churn=5,seed=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
