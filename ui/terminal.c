/* SPDX-License-Identifier: MIT */
#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <sktop/array.h>
#include <sktop/types.h>
#include "terminal.h"
#include <term.h>

enum known { UNKNOWN, CANNOT_MOVE, CAN_MOVE };

/* Opens it for a moment: curses would end the process on a terminal it does not know. */
static enum known ask_terminfo(const char *term)
{
	enum known known = UNKNOWN;
	int status;

	if (setupterm(term, STDOUT_FILENO, &status) == OK && status == 1) {
		const char *move = tigetstr("cup");

		known = move && move != (char *)-1 ? CAN_MOVE : CANNOT_MOVE;
		del_curterm(cur_term); /* newterm() makes its own */
	}
	return known;
}

/*
 * Terminals by how their names begin, and what this machine may know that they are close
 * enough to. By ssh they come to machines that have never heard of them.
 */
static const char *close_enough(const char *term)
{
	static const struct {
		const char *beginning, *names[4];
	} families[] = {
		{ "tmux", { "screen-256color", "screen", "xterm-256color" } },
		{ "screen", { "screen-256color", "screen", "xterm-256color" } },
		{ "rxvt", { "rxvt-256color", "rxvt", "xterm-256color", "xterm" } },
		{ "linux", { "linux" } },
		{ "vte", { "xterm-256color", "xterm" } },
		{ "vt", { "vt220", "vt100" } },
		{ "xterm", { "xterm-256color", "xterm" } },
		{ "alacritty", { "xterm-256color", "xterm" } },
		{ "contour", { "xterm-256color", "xterm" } },
		{ "foot", { "xterm-256color", "xterm" } },
		{ "ghostty", { "xterm-256color", "xterm" } },
		{ "gnome", { "xterm-256color", "xterm" } },
		{ "iterm", { "xterm-256color", "xterm" } },
		{ "kitty", { "xterm-256color", "xterm" } },
		{ "konsole", { "xterm-256color", "xterm" } },
		{ "mintty", { "xterm-256color", "xterm" } },
		{ "ms-terminal", { "xterm-256color", "xterm" } },
		{ "putty", { "xterm-256color", "xterm" } },
		{ "rio", { "xterm-256color", "xterm" } },
		{ "st-", { "xterm-256color", "xterm" } },
		{ "vscode", { "xterm-256color", "xterm" } },
		{ "wezterm", { "xterm-256color", "xterm" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (strncasecmp(term, families[i].beginning,
				strlen(families[i].beginning)) != 0)
			continue;
		for (size_t k = 0; k < 4 && families[i].names[k]; k++) {
			if (ask_terminfo(families[i].names[k]))
				return families[i].names[k];
		}
		return NULL;
	}
	return NULL;
}

static int say_unknown(const char *term, char *error)
{
	static const char *const names[] = { "xterm-256color", "xterm", "vt100" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!ask_terminfo(names[i]))
			continue;
		if (*term)
			snprintf(error, SK_ERROR_LEN,
				 "TERM=%s is not known on this machine; try TERM=%s", term,
				 names[i]);
		else
			snprintf(error, SK_ERROR_LEN,
				 "TERM is not set; try TERM=%s, or --once or --batch",
				 names[i]);
		return -ENOTTY;
	}
	snprintf(error, SK_ERROR_LEN,
		 "this machine knows no terminal (no terminfo: install ncurses-base): use "
		 "--once or --batch");
	return -ENOTTY;
}

int terminal_choose(struct terminal *terminal, char *error)
{
	const char *set = getenv("TERM");
	enum known known = set && *set ? ask_terminfo(set) : UNKNOWN;

	terminal->name = set ? set : "";
	terminal->known = known != UNKNOWN;
	snprintf(terminal->shown, sizeof(terminal->shown), "%s", terminal->name);
	for (char *c = terminal->shown; *c; c++) {
		if (*c <= ' ' || *c > '~')
			*c = '?';
	}
	if (!isatty(STDIN_FILENO)) {
		snprintf(error, SK_ERROR_LEN, "standard input is no terminal: use --once "
					      "or --batch");
		return -ENOTTY;
	}
	if (!known) {
		terminal->name = close_enough(terminal->name);
		if (!terminal->name)
			return say_unknown(terminal->shown, error);
		known = ask_terminfo(terminal->name);
	}
	if (known == CAN_MOVE)
		return 0;
	snprintf(error, SK_ERROR_LEN,
		 "TERM=%s cannot show a full screen (it cannot move the cursor): use "
		 "--once or --batch, or set TERM",
		 terminal->shown);
	return -ENOTTY;
}
