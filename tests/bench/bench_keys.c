/* SPDX-License-Identifier: MIT */
/*
 * bench_keys SKTOP N [OPTIONS]: how long a key waits for its frame. SKTOP runs on a
 * terminal of 200x60, before about N sockets in a namespace of its own, or, with N = 0,
 * before what the OPTIONS say (--synthetic ...). Letters are typed into the prompt of
 * the filter at odd moments: each frame can be told from those of the samples. Then
 * the order is reversed, which sorts all rows. Prints quantiles, resident memory, CPU
 * time and context switches.
 */
#include <err.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>
#include "machine.h"

#define ROWS 60
#define COLS 200
#define KEYS 600    /* typed within about 20 s: 20 samples and more */
#define REVERSALS 8
#define PATIENCE_MS 60000

static struct {
	VTerm *vt;
	VTermScreen *screen;
	int fd;
	pid_t pid;
} t;

static void start(char *const argv[])
{
	struct winsize size = { .ws_row = ROWS, .ws_col = COLS };

	t.vt = vterm_new(ROWS, COLS);
	vterm_set_utf8(t.vt, 1);
	t.screen = vterm_obtain_screen(t.vt);
	vterm_screen_enable_altscreen(t.screen, 1);
	vterm_screen_reset(t.screen, 1);
	t.pid = forkpty(&t.fd, NULL, NULL, &size);
	if (t.pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execv(argv[0], argv);
		_exit(127);
	}
	if (t.pid < 0)
		err(1, "forkpty");
}

static void pump(int wait_ms)
{
	struct pollfd p = { .fd = t.fd, .events = POLLIN };
	char buffer[65536];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	n = read(t.fd, buffer, sizeof(buffer));
	if (n <= 0)
		errx(1, "the program has ended");
	vterm_input_write(t.vt, buffer, (size_t)n);
}

/* How many cells of the last line say 'z'. */
static int letters_typed(void)
{
	VTermScreenCell cell;
	int n = 0;

	for (int col = 0; col < COLS; col++) {
		vterm_screen_get_cell(t.screen, (VTermPos){ ROWS - 1, col }, &cell);
		n += cell.chars[0] == 'z';
	}
	return n;
}

/* U+25B2 or U+25BC beside the title of the column that sorts; 0 = none yet. */
static int sort_mark(void)
{
	VTermScreenCell cell;

	for (int i = 0; i < ROWS / 2 * COLS; i++) {
		vterm_screen_get_cell(t.screen, (VTermPos){ i / COLS, i % COLS }, &cell);
		if (cell.chars[0] == 0x25b2 || cell.chars[0] == 0x25bc)
			return (int)cell.chars[0];
	}
	return 0;
}

static void wait_for(int (*what)(void), int value)
{
	double end = machine_now_ms() + PATIENCE_MS;

	while (what() != value) {
		pump(100);
		if (machine_now_ms() > end)
			errx(1, "a frame never came");
	}
}

/* Milliseconds from a key to the frame that shows it. */
static double press(char key, int (*what)(void), int value)
{
	double begin = machine_now_ms();

	if (write(t.fd, &key, 1) != 1)
		err(1, "write");
	wait_for(what, value);
	return machine_now_ms() - begin;
}

static void pass_time(double ms)
{
	double end = machine_now_ms() + ms, left;

	while ((left = end - machine_now_ms()) > 0)
		pump((int)left + 1);
}

static void type_keys(struct machine_series *keys)
{
	uint32_t seed = 1;

	press('\\', letters_typed, 0);
	for (int i = 0; i < KEYS; i++) {
		seed = seed * 1664525U + 1013904223U;
		pass_time(5 + (double)(seed >> 8) / (1 << 24) * 50);
		/* one letter comes, the next key takes it away */
		keys->value[i] = i % 2 ? press(127, letters_typed, 0) :
					 press('z', letters_typed, 1);
	}
	keys->n = KEYS;
	pass_time(100);
	if (write(t.fd, "\x07", 1) != 1) /* C-g leaves the prompt */
		err(1, "write");
	pass_time(300);
}

static void reverse_order(struct machine_series *reversals)
{
	for (int i = 0; i < REVERSALS; i++) {
		int mark = sort_mark();

		reversals->value[i] = press('I', sort_mark,
					    mark == 0x25b2 ? 0x25bc : 0x25b2);
		pass_time(230);
	}
	reversals->n = REVERSALS;
}

static void print_keys(const char *what, const struct machine_series *series)
{
	printf("%-22s median %.2f, 90 %% %.2f, 99 %% %.2f, worst %.2f ms\n", what,
	       machine_quantile(series, 0.5), machine_quantile(series, 0.9),
	       machine_quantile(series, 0.99), machine_quantile(series, 1));
}

static void print_use(void)
{
	long rss = machine_status(t.pid, "VmRSS:"), peak = machine_status(t.pid, "VmHWM:");
	long given = machine_status(t.pid, "voluntary_ctxt_switches:");
	long taken = machine_status(t.pid, "nonvoluntary_ctxt_switches:");
	struct rusage use;

	kill(t.pid, SIGTERM);
	while (wait4(t.pid, NULL, WNOHANG, &use) == 0)
		usleep(1000);
	printf("memory %ld KiB (at most %ld); the screen's context switches: %ld, and %ld "
	       "forced; CPU %.2f s\n", rss, peak, given, taken,
	       (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
}

int main(int argc, char **argv)
{
	static struct machine_series keys, reversals;
	struct machine_plan plan;
	double begin;

	if (argc < 3)
		errx(2, "usage: bench_keys SKTOP N [OPTIONS]");
	plan = machine_mixed(atoi(argv[2]));
	if (atoi(argv[2]))
		machine_build(&plan);
	argv[2] = argv[1];
	begin = machine_now_ms();
	start(argv + 2);
	while (!sort_mark()) {
		pump(100);
		if (machine_now_ms() - begin > PATIENCE_MS)
			errx(1, "no first frame");
	}
	printf("first frame with rows %.0f ms\n", machine_now_ms() - begin);
	pass_time(2500);
	type_keys(&keys);
	reverse_order(&reversals);
	print_keys("key to frame", &keys);
	print_keys("reversing the order", &reversals);
	print_use();
	return 0;
}
