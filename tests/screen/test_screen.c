/* SPDX-License-Identifier: MIT */
/*
 * The real program on a pseudo-terminal, before a virtual one: keys are typed, cells
 * are read. The synthetic source makes the same screen every time; waiting is for
 * words to appear, never for time to pass.
 */
#include "terminal.h"

#define SPEC "sockets=400,hosts=20,churn=4,freeze=3,seed=1"

static void start(int rows, int cols, const char *option)
{
	const char *const args[] = { "--synthetic", SPEC, "-d", "0.1", option, NULL };

	start_env(rows, cols, "", args);
}

static void test_panes(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 60, 200 }, { 100, 300 } };
	static const struct {
		const char *key, *words;
	} panes[] = {
		{ "2", "remote addresses" }, { "3", "sockstat   agrees" },
		{ "4", "eth0" },	     { "5", "RetransSegs" },
		{ "0", "Connections " },     { "1", "Remote Address" },
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(sizes[i][0], sizes[i][1], NULL);
		wait_for("Remote Address");
		WAIT(strstr(row_text(0), "TCP 396"));
		for (size_t p = 0; p < sizeof(panes) / sizeof(panes[0]); p++) {
			type(panes[p].key);
			wait_for(panes[p].words);
			WAIT(strstr(row_text(t.rows - 1), "F1Help"));
		}
		quit();
	}
}

static void test_net_tables(void **state)
{
	int row;

	(void)state;
	start(24, 80, NULL);
	wait_for("Remote Address");
	type("9");
	wait_for("9 of 10 routes"); /* none until the next sample */
	row = wait_for("198.51.100.0/24");
	WAIT(strstr(row_text(row), "192.0.2.2") && strstr(row_text(row), "UG"));
	WAIT(strstr(row_text(row + 1), "203.0.113.2"));
	wait_for("1 special rule");
	type("a");
	wait_for("192.0.2.10/32");
	type("a");
	wait_gone("192.0.2.10/32");
	type("\\destination = 203.0.113.0/24\r");
	wait_gone("198.51.100.0/24");
	wait_for("U!");
	type("\r");
	wait_for("leads to no interface");
	wait_for("destination");
	type("\x1b");
	wait_gone("leads to no interface");
	type("t");
	row = wait_for("    1000 inet");
	WAIT(strstr(row_text(row), "203.0.113.0/24") && strstr(row_text(row), "100"));
	type("t");
	wait_for("1 do not answer");
	wait_for("FAILED");
	assert_int_equal(find_row("224.0.0.251"), -1);
	type("t");
	wait_for("224.0.0.251");
	wait_for("RefCnt");
	type("\t"); /* the next pane is NAT, by Tab as by t */
	wait_for("2 translated connections");
	row = wait_for("198.51.100.7");
	WAIT(strstr(row_text(row), "192.0.2.10:40001"));
	type("a");
	wait_for("3 tracked connections");
	type("t");
	wait_for("of 10 routes");
	quit();
}

static long number_at(int row, int column)
{
	return strtol(row_text(row) + column, NULL, 10);
}

/* Whether ten numbers under a heading stand in order. */
static bool is_sorted(int head, int column, bool down)
{
	for (int row = head + 1; row < head + 10; row++) {
		long here = number_at(row, column), next = number_at(row + 1, column);

		if (here <= 0 || next <= 0 || (down ? here < next : here > next))
			return false;
	}
	return true;
}

static bool all_rows_have(int from, int to, const char *words)
{
	for (int row = from; row < to; row++) {
		if (!strstr(row_text(row), words))
			return false;
	}
	return true;
}

static void test_hosts_sorted(void **state)
{
	const char *const args[] = { "--synthetic", SPEC, "-d", "0.1", "--pane=hosts",
				     "--sort=total", NULL };
	int head, column;

	(void)state;
	start_env(40, 120, "", args);
	wait_for("new 0/s");
	head = wait_for("Total");
	column = (int)(strstr(row_text(head), "Total") - row_text(head)) - 1;
	WAIT(is_sorted(head, column, true));
	type("R");
	wait_for("Total▲");
	WAIT(is_sorted(head, column, false));
	quit();
}

static void test_filter(void **state)
{
	int head;

	(void)state;
	start(24, 120, NULL);
	head = wait_for("Remote Address");
	type("\\state time-w\t\r");
	wait_for("Filter: state time-wait");
	wait_gone("LISTEN  ");
	WAIT(all_rows_have(head + 1, t.rows - 1, "TIME_WAIT"));
	type("3"); /* the histogram follows the filter, and says so */
	wait_for("the counts above are filtered");
	WAIT(find_row("   100% ") >= 0 &&
	     strstr(row_text(find_row("   100% ")), "TIME_WAIT"));
	type("1");
	wait_for("Remote Address");
	type("\\ and foo > 3\r");
	wait_for("^ 'foo' is no column");
	type("\x1b");
	wait_gone("is no column");
	wait_for("Filter: state time-wait");
	type("=");
	wait_gone("Filter: state");
	quit();
}

static void test_search(void **state)
{
	(void)state;
	start(24, 120, NULL);
	wait_for("Remote Address");
	type("/LISTEN\r");
	wait_for("Search: LISTEN");
	wait_for("0.0.0.0:");
	type("\x1b");
	wait_gone("Search: LISTEN");
	quit();
}

static void test_drill_down(void **state)
{
	char host[64] = "";
	int head;

	(void)state;
	start(30, 120, "--pane=hosts");
	wait_for("new 0/s"); /* the source stands still from here on */
	head = wait_for("Total");
	WAIT(sscanf(row_text(head + 1), " %63s", host) == 1);
	type("\r");
	wait_for("Remote Address");
	wait_for(host);
	head = find_row("Remote Address");
	WAIT(all_rows_have(head + 1, head + 5, host));
	type("\r");
	wait_for("Identity");
	type("\x1b");
	wait_gone("Identity");
	type("\x1b");
	wait_for("remote addresses");
	quit();
}

static void test_help_freeze_menus(void **state)
{
	(void)state;
	start(40, 120, NULL);
	wait_for("Remote Address");
	type("?");
	wait_for(" Keys");
	wait_for("sort by remote address");
	type("\x1b");
	wait_gone("sort by remote address");
	type("Z");
	wait_for("FROZEN");
	type("Z");
	wait_gone("FROZEN");
	type("s");
	wait_for("Sort by");
	type("gj\r");
	wait_for("State▲");
	type("C");
	wait_for("Space shows or hides");
	type("\x1b");
	wait_gone("Space shows or hides");
	quit();
}

static void resize(int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows,
				.ws_col = (unsigned short)cols };

	t.rows = rows;
	t.cols = cols;
	vterm_set_size(t.vt, rows, cols);
	ioctl(t.fd, TIOCSWINSZ, &size);
}

static void test_resize(void **state)
{
	static const int sizes[][2] = { { 5, 20 }, { 50, 150 }, { 1, 1 }, { 10, 41 },
					{ 24, 80 } };

	(void)state;
	start(24, 80, NULL);
	wait_for("Remote Address");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		resize(sizes[i][0], sizes[i][1]);
		if (sizes[i][0] == 5)
			wait_for("40x8; this is 20x5");
		else if (sizes[i][0] > 1)
			wait_for("State");
	}
	wait_for("F1Help");
	quit();
}

static void test_endings(void **state)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT };
	int status;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(24, 80, NULL);
		wait_for("Remote Address");
		assert_true(t.alternate);
		kill(t.pid, signals[i]);
		status = finish();
		assert_true(WIFEXITED(status));
		assert_false(t.alternate);
		vterm_free(t.vt);
	}
	start(24, 80, NULL);
	wait_for("Remote Address");
	close(t.fd); /* the terminal is closed under it */
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	assert_true(WIFEXITED(status));
	vterm_free(t.vt);
}

static void test_terminals(void **state)
{
	const char *const args[] = { "--synthetic", SPEC, NULL };
	int status;

	(void)state;
	start_env(24, 80, "TERM=dumb", args);
	wait_for("TERM=dumb cannot show a full screen");
	status = finish();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	vterm_free(t.vt);
	start_env(24, 80, "TERM=vt100", args);
	wait_for("Remote Address");
	quit();
	start_env(24, 80, "LC_ALL=C", args);
	wait_for("Remote Address");
	for (int row = 0; row < t.rows; row++) {
		for (const char *c = row_text(row); *c; c++)
			assert_true((unsigned char)*c < 128);
	}
	quit();
}

static bool has_color(void)
{
	for (int row = 0; row < t.rows; row++) {
		for (int col = 0; col < t.cols; col++) {
			VTermPos pos = { row, col };
			VTermScreenCell cell;

			vterm_screen_get_cell(t.screen, pos, &cell);
			if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) ||
			    !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg))
				return true;
		}
	}
	return false;
}

static void test_no_color(void **state)
{
	const char *const args[] = { "--synthetic", SPEC, NULL };

	(void)state;
	start_env(24, 80, "NO_COLOR=1", args);
	wait_for("Remote Address");
	assert_false(has_color());
	quit();
	start_env(24, 80, "", args);
	wait_for("Remote Address");
	WAIT(has_color());
	quit();
}

/* The program with tests/names/with_fake_dns as its name server. */
static void start_with_names(int rows, int cols, const char *count_file)
{
	const char *const argv[] = { FAKE_DNS_BIN, count_file, SKTOP_BIN, "--synthetic",
				     SPEC, "-d", "0.1", NULL };

	start_program(rows, cols, "", argv);
}

static long questions(const char *count_file)
{
	FILE *file = fopen(count_file, "r");
	long n = -1;

	if (!file || fscanf(file, "%ld", &n) != 1)
		n = -1;
	if (file)
		fclose(file);
	return n;
}

static bool can_resolve(void)
{
	return system(SKTOP_BIN " --version | grep -q +c-ares") == 0;
}

static bool is_skipped(void)
{
	long end = now_ms() + PATIENCE_MS;

	while (now_ms() < end && find_row("Remote Address") < 0) {
		if (find_row("SKIPPED") >= 0)
			return true;
		pump(50);
	}
	return false;
}

/* The screen goes on while DNS is asked; what it cannot find changes nothing. */
static void test_filter_by_name(void **state)
{
	char count_file[] = "/tmp/sktop-count-XXXXXX";

	(void)state;
	close(mkstemp(count_file));
	start_with_names(30, 100, count_file);
	if (is_skipped())
		skip();
	type("\\dst web.fwd.example");
	wait_for("'web.fwd.example' is not in /etc/hosts; Enter asks DNS");
	assert_int_equal(questions(count_file), 0); /* typing asks nobody */
	type("\r");
	wait_for("Filter: dst web.fwd.example  row 1 of"); /* not only in the prompt */
	wait_for("198.18.0.17");
	type("\\\x15" "dst no.fwd.example\r");
	wait_for("host 'no.fwd.example': ");
	wait_for("Filter: dst web.fwd.example");
	type("\\ and tx > 0\r"); /* the name is known already */
	wait_for("Filter: dst web.fwd.example and tx > 0");
	quit();
	unlink(count_file);
}

static void test_host_names(void **state)
{
	char count_file[] = "/tmp/sktop-count-XXXXXX";
	int head, column;

	(void)state;
	if (!can_resolve())
		skip();
	close(mkstemp(count_file));
	start_with_names(30, 110, count_file);
	if (is_skipped())
		skip();
	wait_for("new 0/s"); /* the source stands still from here on */
	assert_int_equal(questions(count_file), 0);
	type("D");
	wait_for("Names of hosts on");
	/* the columns behind stand where they stood, whatever comes */
	head = wait_for("Remote Address");
	column = (int)(strstr(row_text(head), "TX/s") - row_text(head));
	wait_for("host-198-18-0-");
	assert_true(questions(count_file) > 0);
	wait_for("…:"); /* too long, but its port is there */
	assert_int_equal(strstr(row_text(head), "TX/s") - row_text(head), column);
	type("/host-198-18-\r");
	wait_for("Search: host-198-18-"); /* what is shown can be searched */
	type("\x1b");
	wait_gone("Search:");
	type("\\dst 198.18.0.17\r"); /* and filters go by address all the same */
	wait_for("Filter: dst 198.18.0.17");
	wait_for("host-198-18-");
	type("\r");
	wait_for("remote host ");
	WAIT(strstr(row_text(find_row("remote host ")), ".example"));
	type("\x1b");
	wait_gone("remote host ");
	type("=");
	type("2");
	wait_for("remote addresses");
	wait_for("host-198-18-");
	type("1");
	head = wait_for("Remote Address");
	WAIT(strstr(row_text(head), "TX/s") &&
	     (int)(strstr(row_text(head), "TX/s") - row_text(head)) == column);
	type("D");
	wait_for("Names of hosts off");
	wait_gone("host-198-18-");
	quit();
	unlink(count_file);
}

/* The hosts pane lists every host once: those whose names are lies by address. */
static void test_hostile_names(void **state)
{
	static const char *const lies[] = { "owned", "[31m", "two", "dots.in", "8.8.8.8",
					    "gnp", "; rm" };
	char count_file[] = "/tmp/sktop-count-XXXXXX";

	(void)state;
	if (!can_resolve())
		skip();
	close(mkstemp(count_file));
	start_with_names(40, 120, count_file);
	if (is_skipped())
		skip();
	wait_for("new 0/s");
	type("2");
	wait_for("remote addresses");
	type("A"); /* by address: all of them are in their place */
	wait_for("Host▲");
	type("D");
	wait_for("host-198-18-0-17.example");
	wait_for("xn--mnchen-3ya.example");
	wait_for("_under_score.example");
	wait_for("aaaaaaaaaaaa…");
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		assert_int_equal(find_row(lies[i]), -1);
	WAIT(find_row(" 198.18.0.1 ") >= 0 && find_row(" 198.18.0.7 ") >= 0 &&
	     find_row(" 198.18.0.14 ") >= 0);
	quit();
	unlink(count_file);
}

static void test_user_and_service_names(void **state)
{
	const char *const args[] = { "--synthetic", SPEC, "-d", "0.1",
				     "--columns", "remote,user,service", "user = root",
				     NULL };

	(void)state;
	start_env(24, 100, "", args);
	wait_for("new 0/s");
	wait_for(" root    "); /* the name came later, and the filter found it */
	type("O");
	wait_for("Names of users off");
	wait_gone(" root    ");
	wait_for(" 0        ");
	type("O");
	wait_for(" root    ");
	type("V");
	wait_for("Names of services off");
	wait_gone("root     ssh");
	type("V");
	wait_for("root     ssh");
	quit();
}

/* A connection that its peer's window holds back, looked into. */
static void start_detail(int rows, int cols, const char *env)
{
	const char *const args[] = { "--synthetic", "sockets=60,hosts=5,churn=0,seed=1",
				     "-d", "0.1", "--sort", "cookie", "--columns",
				     "state,limited-by,cookie",
				     "limited-by = rwnd and state established", NULL };

	start_env(rows, cols, env, args);
	wait_for("ESTABLISHED rwnd");
	type("g\r");
	wait_for("Why is it slow");
}

static int cell_of(const char *words)
{
	int row = find_row(words);
	const char *text = row < 0 ? NULL : row_text(row);

	return text ? (int)(strstr(text, words) - text) : -1;
}

static void test_detail(void **state)
{
	(void)state;
	start_detail(24, 80, "NO_COLOR=1");
	wait_for("Sending is held back by the peer's window 80 %");
	wait_for("the reader at");
	wait_for("* at least"); /* the age has changed, and says so without colour */
	wait_for("lines 1-");
	wait_for("Read from the kernel's own account");
	type("G");
	wait_gone("Why is it slow");
	wait_for("window scale");
	wait_for("Window scales: shift"); /* what the selected field means */
	type("y");
	wait_for("Copied: 7 send, 7 receive");
	type("k");
	wait_for("TCP options that both ends");
	type("g");
	wait_for("Why is it slow");
	type("\x1b");
	wait_gone("Why is it slow");
	wait_for("ESTABLISHED rwnd");
	quit();
}

static void test_detail_wide(void **state)
{
	(void)state;
	start_detail(60, 200, "");
	wait_for("Sending is held back by the peer's window 80 %");
	wait_for("Options");
	WAIT(cell_of("Identity") >= 0 && cell_of("Identity") < 10);
	WAIT(cell_of("Options") > 90);
	wait_for("is_icsk mc_loop mc_all");
	/* narrower: one column, and more lines than there is room for */
	assert_int_equal(ioctl(t.fd, TIOCSWINSZ, &(struct winsize){ .ws_row = 24,
								    .ws_col = 80 }), 0);
	vterm_set_size(t.vt, 24, 80);
	t.rows = 24;
	t.cols = 80;
	wait_gone("Options");
	wait_for("Identity");
	type("\x1b");
	wait_for("F2Columns"); /* the key bar of the pane: an Esc that is read with q is Alt+q */
	quit();
}

/*
 * The window is drawn before the socket is looked up. What the lookup tells then was not known
 * before, so it has not changed. No further sample comes here.
 */
static void test_detail_first_look(void **state)
{
	const char *const args[] = { "--synthetic", "sockets=60,hosts=5,churn=0,seed=1",
				     "-d", "600", "--sort", "cookie", "--columns",
				     "state,cookie", "state established", NULL };

	(void)state;
	start_env(60, 200, "NO_COLOR=1", args);
	wait_for("ESTABLISHED");
	type("g\r");
	wait_for("is_icsk mc_loop mc_all");
	wait_for("TCP options");
	for (int row = 0; row < t.rows; row++) {
		const char *star = strstr(row_text(row), "* ");

		assert_true(!star || strncmp(star, "* changed", 9) == 0);
	}
	type("\x1b");
	wait_for("F2Columns");
	quit();
}

/* A cgroup that no socket tells finds nothing, and says why. */
static void test_no_cgroups(void **state)
{
	const char *const args[] = { "--synthetic", SPEC, "-d", "0.1", "cgroup = 1", NULL };

	(void)state;
	start_env(24, 100, "", args);
	wait_for("Nothing to show: no socket tells its cgroup here");
	quit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panes),	  cmocka_unit_test(test_net_tables),
		  cmocka_unit_test(test_hosts_sorted),
		cmocka_unit_test(test_filter),	    cmocka_unit_test(test_search),
		cmocka_unit_test(test_drill_down),  cmocka_unit_test(test_help_freeze_menus),
		cmocka_unit_test(test_resize),	    cmocka_unit_test(test_endings),
		cmocka_unit_test(test_terminals),   cmocka_unit_test(test_no_color),
		cmocka_unit_test(test_filter_by_name),
		cmocka_unit_test(test_host_names),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_user_and_service_names),
		cmocka_unit_test(test_detail),	    cmocka_unit_test(test_detail_wide),
		cmocka_unit_test(test_detail_first_look), cmocka_unit_test(test_no_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
