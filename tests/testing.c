/* SPDX-License-Identifier: MIT */
#include "testing.h"
#include <stdlib.h>

static struct CMUnitTest tests[64];
static size_t n_tests;

void testing_add(const struct CMUnitTest *test)
{
	if (n_tests == sizeof(tests) / sizeof(tests[0]))
		abort();
	tests[n_tests++] = *test;
}

int testing_run(CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
	return _cmocka_run_group_tests("tests", tests, n_tests, set_up, tear_down);
}
