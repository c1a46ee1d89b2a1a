/* SPDX-License-Identifier: MIT */
/*
 * This file parses the operand of a comparison: states, hosts, ports, numbers,
 * patterns.
 */
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include <sktop/names.h>
#include <sktop/text.h>
#include "filter/parser.h"

#define TEXT_MAX FILTER_TEXT_MAX
#define REGEX_MAX 256 /* bytes: longer ones take too long to compile */

/** The function that reads the operand of one kind of comparison. */
typedef int operand_fn(struct parser *p, const struct token *operand, struct node *node);

static bool is_equality(const struct node *node)
{
	return node->compare == COMPARE_EQ || node->compare == COMPARE_NE;
}

static bool is_pattern(const struct node *node)
{
	return node->compare == COMPARE_MATCH || node->compare == COMPARE_NOMATCH;
}

int parser_states(struct parser *p, const struct token *word, uint32_t *states)
{
	const char *near;
	char buffer[48];

	if (p->sockets && (filter_word_is(word, "bound-inactive") ||
			   filter_word_is(word, "bound_inactive"))) {
		*states = FILTER_STATE_BOUND;
		return 0;
	}
	if (!sk_state_parse(word->text, word->len, states)) {
		/* ss counts those that are bound and no more among all, and big */
		if (p->sockets && (filter_word_is(word, "all") || filter_word_is(word, "big")))
			*states |= FILTER_STATE_BOUND;
		return 0;
	}
	near = filter_suggest_state(word->text, word->len);
	if (near)
		return parser_fail(p, word->offset, "%s is no state; did you mean '%s'?",
				   parser_shown(word, buffer), near);
	return parser_fail(p, word->offset, "%s is no state; try established, time-wait, "
			   "listen, connected...", parser_shown(word, buffer));
}

static int read_states(struct parser *p, const struct token *operand, struct node *node)
{
	node->kind = NODE_STATE;
	return parser_states(p, operand, &node->states);
}

static int read_ports(struct parser *p, const struct token *operand, struct node *node)
{
	char buffer[48];

	if (filter_parse_ports(operand->text, operand->len, &node->port_first,
			       &node->port_last))
		return parser_fail(p, operand->offset,
				   "%s is no port, no range of ports and no service",
				   parser_shown(operand, buffer));
	if (node->port_first != node->port_last && !is_equality(node))
		return parser_fail(p, operand->offset, "a range of ports needs = or !=");
	return 0;
}

static bool has_wildcard(const struct token *operand)
{
	for (size_t i = 0; i < operand->len; i++) {
		if (strchr("*?[", operand->text[i]))
			return true;
	}
	return false;
}

/* Copies len bytes; of a string with "" in it, one of the two. */
static void unquote(char *out, const struct token *operand)
{
	size_t n = 0;

	for (size_t i = 0; i < operand->len; i++) {
		out[n++] = operand->text[i];
		if (operand->kind == TOKEN_STRING && operand->text[i] == '"')
			i++;
	}
	out[n] = '\0';
}

/* U+FFFD is what is shown of a byte: typed back, it means any one character. */
static void take_replacements(char *text, char any)
{
	for (; (text = strstr(text, "\xef\xbf\xbd")); text++) {
		*text = any;
		memmove(text + 1, text + 3, strlen(text + 3) + 1);
	}
}

static int copy_text(struct parser *p, const struct token *operand, struct node *node)
{
	char *plain;

	if (operand->len > TEXT_MAX)
		return parser_fail(p, operand->offset,
				   "the text is longer than %d bytes", TEXT_MAX);
	plain = malloc(operand->len + 1);
	if (!plain)
		return -ENOMEM;
	unquote(plain, operand);
	node->text = sk_text_typed(plain, strlen(plain));
	free(plain);
	if (!node->text)
		return -ENOMEM;
	take_replacements(node->text, is_pattern(node) ? '.' : '?');
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
	int err;

	if (operand->len > REGEX_MAX)
		return parser_fail(p, operand->offset,
				   "the pattern is longer than %d bytes", REGEX_MAX);
	err = copy_text(p, operand, node);
	if (err)
		return err;
	node->kind = NODE_REGEX;
	node->regex = calloc(1, sizeof(*node->regex));
	if (!node->regex)
		return -ENOMEM;
	if (dangerous(node->text)) {
		err = parser_fail(p, operand->offset, "%s", dangerous(node->text));
	} else if ((err = filter_regex_compile(p->filter->locale, node->regex,
						node->text))) {
		regerror(err, node->regex, message, sizeof(message));
		err = parser_fail(p, operand->offset, "bad pattern: %s", message);
	}
	if (err) {
		free(node->regex);
		node->regex = NULL;
	}
	return err;
}

static int read_text(struct parser *p, const struct token *operand, struct node *node)
{
	if (is_pattern(node))
		return read_regex(p, operand, node);
	if (!is_equality(node))
		return parser_fail(p, operand->offset, "%s is text: use = != ~ or !~",
				   node->column->id);
	node->kind = NODE_TEXT;
	/* "tcp" means both families of it, as -t does */
	node->both_families = strcmp(node->column->id, "proto") == 0 && operand->len &&
			      !strchr("6*?", operand->text[operand->len - 1]);
	return copy_text(p, operand, node);
}

/* The whole text as an integer of the base, 0 = as C writes it. */
static bool whole_integer(const char *text, size_t len, int base, uint64_t *out)
{
	char copy[32];
	char *end;

	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!strchr("0123456789abcdefABCDEF", *copy))
		return false;
	errno = 0;
	*out = strtoull(copy, &end, sk_ascii_begins(copy, "0x", 2) ? 16 : base);
	return *end == '\0' && errno == 0;
}

/** One number in both its readings. */
struct number {
	bool exact;
	uint64_t integer;
	double real;
	double slack; /* sk_unit_slack() */
};

/*
 * The last moment at which the clock showed a time of day, HH:MM[:SS[.mmm]] as the screen
 * writes it; slack is how long it did.
 */
static int parse_clock(const char *text, size_t len, struct number *number)
{
	unsigned hour, minute, second = 0, milli = 0;
	time_t now = time(NULL), then;
	char copy[16];
	struct tm tm;
	int n, end = 0;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	n = sscanf(copy, "%2u:%2u%n:%2u%n.%3u%n", &hour, &minute, &end, &second, &end, &milli,
		   &end);
	if (len >= sizeof(copy) || n < 2 || (size_t)end != len || hour > 23 || minute > 59 ||
	    second > 60 || !localtime_r(&now, &tm))
		return -EINVAL;
	tm.tm_hour = (int)hour;
	tm.tm_min = (int)minute;
	tm.tm_sec = (int)second;
	tm.tm_isdst = -1;
	then = mktime(&tm);
	if (then > now) {
		tm.tm_mday--;
		tm.tm_isdst = -1;
		then = mktime(&tm);
	}
	number->exact = false;
	number->real = (double)then + milli / 1e3;
	number->slack = n == 2 ? 60 : n == 3 ? 1 : 0.001;
	return 0;
}

static int parse_number(enum sk_unit unit, const char *text, size_t len,
			struct number *number)
{
	bool negative = len > 1 && *text == '-';
	int err;

	text += negative;
	len -= negative;
	number->exact = !negative && whole_integer(text, len, unit == SK_UNIT_HEX ? 16 : 10,
						   &number->integer);
	number->real = (double)number->integer;
	number->slack = 0;
	if (unit == SK_UNIT_CLOCK && memchr(text, ':', len))
		return parse_clock(text, len, number);
	if (number->exact && unit != SK_UNIT_SECONDS && unit != SK_UNIT_RATE)
		return 0;
	number->exact = false;
	err = sk_unit_parse(unit, text, len, &number->real);
	if (err)
		return err;
	/* and what the binary number lacks of the decimal one */
	number->slack = sk_unit_slack(unit, text, len) + 4 * DBL_EPSILON * number->real;
	number->real = negative ? -number->real : number->real;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Whether a dash is in an exponent: 2.6e-05. 1E-2E and 1E-2000P are ranges with the suffix
 * exa, 1e-2f one of hexadecimal numbers.
 */
static bool is_in_exponent(enum sk_unit unit, const struct token *operand, size_t dash)
{
	const char *text = operand->text;
	size_t end = dash + 1;

	if (unit == SK_UNIT_HEX || (operand->len > 1 && sk_ascii_begins(text, "0x", 2)) ||
	    dash < 2 || (text[dash - 1] != 'e' && text[dash - 1] != 'E') ||
	    (!is_digit(text[dash - 2]) && text[dash - 2] != '.'))
		return false;
	while (end < operand->len && is_digit(text[end]))
		end++;
	if (end == dash + 1)
		return false;
	/* times and percents know no exa */
	return unit == SK_UNIT_SECONDS || unit == SK_UNIT_PERCENT || end == operand->len ||
	       text[end] == '-' || text[end] == '/';
}

/* The dash of VALUE-VALUE, or NULL; neither a sign nor an exponent has one. */
static const char *find_dash(enum sk_unit unit, const struct token *operand)
{
	for (size_t i = 1; i < operand->len; i++) {
		if (operand->text[i] == '-' && !is_in_exponent(unit, operand, i))
			return operand->text + i;
	}
	return NULL;
}

/* VALUE or VALUE-VALUE. */
static int parse_numbers(enum sk_unit unit, const struct token *operand,
			 struct node *node)
{
	const char *dash = find_dash(unit, operand);
	struct number first, last;
	size_t len = operand->len;

	if (dash)
		len = (size_t)(dash - operand->text);
	if (parse_number(unit, operand->text, len, &first))
		return -EINVAL;
	last = first;
	if (dash && parse_number(unit, dash + 1, operand->len - len - 1, &last))
		return -EINVAL;
	if (last.real < first.real)
		return -ERANGE;
	node->exact = first.exact && last.exact;
	node->integer = first.integer;
	node->integer_last = last.integer;
	node->number = first.real;
	node->number_last = last.real;
	/* equal is what would be shown so */
	if (!dash && is_equality(node)) {
		/* a clock goes on, what is rounded lies on both sides */
		if (unit != SK_UNIT_CLOCK || first.slack < 0.001)
			node->number -= first.slack;
		node->number_last += first.slack;
	}
	return 0;
}

static int read_number(struct parser *p, const struct token *operand, struct node *node)
{
	static const char *const examples[] = {
		[SK_UNIT_TEXT] = "12",
		[SK_UNIT_NUMBER] = "12, 100-200", [SK_UNIT_COUNT] = "12, 3k, 1k-2k",
		[SK_UNIT_BYTES] = "100, 10k, 1Mi", [SK_UNIT_BYTES_RATE] = "100, 10k, 1M",
		[SK_UNIT_RATE] = "0.5, 12, 3k",	 [SK_UNIT_SECONDS] = "100ms, 2s, 5m, 1h",
		[SK_UNIT_HEX] = "1f",		 [SK_UNIT_PERCENT] = "5%",
		[SK_UNIT_CLOCK] = "03:12:07, 1767225600",
		[SK_UNIT_PORT] = "80, https, 8000-8099",
	};
	enum sk_unit unit = node->column->unit;
	bool range = find_dash(unit, operand) != NULL;
	char buffer[48];
	int err;

	if (is_pattern(node))
		return parser_fail(p, operand->offset,
				   "%s is a number: use = != < > <= >=", node->column->id);
	node->kind = NODE_NUMBER;
	err = parse_numbers(unit, operand, node);
	if (err == -ERANGE)
		return parser_fail(p, operand->offset, "the range %s is upside down",
				   parser_shown(operand, buffer));
	if (err)
		return parser_fail(p, operand->offset, "%s is no value of %s; write %s",
				   parser_shown(operand, buffer), node->column->id,
				   examples[unit]);
	if (range && !is_equality(node))
		return parser_fail(p, operand->offset, "a range needs = or !=");
	return 0;
}

/* Columns of ports take service names as well. */
static int read_port_column(struct parser *p, const struct token *operand,
			    struct node *node)
{
	int err = is_pattern(node) ? read_number(p, operand, node) :
				     read_ports(p, operand, node);

	if (err)
		return err;
	node->kind = NODE_NUMBER;
	node->exact = true;
	node->integer = node->port_first;
	node->integer_last = node->port_last;
	return 0;
}

/* VALUE or VALUE/MASK as C writes integers: what ss's fwmark takes. */
static int read_mark(struct parser *p, const struct token *operand, struct node *node)
{
	const char *slash = memchr(operand->text, '/', operand->len);
	size_t len = slash ? (size_t)(slash - operand->text) : operand->len;
	uint64_t mask = UINT32_MAX;
	char buffer[48];

	node->kind = NODE_MARK;
	if (is_pattern(node))
		return read_number(p, operand, node);
	if (!whole_integer(operand->text, len, 0, &node->integer) ||
	    node->integer > UINT32_MAX ||
	    (slash && (!whole_integer(slash + 1, operand->len - len - 1, 0, &mask) ||
		       mask > UINT32_MAX)))
		return parser_fail(p, operand->offset, "%s is no mark; write 16, 0x10 or "
				   "0x10/0xff", parser_shown(operand, buffer));
	if (slash && !is_equality(node))
		return parser_fail(p, operand->offset, "a mask needs = or !=");
	node->mask = (uint32_t)mask;
	return 0;
}

/* A name, a pattern of names or an index. */
static int read_dev(struct parser *p, const struct token *operand, struct node *node)
{
	if (is_pattern(node))
		return read_regex(p, operand, node);
	if (!is_equality(node))
		return parser_fail(p, operand->offset, "dev is text: use = != ~ or !~");
	node->kind = NODE_DEV;
	if (operand->kind != TOKEN_STRING && /* "123" may be a name */
	    whole_integer(operand->text, operand->len, 10, &node->integer) &&
	    node->integer > 0 && node->integer <= INT32_MAX)
		return 0;
	node->integer = 0;
	return copy_text(p, operand, node);
}

/*
 * An id, or a path that has one now: both are compared by id, which the kernel can do
 * too. A pattern is compared with the paths, so that it finds what begins later.
 */
static int read_cgroup(struct parser *p, const struct token *operand, struct node *node)
{
	char path[TEXT_MAX + 1], buffer[48];

	if (!is_equality(node) || has_wildcard(operand))
		return read_text(p, operand, node);
	if (operand->len > TEXT_MAX)
		return parser_fail(p, operand->offset,
				   "the path is longer than %d bytes", TEXT_MAX);
	unquote(path, operand);
	path[sk_text_bytes(path, path)] = '\0'; /* of a row, where a byte stands as a character */
	node->kind = NODE_CGROUP;
	if (!whole_integer(operand->text, operand->len, 10, &node->integer) &&
	    !names_find_cgroup(path, &node->integer))
		return parser_fail(p, operand->offset, "%s is no cgroup and no id of one",
				   parser_shown(operand, buffer));
	return 0;
}

static bool is_column(const struct node *node, const char *id)
{
	return node->column && strcmp(node->column->id, id) == 0;
}

static operand_fn *reader_of_socket(const struct node *node)
{
	static const struct {
		const char *id;
		operand_fn *read;
	} readers[] = { { "dev", read_dev }, { "mark", read_mark },
			{ "cgroup", read_cgroup } };

	if (node->kind == NODE_PORT)
		return read_ports;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (is_column(node, readers[i].id))
			return readers[i].read;
	}
	return NULL;
}

static operand_fn *reader_of(const struct parser *p, const struct node *node)
{
	operand_fn *read = p->sockets ? reader_of_socket(node) : NULL;

	if (read)
		return read;
	if (is_column(node, "state") && is_equality(node) &&
	    (p->sockets || p->table == sk_table(SK_TABLE_STATES)))
		return read_states;
	if (node->kind == NODE_PREFIX)
		return read_regex;
	if (node->column->unit == SK_UNIT_PORT)
		return read_port_column;
	return node->column->unit == SK_UNIT_TEXT ? read_text : read_number;
}

/* `user` and `uid` are two faces of one thing: numbers and names go where they fit. */
static const struct sk_column *column_for(const struct parser *p,
					  const struct sk_column *column,
					  const struct token *operand)
{
	size_t sign = operand->len > 1 && operand->text[0] == '-';
	bool number = operand->len && operand->text[sign] >= '0' && operand->text[sign] <= '9';
	const char *other = strcmp(column->id, "user") == 0 && number ? "uid" :
			    strcmp(column->id, "uid") == 0 && !number ? "user" :
									NULL;
	const struct sk_column *found = other ? sk_column_find(p->table, other,
							       strlen(other)) :
						NULL;

	return found ? found : column;
}

/* Several values of one word: one of them has to fit, or none of them may. */
static int add_alternative(struct parser *p, const struct node *node, bool first,
			   uint16_t *out)
{
	enum node_kind kind = node->compare == COMPARE_NE ? NODE_AND : NODE_OR;
	uint16_t next;
	int err = parser_add(p, node, &next);

	if (!err && !first)
		err = parser_join(p, kind, *out, next, &next);
	*out = next;
	return err;
}

static int add_name(struct parser *p, const struct token *operand, const char *name,
		    struct node *node, uint16_t *out)
{
	const struct known_name *known;
	uint8_t family = node->host.family;
	char message[120];
	bool first = true;
	int err = filter_resolve(p->filter, name, p->lookup, p->earlier, &known, message,
				 sizeof(message));

	if (err == -EINVAL || err == -EAGAIN) {
		parser_fail(p, operand->offset, "%s", message);
		return err;
	}
	for (size_t i = 0; !err && i < known->n; i++) {
		bool v4 = sk_addr_is_v4(&known->addr[i]);

		if ((family == 4 && !v4) || (family == 6 && v4))
			continue;
		node->host.net = known->addr[i];
		node->host.prefix_len = 128;
		node->host.family = v4 ? family : 6;
		err = add_alternative(p, node, first, out);
		first = false;
	}
	if (!err && first)
		return parser_fail(p, operand->offset, "'%.60s' has no IPv%d address",
				   name, family);
	return err;
}

/* The rest of an operand as the text of a node. */
static int operand_text(struct parser *p, const struct token *operand, size_t skip,
			struct node *node, uint16_t *out)
{
	const struct token rest = { .kind = operand->kind, .offset = operand->offset,
				    .text = operand->text + skip,
				    .len = operand->len - skip };
	int err = copy_text(p, &rest, node);

	if (!err)
		err = parser_add(p, node, out);
	if (err)
		free(node->text);
	return err;
}

/* In quotes, in a column: "rtnl:systemd/1", the end of a socket that has no address. */
static bool is_quoted_end(const struct node *node, const struct token *operand, int err)
{
	return node->kind == NODE_PREFIX && operand->kind == TOKEN_STRING &&
	       (err < 0 || memchr(operand->text, ':', operand->len));
}

/* "unix:PATH" and the like, without the word. */
static int operand_name(struct parser *p, const struct token *operand, size_t skip,
			struct node *node, uint16_t *out)
{
	if (!p->sockets)
		return parser_fail(p, operand->offset, "%s takes addresses",
				   node->column->id);
	/* an end of a socket by its column: `local = /run/x.sock` */
	node->side = is_column(node, "remote") ? SIDE_REMOTE :
		     node->column	       ? SIDE_LOCAL :
						 node->side;
	node->kind = NODE_NAME;
	return operand_text(p, operand, skip, node, out);
}

static int operand_host(struct parser *p, const struct token *operand, struct node *node,
			uint16_t *out)
{
	char name[256], message[120];
	size_t skip;
	int err;

	if (filter_find_kind(operand->text, operand->len, &node->proto, &skip))
		return operand_name(p, operand, skip, node, out);
	err = filter_parse_host(operand->text, operand->len, &node->host, name,
				    message, sizeof(message));
	if (err && p->sockets && is_quoted_end(node, operand, err)) {
		node->kind = NODE_TEXT;
		return operand_text(p, operand, 0, node, out);
	}
	if (err < 0)
		return parser_fail(p, operand->offset, "%s", message);
	if (node->kind == NODE_PREFIX && node->host.port >= 0)
		return parser_fail(p, operand->offset, "%s is an address without a port "
				   "here; use sport, dport, src or dst",
				   node->column->id);
	return err ? add_name(p, operand, name, node, out) : parser_add(p, node, out);
}

static int operand_plain(struct parser *p, const struct token *operand,
			 struct node *node, uint16_t *out)
{
	int err = reader_of(p, node)(p, operand, node);

	if (!err)
		err = parser_add(p, node, out);
	if (err) {
		free(node->text);
		if (node->regex)
			regfree(node->regex);
		free(node->regex);
	}
	return err;
}

/* The port of a service, or one for each protocol where they differ. */
static int operand_port(struct parser *p, const struct token *operand, struct node *node,
			uint16_t *out)
{
	struct sk_service_port ports[SK_SERVICE_PORTS];
	size_t colon = operand->len && operand->text[0] == ':';
	unsigned n = sk_names_ports(operand->text + colon, operand->len - colon, ports);
	int err = 0;

	if (n < 2 || is_pattern(node))
		return operand_plain(p, operand, node, out);
	for (unsigned i = 0; i < n && !err; i++) {
		node->protos = ports[i].protos;
		node->port_first = node->port_last = ports[i].port;
		node->integer = node->integer_last = ports[i].port;
		node->exact = true;
		err = add_alternative(p, node, i == 0, out);
	}
	return err;
}

int parser_operand(struct parser *p, struct node node, uint16_t *out)
{
	const struct token operand = p->token;
	char buffer[48];
	int err;

	if (operand.kind == TOKEN_BAD)
		return parser_fail(p, operand.offset, "the closing '\"' is missing");
	if (operand.kind != TOKEN_WORD && operand.kind != TOKEN_STRING)
		return parser_fail(p, operand.offset, "a value is missing before %s",
				   parser_shown(&operand, buffer));
	if (node.column)
		node.column = column_for(p, node.column, &operand);
	if (node.kind == NODE_ADDR || (node.kind == NODE_PREFIX && !is_pattern(&node)))
		err = operand_host(p, &operand, &node, out);
	else if (node.kind == NODE_PORT || (node.column && node.column->unit == SK_UNIT_PORT))
		err = operand_port(p, &operand, &node, out);
	else
		err = operand_plain(p, &operand, &node, out);
	if (!err)
		parser_advance(p);
	return err;
}
