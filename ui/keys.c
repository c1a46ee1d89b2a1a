/* SPDX-License-Identifier: MIT */
#include <curses.h>
#include <stdio.h>
#include <sktop/ui.h>
#include "keys.h"

#define CTRL(c) ((c) & 0x1f)
#define ESC 27

const struct key_row key_table[] = {
	{ { KEY_F(1), 'h', '?' }, ACT_HELP, "F1 h ?", "this help", "Help", "F1" },
	{ { 'q', KEY_F(10), CTRL('c') }, ACT_QUIT, "q F10 ^C", "quit", NULL, NULL },
	{ { KEY_UP, 'k' }, ACT_UP, "Up k", "up", NULL, NULL },
	{ { KEY_DOWN, 'j' }, ACT_DOWN, "Down j", "down", NULL, NULL },
	{ { KEY_PPAGE, CTRL('b') }, ACT_PAGE_UP, "PgUp ^B", "page up", NULL, NULL },
	{ { KEY_NPAGE, CTRL('f') }, ACT_PAGE_DOWN, "PgDn ^F", "page down", NULL, NULL },
	{ { CTRL('u') }, ACT_HALF_UP, "^U", "half a page up", NULL, NULL },
	{ { CTRL('d') }, ACT_HALF_DOWN, "^D", "half a page down", NULL, NULL },
	{ { KEY_HOME, 'g' }, ACT_HOME, "Home g", "first row", NULL, NULL },
	{ { KEY_END, 'G' }, ACT_END, "End G", "last row", NULL, NULL },
	{ { KEY_LEFT }, ACT_LEFT, "Left", "scroll columns back", NULL, NULL },
	{ { KEY_RIGHT }, ACT_RIGHT, "Right", "scroll columns", NULL, NULL },
	{ { '\t' }, ACT_NEXT_PANE, "Tab", "next pane", NULL, NULL },
	{ { KEY_BTAB }, ACT_PREVIOUS_PANE, "S-Tab", "previous pane", NULL, NULL },
	{ { '0' }, ACT_PANE_0, "0", "dashboard: the first four panes", NULL, NULL },
	{ { '1' }, ACT_PANE_1, "1", "connections", NULL, NULL },
	{ { '2' }, ACT_PANE_2, "2", "hosts: sockets per remote IP", NULL, NULL },
	{ { '3' }, ACT_PANE_3, "3", "states of TCP", NULL, NULL },
	{ { '4' }, ACT_PANE_4, "4", "interfaces", NULL, NULL },
	{ { '5' }, ACT_PANE_5, "5", "protocol counters", NULL, NULL },
	{ { '6' }, ACT_PANE_6, "6", "processes", NULL, NULL },
	{ { '7' }, ACT_PANE_7, "7", "listeners: backlogs, drops", NULL, NULL },
	{ { '8' }, ACT_PANE_8, "8", "events: sockets as they are destroyed", NULL, NULL },
	{ { '9' }, ACT_PANE_9, "9", "routes; t: rules, neighbours, groups, NAT", NULL, NULL },
	{ { '\n', '\r', KEY_ENTER }, ACT_ENTER, "Enter", "look into the row", NULL, NULL },
	{ { ESC, KEY_BACKSPACE, 127, 8 }, ACT_BACK, "Esc Bksp", "back, clear", NULL,
	  NULL },
	{ { '/', KEY_F(3) }, ACT_SEARCH, "F3 /", "search", "Search", "F3" },
	{ { 'n' }, ACT_SEARCH_NEXT, "n", "next match", NULL, NULL },
	{ { '\\', KEY_F(4), '&' }, ACT_FILTER, "F4 \\ &", "filter", "Filter", "F4" },
	{ { '=' }, ACT_CLEAR_ALL, "=", "drop filters, tags, freeze", NULL, NULL },
	{ { KEY_F(5), 't' }, ACT_GROUP, "F5 t", "group hosts by ip, port...; routes, rules...",
	  "Group", "F5" },
	{ { KEY_F(6), 's' }, ACT_SORT_MENU, "F6 s", "choose the sort column", "Sort",
	  "F6" },
	{ { '<' }, ACT_SORT_LEFT, "<", "sort by the column to the left", NULL, NULL },
	{ { '>' }, ACT_SORT_RIGHT, ">", "sort by the column to the right", NULL, NULL },
	{ { 'R', 'I' }, ACT_REVERSE, "R I", "reverse the order", NULL, NULL },
	{ { 'P' }, ACT_SORT_RATE, "P", "sort by rate", NULL, NULL },
	{ { 'B' }, ACT_SORT_TOTAL, "B", "sort by total bytes", NULL, NULL },
	{ { 'M' }, ACT_SORT_MEMORY, "M", "sort by memory of the receive queue", NULL,
	  NULL },
	{ { 'T' }, ACT_SORT_AGE, "T", "sort by age", NULL, NULL },
	{ { 'A' }, ACT_SORT_REMOTE, "A", "sort by remote address", NULL, NULL },
	{ { 'S' }, ACT_SORT_STATE, "S", "sort by state", NULL, NULL },
	{ { ' ' }, ACT_TAG, "Space", "tag the row", NULL, NULL },
	{ { 'U' }, ACT_UNTAG, "U", "untag all", NULL, NULL },
	{ { 'F' }, ACT_FOLLOW, "F", "follow the selected row", NULL, NULL },
	{ { 'Z', 'p' }, ACT_FREEZE, "Z p", "freeze the screen", NULL, NULL },
	{ { 'u' }, ACT_USER, "u", "only the row's user", NULL, NULL },
	{ { 'i' }, ACT_HIDE_IDLE, "i", "hide idle rows, zero counters", NULL, NULL },
	{ { 'a' }, ACT_ALL_STATES, "a", "listening sockets, rows left out: on, off", NULL, NULL },
	{ { 'D' }, ACT_HOST_NAMES, "D", "names of hosts on, off", NULL, NULL },
	{ { 'V' }, ACT_SERVICES, "V", "names of services on, off", NULL, NULL },
	{ { 'O' }, ACT_USER_NAMES, "O", "names of users on, off", NULL, NULL },
	{ { 'm' }, ACT_UNITS, "m", "bytes, bits, exact numbers", NULL, NULL },
	{ { 'd' }, ACT_INTERVAL, "d", "interval of sampling", NULL, NULL },
	{ { KEY_F(2), 'C' }, ACT_COLUMNS, "F2 C", "choose columns", "Columns", "F2" },
	{ { 'o' }, ACT_PROTOCOLS, "o", "choose protocols: unix, raw...", NULL,
	  NULL },
	{ { 'z' }, ACT_COLORS, "z", "colours on, off", NULL, NULL },
	{ { 'x' }, ACT_MARK_SORT, "x", "mark the sort column", NULL, NULL },
	{ { 'y' }, ACT_COPY, "y", "copy the row (OSC 52)", NULL, NULL },
	{ { KEY_F(9), 'K' }, ACT_KILL, "F9 K", "close sockets, signal processes", "Kill",
	  "F9" },
	{ { CTRL('l') }, ACT_REDRAW, "^L", "redraw", NULL, NULL },
	{ { CTRL('z') }, ACT_SUSPEND, "^Z", "suspend", NULL, NULL },
	{ { KEY_F(10) }, ACT_QUIT, "", NULL, "Quit", "F10" },
	{ { KEY_MOUSE }, ACT_MOUSE, "", NULL, NULL, NULL },
	{ { KEY_RESIZE }, ACT_RESIZE, "", NULL, NULL, NULL },
};
const size_t key_count = sizeof(key_table) / sizeof(key_table[0]);

enum action key_action(int code)
{
	for (size_t i = 0; i < key_count; i++) {
		for (size_t k = 0; k < 4 && key_table[i].keys[k]; k++) {
			if (key_table[i].keys[k] == code)
				return key_table[i].action;
		}
	}
	return ACT_NONE;
}

void sk_ui_print_keys(void)
{
	puts("Keys of the full screen");
	for (size_t i = 0; i < key_count; i++) {
		if (key_table[i].help)
			printf("  %-10s %s\n", key_table[i].shown, key_table[i].help);
	}
	puts("  mouse      click a heading to sort, a row to select, a tab to switch;\n"
	     "             the wheel scrolls");
}
