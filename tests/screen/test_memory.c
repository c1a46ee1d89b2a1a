/* SPDX-License-Identifier: MIT */
/*
 * Memory of the screen: a pane takes what its rows need, and gives it back when it is
 * left; between two samples there is nothing that only the next one will need.
 */
#include <sktop/sample.h>
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

/* Of its own, without the pages of files, which come and go. */
static long anonymous_kb(void)
{
	char path[64], line[256];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", t.pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (kb < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "Anonymous: %ld", &kb);
	fclose(file);
	assert_true(kb > 0);
	return kb;
}

/* By the clock of the first line: two samples are there, and the memory of a third. */
static void wait_for_samples(void)
{
	char before[256];

	for (int i = 0; i < 3; i++) {
		snprintf(before, sizeof(before), "%.255s", row_text(0));
		WAIT(strncmp(before, row_text(0), sizeof(before) - 1) != 0);
	}
}

/* What so many more sockets take, each with so many bytes. */
static long more_kb(size_t bytes)
{
	return (long)((100000 - 20000) * bytes / 1024);
}

/*
 * Two samples and the one before them, which a source that repeats itself needs kept, the order
 * of the rows on the screen, and what the generator has of each socket itself. In all three
 * samples a socket that moves has a flow beside it. One list of rows more would be 4 bytes a
 * socket, what they are sorted with 8.
 */
static void test_each_socket(void **state)
{
	const char *args[] = { "--synthetic", "sockets=20000,churn=0,seed=1", NULL };
	const size_t least = sizeof(struct sk_detached) +
			     3 * (sizeof(struct sk_socket) + sizeof(struct sk_flow));
	long few, many;

	(void)state;
#ifdef HAS_ITS_ALLOCATOR
	skip();
#endif
	start_env(24, 120, "", args);
	wait_for("row 1 of 20,000");
	wait_for_samples();
	few = anonymous_kb();
	for (int i = 0; i < 20; i++) { /* the least: no rows are being made */
		pump(50);
		many = anonymous_kb();
		few = many < few ? many : few;
	}
	quit();
	args[1] = "sockets=100000,churn=0,seed=1";
	start_env(24, 120, "", args);
	wait_for("row 1 of 100,000");
	wait_for_samples();
	for (int i = 0; i < 2; i++) {
		type("I");
		wait_for(i ? "\u25bc" : "\u25b2");
		WAIT((many = anonymous_kb()) < few + more_kb(least + 4 + 2));
	}
	print_message("%ld KiB before 20,000 sockets, %ld before 100,000\n", few, many);
	quit();
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
	wait_for_samples();
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
		cmocka_unit_test(test_each_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
