/* SPDX-License-Identifier: MIT */
/*
 * The two halves of the parser share this header: parse.c knows the grammar, operand.c
 * parses what stands behind a comparison.
 */
#ifndef SKTOP_FILTER_PARSER_H
#define SKTOP_FILTER_PARSER_H

#include "filter/filter.h"

struct parser {
	const char *text;
	const struct sk_table *table;
	struct sk_filter *filter;
	struct sk_filter_error *error;
	struct token token; /* the one to look at */
	size_t offset;	    /* behind it */
	unsigned depth;
	bool sockets; /* the rows are sockets: state, src, sport... exist */
	enum sk_lookup lookup;
	const struct sk_filter *earlier; /* whose host names are known; or NULL */
};

/** Says what is wrong at an offset of the text. Returns -EINVAL. */
__attribute__((format(printf, 3, 4))) int parser_fail(struct parser *p, size_t offset,
						      const char *format, ...);

/** Takes the next token. */
void parser_advance(struct parser *p);

/** Writes a token for a message, cut to a sane length. */
const char *parser_shown(const struct token *token, char buffer[48]);

/** Reads a state or a group of states. Returns 0 or -EINVAL, said. */
int parser_states(struct parser *p, const struct token *word, uint32_t *states);

/** Appends a node, whose text the filter owns from then on if this returns 0. */
int parser_add(struct parser *p, const struct node *node, uint16_t *out);

/** Appends AND, OR or NOT. */
int parser_join(struct parser *p, enum node_kind kind, uint16_t left, uint16_t right,
		uint16_t *out);

/**
 * Reads the token as the operand of the comparison that node describes, and appends
 * the nodes that it makes: one, or as many as a host name has addresses.
 */
int parser_operand(struct parser *p, struct node node, uint16_t *out);

#endif
