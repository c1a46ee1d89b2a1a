/* SPDX-License-Identifier: MIT */
/*
 * A source whose names went through no door, and several namespaces, on the screen.
 */
#include "terminal.h"

#define HOSTILE "sockets=30,links=2,netns=3,hostile=1,freeze=2,seed=1"
#define R "\xef\xbf\xbd" /* U+FFFD */
#define MANY "sockets=60,netns=5,freeze=2,seed=1"

static void start_spec(const char *spec, const char *pane)
{
	const char *const argv[] = { SKTOP_BIN, "--synthetic", spec, "-d", "0.1",
				     "-p", "-x", "-t", "--pane", pane, NULL };

	start_program(24, 150, "", argv);
}

static void end_program(void)
{
	type("q");
	finish();
	vterm_free(t.vt);
}

/* One row each, in place, and the frame around it stands. */
static void test_names_stay_in_their_cells(void **state)
{
	(void)state;
	start_spec(HOSTILE, "connections");
	wait_for("x" R "[2J" R "]0;t" R R R "\"q\",");
	wait_for("Remote Address");
	assert_int_equal(find_row("sktop "), 0);
	type("4");
	wait_for("row 1 of 2");
	wait_for("x" R "[2J" R "]0;t" R R R "\"q");
	assert_int_equal(find_row("sktop "), 0);
	type("6");
	wait_for("ESTAB"); /* of its headings */
	wait_for("x" R "[2J" R "]0;t");
	assert_int_equal(find_row("sktop "), 0);
	end_program();
}

static void test_namespaces(void **state)
{
	(void)state;
	start_spec(MANY, "connections");
	wait_for("5 namespaces");
	assert_int_equal(find_row("NetNS"), find_row("Remote Address"));
	type("5");
	wait_for("of the namespace self only");
	type("1");
	wait_gone("of the namespace self only");
	type("\\netns = web2\r");
	wait_for("Filter: netns = web2");
	wait_gone("web3");
	wait_for("web2 ");
	end_program();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_stay_in_their_cells),
		cmocka_unit_test(test_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
