/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sktop/ascii.h>
#include "columns/columns.h"
#include "columns/owners.h"
#include "filter/filter.h"

static bool in_host(const struct host *host, const struct sk_addr *addr, uint16_t port,
		    bool v6)
{
	if (host->port >= 0 && host->port != port)
		return false;
	if ((host->family == 6 && !v6) || (host->family == 4 && v6))
		return false;
	return host->prefix_len == 0 ||
	       sk_addr_in_prefix(addr, &host->net, host->prefix_len);
}

/* True if one of these names, one per line, matches. NULL = there are none. */
static bool any_name(const char *names,
		     bool (*fits)(const char *name, const void *wanted), const void *wanted)
{
	while (names && *names) {
		size_t len = strcspn(names, "\n");
		char name[SK_ALTNAME_STRLEN];

		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (fits(name, wanted))
			return true;
		names += len + (names[len] == '\n');
	}
	return false;
}

static bool is_same(const char *name, const void *wanted)
{
	return strcmp(name, wanted) == 0;
}

/* "7" for 7. */
static bool is_index(const char *text, uint32_t ifindex)
{
	char number[16];

	snprintf(number, sizeof(number), "%" PRIu32, ifindex);
	return strcmp(text, number) == 0;
}

/* By index or any of its names; "" is any device, or none. */
static bool on_device(const struct sk_context *context, uint16_t netns, uint32_t ifindex,
		      const char *asked)
{
	struct sk_value value;

	if (!*asked)
		return true;
	if (!ifindex)
		return false;
	memset(&value, 0, offsetof(struct sk_value, buffer));
	value_interface(context, netns, ifindex, &value);
	return is_index(asked, ifindex) || is_same(value.text, asked) ||
	       any_name(value.names, is_same, asked);
}

static bool match_addr(const struct node *node, const struct sk_context *context,
		       const struct sk_socket *s)
{
	const struct sk_attrs *attrs = sk_attrs(context->sample, s);
	bool v6 = (s->flags & SK_F_V6) != 0;
	bool is;

	/* what has no address is neither in a prefix nor out of it */
	if (!sk_proto_has_ip(s->proto))
		return false;
	is = (node->side == SIDE_LOCAL ?
		      in_host(&node->host, &attrs->local, s->lport, v6) :
		      in_host(&node->host, &s->remote, s->rport, v6)) &&
	     on_device(context, s->netns, attrs->ifindex, node->host.device);
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

/* The port of a service in one protocol is no port of it in another. */
static bool is_other_proto(const struct node *node, enum sk_proto proto)
{
	return node->protos && !(node->protos & SK_PROTO_BIT(proto));
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
	if (is_other_proto(node, s->proto))
		return node->compare == COMPARE_NE;
	if (node->side == SIDE_LOCAL)
		return local;
	if (node->side == SIDE_REMOTE)
		return remote;
	/* neither is the port, but one of them is above it */
	return node->compare == COMPARE_NE ? local && remote : local || remote;
}

/* Below, within or above a range; most ranges are a single number. */
static bool match_range(const struct node *node, const struct sk_value *value)
{
	double number = value->kind == SK_VALUE_REAL ? value->real : (double)value->uint;

	if (value->kind != SK_VALUE_REAL && node->exact)
		return compare_order(node->compare, value->uint < node->integer ?
							    -1 :
							    value->uint >
								    node->integer_last);
	return compare_order(node->compare, number < node->number ?
						    -1 :
						    number > node->number_last);
}

static bool match_number(const struct node *node, const struct sk_value *value)
{
	if (is_other_proto(node, value->proto))
		return node->compare == COMPARE_NE;
	return (value->kind == SK_VALUE_UINT || value->kind == SK_VALUE_REAL ||
		value->kind == SK_VALUE_ENUM) &&
	       match_range(node, value);
}

static bool match_mark(const struct node *node, const struct sk_value *value)
{
	uint32_t mark = (uint32_t)value->uint & node->mask;

	return compare_order(node->compare, mark < node->integer ? -1 :
					    mark > node->integer);
}

/* Writes a value as people read it, for text patterns. */
static const char *text_of(const struct sk_value *value, char buffer[SK_ADDR_STRLEN])
{
	switch (value->kind) {
	case SK_VALUE_ADDR:
		return value->text ? value->text :
				     sk_addr_format(value->addr, value->v6, buffer);
	case SK_VALUE_UINT:
		snprintf(buffer, SK_ADDR_STRLEN, "%" PRIu64, value->uint);
		return buffer;
	case SK_VALUE_REAL:
		snprintf(buffer, SK_ADDR_STRLEN, "%g", value->real);
		return buffer;
	default:
		return value->text ? value->text : "";
	}
}

static bool match_text(locale_t locale, const struct node *node, const char *text)
{
	size_t len = strlen(text);
	char copy[16];
	bool is;

	if (node->kind == NODE_REGEX) {
		is = filter_regex_match(locale, node->regex, text);
		return is == (node->compare == COMPARE_MATCH);
	}
	if (node->both_families && len && len < sizeof(copy) && text[len - 1] == '6') {
		snprintf(copy, sizeof(copy), "%.*s", (int)len - 1, text);
		text = copy;
	}
	/* a text that holds [ ] or * is found by itself, too */
	is = sk_ascii_same(text, node->text) ||
	     filter_glob_match(locale, node->text, text, true);
	return is == (node->compare == COMPARE_EQ);
}

/** A pattern that names are compared with. */
struct wanted {
	locale_t locale;
	const struct node *node;
};

static bool is_device(const char *name, const void *arg)
{
	const struct wanted *wanted = arg;

	return filter_glob_match(wanted->locale, wanted->node->text, name, false);
}

/* A socket that is bound to none has no device, which is not the same as unknown. */
static bool match_dev(locale_t locale, const struct node *node,
		      const struct sk_context *context, const struct sk_socket *s)
{
	struct sk_value value;
	bool is;

	if (!node->text) {
		is = sk_attrs(context->sample, s)->ifindex == node->integer;
		return is == (node->compare == COMPARE_EQ);
	}
	sk_column_get(node->column, context, s, &value);
	is = value.kind == SK_VALUE_TEXT &&
	     (filter_glob_match(locale, node->text, value.text, false) ||
	      any_name(value.names, is_device, &(struct wanted){ locale, node }));
	sk_value_free(&value);
	return is == (node->compare == COMPARE_EQ);
}

static bool match_cgroup(const struct node *node, const struct sk_context *context,
			 const struct sk_socket *s)
{
	bool is = sk_attrs(context->sample, s)->cgroup == node->integer;

	return (s->flags & SK_F_CGROUP) && is == (node->compare == COMPARE_EQ);
}

static bool match_prefix(const struct node *node, const struct sk_context *context,
			 const struct sk_value *value)
{
	const struct host *host = &node->host;
	bool is;

	/* the name of a unix socket is in no prefix, but any end is one of "*" */
	if (value->kind != SK_VALUE_ADDR)
		return host->prefix_len == 0 && !host->family && !host->device[0] &&
		       node->compare == COMPARE_EQ;
	is = in_host(&node->host, value->addr, 0, value->v6) &&
	     on_device(context, value->netns, value->ifindex, node->host.device);
	return is == (node->compare == COMPARE_EQ);
}

static bool is_wanted(const char *name, const void *arg)
{
	const struct wanted *wanted = arg;

	return match_text(wanted->locale, wanted->node, name);
}

static bool is_ruled_out(const char *name, const void *arg)
{
	return !is_wanted(name, arg);
}

static bool match_words(locale_t locale, const struct node *node,
			const struct sk_value *value)
{
	bool every = node->compare == COMPARE_NE || node->compare == COMPARE_NOMATCH;
	char buffer[SK_ADDR_STRLEN];

	/* words for the same: one that fits is enough, one that is ruled out too much */
	if (match_text(locale, node, text_of(value, buffer)) != every)
		return !every;
	if (value->also && match_text(locale, node, value->also) != every)
		return !every;
	return any_name(value->names, every ? is_ruled_out : is_wanted,
			&(struct wanted){ locale, node }) != every;
}

static bool match_value(locale_t locale, const struct node *node,
			const struct sk_context *context, const struct sk_value *value)
{
	if (value->kind == SK_VALUE_NONE)
		return false;
	switch (node->kind) {
	case NODE_STATE:
		return ((node->states & SK_STATE_BIT(value->uint)) != 0) ==
		       (node->compare == COMPARE_EQ);
	case NODE_NUMBER:
		return match_number(node, value);
	case NODE_MARK:
		return match_mark(node, value);
	case NODE_PREFIX:
		return match_prefix(node, context, value);
	default:
		return match_words(locale, node, value);
	}
}

/* One owner that is asked for is enough to match. One that is ruled out is enough not to. */
static bool match_owners(locale_t locale, const struct node *node,
			 const struct sk_context *context, const struct sk_socket *s)
{
	bool every = node->compare == COMPARE_NE || node->compare == COMPARE_NOMATCH;
	struct sk_value value;
	uint32_t i = 0;

	while (columns_owner_value(context, s, node->column->arg, i, &value)) {
		bool is = match_value(locale, node, context, &value);

		sk_value_free(&value);
		if (is != every)
			return !every;
		i++;
	}
	return every && i;
}

/* The only way that a TCP socket in CLOSE is found. */
static bool is_bound(const struct sk_socket *s)
{
	return s->proto == SK_PROTO_TCP && s->state == SK_STATE_CLOSE;
}

static bool match_column(locale_t locale, const struct node *node,
			 const struct sk_context *context, const void *row)
{
	struct sk_value value;
	bool is;

	if (node->kind == NODE_STATE && (node->states & FILTER_STATE_BOUND) &&
	    is_bound(row))
		return node->compare == COMPARE_EQ;
	if (node->column->flags & SK_COL_OWNERS)
		return match_owners(locale, node, context, row);
	sk_column_get(node->column, context, row, &value);
	is = match_value(locale, node, context, &value);
	sk_value_free(&value);
	return is;
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
		return match_addr(node, context, row);
	case NODE_PORT:
		return match_port(node, row);
	case NODE_AUTOBOUND:
		return filter_match_autobound(context->sample, row);
	case NODE_NAME:
		return filter_match_name(filter, node, context->sample, row);
	case NODE_DEV:
		return match_dev(filter->locale, node, context, row);
	case NODE_CGROUP:
		return match_cgroup(node, context, row);
	default:
		return match_column(filter->locale, node, context, row);
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

/* The interface that a comparison names, by a name and no pattern; or NULL. */
static const char *named_interface(const struct node *node)
{
	const char *device = node->host.device;

	/* all digits: an index */
	if (device[0] && device[strspn(device, "0123456789")])
		return device;
	return node->text && node->column && node->column->flags & SK_COL_INTERFACE &&
	       node->kind != NODE_REGEX && !strpbrk(node->text, "*?[") ? node->text : NULL;
}

static bool has_interface(const struct sk_sample *sample, const char *name)
{
	for (uint32_t i = 0; i < sample->n_links; i++) {
		const struct sk_link *link = &sample->links[i];

		if (is_same(link->name, name) ||
		    any_name(sk_sample_text(sample, link->altnames), is_same, name))
			return true;
	}
	return false;
}

const char *sk_filter_no_interface(const struct sk_filter *filter,
				   const struct sk_sample *sample)
{
	if (!filter || !(sample->needs & SK_NEED_LINKS) || !sample->n_links ||
	    sample->losses.part[SK_PART_LINKS].kind)
		return NULL;
	for (uint16_t i = 0; i < filter->n; i++) {
		const char *name = named_interface(&filter->nodes[i]);

		if (name && !has_interface(sample, name))
			return name;
	}
	return NULL;
}

bool sk_filter_lacks_cgroups(const struct sk_filter *filter, const struct sk_sample *sample)
{
	bool asks = false;

	for (uint16_t i = 0; filter && i < filter->n; i++)
		asks |= filter->nodes[i].kind == NODE_CGROUP;
	for (uint32_t i = 0; asks && i < sample->n_sockets; i++)
		asks = !(sample->sockets[i].flags & SK_F_CGROUP);
	return asks && sample->n_sockets;
}

bool sk_filter_uses(const struct sk_filter *filter, const struct sk_column *column)
{
	for (uint16_t i = 0; filter && column && i < filter->n; i++) {
		if (filter->nodes[i].column == column)
			return true;
	}
	return false;
}
