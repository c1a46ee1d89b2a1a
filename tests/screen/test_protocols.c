/* SPDX-License-Identifier: MIT */
/*
 * Sockets of other kinds on the screen, and the menu that chooses them. Runs among the
 * sockets of make_families, one of whose names is hostile.
 */
#include "../testing.h"
#include "terminal.h"

#define SKIPPED 77

static void start_among(const char *option, const char *sort)
{
	const char *const argv[] = { MAKE_FAMILIES_BIN, SKTOP_BIN, "-d", "0.2", option,
				     sort ? "--sort" : NULL, sort, NULL };

	start_program(30, 140, "", argv);
}

/* Every subflow stands below its connection or a sibling, and there are some. */
static bool subflows_stand(void)
{
	int n = 0;

	for (int row = 1; row < t.rows; row++) {
		if (!strstr(row_text(row), "`-tcp"))
			continue;
		n++;
		if (!strstr(row_text(row - 1), "mptcp ") && !strstr(row_text(row - 1), "`-tcp"))
			return false;
	}
	return n > 0;
}

static void end_program(void)
{
	type("q");
	finish(); /* make_families ends with the status of the program */
	vterm_free(t.vt);
}

TEST(test_unix)
{
	start_among("-x", NULL);
	wait_for("/plain");
	wait_for("@two@parts");
	wait_for("u_seq");
	WAIT(find_row("unix 15") >= 0);
	/* no columns that say nothing of unix sockets */
	assert_true(find_row("TX/s") < 0 && find_row("Retr") < 0);
	/* the escape sequences of a name are shown, not obeyed */
	wait_for("evil\xef\xbf\xbd]0;x\xef\xbf\xbd\xef\xbf\xbd");
	assert_true(find_row("\xe2\x80\xae") < 0);
	press("\r", "Kind");
	wait_for("type");
	type("\033");
	wait_gone("Kind");
	end_program();
}

TEST(test_menu)
{
	start_among("-t", NULL);
	wait_for("TX/s");
	assert_true(find_row("u_str") < 0);
	press("o", "[x] TCP");
	wait_for("[ ] unix");
	type("Gkkkkk "); /* the end, up to unix, choose it */
	wait_for("[x] unix");
	type("g "); /* TCP goes */
	wait_for("[ ] TCP");
	press("\033", "u_str");
	wait_gone("TX/s");
	/* the last one stays: nothing is no choice */
	press("o", "[x] unix");
	type("Gkkkkk ");
	press("g ", "[x] TCP");
	press("\033", "TX/s");
	end_program();
}

TEST(test_subflows)
{
	start_among("-M", "proto");
	wait_for("mptcp"); /* a row, or that this kernel has none */
	if (find_row("not available") >= 0) {
		end_program();
		skip();
	}
	wait_for("MPTCP");
	press("o", "[x] MPTCP");
	press("g ", "[x] TCP");
	type("\033");
	wait_gone("[x] TCP");
	WAIT(subflows_stand()); /* though the sort puts TCP first */
	type("R");
	WAIT(subflows_stand() && find_row("mptcp LISTEN") < find_row("`-tcp LISTEN"));
	end_program();
}

int main(void)
{
	if (system(MAKE_FAMILIES_BIN " true") != 0)
		return SKIPPED;
	return testing_run(NULL, NULL);
}
