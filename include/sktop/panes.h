/* SPDX-License-Identifier: MIT */
/*
 * The one list of panes. A pane is a row here, a table of columns (src/columns), and how
 * the screen shows it (ui/panes): sk_table_NAME and pane_NAME, which must be there.
 */
#ifndef SKTOP_PANES_H
#define SKTOP_PANES_H

/*
 * ID, name (--pane, JSON), digit on the screen ('\0' = Tab alone leads to it), who makes
 * its rows (src/view/rows.c: make_lying where a sample has them), and its line of help.
 * The dashboard shows some of these and is none of them.
 */
#define SK_PANES(PANE)                                                                   \
	PANE(CONNECTIONS, connections, '1', build_connections, "connections")            \
	PANE(HOSTS, hosts, '2', build_hosts, "hosts: per remote IP")                     \
	PANE(STATES, states, '3', build_states, "states of TCP")                         \
	PANE(INTERFACES, interfaces, '4', make_lying, "interfaces")                      \
	PANE(PROTOCOLS, protocols, '5', make_lying, "protocol counters")                 \
	PANE(PROCESSES, processes, '6', build_processes, "processes")                    \
	PANE(LISTENERS, listeners, '7', build_listeners, "listeners: backlogs")          \
	PANE(EVENTS, events, '8', make_lying, "events: ends of sockets")                 \
	PANE(ROUTES, routes, '9', make_lying, "routes; t: rules, NAT...")                \
	PANE(RULES, rules, '\0', make_lying, "")                                         \
	PANE(NEIGHBOURS, neighbours, '\0', make_lying, "")                               \
	PANE(GROUPS, groups, '\0', make_lying, "")                                       \
	PANE(NAT, nat, '\0', make_lying, "")

#define SK_PANE_ID(id, name, digit, build, help) SK_PANE_##id,
enum sk_pane_id { SK_PANE_DASHBOARD, SK_PANES(SK_PANE_ID) SK_PANE_COUNT };

/** The tables of columns, one for each kind of row. */
#define SK_TABLE_ID(id, name, digit, build, help) SK_TABLE_##id,
enum sk_table_id { SK_PANES(SK_TABLE_ID) SK_TABLE_COUNT };

#endif
