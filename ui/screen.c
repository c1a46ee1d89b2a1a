/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <sktop/array.h>
#include <sktop/leave.h>
#include <sktop/types.h>
#include "screen.h"
#include <term.h>

/* Gives the terminal back when curses cannot: all that a signal handler may read. */
static struct {
	volatile sig_atomic_t taken; /* the terminal is ours */
	struct termios modes;
	char text[256]; /* puts it back into its usual state */
} restore;

/* The text of a capability, without the pauses that old terminals need. */
static void add_capability(const char *name)
{
	const char *from = tigetstr(name);
	size_t len = strlen(restore.text);

	if (!from || from == (char *)-1)
		return;
	while (*from && len + 1 < sizeof(restore.text)) {
		const char *end = from[0] == '$' && from[1] == '<' ? strchr(from, '>') : NULL;

		if (end)
			from = end + 1;
		else
			restore.text[len++] = *from++;
	}
	restore.text[len] = '\0';
}

static void note_terminal(const struct screen *screen)
{
	static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };

	snprintf(restore.text, sizeof(restore.text), "%s", screen->mouse_off);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_capability(names[i]);
	restore.taken = 1;
}

/*
 * Runs in a signal handler. The terminal may take no output, because a key stopped it or
 * nobody reads. The output that waits is thrown away, which makes room for these few bytes.
 */
static void put_back_terminal(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	ssize_t n;

	if (!restore.taken)
		return;
	signal(SIGTTOU, SIG_IGN); /* in the background too */
	tcflow(STDOUT_FILENO, TCOOFF); /* only what is off by this goes on by the next one */
	tcflush(STDOUT_FILENO, TCOFLUSH);
	tcflow(STDOUT_FILENO, TCOON);
	fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	n = write(STDOUT_FILENO, restore.text, strlen(restore.text));
	(void)n; /* no room: the modes at least */
	fcntl(STDOUT_FILENO, F_SETFL, flags);
	tcsetattr(STDIN_FILENO, TCSANOW, &restore.modes);
}

/*
 * Signals that end the program are not blocked while it writes to a terminal that takes
 * nothing; what stops or resizes us waits for the loop.
 */
static int open_signals(struct screen *screen)
{
	static const int ends[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, &screen->old_mask);
	screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return screen->signals < 0 ? -errno :
				     sk_leave_open(ends, ARRAY_SIZE(ends),
						   put_back_terminal);
}

/*
 * Takes the keys that curses has from terminfo, but for clicks, which are read here in any
 * case.
 */
static void find_keys(struct screen *screen)
{
	for (int code = KEY_MIN; code <= KEY_MAX; code++) {
		char *bytes;

		for (int i = 0; code != KEY_MOUSE && screen->n_keys < SCREEN_KEYS &&
				(bytes = keybound(code, i)) != NULL; i++) {
			/* longer ones are none, and would fill the input without an end */
			if (*bytes && strlen(bytes) < INPUT_ROOM)
				screen->keys[screen->n_keys++] =
					(struct input_key){ bytes, code };
			else
				free(bytes);
		}
	}
	screen->input.keys = screen->keys;
	screen->input.n_keys = screen->n_keys;
}

/*
 * Clicks are read as terminfo says that the terminal sends them. curses' mousemask() is not
 * used: on the console it takes the mouse away from gpm's selection of text, for nothing.
 */
static void find_mouse(struct screen *screen)
{
	const char *mouse = tigetstr("kmous");

	if (!mouse || mouse == (char *)-1 || strncmp(screen->terminal.name, "linux", 5) == 0)
		return;
	screen->input.x10_mouse = strcmp(mouse, "\033[M") == 0;
	if (screen->input.x10_mouse) {
		strcpy(screen->mouse_on, "\033[?1000h");
		strcpy(screen->mouse_off, "\033[?1000l");
	} else if (strcmp(mouse, "\033[<") == 0) {
		strcpy(screen->mouse_on, "\033[?1006;1000h");
		strcpy(screen->mouse_off, "\033[?1006;1000l");
	}
}

static void tell_terminal(const char *sequence)
{
	putp(sequence);
	fflush(stdout);
}

int64_t screen_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

int screen_due_ms(const struct screen *screen)
{
	int64_t patience = input_patience(&screen->input);
	int64_t left = screen->input_ns + patience * 1000000 - screen_now_ns();

	return !patience ? -1 : left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

/* Takes what there is. The end, or an error that lasts, means that the terminal is gone. */
static void read_terminal(struct screen *screen)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t room = INPUT_ROOM - screen->input.n;
	uint8_t bytes[INPUT_ROOM];
	ssize_t n;

	if (poll(&input, 1, 0) <= 0)
		return;
	n = read(STDIN_FILENO, bytes, room);
	if (n > 0) {
		input_feed(&screen->input, bytes, (size_t)n);
		screen->input_ns = screen_now_ns();
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != ENOMEM)) {
		screen->gone = true;
	}
}

bool screen_read(struct screen *screen, struct input_event *event)
{
	if (input_next(&screen->input, false, event))
		return true;
	read_terminal(screen);
	return input_next(&screen->input, screen_due_ms(screen) == 0, event);
}

/*
 * A frame is drawn where curses has what the terminal is to show (newscr). What stdscr
 * would have of it takes a third of a megabyte on a large terminal.
 */
static void give_back_stdscr(void)
{
	wresize(stdscr, 1, 1);
	untouchwin(stdscr);
}

int screen_open(struct screen *screen, char *error)
{
	int err;

	memset(screen, 0, sizeof(*screen));
	err = terminal_choose(&screen->terminal, error);
	if (err)
		return err;
	tcgetattr(STDIN_FILENO, &restore.modes);
	err = open_signals(screen);
	if (err) {
		snprintf(error, SK_ERROR_LEN, "cannot wait for signals: %s",
			 strerror(-err));
		if (screen->signals >= 0)
			close(screen->signals);
		return err;
	}
	screen->curses = newterm(screen->terminal.name, stdout, stdin);
	if (!screen->curses) {
		snprintf(error, SK_ERROR_LEN, "curses cannot open this terminal");
		close(screen->signals);
		return -ENOTTY;
	}
	cbreak();
	noecho();
	nonl();
	give_back_stdscr();
	keypad(stdscr, TRUE);
	find_keys(screen);
	typeahead(-1); /* or keys that wait would leave a frame half drawn */
	find_mouse(screen);
	note_terminal(screen);
	tell_terminal(screen->mouse_on);
	return 0;
}

void screen_close(struct screen *screen)
{
	tell_terminal(screen->mouse_off);
	endwin();
	restore.taken = 0;
	delscreen(screen->curses);
	for (size_t i = 0; i < screen->n_keys; i++)
		free((void *)(uintptr_t)screen->keys[i].bytes);
	close(screen->signals);
	sigprocmask(SIG_SETMASK, &screen->old_mask, NULL);
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	untouchwin(stdscr);
	clearok(curscr, TRUE);
}

void screen_suspend(struct screen *screen)
{
	sigset_t stop;

	tell_terminal(screen->mouse_off);
	def_prog_mode();
	endwin();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	reset_prog_mode();
	tell_terminal(screen->mouse_on);
	screen_resize();
}
