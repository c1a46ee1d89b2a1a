/* SPDX-License-Identifier: MIT */
/*
 * What holds in every pane: the tab of the current pane can be read whole, and each key
 * on the key bar does something. The panes come from SK_PANES, so that a new one is
 * tested too. The source ends after one sample: then only keys change the screen.
 */
#include <sktop/panes.h>
#include "../testing.h"
#include "terminal.h"

#define PANE_NAME(id, name, digit, build, help) #name,
static const char *const panes[SK_PANE_COUNT] = { "dashboard", SK_PANES(PANE_NAME) };

static void start(int cols, const char *pane)
{
	const char *const args[] = { "--synthetic", "sockets=60,churn=5,samples=1,seed=1",
				     "-n", "-d", "0.1", "--pane", pane, NULL };

	start_env(24, cols, "NO_COLOR=1", args);
}

static VTermScreenCell cell_at(int row, int col)
{
	VTermScreenCell cell;

	vterm_screen_get_cell(t.screen, (VTermPos){ row, col }, &cell);
	return cell;
}

/* The reversed cells of the first line that has some: the tab of the current pane. */
static const char *current_tab(void)
{
	static char text[64];
	size_t n = 0;

	for (int row = 0; row < t.rows && !n; row++) {
		for (int col = 0; col < t.cols && n + 1 < sizeof(text); col++) {
			VTermScreenCell cell = cell_at(row, col);

			if (cell.attrs.reverse)
				text[n++] = cell.chars[0] ? (char)cell.chars[0] : ' ';
		}
	}
	text[n] = '\0';
	return text;
}

static const char *without_blanks(const char *text)
{
	static char packed[64];
	size_t n = 0;

	for (; *text && n + 1 < sizeof(packed); text++) {
		if (*text != ' ')
			packed[n++] = *text;
	}
	packed[n] = '\0';
	return packed;
}

/* On a bar that scrolls, a tab has a blank at either end: without them, it is cut. */
static bool is_whole(const char *tab)
{
	return tab[0] == ' ' && strlen(tab) > 3 && tab[strlen(tab) - 1] == ' ';
}

/* 60 columns are too few for all tabs; what is whole there is so at other widths. */
TEST(test_current_tab)
{
	static const int widths[] = { 60, 80, 40 };
	char tab[SK_PANE_COUNT][64] = { "" };

	for (int i = 0; i < SK_PANE_COUNT; i++) {
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
			start(widths[w], panes[i]);
			if (w == 0) {
				WAIT(is_whole(current_tab()));
				snprintf(tab[i], sizeof(tab[i]), "%s",
					 without_blanks(current_tab()));
			}
			WAIT(strcmp(without_blanks(current_tab()), tab[i]) == 0);
			quit();
		}
		for (int other = 0; other < i; other++)
			assert_string_not_equal(tab[other], tab[i]);
	}
}

/* The text of the screen without its last line, to be freed. */
static char *text_above(void)
{
	VTermRect rect = { 0, t.rows - 1, 0, t.cols };
	size_t size = (size_t)t.rows * (size_t)t.cols * 4 + 1;
	char *text = malloc(size);

	assert_non_null(text);
	text[vterm_screen_get_text(t.screen, text, size - 1, rect)] = '\0';
	return text;
}

/* Starts, and waits until the last sample is drawn whole: the same text twice. */
static void start_still(const char *pane)
{
	bool still = false;

	start(160, pane);
	wait_for("last sample");
	wait_for("F10Quit");
	while (!still) {
		char *before = text_above(), *after;

		assert_true(pump(50));
		after = text_above();
		still = strcmp(before, after) == 0;
		free(before);
		free(after);
	}
}

/* Keys are bold on the key bar, their labels are not. Returns how many there are. */
static int read_key_bar(char keys[][16], int max)
{
	bool in_key = false;
	int n = 0;
	size_t len = 0;

	for (int col = 0; col < t.cols; col++) {
		VTermScreenCell cell = cell_at(t.rows - 1, col);
		bool bold = cell.attrs.bold && cell.chars[0] > ' ';

		if (bold && !in_key) {
			assert_true(n < max);
			len = 0;
			memset(keys[n++], 0, 16);
		}
		if (bold && len < 15)
			keys[n - 1][len++] = (char)cell.chars[0];
		in_key = bold;
	}
	return n;
}

/* Types a key by the name that the key bar has for it. */
static void type_named(const char *key)
{
	static const char *const f[] = { "\033OP",   "\033OQ",   "\033OR",	"\033OS",
					 "\033[15~", "\033[17~", "\033[18~", "\033[19~",
					 "\033[20~", "\033[21~" };
	int number = key[0] == 'F' ? atoi(key + 1) : 0;

	if (number >= 1 && number <= 10)
		type(f[number - 1]);
	else if (strlen(key) == 1)
		type(key);
	else if (strcmp(key, "Enter") == 0)
		type("\r");
	else if (strcmp(key, "Tab") == 0)
		type("\t");
	else if (strcmp(key, "Space") == 0)
		type(" ");
	else
		fail_msg("this test does not know how to type %s", key);
}

/* A refusal is told on the last line and changes nothing above; a prompt stands there. */
static bool did_something(const char *before)
{
	char *now = text_above();
	const char *last = row_text(t.rows - 1);
	bool changed = strcmp(now, before) != 0 || strstr(last, "Search: ") ||
		       strstr(last, "Filter: ");

	free(now);
	return changed;
}

static void end_at_once(void)
{
	kill(t.pid, SIGKILL);
	finish();
	vterm_free(t.vt);
}

static void press_one(const char *pane, const char *key)
{
	long end = now_ms() + PATIENCE_MS;
	char *before;

	start_still(pane);
	if (strcmp(key, "=") == 0) /* there must be something to drop */
		press("Z", "FROZEN");
	before = text_above();
	type_named(key);
	if (strcmp(key, "F10") == 0) {
		assert_int_equal(finish(), 0);
		vterm_free(t.vt);
	} else {
		while (!did_something(before)) {
			if (!pump(50) || now_ms() > end)
				fail_msg("the key bar of %s names %s, which does nothing: '%s'",
					 pane, key, row_text(t.rows - 1));
		}
		end_at_once();
	}
	free(before);
}

TEST(test_key_bar_of_every_pane)
{
	char keys[24][16];
	bool no_rows;
	int n;

	for (int i = 0; i < SK_PANE_COUNT; i++) {
		start_still(panes[i]);
		no_rows = find_row("no rows") >= 0;
		n = read_key_bar(keys, 24);
		quit();
		assert_true(n >= 6);
		if (no_rows && strcmp(panes[i], "events") != 0)
			fail_msg("the first sample has no rows for %s", panes[i]);
		for (int k = 0; k < n; k++) {
			/* there is no row to tag: the pane says so */
			if (!no_rows || strcmp(keys[k], "Space") != 0)
				press_one(panes[i], keys[k]);
		}
	}
}
