/* SPDX-License-Identifier: MIT */
/*
 * Between two samples a connection may pass through states that no sample sees. From the state
 * where it was and the one where it is now, the state machine tells the states that it must have
 * passed, and those that it may have passed.
 */
#include <sktop/diff.h>

/* Beside the states of TCP: where connections come from, and where they go. */
#define START SK_STATE_UNKNOWN
#define END SK_STATE_COUNT
#define NODES (SK_STATE_COUNT + 1)

static bool is_edge(unsigned from, unsigned to)
{
	const uint32_t first = SK_STATE_BIT(SK_STATE_SYN_SENT) | SK_STATE_BIT(SK_STATE_SYN_RECV) |
			       SK_STATE_BIT(SK_STATE_LISTEN) | SK_STATE_BIT(SK_STATE_CLOSE);

	if (from == START)
		return to != END && (first & SK_STATE_BIT(to));
	if (from == END || to == START)
		return false;
	/* whatever the state, a reset ends it */
	return to == END || (from != to && to != SK_STATE_CLOSE && sk_state_adjacent(from, to));
}

/* The nodes that can be reached without passing through one of them: a bit for each. */
static uint32_t reach(unsigned from, unsigned without)
{
	uint32_t reached = 1U << from, before = 0;

	while (reached != before) {
		before = reached;
		for (unsigned node = 0; node < NODES; node++) {
			if (!(before & 1U << node) || (node == without && node != from))
				continue;
			for (unsigned to = 0; to < NODES; to++)
				reached |= is_edge(node, to) ? 1U << to : 0;
		}
	}
	return reached;
}

/* The states between two nodes: which each way passes, and which some way passes. */
static void find_between(unsigned from, unsigned to, uint32_t *certain, uint32_t *possible)
{
	const uint32_t reached = reach(from, NODES);

	*certain = *possible = 0;
	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		/* a listener stays one, and what is only bound is no connection yet */
		if (state == from || state == to || state == SK_STATE_LISTEN ||
		    state == SK_STATE_CLOSE || !(reached & 1U << state) ||
		    !(reach(state, NODES) & 1U << to))
			continue;
		if (reach(from, state) & 1U << to)
			*possible |= 1U << state;
		else
			*certain |= 1U << state;
	}
}

static void add(struct sk_state_flow *flow, unsigned from, unsigned to, uint32_t n)
{
	uint32_t certain, possible;

	if (!n || from == to)
		return;
	find_between(from, to, &certain, &possible);
	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		uint32_t passed = certain & 1U << state ? n : 0;

		flow->in[state] += passed + (state == to ? n : 0);
		flow->out[state] += passed + (state == from ? n : 0);
	}
	flow->more_in |= possible;
	flow->more_out |= possible;
}

/*
 * The kernel has counted each change of a full socket. It does not report those of mini sockets: a
 * request in SYN_RECV, and what is left in FIN_WAIT2 or TIME_WAIT.
 */
static void take_exact(const struct sk_summary *summary, struct sk_state_flow *flow)
{
	const uint32_t full = SK_STATE_BIT(SK_STATE_SYN_SENT) | SK_STATE_BIT(SK_STATE_ESTABLISHED) |
			      SK_STATE_BIT(SK_STATE_FIN_WAIT1) | SK_STATE_BIT(SK_STATE_CLOSE_WAIT) |
			      SK_STATE_BIT(SK_STATE_LAST_ACK) | SK_STATE_BIT(SK_STATE_CLOSING);
	const uint32_t full_in = full | SK_STATE_BIT(SK_STATE_FIN_WAIT2);

	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		uint32_t in = 0, out = 0;

		for (unsigned other = 1; other < SK_STATE_COUNT; other++) {
			in += summary->edge[other][state];
			out += summary->edge[state][other];
		}
		if (full_in & 1U << state)
			flow->in[state] = in;
		if (full & 1U << state)
			flow->out[state] = out;
	}
	flow->more_in &= ~full_in;
	flow->more_out &= ~full;
}

void sk_summary_flow(const struct sk_summary *summary, struct sk_state_flow *flow)
{
	const uint32_t seen = summary->unseen_established;

	*flow = (struct sk_state_flow){ 0 };
	if (summary->unseen_elsewhere)
		flow->more_in = flow->more_out = UINT32_MAX;
	for (unsigned from = 1; from < SK_STATE_COUNT; from++) {
		for (unsigned to = 1; to < SK_STATE_COUNT; to++)
			add(flow, from, to, summary->transition[from][to]);
		add(flow, from, END, summary->died_from[from]);
		/* what is left of an unseen connection: its way is counted below */
		if (from == SK_STATE_TIME_WAIT)
			flow->in[from] += summary->born_in[from];
		else
			add(flow, START, from, summary->born_in[from]);
	}
	add(flow, START, SK_STATE_ESTABLISHED, seen);
	add(flow, SK_STATE_ESTABLISHED, END, seen);
	add(flow, START, END, summary->unseen - seen);
	for (unsigned state = 1; state < SK_STATE_COUNT; state++)
		flow->change[state] = (int64_t)flow->in[state] - flow->out[state];
	if (summary->exact)
		take_exact(summary, flow);
}
