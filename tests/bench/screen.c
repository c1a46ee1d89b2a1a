/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <err.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>
#include "machine.h"
#include "screen.h"

#define ROWS 60
#define COLS 200
#define FRAMES 20
#define SETTLE 5 /* ticks, until memory and owners are there */
#define QUIET_MS 20 /* no byte for so long: the frame is whole */
#define PATIENCE_MS 120000
#define REDRAW 0x0c /* ^L */

/** The program, and what its terminal shows. */
struct screen {
	VTerm *vt;
	VTermScreen *cells;
	int fd;
	pid_t pid;
};

/** What the kernel has counted of all its threads. */
struct use {
	double cpu_ms, screen_ms; /* of all; of the thread that draws */
	long given, forced;
};

static void start(struct screen *s, const char *sktop, double interval)
{
	struct winsize size = { .ws_row = ROWS, .ws_col = COLS };
	char delay[16];

	snprintf(delay, sizeof(delay), "%g", interval);
	s->vt = vterm_new(ROWS, COLS);
	vterm_set_utf8(s->vt, 1);
	s->cells = vterm_obtain_screen(s->vt);
	vterm_screen_enable_altscreen(s->cells, 1);
	vterm_screen_reset(s->cells, 1);
	s->pid = forkpty(&s->fd, NULL, NULL, &size);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execl(sktop, sktop, "-d", delay, (char *)NULL);
		_exit(127);
	}
	if (s->pid < 0)
		err(1, "forkpty");
}

/* Reads what comes within wait_ms; false: nothing did. */
static bool pump(struct screen *s, int wait_ms)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char buffer[65536];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return false;
	n = read(s->fd, buffer, sizeof(buffer));
	if (n <= 0)
		errx(1, "sktop has ended on its terminal");
	vterm_input_write(s->vt, buffer, (size_t)n);
	return true;
}

/* U+25B2 or U+25BC beside the title of the column that sorts: there are rows. */
static bool has_rows(struct screen *s)
{
	VTermScreenCell cell;

	for (int i = 0; i < ROWS / 2 * COLS; i++) {
		vterm_screen_get_cell(s->cells, (VTermPos){ i / COLS, i % COLS }, &cell);
		if (cell.chars[0] == 0x25b2 || cell.chars[0] == 0x25bc)
			return true;
	}
	return false;
}

/* The first line has the time of the sample, and how long it took. */
static void read_header(struct screen *s, uint32_t header[COLS])
{
	VTermScreenCell cell;

	for (int col = 0; col < COLS; col++) {
		vterm_screen_get_cell(s->cells, (VTermPos){ 0, col }, &cell);
		header[col] = cell.chars[0];
	}
}

/* What the first line says when a sample takes longer than the interval. */
static bool says_rows_only(const uint32_t header[COLS])
{
	static const char words[] = "rows every";
	size_t n = 0;

	for (int col = 0; col < COLS && words[n]; col++)
		n = header[col] == (uint32_t)words[n] ? n + 1 : 0;
	return !words[n];
}

/*
 * Waits until the first line is another, and all of the frame is there. Returns
 * whether all sockets were looked at, not the rows on the screen alone.
 */
static bool wait_for_tick(struct screen *s)
{
	double end = machine_now_ms() + PATIENCE_MS;
	uint32_t before[COLS], header[COLS];

	read_header(s, before);
	do {
		if (machine_now_ms() > end)
			errx(1, "sktop shows no other sample");
		for (int wait_ms = 100; pump(s, wait_ms); wait_ms = QUIET_MS)
			;
		read_header(s, header);
	} while (memcmp(before, header, sizeof(header)) == 0);
	return !says_rows_only(header);
}

static double thread_ms(const char *task, const char *tid)
{
	char path[128];
	unsigned long long ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%.60s/%.20s/schedstat", task, tid);
	file = fopen(path, "r");
	if (file && fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	if (file)
		fclose(file);
	return (double)ns / 1e6;
}

static struct use read_use(pid_t pid)
{
	struct use use = { 0 };
	struct dirent *entry;
	char task[64];
	DIR *dir;

	snprintf(task, sizeof(task), "/proc/%d/task", (int)pid);
	dir = opendir(task);
	while (dir && (entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (!tid)
			continue;
		use.cpu_ms += thread_ms(task, entry->d_name);
		if (tid == pid)
			use.screen_ms = thread_ms(task, entry->d_name);
		/* /proc/TID is there, too, though no listing shows it */
		use.given += machine_status(tid, "voluntary_ctxt_switches:");
		use.forced += machine_status(tid, "nonvoluntary_ctxt_switches:");
	}
	if (dir)
		closedir(dir);
	return use;
}

/* CPU time of threads is in schedstat alone: 0 means that there is none. */
static void add_cpu(struct table *table, enum row row, double ms, double parts)
{
	if (ms > 0)
		table_add(table, row, ms / parts);
	else
		table_leave_out(table, row, "this kernel has no schedstat");
}

static void watch_ticks(struct screen *s, double interval, int ticks, struct table *table)
{
	struct use before, after;
	double begin, passed;
	int stretched = 0;

	for (int i = 0; i < SETTLE; i++)
		wait_for_tick(s);
	before = read_use(s->pid);
	begin = machine_now_ms();
	for (int i = 0; i < ticks; i++)
		stretched += !wait_for_tick(s);
	after = read_use(s->pid);
	passed = (machine_now_ms() - begin) / (interval * 1e3);
	add_cpu(table, TICK, after.cpu_ms - before.cpu_ms, passed);
	add_cpu(table, TICK_SCREEN, after.screen_ms - before.screen_ms, passed);
	table_add(table, GIVEN, (double)(after.given - before.given) / passed);
	table_add(table, FORCED, (double)(after.forced - before.forced) / passed);
	table_add(table, STRETCHED, 100.0 * stretched / ticks);
}

static void type(struct screen *s, char key)
{
	if (write(s->fd, &key, 1) != 1)
		err(1, "typing");
}

/* Frozen, so that no tick comes between. */
static void watch_frames(struct screen *s, struct table *table)
{
	double before;

	type(s, 'Z');
	while (pump(s, 300))
		;
	before = read_use(s->pid).screen_ms;
	for (int i = 0; i < FRAMES; i++) {
		type(s, REDRAW);
		pump(s, 1000);
		while (pump(s, QUIET_MS))
			;
	}
	add_cpu(table, FRAME, read_use(s->pid).screen_ms - before, FRAMES);
}

void screen_measure(const char *sktop, double interval, int ticks, unsigned sockets,
		    struct table *table)
{
	double begin = machine_now_ms();
	struct screen s;
	long rss;

	start(&s, sktop, interval);
	while (!has_rows(&s)) {
		pump(&s, 100);
		if (machine_now_ms() - begin > PATIENCE_MS)
			errx(1, "%s: no frame with rows", sktop);
	}
	table_add(table, FIRST_FRAME, machine_now_ms() - begin);
	watch_ticks(&s, interval, ticks, table);
	rss = machine_status(s.pid, "VmRSS:");
	table_add(table, RSS, (double)rss);
	table_add(table, BYTES_WHOLE, (double)rss * 1024 / sockets);
	watch_frames(&s, table);
	table_add(table, PEAK, (double)machine_status(s.pid, "VmHWM:"));
	kill(s.pid, SIGTERM);
	close(s.fd); /* what it says at its end is not read */
	waitpid(s.pid, NULL, 0);
	vterm_free(s.vt);
}
