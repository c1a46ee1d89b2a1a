/* SPDX-License-Identifier: MIT */
/*
 * Keys before so many sockets that rows take longer to make than a key may wait: what
 * it has changed is on the screen first, the rows follow, and nothing is lost or done to
 * rows that are not the ones meant.
 */
#include "terminal.h"

#define MANY "sockets=400000,hosts=200,churn=1000,freeze=2,seed=1"
#define HEAD head() /* the line below the tabs and what is said of the view */

static int head(void)
{
	return find_row("0 Dashboard") + 2;
}

/** What is looked at after each piece of output. */
static struct {
	void (*look)(void);
	bool ahead;	  /* what the key changed was there, and the rows from before */
	bool never;	  /* something that must not be was there */
} watch;

/* Output in pieces, each up to the next control sequence: no frame hides another one. */
static bool pump_slowly(void)
{
	struct pollfd p = { .fd = t.fd, .events = POLLIN };
	char buffer[4096];
	ssize_t n;

	if (poll(&p, 1, 50) <= 0)
		return true;
	n = read(t.fd, buffer, sizeof(buffer));
	for (ssize_t at = 0, end; at < n; at = end) {
		for (end = at + 1; end < n && buffer[end] != '\x1b'; end++)
			;
		vterm_input_write(t.vt, buffer + at, (size_t)(end - at));
		watch.look();
	}
	return n > 0;
}

static void watch_for(bool (*done)(void))
{
	long end = now_ms() + PATIENCE_MS;

	while (!done()) {
		if (!pump_slowly() || now_ms() > end) {
			for (int row = 0; row < t.rows; row++)
				print_message("|%s|\n", row_text(row));
			fail_msg("the rows never came");
		}
	}
}

static void begin(void (*look)(void))
{
	memset(&watch, 0, sizeof(watch));
	watch.look = look;
}

static bool says(int row, const char *words)
{
	return strstr(row_text(row), words) != NULL;
}

static void start_many(void)
{
	const char *const args[] = { "--synthetic", MANY, "-d", "0.2", NULL };

	start_env(60, 200, "", args);
	wait_for("row 1 of 400,");
	wait_for("new 0/s"); /* the source stands still from here on */
	wait_for("row 1 of 400,000");
}

/* By age: the oldest sockets listen, and the youngest do not. */
static bool is_oldest(void)
{
	return says(HEAD + 1, "LISTEN");
}

static void sort_by_age(void)
{
	type("T");
	WAIT(says(HEAD, "Age▼") && is_oldest());
	wait_gone("sorting...");
}

static void look_for_mark(void)
{
	if (says(HEAD, "▲") && says(HEAD - 1, "sorting...") && is_oldest())
		watch.ahead = true;
}

static bool is_reversed(void)
{
	return says(HEAD, "▲") && says(HEAD - 1, "row 1 of 400,000") &&
	       says(HEAD + 1, "ESTABLISHED");
}

static void test_mark_before_rows(void **state)
{
	(void)state;
	start_many();
	sort_by_age();
	begin(look_for_mark);
	type("I");
	watch_for(is_reversed);
	assert_true(watch.ahead);
	quit();
}

static void look_for_pane(void)
{
	if (says(HEAD + 1, "Host") && says(HEAD - 1, "counting...") &&
	    find_row("198.18.") < 0)
		watch.ahead = true;
	/* numbers of rows that are not there */
	watch.never |= says(HEAD, "0 remote addresses") && !says(HEAD, "400 remote");
}

static bool has_hosts(void)
{
	return says(HEAD, "400 remote addresses") && says(HEAD - 1, "row 1 of 400") &&
	       says(HEAD + 2, "198.18.");
}

static void test_heading_before_rows(void **state)
{
	(void)state;
	start_many();
	begin(look_for_pane);
	type("2");
	watch_for(has_hosts);
	assert_true(watch.ahead);
	assert_false(watch.never);
	quit();
}

static void look_for_letters(void)
{
	if (says(t.rows - 1, "Filter: qqq") && says(HEAD - 1, "sorting...") &&
	    is_oldest())
		watch.ahead = true;
}

static void test_letters_before_rows(void **state)
{
	(void)state;
	start_many();
	sort_by_age();
	begin(look_for_letters);
	type("I\\qqq");
	watch_for(is_reversed);
	assert_true(watch.ahead);
	WAIT(says(t.rows - 1, "Filter: qqq"));
	type("\x07");
	quit();
}

static void test_nothing_is_lost(void **state)
{
	(void)state;
	start_many();
	/* one by one, so that samples come between them */
	for (int i = 0; i < 200; i++) {
		type("j");
		pump(1);
	}
	wait_for("row 201 of 400,000");
	/* at once, each with rows to be made anew; an even number of them */
	for (int i = 0; i < 200; i++)
		type("I");
	type("k");
	WAIT(says(HEAD, "▼") && says(HEAD - 1, "row 200 of 400,000"));
	quit();
}

/* Typed ahead of a pane that has no rows yet: moves and Enter wait for them. */
static void test_typed_ahead(void **state)
{
	char host[64] = "";

	(void)state;
	start_many();
	type("2");
	WAIT(has_hosts());
	WAIT(says(HEAD + 9, "M ")); /* the rows above it are whole */
	assert_int_equal(sscanf(row_text(HEAD + 5), " %63s", host), 1);
	type("1");
	wait_for("row 1 of 400,000");
	type("2jjj\r");
	wait_for("Remote Address");
	WAIT(says(HEAD - 1, host) && says(HEAD + 1, host));
	quit();
}

static void look_for_all(void)
{
	watch.never |= find_row("all filtered 400,000") >= 0;
}

static bool has_plan(void)
{
	return find_row("Nothing to close: ") >= 0;
}

static bool has_menu(void)
{
	return find_row("Close all filtered") >= 0;
}

/* K is for the rows that the filter lets through, not for those it meets. */
static void test_kill_waits_for_the_filter(void **state)
{
	(void)state;
	start_many();
	begin(look_for_all);
	type("\\state listen\rK");
	watch_for(has_menu);
	assert_false(watch.never);
	WAIT(find_row("Close all filtered 6") >= 0);
	type("\r"); /* of the row */
	watch_for(has_plan);
	WAIT(find_row("Nothing to close: 1 socket chosen") >= 0);
	WAIT(find_row("LISTEN nginx") >= 0);
	type("\x1b");
	wait_for("Nothing was done");
	quit();
}

static void look_for_answer(void)
{
	watch.ahead |= says(HEAD - 1, "searching...");
	watch.never |= find_row("is not in any row") >= 0;
}

static bool has_moved(void)
{
	return says(HEAD - 1, "row 2 of 400,000");
}

static void test_key_ends_search(void **state)
{
	(void)state;
	start_many();
	begin(look_for_answer);
	type("/no such text\rj");
	watch_for(has_moved);
	assert_false(watch.never);
	type("n");
	wait_for("is not in any row");
	quit();
}

static void look_for_flicker(void)
{
	watch.never |= find_row("sorting...") >= 0 || find_row("counting...") >= 0 ||
		       find_row("filtering...") >= 0;
}

static bool has_dashboard(void)
{
	return find_row("Connections ") >= 0 && find_row("─ Hosts") >= 0;
}

/* On the usual machine rows and mark come in one frame, however loaded it is. */
static void test_few_do_not_flicker(void **state)
{
	const char *const args[] = { "--synthetic", "sockets=300,freeze=2,seed=1", "-d",
				     "0.1", NULL };

	(void)state;
	start_env(60, 200, "", args);
	wait_for("row 1 of 300");
	begin(look_for_flicker);
	type("TIIP2I3671\\state listen\r=0");
	watch_for(has_dashboard);
	assert_false(watch.never);
	quit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark_before_rows),
		cmocka_unit_test(test_heading_before_rows),
		cmocka_unit_test(test_letters_before_rows),
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_typed_ahead),
		cmocka_unit_test(test_kill_waits_for_the_filter),
		cmocka_unit_test(test_key_ends_search),
		cmocka_unit_test(test_few_do_not_flicker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
