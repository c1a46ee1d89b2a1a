/* SPDX-License-Identifier: MIT */
/*
 * A source whose names were not cleaned, and several namespaces, on the screen.
 */
#include "../testing.h"
#include <sys/socket.h>
#include <sys/un.h>
#include "terminal.h"

#define HOSTILE "sockets=30,links=2,netns=3,hostile=1,freeze=2,seed=1"
#define R "\xef\xbf\xbd" /* U+FFFD */
#define MANY "sockets=60,netns=5,freeze=2,seed=1"

static void start_spec(const char *spec, const char *pane)
{
	const char *const argv[] = { SKTOP_BIN, "--synthetic", spec, "-d", "0.1",
				     "-p", "-x", "-t", "--pane", pane, NULL };

	start_program(24, 150, "", argv);
}

static void start_filtered(const char *filter)
{
	const char *const argv[] = { SKTOP_BIN, "--synthetic", MANY, "-d", "0.1", filter, NULL };

	start_program(24, 150, "", argv);
}

static void end_program(void)
{
	type("q");
	finish();
	vterm_free(t.vt);
}

/* One row each, in place, and the frame around it stands. */
TEST(test_names_stay_in_their_cells)
{
	start_spec(HOSTILE, "connections");
	wait_for("x" R "[2J" R "]0;t" R R R "\"q\",");
	wait_for("Remote Address");
	assert_int_equal(find_row("sktop "), 0);
	press("4", "row 1 of 2");
	wait_for("x" R "[2J" R "]0;t" R R R "\"q");
	assert_int_equal(find_row("sktop "), 0);
	type("6");
	wait_for("ESTAB"); /* of its headings */
	wait_for("x" R "[2J" R "]0;t");
	assert_int_equal(find_row("sktop "), 0);
	end_program();
}

TEST(test_namespaces)
{
	start_spec(MANY, "connections");
	wait_for("5 namespaces");
	assert_int_equal(find_row("NetNS"), find_row("Remote Address"));
	press("5", "of the namespace self only");
	type("1");
	wait_gone("of the namespace self only");
	press("\\netns = web2\r", "Filter: netns = web2");
	wait_gone("web3");
	wait_for("web2 ");
	end_program();
}

#define E_ACUTE "e\xcc\x81" /* e and a mark that takes no cell */

/* A listening unix socket of an abstract name that ends in -utf8. */
static int listen_as(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int len = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s-%d-utf8", name,
			   (int)getpid());

	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
					  (size_t)len)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* The column where a word of ASCII begins on a row; -1 = it is not there. */
static int column_of(int row, const char *word)
{
	for (int col = 0; col < t.cols; col++) {
		size_t n = 0;

		while (word[n] && col + (int)n < t.cols) {
			VTermPos pos = { row, col + (int)n };
			VTermScreenCell cell;

			vterm_screen_get_cell(t.screen, pos, &cell);
			if (cell.chars[0] != (uint32_t)word[n])
				break;
			n++;
		}
		if (!word[n])
			return col;
	}
	return -1;
}

/* Whatever stands before it, the next column begins where its heading does. */
static void check_columns(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		wait_for(names[i]);
		WAIT(column_of(find_row(names[i]), "LISTEN") == column_of(find_row("Recv-Q"), "State"));
	}
}

TEST(test_wide_names)
{
	static const char *const names[] = { "@gr\xc3\xb6\xc3\x9f" "e-",
					     "@\xe4\xb8\xad\xe6\x96\x87\xe5\x8f\xa3-",
					     "@caf" E_ACUTE "-", "@raw" R R "-" };
	static const char *const ascii[] = { "@gr??e-", "@??" "?-", "@cafe?-", "@raw?" "?-" };
	const int fds[] = { listen_as(names[0] + 1), listen_as(names[1] + 1),
			    listen_as(names[2] + 1), listen_as("raw\xff\xfe-") };
	char filter[40];
	const char *const options[] = { "-x", "-l", "-d", "0.2", "--columns",
					"local,state,recv-q", filter, NULL };

	snprintf(filter, sizeof(filter), "src unix:*-%d-utf8", (int)getpid());
	start_env(24, 100, "", options);
	check_columns(names, 4);
	end_program();
	/* the mark alone is lacking: it is one of those that are replaced */
	start_env(24, 100, "LC_ALL=C", options);
	check_columns(ascii, 4);
	end_program();
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

/* Rows that are alike but for their namespace have it on a narrow screen, too. */
TEST(test_narrow_namespaces)
{
	const char *const argv[] = { SKTOP_BIN, "--synthetic", MANY, "-d", "0.1", "--pane",
				     "routes", NULL };

	start_program(24, 80, "", argv);
	wait_for("Gateway");
	wait_for("NetNS");
	assert_int_equal(find_row("NetNS"), find_row("Gateway"));
	press("t", "Priority");
	assert_true(find_row("NetNS") >= 0);
	assert_int_equal(find_row("NetNS"), find_row("Priority"));
	end_program();
}

/* The pane of events has the filter of the command line, or says that it has not. */
TEST(test_events_filter)
{
	start_filtered("dport = 443");
	wait_for("Filter: dport = 443");
	press("8", "sockets destroyed since");
	wait_for("Filter: dport = 443");
	type("=");
	wait_gone("Filter:");
	wait_for("not filtered"); /* the sockets still are */
	end_program();
	start_filtered("cwnd > 0");
	wait_for("Filter: cwnd > 0");
	press("8", "sockets destroyed since");
	wait_for("not filtered");
	end_program();
}
