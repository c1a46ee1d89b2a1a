/* SPDX-License-Identifier: MIT */
/*
 * A program on a pseudo-terminal, before a virtual one. Waiting is for words to appear,
 * never for time to pass.
 */
#ifndef SKTOP_TESTS_TERMINAL_H
#define SKTOP_TESTS_TERMINAL_H

#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <vterm.h>

#define UNUSED __attribute__((unused))
#define PATIENCE_MS 30000

struct term {
	VTerm *vt;
	VTermScreen *screen;
	int fd;
	pid_t pid;
	int rows, cols;
	bool alternate;
};

static struct term t;

static UNUSED int on_prop(VTermProp prop, VTermValue *value, void *user)
{
	(void)user;
	if (prop == VTERM_PROP_ALTSCREEN)
		t.alternate = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_prop };

static UNUSED void start_program(int rows, int cols, const char *env, const char *const argv[])
{
	struct winsize size = { .ws_row = (unsigned short)rows,
				.ws_col = (unsigned short)cols };

	memset(&t, 0, sizeof(t));
	t.rows = rows;
	t.cols = cols;
	t.vt = vterm_new(rows, cols);
	vterm_set_utf8(t.vt, 1);
	t.screen = vterm_obtain_screen(t.vt);
	vterm_screen_enable_altscreen(t.screen, 1);
	vterm_screen_set_callbacks(t.screen, &callbacks, NULL);
	vterm_screen_reset(t.screen, 1);
	t.pid = forkpty(&t.fd, NULL, NULL, &size);
	assert_true(t.pid >= 0);
	if (t.pid == 0) {
		char copy[64], *equals;

		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		unsetenv("NO_COLOR");
		snprintf(copy, sizeof(copy), "%s", env);
		equals = strchr(copy, '=');
		if (equals) {
			*equals = '\0';
			setenv(copy, equals + 1, 1);
		}
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
}

static UNUSED void start_env(int rows, int cols, const char *env, const char *const args[])
{
	const char *argv[16] = { SKTOP_BIN };

	for (int i = 0; i < 14 && args[i]; i++)
		argv[i + 1] = args[i];
	start_program(rows, cols, env, argv);
}

/* Feeds what the program wrote; false at the end of its output. */
static UNUSED bool pump(int wait_ms)
{
	struct pollfd p = { .fd = t.fd, .events = POLLIN };
	char buffer[65536];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return true;
	n = read(t.fd, buffer, sizeof(buffer));
	if (n <= 0)
		return false;
	vterm_input_write(t.vt, buffer, (size_t)n);
	return true;
}

static UNUSED char *row_text(int row)
{
	static char text[4096];
	VTermRect rect = { row, row + 1, 0, t.cols };
	size_t n = vterm_screen_get_text(t.screen, text, sizeof(text) - 1, rect);

	text[n] = '\0';
	return text;
}

static UNUSED int find_row(const char *words)
{
	for (int row = 0; row < t.rows; row++) {
		if (strstr(row_text(row), words))
			return row;
	}
	return -1;
}

static UNUSED long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static UNUSED int wait_for(const char *words)
{
	long end = now_ms() + PATIENCE_MS;

	while (find_row(words) < 0) {
		if (!pump(50) || now_ms() > end) {
			for (int row = 0; row < t.rows; row++)
				print_message("|%s|\n", row_text(row));
			fail_msg("'%s' never came", words);
		}
	}
	return find_row(words);
}

static UNUSED void wait_gone(const char *words)
{
	long end = now_ms() + PATIENCE_MS;

	while (find_row(words) >= 0) {
		if (!pump(50) || now_ms() > end)
			fail_msg("'%s' never went", words);
	}
}

/* A frame can arrive in pieces: what must hold is waited for, not glimpsed. */
#define WAIT(condition)                                                              \
	do {                                                                         \
		long end_ = now_ms() + PATIENCE_MS;                                  \
		while (!(condition)) {                                               \
			if (!pump(50) || now_ms() > end_)                            \
				fail_msg("never: %s", #condition);                   \
		}                                                                    \
	} while (0)

static UNUSED void type(const char *keys)
{
	assert_int_equal(write(t.fd, keys, strlen(keys)), strlen(keys));
}

static UNUSED void press(const char *keys, const char *words)
{
	type(keys);
	wait_for(words);
}

/* Waits for the end; returns the wait status. */
static UNUSED int finish(void)
{
	long end = now_ms() + PATIENCE_MS;
	int status = -1;

	while (waitpid(t.pid, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			kill(t.pid, SIGKILL);
			waitpid(t.pid, &status, 0);
			fail_msg("it did not end");
		}
		pump(20);
	}
	while (pump(0)) {
		struct pollfd p = { .fd = t.fd, .events = POLLIN };

		if (poll(&p, 1, 0) <= 0)
			break;
	}
	close(t.fd);
	return status;
}

static UNUSED void quit(void)
{
	type("q");
	assert_int_equal(finish(), 0);
	assert_false(t.alternate);
	vterm_free(t.vt);
}

#endif
