/* SPDX-License-Identifier: MIT */
/*
 * While a sample takes its time, the rows on the screen move: slow_screen holds it back
 * until it is told.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include "terminal.h"

static char dir[] = "/tmp/sktop-refreshed-XXXXXX", fifo[64];
static int hand; /* lets a sample go */

static int make_fifo(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(fifo, sizeof(fifo), "%s/go", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	hand = open(fifo, O_RDWR | O_CLOEXEC);
	assert_true(hand >= 0);
	return 0;
}

static int remove_fifo(void **state)
{
	(void)state;
	close(hand);
	unlink(fifo);
	return rmdir(dir);
}

static void start(int rows, int cols)
{
	const char *const args[] = { fifo, NULL };

	start_env(rows, cols, "", args);
}

static void let_go(void)
{
	assert_int_equal(write(hand, "x", 1), 1);
}

/* State, queue and death of single rows; then the sample, and all is as it says. */
static void test_rows(void **state)
{
	int row;

	(void)state;
	start(24, 80);
	row = wait_for("192.0.2.1:1000");
	wait_for("CLOSE_WAIT");
	WAIT(strstr(row_text(row), "CLOSE_WAIT"));
	wait_for("rows every 0.1s");
	row = wait_for("192.0.2.1:1002");
	WAIT(strstr(row_text(row), " -tcp"));
	assert_int_equal(find_row("-tcp"), row);
	let_go();
	wait_gone("CLOSE_WAIT");
	wait_gone("-tcp");
	quit();
}

static void test_numbers(void **state)
{
	int row;

	(void)state;
	start(24, 120);
	row = wait_for("192.0.2.1:1001");
	WAIT(strstr(row_text(row), "4321"));
	type("7"); /* backlogs too */
	row = wait_for("192.0.2.1:1003");
	wait_for("90%");
	let_go();
	WAIT(strstr(row_text(row), "10%"));
	type("1");
	wait_for("77");
	assert_int_equal(find_row("4321"), -1);
	quit();
}

/* A frozen screen stands still, whatever comes. */
static void test_frozen(void **state)
{
	(void)state;
	start(24, 80);
	wait_for("CLOSE_WAIT");
	type("p");
	wait_for("FROZEN");
	let_go();
	type("7");
	wait_for("192.0.2.1:1003");
	type("1");
	wait_for("192.0.2.1:1000");
	assert_true(find_row("CLOSE_WAIT") >= 0);
	type("p");
	quit();
}

/* Panes without rates spare the kernel tcp_info when samples are dear, and only then. */
static void test_needs(void **state)
{
	static const struct {
		const char *key, *words;
	} panes[] = {
		{ "3", "(without tcp_info)" }, { "1", "(with tcp_info)" },
		{ "4", "(without tcp_info)" }, { "2", "(with tcp_info)" },
		{ "9", "(without tcp_info)" }, { "0", "(with tcp_info)" },
		{ "7", "(without tcp_info)" }, { "6", "(with tcp_info)" },
	};

	(void)state;
	start(40, 120);
	wait_for("rows every 0.1s");
	type("3"); /* the first was cheap */
	wait_for("LAST_ACK");
	let_go();
	wait_for("(with tcp_info)");
	type("1");
	wait_for("192.0.2.1:1000");
	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++) {
		type(panes[i].key);
		wait_for(panes[i].words);
	}
	quit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_needs),
	};

	return cmocka_run_group_tests(tests, make_fifo, remove_fifo);
}
