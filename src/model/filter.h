/* SPDX-License-Identifier: MIT */
/*
 * The inside of the filter: tokens, and the tree that the parser makes of them.
 */
#ifndef SKTOP_MODEL_FILTER_H
#define SKTOP_MODEL_FILTER_H

#include <regex.h>
#include <sktop/filter.h>

#define FILTER_TEXT_MAX 4096
#define FILTER_DEPTH_MAX 64
#define FILTER_NODES_MAX 1024

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING, /* "quoted": never a keyword */
	TOKEN_COMPARE,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_BAD, /* a quote without its end */
};

enum compare {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_GT,
	COMPARE_LE,
	COMPARE_GE,
	COMPARE_MATCH,	/* ~ */
	COMPARE_NOMATCH, /* !~ */
};

struct token {
	enum token_kind kind;
	enum compare compare; /* TOKEN_COMPARE */
	size_t offset;	      /* of its first byte in the text */
	const char *text;     /* into the filter's text; without the quotes */
	size_t len;
};

/** Reads the token at *offset and moves behind it. */
struct token filter_next_token(const char *text, size_t *offset);

/** True when the word is spelled so, in any case. */
bool filter_word_is(const struct token *token, const char *word);

/** Reads eq, ne, lt... as well as = and !=. False when it is no comparison. */
bool filter_token_compare(const struct token *token, enum compare *compare);

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_STATE,  /* state mask of the row's `state` column */
	NODE_ADDR,   /* src, dst: prefix and port */
	NODE_PORT,   /* sport, dport, port */
	NODE_NUMBER, /* column against a number */
	NODE_TEXT,   /* column against a pattern */
	NODE_REGEX,
	NODE_PREFIX, /* address column against a prefix */
};

enum side { SIDE_LOCAL = 1, SIDE_REMOTE = 2, SIDE_EITHER = 3 };

/** An address pattern: HOST of ss's grammar. */
struct host {
	struct sk_addr net;
	uint8_t prefix_len; /* 0..128; 0 = any */
	uint8_t family;	    /* 0 = either, 4, 6 */
	int32_t port;	    /* -1 = any */
};

struct node {
	enum node_kind kind;
	enum compare compare;
	uint16_t left, right;	 /* AND, OR; NOT uses left */
	const struct sk_column *column;
	uint32_t states;	 /* STATE */
	enum side side;		 /* ADDR, PORT */
	struct host host;	 /* ADDR, PREFIX */
	uint16_t port_first, port_last; /* PORT */
	bool exact;		 /* NUMBER: integer holds */
	uint64_t integer;
	double number;
	char *text;		 /* TEXT, REGEX; owned */
	regex_t *regex;		 /* REGEX; owned */
};

struct sk_filter {
	struct node *nodes;
	uint16_t n, capacity;
	uint16_t root;
	uint32_t needs;
};

/** Reads HOST. Returns 0, or -EINVAL with why in message. */
int filter_parse_host(const char *text, size_t len, struct host *host, char *message,
		      size_t size);

/** Reads PORT or PORT-PORT, numbers or services, with or without a colon. */
int filter_parse_ports(const char *text, size_t len, uint16_t *first, uint16_t *last);

/** The keyword or column nearest to a misspelt word, or NULL. */
const char *filter_suggest(const struct sk_table *table, const char *word, size_t len);

/** Words of the language, NULL at the end; socket_words only for connections. */
extern const char *const filter_keywords[];
extern const char *const filter_socket_words[];

#endif
