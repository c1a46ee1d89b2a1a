/* SPDX-License-Identifier: MIT */
/*
 * Memory of the screen: a pane takes what its rows need, and gives it back when it is
 * left.
 */
#include "../allocator.h"
#include "terminal.h"

/* Some 77,000 hosts: their rows take 10 MB, those being made as much. */
#define MANY_HOSTS "sockets=100000,hosts=130000,churn=0,seed=1"
/* Of both at least, and more than the one sample that may come or go meanwhile. */
#define ROWS_KB (14 * 1024)

static long resident_kb(void)
{
	char path[64], line[256];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", t.pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (kb < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "VmRSS: %ld", &kb);
	fclose(file);
	assert_true(kb > 0);
	return kb;
}

static void test_pane_left(void **state)
{
	const char *const args[] = { "--synthetic", MANY_HOSTS, "-d", "0.5", NULL };
	long most;

	(void)state;
#ifdef HAS_ITS_ALLOCATOR
	skip(); /* their allocators keep what is freed */
#endif
	start_env(24, 120, "", args);
	wait_for("row 1 of 100,000");
	type("2");
	wait_for("remote addresses");
	for (int i = 0; i < 2; i++) { /* so that they were made twice */
		type("I");
		wait_for(i ? "\u25bc" : "\u25b2");
		wait_for("row 1 of");
	}
	most = resident_kb();
	type("1");
	wait_for("row 1 of 100,000");
	WAIT(resident_kb() < most - ROWS_KB);
	/* and they come again */
	type("2");
	wait_for("remote addresses");
	WAIT(resident_kb() > most - ROWS_KB);
	quit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pane_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
