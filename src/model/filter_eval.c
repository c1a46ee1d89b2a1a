/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include <string.h>
#include "model/filter.h"

static bool in_host(const struct host *host, const struct sk_addr *addr, uint16_t port,
		    bool v6)
{
	if (host->port >= 0 && host->port != port)
		return false;
	if ((host->family == 6 && !v6) || (host->family == 4 && !sk_addr_is_v4(addr)))
		return false;
	return host->prefix_len == 0 ||
	       sk_addr_in_prefix(addr, &host->net, host->prefix_len);
}

static bool match_addr(const struct node *node, const struct sk_socket *s)
{
	bool v6 = (s->flags & SK_F_V6) != 0;
	bool is = sk_proto_has_ip(s->proto) &&
		  (node->side == SIDE_LOCAL ?
			  in_host(&node->host, &s->local, s->lport, v6) :
			  in_host(&node->host, &s->remote, s->rport, v6));

	return is == (node->compare == COMPARE_EQ);
}

static bool compare_order(enum compare compare, int order)
{
	switch (compare) {
	case COMPARE_EQ:
		return order == 0;
	case COMPARE_NE:
		return order != 0;
	case COMPARE_LT:
		return order < 0;
	case COMPARE_GT:
		return order > 0;
	case COMPARE_LE:
		return order <= 0;
	default:
		return order >= 0;
	}
}

static bool match_one_port(const struct node *node, uint16_t port)
{
	int order = port < node->port_first ? -1 : port > node->port_last;

	return compare_order(node->compare, order);
}

static bool match_port(const struct node *node, const struct sk_socket *s)
{
	bool local = match_one_port(node, s->lport), remote = match_one_port(node, s->rport);

	if (!sk_proto_has_ip(s->proto))
		return false;
	if (node->side == SIDE_LOCAL)
		return local;
	if (node->side == SIDE_REMOTE)
		return remote;
	/* neither is the port, but one of them is above it */
	return node->compare == COMPARE_NE ? local && remote : local || remote;
}

static bool match_number(const struct node *node, const struct sk_value *value)
{
	double number = value->kind == SK_VALUE_REAL ? value->real : (double)value->uint;

	if (value->kind == SK_VALUE_UINT && node->exact)
		return compare_order(node->compare, value->uint < node->integer ?
							    -1 :
							    value->uint > node->integer);
	return compare_order(node->compare, number < node->number ?
						    -1 :
						    number > node->number);
}

static const char *text_of(const struct sk_value *value, char buffer[SK_ADDR_STRLEN])
{
	if (value->kind == SK_VALUE_ADDR)
		return sk_addr_format(value->addr, value->v6, buffer);
	return value->text;
}

static bool match_text(const struct node *node, const char *text)
{
	bool is;

	if (node->kind == NODE_REGEX) {
		is = regexec(node->regex, text, 0, NULL, 0) == 0;
		return is == (node->compare == COMPARE_MATCH);
	}
	is = fnmatch(node->text, text, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
	return is == (node->compare == COMPARE_EQ);
}

static bool match_column(const struct node *node, const struct sk_context *context,
			 const void *row)
{
	char buffer[SK_ADDR_STRLEN];
	struct sk_value value;

	sk_column_get(node->column, context, row, &value);
	if (value.kind == SK_VALUE_NONE)
		return false;
	switch (node->kind) {
	case NODE_STATE:
		return ((node->states & SK_STATE_BIT(value.uint)) != 0) ==
		       (node->compare == COMPARE_EQ);
	case NODE_NUMBER:
		return match_number(node, &value);
	case NODE_PREFIX:
		if (value.kind != SK_VALUE_ADDR)
			return false;
		return in_host(&node->host, value.addr, 0, value.v6) ==
		       (node->compare == COMPARE_EQ);
	default:
		return match_text(node, text_of(&value, buffer));
	}
}

static bool match_node(const struct sk_filter *filter, uint16_t i,
		       const struct sk_context *context, const void *row)
{
	const struct node *node = &filter->nodes[i];

	switch (node->kind) {
	case NODE_AND:
		return match_node(filter, node->left, context, row) &&
		       match_node(filter, node->right, context, row);
	case NODE_OR:
		return match_node(filter, node->left, context, row) ||
		       match_node(filter, node->right, context, row);
	case NODE_NOT:
		return !match_node(filter, node->left, context, row);
	case NODE_ADDR:
		return match_addr(node, row);
	case NODE_PORT:
		return match_port(node, row);
	default:
		return match_column(node, context, row);
	}
}

bool sk_filter_match(const struct sk_filter *filter, const struct sk_context *context,
		     const void *row)
{
	return !filter || match_node(filter, filter->root, context, row);
}

uint32_t sk_filter_needs(const struct sk_filter *filter)
{
	return filter ? filter->needs : 0;
}
