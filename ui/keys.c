/* SPDX-License-Identifier: MIT */
#include <curses.h>
#include <stdio.h>
#include <sktop/ui.h>
#include "keys.h"

#define CTRL(c) ((c) & 0x1f)
#define ESC 27

/* A row without an action is the heading of what follows. */
const struct key_row key_table[] = {
	{ { 0 }, ACT_NONE, NULL, "Moving" },
	{ { KEY_UP, 'k' }, ACT_UP, "Up k", "up" },
	{ { KEY_DOWN, 'j' }, ACT_DOWN, "Down j", "down" },
	{ { KEY_PPAGE, CTRL('b') }, ACT_PAGE_UP, "PgUp ^B", "page up" },
	{ { KEY_NPAGE, CTRL('f') }, ACT_PAGE_DOWN, "PgDn ^F", "page down" },
	{ { CTRL('u') }, ACT_HALF_UP, "^U", "half a page up" },
	{ { CTRL('d') }, ACT_HALF_DOWN, "^D", "half a page down" },
	{ { KEY_HOME, 'g' }, ACT_HOME, "Home g", "first row" },
	{ { KEY_END, 'G' }, ACT_END, "End G", "last row" },
	{ { KEY_LEFT }, ACT_LEFT, "Left", "scroll columns back" },
	{ { KEY_RIGHT }, ACT_RIGHT, "Right", "scroll columns" },
	{ { 0 }, ACT_NONE, NULL, "Panes" },
	{ { '1' }, ACT_PANE_1, "1", "connections" },
	{ { '2' }, ACT_PANE_2, "2", "hosts: per remote IP" },
	{ { '3' }, ACT_PANE_3, "3", "states of TCP" },
	{ { '4' }, ACT_PANE_4, "4", "interfaces" },
	{ { '5' }, ACT_PANE_5, "5", "protocol counters" },
	{ { '6' }, ACT_PANE_6, "6", "processes" },
	{ { '7' }, ACT_PANE_7, "7", "listeners: backlogs" },
	{ { '8' }, ACT_PANE_8, "8", "events: ends of sockets" },
	{ { '9' }, ACT_PANE_9, "9", "routes; t: rules, NAT..." },
	{ { '0' }, ACT_PANE_0, "0", "dashboard" },
	{ { '\t' }, ACT_NEXT_PANE, "Tab", "next pane" },
	{ { KEY_BTAB }, ACT_PREVIOUS_PANE, "S-Tab", "previous pane" },
	{ { 0 }, ACT_NONE, NULL, "The row" },
	{ { '\n', '\r', KEY_ENTER }, ACT_ENTER, "Enter", "look into the row" },
	{ { ESC, KEY_BACKSPACE, 127, 8 }, ACT_BACK, "Esc Bksp", "back, clear" },
	{ { ' ' }, ACT_TAG, "Space", "tag the row" },
	{ { 'U' }, ACT_UNTAG, "U", "untag all" },
	{ { 'F' }, ACT_FOLLOW, "F", "follow the selected row" },
	{ { 'u' }, ACT_USER, "u", "only the row's user; back" },
	{ { 'y' }, ACT_COPY, "y", "copy the row (OSC 52)" },
	{ { KEY_F(9), 'K' }, ACT_KILL, "F9 K", "close sockets, signal" },
	{ { 0 }, ACT_NONE, NULL, "What is shown" },
	{ { '/', KEY_F(3) }, ACT_SEARCH, "F3 /", "search" },
	{ { 'n' }, ACT_SEARCH_NEXT, "n", "next match" },
	{ { '\\', KEY_F(4), '&' }, ACT_FILTER, "F4 \\ &", "filter" },
	{ { '=' }, ACT_CLEAR_ALL, "=", "drop filters, tags, freeze" },
	{ { KEY_F(5), 't' }, ACT_GROUP, "F5 t", "group by ip, port, user..." },
	{ { 'i' }, ACT_HIDE_IDLE, "i", "hide idle rows, zeros" },
	{ { 'a' }, ACT_ALL_STATES, "a", "listening, left out rows" },
	{ { 'o' }, ACT_PROTOCOLS, "o", "protocols: unix, raw..." },
	{ { 'Z', 'p' }, ACT_FREEZE, "Z p", "freeze the screen" },
	{ { 'd' }, ACT_INTERVAL, "d", "interval of sampling" },
	{ { 0 }, ACT_NONE, NULL, "Order" },
	{ { KEY_F(6), 's' }, ACT_SORT_MENU, "F6 s", "choose the sort column" },
	{ { '<' }, ACT_SORT_LEFT, "<", "by the column to the left" },
	{ { '>' }, ACT_SORT_RIGHT, ">", "by the column to the right" },
	{ { 'R', 'I' }, ACT_REVERSE, "R I", "reverse the order" },
	{ { 'P' }, ACT_SORT_RATE, "P", "sort by rate" },
	{ { 'B' }, ACT_SORT_TOTAL, "B", "sort by total bytes" },
	{ { 'M' }, ACT_SORT_MEMORY, "M", "sort by receive memory" },
	{ { 'T' }, ACT_SORT_AGE, "T", "sort by age" },
	{ { 'N' }, ACT_SORT_PID, "N", "sort by process id" },
	{ { 'A' }, ACT_SORT_REMOTE, "A", "sort by remote address" },
	{ { 'S' }, ACT_SORT_STATE, "S", "sort by state" },
	{ { 0 }, ACT_NONE, NULL, "How it is shown" },
	{ { KEY_F(2), 'C' }, ACT_COLUMNS, "F2 C", "choose columns" },
	{ { 'D' }, ACT_HOST_NAMES, "D", "names of hosts" },
	{ { 'V' }, ACT_SERVICES, "V", "names of services" },
	{ { 'O' }, ACT_USER_NAMES, "O", "names of users" },
	{ { 'm' }, ACT_UNITS, "m", "bytes, bits, exact numbers" },
	{ { 'x' }, ACT_MARK_SORT, "x", "mark the sort column" },
	{ { 'z' }, ACT_COLORS, "z", "colours" },
	{ { CTRL('l') }, ACT_REDRAW, "^L", "redraw" },
	{ { 0 }, ACT_NONE, NULL, "The program" },
	{ { KEY_F(1), 'h', '?' }, ACT_HELP, "F1 h ?", "this help" },
	{ { CTRL('z') }, ACT_SUSPEND, "^Z", "suspend" },
	{ { 'q', KEY_F(10), CTRL('c') }, ACT_QUIT, "q F10 ^C", "quit" },
	{ { 0 }, ACT_NONE, NULL, "Above the panes" },
	{ { 0 }, ACT_NONE, "RX TX", "into, out of the machine," },
	{ { 0 }, ACT_NONE, "", "each byte once: devices" },
	{ { 0 }, ACT_NONE, "", "count, what is over them" },
	{ { 0 }, ACT_NONE, "", "(bridge, VLAN...) does not" },
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
	puts("Keys of the full screen\n");
	for (size_t i = 0; i < key_count; i++) {
		if (key_table[i].shown)
			printf("  %-10s %s\n", key_table[i].shown, key_table[i].help);
		else if (key_table[i].help)
			printf("%s\n", key_table[i].help);
	}
	puts("  mouse      click a heading to sort, a row to select, a tab to switch, a key\n"
	     "             of the last line to press it; the wheel scrolls");
}
