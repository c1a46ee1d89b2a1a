/* SPDX-License-Identifier: MIT */
/*
 * Before samples that take long, panes without rates spare the kernel tcp_info, and only
 * then.
 */
#include "terminal.h"

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
	start_env(40, 120, "", (const char *const[]){ NULL });
	wait_for("(with tcp_info)");
	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++) {
		type(panes[i].key);
		wait_for(panes[i].words);
	}
	quit();
}

static void test_cheap(void **state)
{
	(void)state;
	start_env(40, 120, "", (const char *const[]){ "cheap", NULL });
	wait_for("(with tcp_info)");
	type("3");
	wait_for("Transitions");
	wait_for("(with tcp_info)");
	quit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
