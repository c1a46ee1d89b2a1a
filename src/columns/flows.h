/* SPDX-License-Identifier: MIT */
/*
 * The columns of what flows: rates, their means and the sums, by direction. Connections,
 * groups, processes and interfaces have the same ones.
 */
#ifndef SKTOP_COLUMNS_FLOWS_H
#define SKTOP_COLUMNS_FLOWS_H

#include "columns/columns.h"

/** What a column of flows shows; the arg of its getter, with a direction. */
enum flow_span { FLOW_NOW, FLOW_10S, FLOW_60S, FLOW_SUM };
enum flow_direction { FLOW_TX, FLOW_RX, FLOW_BOTH };

#define FLOW_ARG(span, direction) ((int)FLOW_##span * 4 + (int)FLOW_##direction)

void columns_flow_of_socket(const struct sk_context *context, const void *row, int arg,
			    struct sk_value *value);
void columns_flow_of_group(const struct sk_context *context, const void *row, int arg,
			   struct sk_value *value);
void columns_flow_of_link(const struct sk_context *context, const void *row, int arg,
			  struct sk_value *value);

#define FLOW(id, title, help, unit, width, priority, flags, needs, span, direction, of)      \
	{ id, title, help, SK_UNIT_##unit, width, priority, (flags) | SK_COL_DESC, needs, NULL, \
	  FLOW_ARG(span, direction), columns_flow_of_##of }

/** The means of a table whose bytes are called so; behind its tx and rx. */
#define FLOW_MEANS(what, shown, needs, of)                                                   \
	FLOW("rate", "Rate", what " per second, both directions", BYTES_RATE, 5, 6, 0, needs, \
	     NOW, BOTH, of),                                                                 \
	FLOW("tx-10s", "TX10s", what " sent per second, decaying mean over 10 seconds",      \
	     BYTES_RATE, 5, 8, 0, needs, 10S, TX, of),                                       \
	FLOW("rx-10s", "RX10s", what " received per second, decaying mean over 10 seconds",  \
	     BYTES_RATE, 5, 8, 0, needs, 10S, RX, of),                                       \
	FLOW("rate-10s", "10s/s", what " per second, both directions, decaying mean over 10 " \
	     "seconds", BYTES_RATE, 5, 1, shown, needs, 10S, BOTH, of),                      \
	FLOW("tx-60s", "TX60s", what " sent per second, decaying mean over 60 seconds",      \
	     BYTES_RATE, 5, 8, 0, needs, 60S, TX, of),                                       \
	FLOW("rx-60s", "RX60s", what " received per second, decaying mean over 60 seconds",  \
	     BYTES_RATE, 5, 8, 0, needs, 60S, RX, of),                                       \
	FLOW("rate-60s", "60s/s", what " per second, both directions, decaying mean over 60 " \
	     "seconds", BYTES_RATE, 5, 7, 0, needs, 60S, BOTH, of)

#endif
