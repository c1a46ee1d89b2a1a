/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/text.h>
#include "filter/filter.h"

struct printer {
	char *out;
	size_t size, len;
};

static const char *const compare_text[] = { "=",  "!=", "<", ">",
					    "<=", ">=", "~", "!~" };

__attribute__((format(printf, 2, 3))) static void put(struct printer *p,
						      const char *format, ...)
{
	size_t room = p->len < p->size ? p->size - p->len : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room ? p->out + p->len : NULL, room, format, args);
	va_end(args);
	p->len += n > 0 ? (size_t)n : 0;
}

/* As it has to be typed: a quote within quotes is written twice. */
static void put_quoted(struct printer *p, const char *prefix, const char *text)
{
	put(p, "\"%s", prefix);
	for (; *text; text++)
		put(p, "%s%c", *text == '"' ? "\"" : "", *text);
	put(p, "\"");
}

static const char *state_word(unsigned state)
{
	return state < SK_STATE_COUNT ? sk_state_id(state) : "bound-inactive";
}

/* A group of states as the tree that the parser makes of its members. */
static void put_states(struct printer *p, const struct node *node)
{
	const char *sign = compare_text[node->compare];
	const char *join = node->compare == COMPARE_EQ ? "or" : "and";
	int left = __builtin_popcount(node->states);
	bool first = true, alone = left == 1;

	for (int i = 2; i < left; i++)
		put(p, "(");
	for (unsigned state = 0; SK_STATE_BIT(state) <= FILTER_STATE_BOUND; state++) {
		if (!(node->states & SK_STATE_BIT(state)))
			continue;
		if (alone) {
			put(p, "state %s %s", sign, state_word(state));
			return;
		}
		left--;
		if (first)
			put(p, "(state %s %s)", sign, state_word(state));
		else
			put(p, " %s (state %s %s)%s", join, sign, state_word(state),
			    left ? ")" : "");
		first = false;
	}
}

static void put_host(struct printer *p, const struct host *host)
{
	char addr[SK_ADDR_STRLEN];
	bool v4 = sk_addr_is_v4(&host->net) && host->prefix_len >= 96;
	const char *quote = host->device[0] ? "\"" : "";

	put(p, "%s%s", quote, host->family == 6 ? "inet6:" : host->family == 4 ? "inet:" : "");
	if (host->prefix_len == 0)
		put(p, "*");
	else
		put(p, "[%s/%u]", sk_addr_format(&host->net, !v4, addr),
		    v4 ? host->prefix_len - 96U : host->prefix_len);
	if (host->device[0])
		put(p, "%%%s", host->device);
	if (host->port >= 0)
		put(p, ":%d", host->port);
	put(p, "%s", quote);
}

static void put_addr(struct printer *p, const struct node *node)
{
	put(p, "%s %s ", node->side == SIDE_LOCAL ? "src" : "dst",
	    compare_text[node->compare]);
	put_host(p, &node->host);
}

static void put_port(struct printer *p, const struct node *node)
{
	static const char *const words[] = { [SIDE_LOCAL] = "sport",
					     [SIDE_REMOTE] = "dport",
					     [SIDE_EITHER] = "port" };

	put(p, "%s %s %u", words[node->side], compare_text[node->compare],
	    node->port_first);
	if (node->port_last != node->port_first)
		put(p, "-%u", node->port_last);
}

static void put_integer(struct printer *p, const struct node *node, uint64_t integer)
{
	if (node->column->unit == SK_UNIT_HEX)
		put(p, "%" PRIx64, integer);
	else
		put(p, "%" PRIu64, integer);
}

/* sk_unit_parse() wants a plain number: %g would write 1e+09. */
static const char *real_text(double real, char buffer[400])
{
	char *end;

	snprintf(buffer, 400, "%.9f", real);
	for (end = buffer + strlen(buffer); end[-1] == '0'; end--)
		;
	*(end[-1] == '.' ? end - 1 : end) = '\0';
	return buffer;
}

static void put_reals(struct printer *p, double first, double last)
{
	char from[400], to[400];

	real_text(first, from);
	real_text(last, to);
	/* the two of one number differ by less than is written */
	if (strcmp(from, to) == 0)
		put(p, "%s", from);
	else
		put(p, "%s-%s", from, to);
}

static void put_number(struct printer *p, const struct node *node)
{
	put(p, "%s %s ", node->column->id, compare_text[node->compare]);
	if (!node->exact) {
		put_reals(p, node->number, node->number_last);
		return;
	}
	put_integer(p, node, node->integer);
	if (node->integer != node->integer_last) {
		put(p, "-");
		put_integer(p, node, node->integer_last);
	}
}

static void put_mark(struct printer *p, const struct node *node)
{
	put(p, "mark %s 0x%" PRIx64, compare_text[node->compare], node->integer);
	if (node->mask != UINT32_MAX)
		put(p, "/0x%x", node->mask);
}

static void put_dev(struct printer *p, const struct node *node)
{
	put(p, "dev %s ", compare_text[node->compare]);
	if (node->text)
		put_quoted(p, "", node->text);
	else
		put(p, "%" PRIu64, node->integer);
}

/* Writes a node that has a column, an operator and a value. */
static void put_leaf(struct printer *p, const struct node *node)
{
	switch (node->kind) {
	case NODE_STATE:
		put_states(p, node);
		break;
	case NODE_ADDR:
		put_addr(p, node);
		break;
	case NODE_PORT:
		put_port(p, node);
		break;
	case NODE_NAME:
		put(p, "%s %s ", node->side == SIDE_LOCAL ? "src" : "dst",
		    compare_text[node->compare]);
		put_quoted(p, filter_kind_word(node->proto), node->text);
		break;
	case NODE_AUTOBOUND:
		put(p, "autobound");
		break;
	case NODE_DEV:
		put_dev(p, node);
		break;
	case NODE_MARK:
		put_mark(p, node);
		break;
	case NODE_CGROUP:
		put(p, "cgroup %s %" PRIu64, compare_text[node->compare], node->integer);
		break;
	case NODE_NUMBER:
		put_number(p, node);
		break;
	case NODE_PREFIX:
		put(p, "%s %s ", node->column->id, compare_text[node->compare]);
		put_host(p, &node->host);
		break;
	default:
		put(p, "%s %s ", node->column->id, compare_text[node->compare]);
		put_quoted(p, "", node->text);
	}
}

static void put_node(struct printer *p, const struct sk_filter *filter, uint16_t i)
{
	const struct node *node = &filter->nodes[i];

	put(p, "(");
	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
		put_node(p, filter, node->left);
		put(p, node->kind == NODE_AND ? " and " : " or ");
		put_node(p, filter, node->right);
		break;
	case NODE_NOT:
		put(p, "not ");
		put_node(p, filter, node->left);
		break;
	default:
		put_leaf(p, node);
	}
	put(p, ")");
}

int sk_filter_print(const struct sk_filter *filter, char *out, size_t size)
{
	struct printer p = { .out = out, .size = size };

	if (size)
		*out = '\0';
	if (filter)
		put_node(&p, filter, filter->root);
	return (int)p.len;
}

static bool is_inside(char c)
{
	return (c & 0xc0) == 0x80; /* of a character of UTF-8 */
}

/* The first bytes of a filter as it was typed, in one line. Returns their width. */
static size_t put_piece(struct printer *p, const char *text, size_t most)
{
	size_t len = strnlen(text, most), width = 0;
	char *piece, *clean;

	while (len && text[len] && is_inside(text[len]))
		len--;
	piece = strndup(text, len);
	for (char *c = piece; c && *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	clean = piece ? sk_text_typed(piece, len) : NULL;
	if (clean) {
		width = sk_text_width(clean);
		put(p, "%s", clean);
	}
	free(piece);
	free(clean);
	return width;
}

int sk_filter_error_format(const char *text, const struct sk_filter_error *error,
			   char *out, size_t size)
{
	struct printer p = { .out = out, .size = size };
	/* a long filter is shown around the culprit */
	size_t begin = error->offset > 60 ? error->offset - 50 : 0, width;

	while (begin < error->offset && is_inside(text[begin]))
		begin++;
	put(&p, "%s\n  ", error->message);
	width = put_piece(&p, text + begin, error->offset - begin);
	put_piece(&p, text + error->offset, begin + 70 - error->offset);
	put(&p, "\n  %*s^", (int)width, "");
	return (int)p.len;
}
