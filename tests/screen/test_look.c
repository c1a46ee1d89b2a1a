/* SPDX-License-Identifier: MIT */
/*
 * How the frame uses the room it has: what stays when it is narrow, what says that it
 * was cut, what is on the screen besides rows.
 */
#include "terminal.h"

#define SPEC "sockets=400,hosts=20,churn=4,freeze=3,seed=1"

static void start(int rows, int cols, const char *option)
{
	const char *const args[] = { "--synthetic", SPEC, "-d", "0.1", option, NULL };

	start_env(rows, cols, "", args);
}

static bool has(int row, const char *words)
{
	return row >= 0 && strstr(row_text(row), words);
}

static void click(int row, int col)
{
	dprintf(t.fd, "\033[<0;%d;%dM\033[<0;%d;%dm", col + 1, row + 1, col + 1, row + 1);
}

/* Addresses give way, cut before the port, so that the process stays. */
static void test_narrow_table(void **state)
{
	int head;

	(void)state;
	start(24, 80, NULL);
	head = wait_for("Remote Address");
	WAIT(has(head, "TX/s") && has(head, "RX/s") && has(head, "Process"));
	wait_for("\u2026:");
	wait_for(" postgres");
	type("7");
	head = wait_for("Pend");
	WAIT(has(head, "Full") && has(head, "Process"));
	type("8");
	head = wait_for("Time\u25bc");
	WAIT(has(head, "Remote Address") && has(head, "Process"));
	type("2");
	head = wait_for("Total ");
	WAIT(has(head, "CLOSEW") && has(head, "TX/s"));
	quit();
}

/* A bar is no reason to cut an address; where there is room for both, both are there. */
static void test_bar_gives_way(void **state)
{
	int head;

	(void)state;
	start(24, 50, NULL);
	type("7");
	head = wait_for("Pend");
	WAIT(find_row("0.0.0.0:postgresql ") > head && !has(head, "Backlog"));
	quit();
	start(24, 80, NULL);
	type("7");
	head = wait_for("Pend");
	WAIT(find_row("0.0.0.0:postgresql ") > head && has(head, "Backlog"));
	quit();
}

/* The parts of the bar of states: by colour, and by a letter where there are none. */
static void test_state_bar(void **state)
{
	const char *const args[] = { "--synthetic", SPEC, NULL };
	int row;

	(void)state;
	start_env(24, 80, "NO_COLOR=1", args);
	row = wait_for("ESTABLISHED ");
	WAIT(has(row, "EEEE") && has(row, "TTL  ESTABLISHED"));
	quit();
	start(24, 80, NULL);
	row = wait_for("ESTABLISHED ");
	WAIT(!has(row, "EEEE"));
	type("z"); /* without colours */
	WAIT(has(row, "EEEE"));
	quit();
}

/* The width of a column does not depend on whether the table is sorted by it. */
static void test_sort_mark(void **state)
{
	char before[4096];
	int head;

	(void)state;
	start(24, 120, NULL);
	wait_for("new 0/s"); /* the source stands still from here on */
	head = wait_for("10s/s\u25bc");
	snprintf(before, sizeof(before), "%s", strstr(row_text(head), "Local"));
	type("sgj\r");
	wait_for("State\u25b2");
	WAIT(find_row("State\u25b2") == head);
	assert_non_null(strstr(row_text(head), "Local"));
	*strstr(before, "TX/s") = '\0';
	assert_memory_equal(strstr(row_text(head), "Local"), before, strlen(before));
	quit();
}

/* All panes are in the bar from 80 columns on; a click reaches each. */
static void test_tabs(void **state)
{
	static const struct {
		int cols;
		const char *first, *last;
	} bars[] = { { 80, "Conn", " NAT" },
		     { 110, " 1 Conn  2 Host ", " NAT" },
		     { 160, " 1 Connections  2 Hosts ", " NAT" },
		     { 60, " 1 Conn  2 Host ", " >" } };
	int row;

	(void)state;
	for (size_t i = 0; i < sizeof(bars) / sizeof(bars[0]); i++) {
		start(24, bars[i].cols, NULL);
		row = wait_for(bars[i].first);
		/* with one pane more there is no room for all */
		WAIT(has(row, bars[i].last) || has(row, " >"));
		quit();
	}
	start(24, 80, NULL);
	row = wait_for("Listen");
	click(row, (int)(strstr(row_text(row), "Listen") - row_text(row)));
	wait_for("Pend");
	quit();
}

/* Only what does something here; in a window, what does something in the window. */
static void test_key_bar(void **state)
{
	int last = 23;

	(void)state;
	start(24, 80, NULL);
	wait_for("Remote Address");
	WAIT(has(last, "F9Kill") && has(last, "F2Columns F3Search") && has(last, "F10Quit"));
	type("4");
	wait_for("eth0");
	WAIT(!has(last, "F9Kill") && has(last, "F6Sort"));
	type("0");
	WAIT(!has(last, "F6Sort") && has(last, "F10Quit"));
	type("1?");
	WAIT(has(last, "EscClose") && !has(last, "F3Search"));
	type("\x1b");
	WAIT(has(last, "F3Search"));
	click(last, 2);
	wait_for(" Keys");
	type("\x1b");
	wait_gone(" Keys");
	quit();
}

/* States that are in use, no empty line, and nothing that has no room for a row. */
static void test_dashboard(void **state)
{
	int tabs;

	(void)state;
	start(24, 80, "--pane=dashboard");
	wait_for("new 0/s");
	tabs = wait_for("Conn");
	WAIT(has(tabs + 1, " Connections "));
	WAIT(find_row("\u2502  ESTABLISHED") > 0 &&
	     find_row("\u2502  TIME_WAIT") == find_row("\u2502  ESTABLISHED") + 1);
	quit();
	start(50, 100, "--pane=dashboard");
	wait_for("remote addresses");
	WAIT(find_row("\u2502  SYN_SENT") > 0 && find_row("\u2502  CLOSING") < 0);
	WAIT(has(find_row("ESTAB TIME_W"), "ESTAB TIME_W") &&
	     !strstr(row_text(find_row("ESTAB TIME_W")), "\u2026"));
	type("3");
	wait_for("sockstat   agrees");
	WAIT(find_row("  CLOSING") > 0);
	quit();
	start(8, 40, "--pane=dashboard");
	wait_for("  tcp ");
	assert_int_equal(find_row(" States "), -1);
	quit();
}

static void test_cut_says_so(void **state)
{
	(void)state;
	start(10, 44, NULL);
	wait_for("Local");
	WAIT(has(0, "\u2026"));
	type("5");
	WAIT(find_row("\u2026") >= 0);
	quit();
}

static void test_help_sections(void **state)
{
	(void)state;
	start(24, 80, NULL);
	wait_for("Remote Address");
	type("?");
	wait_for("Moving");
	wait_for("Order");
	assert_int_equal(find_row("presumed to have"), -1);
	type("G");
	wait_for("presumed to have");
	wait_gone("Moving");
	type("g");
	wait_for("Moving");
	type("\x1b");
	wait_gone("Moving");
	quit();
}

/* N and u mean the same wherever there are processes and users. */
static void test_pid_and_user(void **state)
{
	(void)state;
	start(24, 120, NULL);
	wait_for("Remote Address");
	type("u");
	wait_for("Filter: uid = ");
	type("u");
	wait_gone("Filter: uid = ");
	type("6");
	wait_for("processes hold");
	type("N");
	wait_for("PID\u25b2");
	type("u");
	wait_for("Filter: uid = ");
	type("4N");
	wait_for("Interfaces has no column 'pid'");
	quit();
}

/* PuTTY's Home and End, and a key that nobody knows: none of them is 1, 4 or 9. */
static void test_foreign_keys(void **state)
{
	(void)state;
	start(24, 80, "--sort=local"); /* rates come with the second sample, and move rows */
	wait_for("row 1 of 400");
	type("\033[4~");
	wait_for("row 400 of 400");
	type("\033[1~");
	wait_for("row 1 of 400");
	type("\033[99~\033[4;9zj");
	wait_for("row 2 of 400");
	wait_for("Remote Address");
	quit();
}

/* A menu begins at what holds now; the dashboard has no table to sort. */
static void test_menus_know(void **state)
{
	(void)state;
	start(30, 120, NULL);
	wait_for("10s/s\u25bc");
	type("s");
	wait_for("[x] rate-10s ");
	type("k\r");
	wait_for("RX/s\u25bc");
	type("0s");
	wait_for("Not on the dashboard");
	assert_int_equal(find_row("Sort by"), -1);
	quit();
}

/* What was entered narrows the connections only, and is left with them. */
static void test_drill_ends(void **state)
{
	(void)state;
	start(24, 80, "--pane=listeners");
	wait_for("0.0.0.0:ssh");
	type("\r");
	wait_for("through ");
	type("2");
	wait_for("remote addresses");
	wait_gone("through ");
	type("1");
	wait_for("row 1 of 400");
	quit();
}

static void test_group_heading(void **state)
{
	int head;

	(void)state;
	start(24, 80, "--pane=hosts");
	head = wait_for("10s/s\u25bc");
	WAIT(has(head, "  Host "));
	type("tt");
	WAIT(has(head, "  Service "));
	wait_for("tcp/ssh");
	quit();
}

/* The windows of an interface and of a counter at 80x24: nothing is out of reach. */
static void test_small_windows(void **state)
{
	(void)state;
	start(24, 80, "--pane=interfaces");
	wait_for("eth0");
	type("\r");
	wait_for("RX packets");
	type("G");
	wait_for("collisions");
	wait_for("EscClose");
	type("\x1b");
	wait_for("F3Search"); /* of the pane */
	quit();
}

/* Where there are no rows it says why, and what to do. */
static void test_empty(void **state)
{
	(void)state;
	start(24, 80, NULL);
	wait_for("row 1 of 400");
	type("\\lport = 1\r");
	wait_for("the filter lets nothing through (= drops it)");
	wait_for("no rows");
	type("\\\x15" "lport = 22\r");
	wait_gone("lets nothing through");
	quit();
}

/* Sideways: marks on the side where there is more, and no number is cut. */
static void test_scroll(void **state)
{
	int head;

	(void)state;
	start(24, 80, NULL);
	head = wait_for("Remote Address");
	type("\033[C\033[C\033[C");
	WAIT(has(head, "\u25c0") && has(head, "\u25b6") && !has(head, "State"));
	for (int i = 0; i < 20; i++)
		type("\033[C");
	WAIT(has(head, "\u25c0") && !has(head, "\u25b6") && has(head, "Process"));
	for (int i = 0; i < 20; i++)
		type("\033[D");
	WAIT(has(head, "State") && !has(head, "\u25c0"));
	quit();
	start(10, 40, "--pane=processes");
	head = wait_for("Total");
	WAIT(has(head, "ESTAB"));
	assert_null(strstr(row_text(head), "\u2026"));
	quit();
}

/* The next two changes of the clock: samples have been taken in between. */
static void wait_two_seconds(void)
{
	char before[4096];

	for (int i = 0; i < 2; i++) {
		snprintf(before, sizeof(before), "%.40s", row_text(0));
		WAIT(strncmp(row_text(0), before, 40) != 0);
	}
}

/* What could not be seen stays said when the next pane asks for less. */
static void test_losses_stay(void **state)
{
	char dir[] = "/tmp/sktop-look-XXXXXX", command[512], copy[64];
	const char *const argv[] = { "/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
				     "--clear-groups", copy, "-d", "1", NULL };
	int tabs;

	(void)state;
	if (geteuid() != 0 || access(argv[0], X_OK) != 0)
		skip(); /* this very process is the one that is not readable */
	assert_non_null(mkdtemp(dir));
	snprintf(copy, sizeof(copy), "%s/sktop", dir);
	snprintf(command, sizeof(command), "cp %s %s && chmod 755 %s", SKTOP_BIN, copy, dir);
	assert_int_equal(system(command), 0);
	start_program(24, 80, "", argv);
	wait_for("unreadable: needs root");
	tabs = wait_for("Conn");
	type("2");
	wait_for("10s/s\u25bc");
	wait_two_seconds();
	assert_int_equal(find_row("unreadable: needs root"), tabs - 1);
	assert_int_equal(find_row("Conn"), tabs);
	quit();
	unlink(copy);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow_table), cmocka_unit_test(test_sort_mark),
		cmocka_unit_test(test_bar_gives_way), cmocka_unit_test(test_state_bar),
		cmocka_unit_test(test_tabs),	     cmocka_unit_test(test_key_bar),
		cmocka_unit_test(test_dashboard),    cmocka_unit_test(test_cut_says_so),
		cmocka_unit_test(test_help_sections), cmocka_unit_test(test_pid_and_user),
		cmocka_unit_test(test_empty),	     cmocka_unit_test(test_foreign_keys),
		cmocka_unit_test(test_menus_know),   cmocka_unit_test(test_drill_ends),
		cmocka_unit_test(test_group_heading), cmocka_unit_test(test_small_windows),
		cmocka_unit_test(test_losses_stay),  cmocka_unit_test(test_scroll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
