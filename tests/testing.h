/* SPDX-License-Identifier: MIT */
/*
 * TEST(name) { ... } is a test; it may use its argument "state". A program runs all of its
 * tests, in the order of the file. main() is in testing_main.c, unless the program has its own.
 */
#ifndef SKTOP_TESTS_TESTING_H
#define SKTOP_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TEST_WITH(name, before, after)                                                \
	static void name(void **state);                                               \
	__attribute__((constructor(1000 + __LINE__))) static void add_##name(void)    \
	{                                                                             \
		testing_add(&(struct CMUnitTest){ #name, name, before, after, NULL }); \
	}                                                                             \
	static void name(__attribute__((unused)) void **state)
#define TEST(name) TEST_WITH(name, NULL, NULL)
/** A test between the program's own set_up() and tear_down(). */
#define FRESH(name) TEST_WITH(name, set_up, tear_down)

void testing_add(const struct CMUnitTest *test);

/** Runs the tests between set_up and tear_down; returns the exit status. */
int testing_run(CMFixtureFunction set_up, CMFixtureFunction tear_down);

#endif
