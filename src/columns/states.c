/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <sktop/array.h>
#include <sktop/diff.h>
#include "columns/columns.h"

#define ROW const struct sk_state_row *s = row

static void get_state(const struct sk_context *context, const void *row,
		      struct sk_value *value)
{
	ROW;

	(void)context;
	value_enum(value, s->state, sk_state_name(SK_PROTO_TCP, s->state));
}

enum count { COUNT_ALL, COUNT_V4, COUNT_V6 };

static void get_count(const struct sk_context *context, const void *row, int which,
		      struct sk_value *value)
{
	ROW;
	const uint32_t counts[] = { s->count, s->count_v4, s->count_v6 };

	(void)context;
	value_uint(value, counts[which]);
}

enum change { CHANGE_DELTA, CHANGE_IN, CHANGE_OUT, CHANGE_SHARE };

static void get_change(const struct sk_context *context, const void *row, int which,
		       struct sk_value *value)
{
	ROW;
	const double changes[] = { s->delta, s->in, s->out, s->share };

	bool more = which == CHANGE_IN ? s->more_in : which == CHANGE_OUT && s->more_out;

	(void)context;
	if (more && !(changes[which] > 0)) {
		value_none(value, "some may have passed it between two samples");
		return;
	}
	value_rate(value, !isnan(changes[which]), changes[which],
		   which == CHANGE_SHARE ? "no TCP sockets" :
					   "a change needs two samples");
	value->at_least = more;
}

static const struct sk_column columns[] = {
	{ "state", "State", "State of a TCP socket", SK_UNIT_TEXT, 11, 0,
	  SK_COL_DEFAULT | SK_COL_LEFT, 0, get_state, 0, NULL },
	{ "count", "Count", "TCP sockets in it now", SK_UNIT_NUMBER, 8, 0,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, COUNT_ALL, get_count },
	{ "share", "Share", "Its part of all TCP sockets", SK_UNIT_PERCENT, 6, 2,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, CHANGE_SHARE, get_change },
	{ "ipv4", "IPv4", "Of AF_INET", SK_UNIT_NUMBER, 7, 3, SK_COL_DEFAULT | SK_COL_DESC,
	  0, NULL, COUNT_V4, get_count },
	{ "ipv6", "IPv6", "Of AF_INET6, v4-mapped ones too", SK_UNIT_NUMBER, 7, 3,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, COUNT_V6, get_count },
	{ "delta", "Change/s", "Change of the count per second", SK_UNIT_RATE, 8, 1,
	  SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, CHANGE_DELTA, get_change },
	{ "in", "In/s", "Sockets that entered the state, per second",
	  SK_UNIT_RATE, 7, 1, SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, CHANGE_IN,
	  get_change },
	{ "out", "Out/s", "Sockets that left the state, per second",
	  SK_UNIT_RATE, 7, 1, SK_COL_DEFAULT | SK_COL_DESC, 0, NULL, CHANGE_OUT,
	  get_change },
};

static uint64_t row_id(const struct sk_sample *sample, const void *row)
{
	(void)sample;
	return ((const struct sk_state_row *)row)->state;
}

const struct sk_table sk_table_states = {
	.name = "states",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.row_size = sizeof(struct sk_state_row),
	.sort = NULL,
	.row_id = row_id,
	.of_sockets = true,
	.needs = SK_NEED_COUNTERS, /* of its facts */
	.with_gone = true,
};

/* The life of a connection, from its beginning to its end. */
static const enum sk_state order[] = {
	SK_STATE_LISTEN,     SK_STATE_SYN_SENT,	 SK_STATE_SYN_RECV,
	SK_STATE_ESTABLISHED, SK_STATE_FIN_WAIT1, SK_STATE_FIN_WAIT2,
	SK_STATE_CLOSE_WAIT, SK_STATE_CLOSING,	 SK_STATE_LAST_ACK,
	SK_STATE_TIME_WAIT,  SK_STATE_CLOSE,
};

static void fill_changes(const struct sk_state_flow *flow, double interval,
			 struct sk_state_row *row)
{
	row->delta = row->in = row->out = (double)NAN;
	row->more_in = flow->more_in & SK_STATE_BIT(row->state);
	row->more_out = flow->more_out & SK_STATE_BIT(row->state);
	if (interval <= 0)
		return;
	row->in = flow->in[row->state] / interval;
	row->out = flow->out[row->state] / interval;
	row->delta = (double)flow->change[row->state] / interval;
}

size_t sk_state_rows(const struct sk_summary *sum, double interval,
		     struct sk_state_row rows[SK_STATE_COUNT])
{
	const size_t n = ARRAY_SIZE(order);
	uint32_t total = sum->total[SK_PROTO_TCP];
	struct sk_state_flow flow;

	sk_summary_flow(sum, &flow);

	for (size_t i = 0; i < n; i++) {
		struct sk_state_row *row = &rows[i];

		row->state = order[i];
		row->count_v4 = sum->count[SK_PROTO_TCP][0][order[i]];
		row->count_v6 = sum->count[SK_PROTO_TCP][1][order[i]];
		row->count = row->count_v4 + row->count_v6;
		row->share = total ? 100.0 * row->count / total : (double)NAN;
		fill_changes(&flow, interval, row);
	}
	return n;
}
