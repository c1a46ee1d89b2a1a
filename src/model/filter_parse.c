/* SPDX-License-Identifier: MIT */
/*
 * Recursive descent over at most FILTER_DEPTH_MAX levels:
 *   or := and { "or" and } ; and := not { ["and"] not } ; not := "not" not | primary
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "model/filter.h"

struct parser {
	const char *text;
	const struct sk_table *table;
	struct sk_filter *filter;
	struct sk_filter_error *error;
	struct token token; /* the one to look at */
	size_t offset;	    /* behind it */
	unsigned depth;
	bool sockets; /* the rows are sockets: state, src, sport... exist */
};

/** How the operand of one column is read. */
typedef int operand_fn(struct parser *p, const struct token *operand, struct node *node);

static int parse_or(struct parser *p, uint16_t *out);

__attribute__((format(printf, 3, 4))) static int fail(struct parser *p, size_t offset,
						      const char *format, ...)
{
	va_list args;

	p->error->offset = offset;
	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	for (char *c = p->error->message; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return -EINVAL;
}

static void advance(struct parser *p)
{
	p->token = filter_next_token(p->text, &p->offset);
}

/* What a token looks like in a message, cut to a sane length. */
static const char *shown(const struct token *token, char buffer[48])
{
	if (token->kind == TOKEN_END)
		return "the end";
	snprintf(buffer, 48, "'%.*s'", token->len > 40 ? 40 : (int)token->len,
		 token->text);
	return buffer;
}

static int add_node(struct parser *p, const struct node *node, uint16_t *out)
{
	struct sk_filter *filter = p->filter;

	if (filter->n == filter->capacity) {
		uint16_t capacity = filter->capacity ? filter->capacity * 2 : 16;
		struct node *bigger;

		if (filter->n == FILTER_NODES_MAX)
			return fail(p, p->token.offset, "the filter is too long");
		bigger = realloc(filter->nodes, capacity * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		filter->nodes = bigger;
		filter->capacity = capacity;
	}
	filter->nodes[filter->n] = *node;
	*out = filter->n++;
	if (node->column)
		filter->needs |= node->column->needs;
	return 0;
}

static int join(struct parser *p, enum node_kind kind, uint16_t left, uint16_t right,
		uint16_t *out)
{
	struct node node = { .kind = kind, .left = left, .right = right };

	return add_node(p, &node, out);
}

static int read_states(struct parser *p, const struct token *operand, struct node *node)
{
	char buffer[48];

	node->kind = NODE_STATE;
	if (sk_state_parse(operand->text, operand->len, &node->states))
		return fail(p, operand->offset, "%s is no state; try established, "
			    "time-wait, listen, connected...", shown(operand, buffer));
	return 0;
}

static int read_host(struct parser *p, const struct token *operand, struct node *node)
{
	char message[120];

	if (filter_parse_host(operand->text, operand->len, &node->host, message,
			      sizeof(message)))
		return fail(p, operand->offset, "%s", message);
	return 0;
}

static int read_ports(struct parser *p, const struct token *operand, struct node *node)
{
	char buffer[48];

	if (filter_parse_ports(operand->text, operand->len, &node->port_first,
			       &node->port_last))
		return fail(p, operand->offset,
			    "%s is no port, no range of ports and no service",
			    shown(operand, buffer));
	if (node->port_first != node->port_last && node->compare != COMPARE_EQ &&
	    node->compare != COMPARE_NE)
		return fail(p, operand->offset, "a range of ports needs = or !=");
	return 0;
}

static int read_prefix(struct parser *p, const struct token *operand, struct node *node)
{
	int err = read_host(p, operand, node);

	if (!err && node->host.port >= 0)
		err = fail(p, operand->offset, "%s is an address without a port here; "
			   "use sport, dport, src or dst", node->column->id);
	return err;
}

static int copy_text(struct parser *p, const struct token *operand, const char *suffix,
		     struct node *node)
{
	size_t size = operand->len + strlen(suffix) + 1;

	if (operand->len > 256)
		return fail(p, operand->offset, "the text is longer than 256 bytes");
	node->text = malloc(size);
	if (!node->text)
		return -ENOMEM;
	snprintf(node->text, size, "%.*s%s", (int)operand->len, operand->text, suffix);
	return 0;
}

/*
 * A short pattern can make regcomp() build gigabytes (each + doubles what it stands
 * behind) and regexec() run for ever (back references).
 */
static const char *dangerous(const char *pattern)
{
	unsigned repeats = 0;

	for (const char *c = pattern; *c; c++) {
		repeats += strchr("*+?", *c) != NULL;
		if (*c == '{')
			return "'{' is not allowed in a pattern here";
		if (*c == '\\' && c[1] >= '0' && c[1] <= '9')
			return "back references are not allowed in a pattern here";
	}
	return repeats > 6 ? "more than six of * + ? in a pattern" : NULL;
}

static int read_regex(struct parser *p, const struct token *operand, struct node *node)
{
	char message[80];
	int err = copy_text(p, operand, "", node);

	if (err)
		return err;
	node->kind = NODE_REGEX;
	node->regex = calloc(1, sizeof(*node->regex));
	if (!node->regex)
		return -ENOMEM;
	if (dangerous(node->text))
		err = fail(p, operand->offset, "%s", dangerous(node->text));
	else if ((err = regcomp(node->regex, node->text,
				REG_EXTENDED | REG_ICASE | REG_NOSUB))) {
		regerror(err, node->regex, message, sizeof(message));
		err = fail(p, operand->offset, "bad pattern: %s", message);
	}
	if (err) {
		free(node->regex);
		node->regex = NULL;
	}
	return err;
}

static int read_text(struct parser *p, const struct token *operand, struct node *node)
{
	/* "tcp" means both families of it, as -t does */
	bool family = strcmp(node->column->id, "proto") == 0 && operand->len &&
		      !strchr("6*?", operand->text[operand->len - 1]);

	if (node->compare == COMPARE_MATCH || node->compare == COMPARE_NOMATCH)
		return read_regex(p, operand, node);
	if (node->compare != COMPARE_EQ && node->compare != COMPARE_NE)
		return fail(p, operand->offset, "%s is text: use = != ~ or !~",
			    node->column->id);
	node->kind = NODE_TEXT;
	return copy_text(p, operand, family ? "*" : "", node);
}

static bool parse_integer(const struct token *operand, enum sk_unit unit, uint64_t *out)
{
	char copy[32];
	char *end;

	if (operand->len == 0 || operand->len >= sizeof(copy))
		return false;
	memcpy(copy, operand->text, operand->len);
	copy[operand->len] = '\0';
	if (!strchr("0123456789abcdefABCDEF", *copy))
		return false;
	errno = 0;
	*out = strtoull(copy, &end, unit == SK_UNIT_HEX ? 16 :
				    strncasecmp(copy, "0x", 2) == 0 ? 16 : 10);
	return *end == '\0' && errno == 0;
}

static int read_number(struct parser *p, const struct token *operand, struct node *node)
{
	static const char *const examples[] = {
		[SK_UNIT_NUMBER] = "12",	 [SK_UNIT_COUNT] = "12, 3k",
		[SK_UNIT_BYTES] = "100, 10k, 1Mi", [SK_UNIT_BYTES_RATE] = "100, 10k, 1M",
		[SK_UNIT_RATE] = "0.5, 12, 3k",	 [SK_UNIT_SECONDS] = "100ms, 2s, 5m, 1h",
		[SK_UNIT_HEX] = "1f",		 [SK_UNIT_PERCENT] = "5%",
	};
	enum sk_unit unit = node->column->unit;
	char buffer[48];

	if (node->compare == COMPARE_MATCH || node->compare == COMPARE_NOMATCH)
		return fail(p, operand->offset, "%s is a number: use = != < > <= >=",
			    node->column->id);
	node->kind = NODE_NUMBER;
	node->exact = parse_integer(operand, unit, &node->integer);
	node->number = (double)node->integer;
	if (unit == SK_UNIT_SECONDS || unit == SK_UNIT_RATE || !node->exact) {
		node->exact = false;
		if (sk_unit_parse(unit, operand->text, operand->len, &node->number))
			return fail(p, operand->offset, "%s is no value of %s; write %s",
				    shown(operand, buffer), node->column->id,
				    examples[unit]);
	}
	return 0;
}

/* `uid` stands behind `user`: numbers are looked up there. */
static const struct sk_column *column_for(const struct parser *p,
					  const struct sk_column *column,
					  const struct token *operand)
{
	uint64_t uid;

	if (strcmp(column->id, "user") == 0 &&
	    parse_integer(operand, SK_UNIT_NUMBER, &uid))
		return sk_column_find(p->table, "uid", 3);
	return column;
}

static bool is_column(const struct node *node, const char *id)
{
	return node->column && strcmp(node->column->id, id) == 0;
}

static operand_fn *reader_of(const struct parser *p, const struct node *node)
{
	bool equality = node->compare == COMPARE_EQ || node->compare == COMPARE_NE;

	if (node->kind == NODE_PORT)
		return read_ports;
	if (node->kind == NODE_ADDR)
		return read_host;
	if (is_column(node, "state") && equality &&
	    (p->sockets || p->table == sk_table(SK_TABLE_STATES)))
		return read_states;
	if (node->kind == NODE_PREFIX)
		return read_prefix;
	return node->column->unit == SK_UNIT_TEXT ? read_text : read_number;
}

/* One operand makes one node; *out is its number. */
static int parse_operand(struct parser *p, struct node node, uint16_t *out)
{
	const struct token operand = p->token;
	char buffer[48];
	int err;

	if (operand.kind == TOKEN_BAD)
		return fail(p, operand.offset, "the closing '\"' is missing");
	if (operand.kind != TOKEN_WORD && operand.kind != TOKEN_STRING)
		return fail(p, operand.offset, "a value is missing before %s",
			    shown(&operand, buffer));
	if (node.column)
		node.column = column_for(p, node.column, &operand);
	err = reader_of(p, &node)(p, &operand, &node);
	if (!err)
		err = add_node(p, &node, out);
	if (err) {
		free(node.text);
		return err;
	}
	advance(p);
	return 0;
}

/* "a, b, c" up to what is no comma; any of them (none of them after !=). */
static int parse_set(struct parser *p, const struct node *pattern, bool close,
		     uint16_t *out)
{
	bool none = pattern->compare == COMPARE_NE || pattern->compare == COMPARE_NOMATCH;
	int err = parse_operand(p, *pattern, out);

	while (!err && p->token.kind == TOKEN_COMMA) {
		uint16_t next;

		advance(p);
		err = parse_operand(p, *pattern, &next);
		if (!err)
			err = join(p, none ? NODE_AND : NODE_OR, *out, next, out);
	}
	if (err || !close)
		return err;
	if (p->token.kind != TOKEN_CLOSE)
		return fail(p, p->token.offset, "')' is missing at the end of the set");
	advance(p);
	return 0;
}

/* [OP] VALUE{,VALUE} or [not] in (VALUE, ...). */
static int parse_comparison(struct parser *p, struct node *node, bool op_optional,
			    uint16_t *out)
{
	char buffer[48];
	bool set = false;

	node->compare = COMPARE_EQ;
	if (p->token.kind == TOKEN_WORD && filter_word_is(&p->token, "in")) {
		advance(p);
		set = true;
	} else if (filter_token_compare(&p->token, &node->compare)) {
		advance(p);
	} else if (!op_optional) {
		return fail(p, p->token.offset, "a comparison (= != < > <= >= ~ in) is "
			    "missing before %s", shown(&p->token, buffer));
	}
	if (p->token.kind == TOKEN_OPEN) {
		advance(p);
		return parse_set(p, node, true, out);
	}
	if (set)
		return fail(p, p->token.offset, "'in' needs a set in parentheses");
	return parse_set(p, node, false, out);
}

/* What reads text or an address must not be compared by < and the like. */
static int check_order(struct parser *p, const struct node *node, size_t offset,
		       const char *word)
{
	if (node->compare == COMPARE_EQ || node->compare == COMPARE_NE)
		return 0;
	return fail(p, offset, "%s can only be compared by = and !=", word);
}

/** A predicate that only sockets have. */
static const struct {
	const char *word;
	enum node_kind kind;
	enum side side;
	bool op_optional;
} socket_predicates[] = {
	{ "src", NODE_ADDR, SIDE_LOCAL, true },
	{ "dst", NODE_ADDR, SIDE_REMOTE, true },
	{ "sport", NODE_PORT, SIDE_LOCAL, true },
	{ "dport", NODE_PORT, SIDE_REMOTE, true },
	{ "port", NODE_PORT, SIDE_EITHER, true },
};

static int parse_socket_predicate(struct parser *p, size_t i, uint16_t *out)
{
	struct node node = { .kind = socket_predicates[i].kind,
			     .side = socket_predicates[i].side };
	size_t offset;
	int err;

	advance(p);
	offset = p->token.offset;
	err = parse_comparison(p, &node, socket_predicates[i].op_optional, out);
	if (!err && (node.kind == NODE_ADDR || node.compare >= COMPARE_MATCH))
		err = check_order(p, &node, offset, socket_predicates[i].word);
	return err;
}

/* "state X", "exclude X", with an optional comparison as for any column. */
static int parse_state(struct parser *p, bool exclude, uint16_t *out)
{
	struct node node = { .kind = NODE_STATE,
			     .column = sk_column_find(p->table, "state", 5) };
	int err;

	advance(p);
	err = parse_comparison(p, &node, true, out);
	return err || !exclude ? err : join(p, NODE_NOT, *out, 0, out);
}

static int parse_column(struct parser *p, const struct sk_column *column, uint16_t *out)
{
	struct node node = { .kind = column->flags & SK_COL_ADDRESS ? NODE_PREFIX :
								      NODE_NUMBER,
			     .column = column };
	size_t offset;
	int err;

	advance(p);
	offset = p->token.offset;
	err = parse_comparison(p, &node, false, out);
	if (!err && node.kind == NODE_PREFIX)
		err = check_order(p, &node, offset, column->id);
	return err;
}

static int fail_word(struct parser *p)
{
	const char *near = filter_suggest(p->table, p->token.text, p->token.len);
	char buffer[48];

	if (!p->sockets) {
		for (const char *const *w = filter_socket_words; *w; w++) {
			if (filter_word_is(&p->token, *w))
				return fail(p, p->token.offset, "%s is for connections; "
					    "rows of %s have no such thing", *w,
					    p->table->name);
		}
	}
	if (near)
		return fail(p, p->token.offset, "%s is no column and no keyword; did you "
			    "mean '%s'?", shown(&p->token, buffer), near);
	return fail(p, p->token.offset, "%s is no column of %s and no keyword",
		    shown(&p->token, buffer), p->table->name);
}

static int parse_predicate(struct parser *p, uint16_t *out)
{
	const struct sk_column *column = sk_column_find(p->table, p->token.text,
							p->token.len);
	struct node node = { .kind = NODE_STATE };

	if (p->sockets && filter_word_is(&p->token, "state"))
		return parse_state(p, false, out);
	if (p->sockets && (filter_word_is(&p->token, "exclude") ||
			   filter_word_is(&p->token, "excl")))
		return parse_state(p, true, out);
	for (size_t i = 0; p->sockets && i < sizeof(socket_predicates) /
						     sizeof(socket_predicates[0]); i++) {
		if (filter_word_is(&p->token, socket_predicates[i].word))
			return parse_socket_predicate(p, i, out);
	}
	if (!column && p->sockets && filter_word_is(&p->token, "fwmark"))
		column = sk_column_find(p->table, "mark", 4);
	if (column)
		return parse_column(p, column, out);
	if (!p->sockets || sk_state_parse(p->token.text, p->token.len, &node.states))
		return fail_word(p);
	advance(p);
	node.column = sk_column_find(p->table, "state", 5);
	return add_node(p, &node, out);
}

static int parse_primary(struct parser *p, uint16_t *out)
{
	size_t open = p->token.offset;
	char buffer[48];
	int err;

	switch (p->token.kind) {
	case TOKEN_WORD:
		return parse_predicate(p, out);
	case TOKEN_OPEN:
		advance(p);
		err = parse_or(p, out);
		if (!err && p->token.kind != TOKEN_CLOSE)
			err = fail(p, p->token.kind == TOKEN_END ? open : p->token.offset,
				   "')' is missing");
		if (!err)
			advance(p);
		return err;
	case TOKEN_END:
		return fail(p, p->token.offset, "the filter ends too early: a predicate "
			    "is missing");
	default:
		return fail(p, p->token.offset, "a predicate is missing before %s",
			    shown(&p->token, buffer));
	}
}

static int parse_not(struct parser *p, uint16_t *out)
{
	int err;

	if (++p->depth > FILTER_DEPTH_MAX)
		return fail(p, p->token.offset, "more than %d levels of parentheses",
			    FILTER_DEPTH_MAX);
	if (p->token.kind == TOKEN_NOT) {
		advance(p);
		err = parse_not(p, out);
		if (!err)
			err = join(p, NODE_NOT, *out, 0, out);
	} else {
		err = parse_primary(p, out);
	}
	p->depth--;
	return err;
}

static int parse_and(struct parser *p, uint16_t *out)
{
	int err = parse_not(p, out);

	while (!err && p->token.kind != TOKEN_END && p->token.kind != TOKEN_OR &&
	       p->token.kind != TOKEN_CLOSE) {
		uint16_t right;

		if (p->token.kind == TOKEN_AND)
			advance(p);
		err = parse_not(p, &right);
		if (!err)
			err = join(p, NODE_AND, *out, right, out);
	}
	return err;
}

static int parse_or(struct parser *p, uint16_t *out)
{
	int err = parse_and(p, out);

	while (!err && p->token.kind == TOKEN_OR) {
		uint16_t right;

		advance(p);
		err = parse_and(p, &right);
		if (!err)
			err = join(p, NODE_OR, *out, right, out);
	}
	return err;
}

int sk_filter_parse(const char *text, const struct sk_table *table,
		    struct sk_filter **out, struct sk_filter_error *error)
{
	struct parser p = { .text = text, .table = table, .error = error,
			    .sockets = table == sk_table(SK_TABLE_CONNECTIONS) };
	int err;

	*out = NULL;
	advance(&p);
	if (p.token.kind == TOKEN_END)
		return 0;
	if (strlen(text) > FILTER_TEXT_MAX)
		return fail(&p, FILTER_TEXT_MAX, "the filter is longer than %d bytes",
			    FILTER_TEXT_MAX);
	p.filter = calloc(1, sizeof(*p.filter));
	if (!p.filter)
		return -ENOMEM;
	err = parse_or(&p, &p.filter->root);
	if (!err && p.token.kind != TOKEN_END)
		err = fail(&p, p.token.offset, "')' without its '('");
	if (err) {
		sk_filter_free(p.filter);
		return err;
	}
	*out = p.filter;
	return 0;
}

void sk_filter_free(struct sk_filter *filter)
{
	if (!filter)
		return;
	for (uint16_t i = 0; i < filter->n; i++) {
		free(filter->nodes[i].text);
		if (filter->nodes[i].regex)
			regfree(filter->nodes[i].regex);
		free(filter->nodes[i].regex);
	}
	free(filter->nodes);
	free(filter);
}
