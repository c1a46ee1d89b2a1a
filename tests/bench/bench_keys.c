/* SPDX-License-Identifier: MIT */
/*
 * bench_keys [--check] SKTOP N [OPTIONS]: how long a key waits for its frame. SKTOP runs
 * on a terminal of 200x60, before about N sockets in a namespace of its own, or, with
 * N = 0, before what the OPTIONS say (--synthetic ...). Keys are pressed at odd moments
 * while samples come in: letters in the prompt of the filter, moves, other orders, other
 * panes. Of those that want other rows two times are told: until the frame that shows
 * what was pressed (the mark of the order, the tab), and until its rows are there. Then
 * the CPU time of a move by itself, the screen frozen; memory and context switches.
 * --check fails when of some kind more than 1 % waited for longer than 16 ms: that needs
 * a calm machine.
 */
#include <err.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
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
#define LETTERS 400 /* typed within about 15 s: 15 samples and more */
#define MOVES 100
#define ORDERS 150
#define PANES 150
#define FRAME_MS 16
#define PATIENCE_MS 60000
#define SETTLE_MS 6000

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

/** What the screen says. */
struct view {
	int letters; /* 'z' in the last line */
	int mark;    /* of the order: where it stands, and which way it points; 0 = none */
	int pane;    /* digit of the tab that is lit */
	long row;    /* "row N of M"; 0 = not said: its rows are being made */
};

static VTermScreenCell cell_at(int row, int col)
{
	VTermScreenCell cell;

	vterm_screen_get_cell(t.screen, (VTermPos){ row, col }, &cell);
	return cell;
}

static void read_line(int line, char text[COLS + 1])
{
	for (int col = 0; col < COLS; col++) {
		uint32_t c = cell_at(line, col).chars[0];

		text[col] = c >= ' ' && c <= '~' ? (char)c : c ? '?' : ' ';
	}
	text[COLS] = '\0';
}

/* The digit of the tab that is not painted like the first one, which never is lit. */
static int lit_tab(int line)
{
	VTermScreenCell first = cell_at(line, 1);

	for (int col = 2; col < COLS - 1; col++) {
		VTermScreenCell cell = cell_at(line, col);

		if (cell.chars[0] >= '0' && cell.chars[0] <= '9' &&
		    cell_at(line, col + 1).chars[0] == ' ' &&
		    !vterm_color_is_equal(&cell.bg, &first.bg))
			return (int)cell.chars[0];
	}
	return 0;
}

/* U+25B2 or U+25BC beside the title of the column that sorts. */
static int mark_at(int line)
{
	for (int col = 0; col < COLS; col++) {
		uint32_t c = cell_at(line, col).chars[0];

		if (c == 0x25b2 || c == 0x25bc)
			return (line * COLS + col) * 2 + (c == 0x25b2);
	}
	return 0;
}

static struct view read_view(void)
{
	struct view view = { 0 };
	char text[COLS + 1], *row;
	int tabs = 0;

	for (int line = 1; line < 6 && !tabs; line++) {
		read_line(line, text);
		tabs = strstr(text, "0 Dashboard") ? line : 0;
	}
	read_line(ROWS - 1, text);
	for (int col = 0; col < COLS; col++)
		view.letters += text[col] == 'z';
	if (!tabs)
		return view;
	view.pane = lit_tab(tabs);
	read_line(tabs + 1, text);
	row = strstr(text, "row ");
	for (const char *digit = row ? row + 4 : ""; *digit && *digit != ' '; digit++)
		view.row = *digit == ',' ? view.row : view.row * 10 + (*digit - '0');
	for (int line = tabs + 2; line < tabs + 6 && !view.mark; line++)
		view.mark = mark_at(line);
	return view;
}

static double wait_until(bool (*shown)(const struct view *, const struct view *),
			 const struct view *before, double begin)
{
	struct view now = read_view();

	while (!shown(&now, before)) {
		pump(100);
		if (machine_now_ms() > begin + PATIENCE_MS)
			errx(1, "a frame never came");
		now = read_view();
	}
	return machine_now_ms() - begin;
}

static bool other_letters(const struct view *now, const struct view *before)
{
	return now->letters != before->letters;
}

static bool other_row(const struct view *now, const struct view *before)
{
	return now->row && now->row != before->row;
}

static bool other_mark(const struct view *now, const struct view *before)
{
	return now->mark && now->mark != before->mark;
}

static bool other_pane(const struct view *now, const struct view *before)
{
	return now->pane && now->pane != before->pane;
}

static bool has_rows(const struct view *now, const struct view *before)
{
	(void)before;
	return now->row != 0;
}

static void pass_time(double ms)
{
	double end = machine_now_ms() + ms, left;

	while ((left = end - machine_now_ms()) > 0)
		pump((int)left + 1);
}

static void press(const char *key)
{
	if (write(t.fd, key, strlen(key)) != (ssize_t)strlen(key))
		err(1, "write");
}

/* So that a key meets every part of a sample's way to the screen. */
static double odd_moment(void)
{
	static uint32_t seed = 1;

	seed = seed * 1664525U + 1013904223U;
	return (double)(seed >> 8) / (1 << 24);
}

/** Keys of one kind: how they are pressed, and what shows that they were. */
static struct kind {
	const char *what;
	const char *keys[6]; /* in turn */
	int n;
	double pause_ms; /* at most, beside a tenth of it */
	bool (*shown)(const struct view *now, const struct view *before);
	bool makes_rows; /* their rows come later */
	struct machine_series frame, rows;
} kinds[] = {
	{ .what = "a letter, or none", .keys = { "z", "\x7f" }, .n = LETTERS, .pause_ms = 50,
	  .shown = other_letters },
	{ .what = "Down, Up", .keys = { "\x1b[B", "\x1b[A" }, .n = MOVES, .pause_ms = 50,
	  .shown = other_row },
	{ .what = "PgDn, PgUp", .keys = { "\x1b[6~", "\x1b[5~" }, .n = MOVES, .pause_ms = 50,
	  .shown = other_row },
	{ .what = "the order reversed", .keys = { "I" }, .n = ORDERS, .pause_ms = 250,
	  .shown = other_mark, .makes_rows = true },
	{ .what = "another order", .keys = { "T", "A", "S", "P" }, .n = ORDERS, .pause_ms = 250,
	  .shown = other_mark, .makes_rows = true },
	{ .what = "another pane", .keys = { "2", "3", "6", "7", "1" }, .n = PANES,
	  .pause_ms = 250, .shown = other_pane, .makes_rows = true },
};

static void measure(struct kind *kind)
{
	int n_keys = 0;

	while (n_keys < 6 && kind->keys[n_keys])
		n_keys++;
	for (int i = 0; i < kind->n; i++) {
		struct view before;
		double begin;

		pass_time(kind->pause_ms / 10 + odd_moment() * kind->pause_ms);
		before = read_view();
		begin = machine_now_ms();
		press(kind->keys[i % n_keys]);
		machine_add(&kind->frame, wait_until(kind->shown, &before, begin));
		if (kind->makes_rows)
			machine_add(&kind->rows, wait_until(has_rows, &before, begin));
	}
}

static void print_series(const char *what, const char *until,
			 const struct machine_series *series)
{
	printf("%-18s to %-5s  median %.2f, 90 %% %.2f, 99 %% %.2f, worst %.2f ms\n", what,
	       until, machine_quantile(series, 0.5), machine_quantile(series, 0.9),
	       machine_quantile(series, 0.99), machine_quantile(series, 1));
}

/* True when every kind was answered in time. */
static bool print_kinds(void)
{
	bool in_time = true;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		print_series(kinds[i].what, "frame", &kinds[i].frame);
		if (kinds[i].makes_rows)
			print_series(kinds[i].what, "rows", &kinds[i].rows);
		in_time &= machine_quantile(&kinds[i].frame, 0.99) <= FRAME_MS;
	}
	return in_time;
}

static void measure_all(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool prompt = kinds[i].shown == other_letters;

		if (prompt) /* C-g leaves it */
			press("\\");
		pass_time(300);
		measure(&kinds[i]);
		if (prompt)
			press("\x07");
		pass_time(300);
	}
}

/* CPU time of the thread that draws. */
static double cpu_ms(void)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", t.pid, t.pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%lf", &ns) != 1)
		err(1, "%s", path);
	fclose(file);
	return ns / 1e6;
}

/* In the long run: of what was pressed last, and of frozen rows, nothing is left. */
static void settle(void)
{
	press("Z1");
	pass_time(SETTLE_MS);
}

/* Frozen, nothing is drawn but the keys' frames: what they cost, whatever there is. */
static void print_moves(void)
{
	static const struct {
		const char *what, *there, *back;
	} moves[] = { { "Down, Up", "\x1b[B", "\x1b[A" },
		      { "PgDn, PgUp", "\x1b[6~", "\x1b[5~" },
		      { "End and Home", "\x1b[F", "\x1b[H" } };

	press("Z");
	pass_time(1000);
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		double begin = cpu_ms();

		for (int k = 0; k < MOVES; k++) {
			struct view before;

			pass_time(5); /* the frame before is whole */
			before = read_view();
			press(k % 2 ? moves[i].back : moves[i].there);
			wait_until(other_row, &before, machine_now_ms());
		}
		printf("%-18s CPU time of a frame %.3f ms\n", moves[i].what,
		       (cpu_ms() - begin) / MOVES);
	}
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
	bool check = argc > 1 && strcmp(argv[1], "--check") == 0, in_time;
	struct machine_plan plan;
	struct view view;
	double begin;

	setlinebuf(stdout);
	argv += check;
	argc -= check;
	if (argc < 3)
		errx(2, "usage: bench_keys [--check] SKTOP N [OPTIONS]");
	plan = machine_mixed(atoi(argv[2]));
	if (atoi(argv[2]))
		machine_build(&plan);
	argv[2] = argv[1];
	begin = machine_now_ms();
	start(argv + 2);
	view = read_view();
	printf("first frame with rows %.0f ms\n", wait_until(has_rows, &view, begin));
	pass_time(2500);
	measure_all();
	in_time = print_kinds();
	print_moves();
	settle();
	print_use();
	if (check && !in_time)
		errx(1, "more than 1 %% of some keys waited for longer than %d ms",
		     FRAME_MS);
	return 0;
}
