/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>
#include <sktop/leave.h>
#include <sktop/types.h>
#include "screen.h"
#include <term.h>

/* How to give the terminal back when curses cannot: all that a signal handler may read. */
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

static void note_terminal(void)
{
	static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };

	restore.text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_capability(names[i]);
	restore.taken = tcgetattr(STDIN_FILENO, &restore.modes) == 0;
}

/* curses would end the process by itself on a terminal it does not know. */
static int check_terminal(char *error)
{
	const char *term = getenv("TERM");
	bool usable = false;
	int status;

	if (!isatty(STDIN_FILENO)) {
		snprintf(error, SK_ERROR_LEN, "standard input is no terminal: use --once "
					      "or --batch");
		return -ENOTTY;
	}
	if (setupterm(NULL, STDOUT_FILENO, &status) == OK && status == 1) {
		usable = tigetstr("cup") && tigetstr("cup") != (char *)-1;
		note_terminal();
		del_curterm(cur_term); /* newterm() makes its own */
	}
	if (!usable) {
		snprintf(error, SK_ERROR_LEN,
			 "TERM=%.40s cannot show a full screen (it cannot move the "
			 "cursor): use --once or --batch, or set TERM",
			 term && *term ? term : "(unset)");
		return -ENOTTY;
	}
	return 0;
}

/*
 * The terminal takes no output: a key stopped it, or nobody reads. What waits is thrown
 * away, which makes room for these few bytes. In a signal handler.
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
 * What ends us is not blocked while we write to a terminal that takes nothing; what stops
 * or resizes us waits for the loop.
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
				     sk_leave_open(ends, sizeof(ends) / sizeof(ends[0]),
						   put_back_terminal);
}

/*
 * What terminals send that call themselves something else: PuTTY, rxvt, the console and
 * multiplexers inside each other all differ, and ESC [ 4 ~ must not be Esc, [, 4, ~.
 */
static void define_keys(void)
{
	static const struct {
		const char *bytes;
		int key;
	} keys[] = {
		{ "\033[1~", KEY_HOME },	 { "\033[7~", KEY_HOME },
		{ "\033[H", KEY_HOME },	 { "\033OH", KEY_HOME },
		{ "\033[4~", KEY_END },	 { "\033[8~", KEY_END },
		{ "\033[F", KEY_END },	 { "\033OF", KEY_END },
		{ "\033[5~", KEY_PPAGE },	 { "\033[6~", KEY_NPAGE },
		{ "\033[A", KEY_UP },	 { "\033OA", KEY_UP },
		{ "\033[B", KEY_DOWN },	 { "\033OB", KEY_DOWN },
		{ "\033[C", KEY_RIGHT },	 { "\033OC", KEY_RIGHT },
		{ "\033[D", KEY_LEFT },	 { "\033OD", KEY_LEFT },
		{ "\033[Z", KEY_BTAB },	 { "\033[3~", KEY_DC },
		{ "\033[11~", KEY_F(1) },	 { "\033OP", KEY_F(1) },
		{ "\033[12~", KEY_F(2) },	 { "\033OQ", KEY_F(2) },
		{ "\033[13~", KEY_F(3) },	 { "\033OR", KEY_F(3) },
		{ "\033[14~", KEY_F(4) },	 { "\033OS", KEY_F(4) },
		{ "\033[[A", KEY_F(1) },	 { "\033[[B", KEY_F(2) },
		{ "\033[[C", KEY_F(3) },	 { "\033[[D", KEY_F(4) },
		{ "\033[[E", KEY_F(5) },	 { "\033[15~", KEY_F(5) },
		{ "\033[17~", KEY_F(6) },	 { "\033[20~", KEY_F(9) },
		{ "\033[21~", KEY_F(10) },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		define_key(keys[i].bytes, keys[i].key);
}

/* A sequence that nobody knows is no key: it is read to its end and dropped. */
static bool drop_sequence(void)
{
	int code = getch();

	if (code != '[' && code != 'O') {
		if (code != ERR)
			ungetch(code);
		return false;
	}
	do
		code = getch();
	while (code != ERR && code < '@');
	return true;
}

int screen_key(void)
{
	int code = getch();

	while (code == 27 && drop_sequence())
		code = getch();
	return code;
}

/*
 * A frame is drawn where curses has what the terminal is to show (newscr). What stdscr
 * would have of it takes a third of a megabyte on a large terminal; only keys come from
 * there, and getch() leaves alone what is not touched.
 */
static void give_back_stdscr(void)
{
	wresize(stdscr, 1, 1);
	untouchwin(stdscr);
}

int screen_open(struct screen *screen, char *error)
{
	int err = check_terminal(error);

	if (err)
		return err;
	err = open_signals(screen);
	if (err) {
		snprintf(error, SK_ERROR_LEN, "cannot wait for signals: %s",
			 strerror(-err));
		if (screen->signals >= 0)
			close(screen->signals);
		return err;
	}
	screen->curses = newterm(NULL, stdout, stdin);
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
	define_keys();
	nodelay(stdscr, TRUE);
	typeahead(-1); /* or keys that wait would leave a frame half drawn */
	set_escdelay(25);
	mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED |
			  BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	return 0;
}

void screen_close(struct screen *screen)
{
	endwin();
	restore.taken = 0;
	delscreen(screen->curses);
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

	(void)screen;
	def_prog_mode();
	endwin();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	reset_prog_mode();
	screen_resize();
}
