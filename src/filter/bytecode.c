/* SPDX-License-Identifier: MIT */
/*
 * This file compiles the tree of a filter to terms that the kernel can decide.
 *
 * A term is true for every socket that the filter lets through, and maybe for more: a
 * condition that the kernel does not know becomes "all". That is right only if nothing
 * above it is negated. So `not` is first pushed down to the leaves, and each leaf gives
 * a superset of itself, or of its negation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "filter/terms.h"

/* Only sockets whose bytecode sees what their row shows. */
#define PROTOS_ONCE                                                               \
	(SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_UDP) |                \
	 SK_PROTO_BIT(SK_PROTO_UDPLITE))
/* connect() gives a UDP socket another remote address. */
#define PROTOS_SERIES SK_PROTO_BIT(SK_PROTO_TCP)

struct compiler {
	const struct sk_filter *filter;
	unsigned flags;
	uint32_t states; /* that are asked for at all */
	struct terms terms;
	bool exact;
};

/* The kernel cannot decide the condition: it lets all sockets through. */
static uint16_t open_end(struct compiler *c)
{
	c->exact = false;
	return TERM_TRUE;
}

static uint16_t condition(struct compiler *c, const struct condition *condition, bool neg)
{
	return terms_add(&c->terms, condition, neg);
}

/* "one and two", or its negation. */
static uint16_t both(struct compiler *c, uint16_t one, uint16_t two)
{
	return terms_join(&c->terms, TERM_AND, one, two);
}

static uint16_t either(struct compiler *c, uint16_t one, uint16_t two)
{
	return terms_join(&c->terms, TERM_OR, one, two);
}

static uint16_t address(struct compiler *c, enum side side, const struct host *host,
			bool neg)
{
	struct condition cond = { .code = side == SIDE_LOCAL ? BC_S_COND : BC_D_COND,
				  .port = host->port };
	const struct condition any_v6 = { .code = BC_S_COND, .family = AF_INET6,
					  .port = -1 };
	bool v4 = host->prefix_len >= 96 && host->family != 6;

	/* the kernel compares addresses; the device behind % is left to the evaluator */
	if (host->device[0] && neg)
		return open_end(c);
	c->exact &= !host->device[0];
	if (host->prefix_len == 0 && host->port < 0 && host->family == 0)
		return neg ? TERM_FALSE : TERM_TRUE;
	if (host->family == 6) {
		cond.family = AF_INET6;
		cond.prefix_len = host->prefix_len;
	} else if (v4) {
		cond.family = AF_INET;
		cond.prefix_len = (uint8_t)(host->prefix_len - 96);
	}
	cond.addr = host->net;
	if (host->family != 4)
		return condition(c, &cond, neg);
	/* AF_INET in a condition also means mapped addresses of AF_INET6 sockets */
	return neg ? either(c, condition(c, &any_v6, false), condition(c, &cond, true)) :
		     both(c, condition(c, &any_v6, true), condition(c, &cond, false));
}

static uint16_t port_at_least(struct compiler *c, enum side side, unsigned port, bool neg)
{
	struct condition cond = { .code = side == SIDE_LOCAL ? BC_S_GE : BC_D_GE,
				  .port = (int32_t)port };

	if (port > UINT16_MAX)
		return neg ? TERM_TRUE : TERM_FALSE;
	return condition(c, &cond, neg);
}

static uint16_t port_at_most(struct compiler *c, enum side side, int port, bool neg)
{
	struct condition cond = { .code = side == SIDE_LOCAL ? BC_S_LE : BC_D_LE,
				  .port = port };

	if (port < 0)
		return neg ? TERM_TRUE : TERM_FALSE;
	return condition(c, &cond, neg);
}

static uint16_t port_within(struct compiler *c, enum side side, unsigned first,
			    unsigned last, bool neg)
{
	const struct condition one = { .code = side == SIDE_LOCAL ? BC_S_COND : BC_D_COND,
				       .port = (int32_t)first };
	uint16_t low, high;

	if (first == last)
		return condition(c, &one, neg);
	low = port_at_least(c, side, first, neg);
	high = port_at_most(c, side, (int)last, neg);
	return neg ? either(c, low, high) : both(c, low, high);
}

static uint16_t port_of_side(struct compiler *c, enum side side, enum compare compare,
			     unsigned first, unsigned last, bool neg)
{
	switch (compare) {
	case COMPARE_EQ:
		return port_within(c, side, first, last, neg);
	case COMPARE_NE:
		return port_within(c, side, first, last, !neg);
	case COMPARE_LT:
		return port_at_most(c, side, (int)first - 1, neg);
	case COMPARE_GT:
		return port_at_least(c, side, last + 1, neg);
	case COMPARE_LE:
		return port_at_most(c, side, (int)last, neg);
	case COMPARE_GE:
		return port_at_least(c, side, first, neg);
	default:
		return open_end(c);
	}
}

static uint16_t port(struct compiler *c, const struct node *node, bool neg)
{
	uint16_t local, remote;

	if (node->side != SIDE_EITHER)
		return port_of_side(c, node->side, node->compare, node->port_first,
				    node->port_last, neg);
	local = port_of_side(c, SIDE_LOCAL, node->compare, node->port_first,
			     node->port_last, neg);
	remote = port_of_side(c, SIDE_REMOTE, node->compare, node->port_first,
			      node->port_last, neg);
	/* != means neither of them, all else one of them */
	return (node->compare == COMPARE_NE) != neg ? both(c, local, remote) :
						      either(c, local, remote);
}

/* The kernel knows only two of the columns with numbers. */
static uint16_t number(struct compiler *c, const struct node *node, bool neg)
{
	bool local = strcmp(node->column->id, "lport") == 0;

	if ((!local && strcmp(node->column->id, "rport") != 0) || !node->exact ||
	    node->integer_last > UINT16_MAX)
		return open_end(c);
	return port_of_side(c, local ? SIDE_LOCAL : SIDE_REMOTE, node->compare,
			    (unsigned)node->integer, (unsigned)node->integer_last, neg);
}

static uint16_t prefix(struct compiler *c, const struct node *node, bool neg)
{
	bool local = strcmp(node->column->id, "local") == 0;

	if (!local && strcmp(node->column->id, "remote") != 0)
		return open_end(c);
	return address(c, local ? SIDE_LOCAL : SIDE_REMOTE, &node->host,
		       neg != (node->compare == COMPARE_NE));
}

/* True of TCP in CLOSE and of nothing else in that state. */
static bool is_bound_only(const struct node *node)
{
	return (node->states & FILTER_STATE_BOUND) &&
	       !(node->states & SK_STATE_BIT(SK_STATE_CLOSE));
}

/* Every state that is asked for is in the set, none is, or it depends. */
static uint16_t state(struct compiler *c, const struct node *node, bool neg)
{
	uint32_t set = node->compare == COMPARE_EQ ? node->states : ~node->states;

	if (is_bound_only(node) && (c->states & SK_STATE_BIT(SK_STATE_CLOSE)))
		return open_end(c);
	if (neg)
		set = ~set;
	if (!(c->states & ~set))
		return TERM_TRUE;
	return c->states & set ? open_end(c) : TERM_FALSE;
}

static uint16_t device(struct compiler *c, const struct node *node, bool neg)
{
	struct condition cond = { .code = BC_DEV_COND, .number = node->integer };

	if ((c->flags & SK_COMPILE_SERIES) ||
	    (node->text && (c->flags & SK_COMPILE_ANY_NETNS)))
		return open_end(c);
	if (node->text) {
		/* 0: a pattern, or another name than the one that rows show */
		cond.number = names_find_interface(node->text);
		if (!cond.number)
			return open_end(c);
	}
	return condition(c, &cond, neg != (node->compare == COMPARE_NE));
}

/* A mark that is not told matches nothing here, but is 0 to the kernel. */
static uint16_t mark(struct compiler *c, const struct node *node, bool neg)
{
	struct condition cond = { .code = BC_MARK_COND, .number = node->integer,
				  .mask = node->mask };

	if (neg || (c->flags & SK_COMPILE_SERIES) || node->compare > COMPARE_NE)
		return open_end(c);
	c->exact = false;
	return condition(c, &cond, node->compare == COMPARE_NE);
}

/*
 * TIME_WAIT and SYN_RECV have cgroup 0 in the kernel's eyes, while a row may know it
 * from an earlier state: 0 always passes.
 */
static uint16_t cgroup(struct compiler *c, const struct node *node, bool neg)
{
	struct condition cond = { .code = BC_CGROUP_COND, .number = node->integer };
	const struct condition none = { .code = BC_CGROUP_COND, .number = 0 };

	if ((c->flags & SK_COMPILE_SERIES) || node->integer == 0)
		return open_end(c);
	c->exact = false;
	if (neg != (node->compare == COMPARE_NE))
		return condition(c, &cond, true);
	return either(c, condition(c, &cond, false), condition(c, &none, false));
}

static uint16_t leaf(struct compiler *c, const struct node *node, bool neg)
{
	/* the kernel does not tell a protocol's port from another's */
	if (node->protos)
		return open_end(c);
	switch (node->kind) {
	case NODE_STATE:
		return state(c, node, neg);
	case NODE_ADDR:
		return address(c, node->side, &node->host,
			       neg != (node->compare == COMPARE_NE));
	case NODE_NAME: /* nothing with an IP address has one */
		return neg ? TERM_TRUE : TERM_FALSE;
	case NODE_PORT:
		return port(c, node, neg);
	case NODE_PREFIX:
		return prefix(c, node, neg);
	case NODE_NUMBER:
		return number(c, node, neg);
	case NODE_DEV:
		return device(c, node, neg);
	case NODE_MARK:
		return mark(c, node, neg);
	case NODE_CGROUP:
		return cgroup(c, node, neg);
	default:
		return open_end(c);
	}
}

/* A superset of the node, or of its negation. */
static uint16_t approximate(struct compiler *c, uint16_t i, bool neg)
{
	const struct node *node = &c->filter->nodes[i];
	uint16_t left, right;

	if (node->kind == NODE_NOT)
		return approximate(c, node->left, !neg);
	if (node->kind != NODE_AND && node->kind != NODE_OR)
		return leaf(c, node, neg);
	left = approximate(c, node->left, neg);
	right = approximate(c, node->right, neg);
	return (node->kind == NODE_AND) != neg ? both(c, left, right) :
						 either(c, left, right);
}

/* False when no socket in this state can match, whatever else it is. */
static bool possible(const struct sk_filter *filter, uint16_t i, bool neg, uint32_t bit)
{
	const struct node *node = &filter->nodes[i];
	bool is;

	switch (node->kind) {
	case NODE_NOT:
		return possible(filter, node->left, !neg, bit);
	case NODE_AND:
	case NODE_OR:
		is = possible(filter, node->left, neg, bit);
		if (is != ((node->kind == NODE_AND) != neg))
			return is;
		return possible(filter, node->right, neg, bit);
	case NODE_STATE:
		if (is_bound_only(node) && bit == SK_STATE_BIT(SK_STATE_CLOSE))
			return true;
		is = ((node->states & bit) != 0) == (node->compare == COMPARE_EQ);
		return is != neg;
	default:
		return true;
	}
}

static uint32_t possible_states(const struct sk_filter *filter)
{
	uint32_t states = 0;

	for (unsigned state_no = 1; state_no < SK_STATE_COUNT; state_no++) {
		uint32_t bit = SK_STATE_BIT(state_no);

		if (possible(filter, filter->root, false, bit))
			states |= bit;
	}
	return states;
}

static bool names_bound(const struct sk_filter *filter)
{
	bool named = false;

	for (uint16_t i = 0; filter && i < filter->n; i++)
		named |= filter->nodes[i].kind == NODE_STATE &&
			 (filter->nodes[i].states & FILTER_STATE_BOUND);
	return named;
}

bool sk_filter_bound(const struct sk_filter *filter)
{
	return names_bound(filter) &&
	       possible_states(filter) == SK_STATE_BIT(SK_STATE_CLOSE);
}

bool sk_filter_bound_too(const struct sk_filter *filter)
{
	return names_bound(filter) &&
	       possible(filter, filter->root, false, FILTER_STATE_BOUND);
}

/* The kernel sees no states here, but only a listener has no remote port. */
static uint16_t with_listeners(struct compiler *c, uint16_t root)
{
	const struct condition no_port = { .code = BC_D_COND, .port = 0 };

	c->states |= SK_STATE_BIT(SK_STATE_LISTEN);
	c->exact = false;
	return either(c, root, condition(c, &no_port, false));
}

int sk_filter_compile(const struct sk_filter *filter, unsigned flags,
		      struct sk_bytecode *out)
{
	bool series = (flags & SK_COMPILE_SERIES) != 0;
	struct compiler c = { .filter = filter, .flags = flags,
			      .states = SK_STATES_ALL, .exact = true };
	uint16_t root;
	int err;

	out->protos = series ? PROTOS_SERIES : PROTOS_ONCE;
	out->states = SK_STATES_ALL;
	out->exact = true;
	out->len = 0;
	if (!filter)
		return 0;
	/* a socket's earlier states are worth knowing in a series */
	if (!series)
		c.states = possible_states(filter);
	err = terms_init(&c.terms, filter->n);
	if (err)
		return err;
	root = approximate(&c, filter->root, false);
	if (flags & SK_COMPILE_LISTENERS)
		root = with_listeners(&c, root);
	out->states = c.states;
	out->exact = c.exact;
	if (terms_emit(&c.terms, root, out->code, &out->len)) {
		out->len = 0;
		out->exact = false;
	}
	terms_free(&c.terms);
	return 0;
}
