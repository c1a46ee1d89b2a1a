/* SPDX-License-Identifier: MIT */
/*
 * The inside of the filter: tokens, and the tree that the parser builds from them.
 */
#ifndef SKTOP_FILTER_FILTER_H
#define SKTOP_FILTER_FILTER_H

#include <stdatomic.h>
#include <sktop/filter.h>
#include <sktop/text.h>
#include "filter/pattern.h"
#include "names/lookup.h"

#define FILTER_TEXT_MAX 4096
#define FILTER_DEPTH_MAX 64
#define FILTER_NODES_MAX 1024
/* ss's bound-inactive, the kernel's number: TCP that is reported as CLOSE. */
#define FILTER_STATE_BOUND SK_STATE_BIT(13)
#define FILTER_STATES_ALL (SK_STATES_ALL | FILTER_STATE_BOUND)

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING, /* "quoted": never a keyword; "" in it is a quote */
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
	NODE_NAME,   /* src, dst of sockets without IP addresses */
	NODE_AUTOBOUND, /* a local port that nobody chose */
	NODE_DEV,    /* device that a socket is bound to, by name or index */
	NODE_MARK,   /* column against VALUE/MASK */
	NODE_CGROUP, /* cgroup id of a socket */
	NODE_NUMBER, /* column against a number or a range */
	NODE_TEXT,   /* column against a pattern */
	NODE_REGEX,
	NODE_PREFIX, /* address column against a prefix */
};

enum side { SIDE_LOCAL = 1, SIDE_REMOTE = 2, SIDE_EITHER = 3 };

/** An address pattern: HOST of ss's grammar. */
struct host {
	struct sk_addr net;
	uint8_t prefix_len; /* 0..128; 0 = any */
	uint8_t family;	    /* 0 = either; 4, 6: sockets of that family only */
	int32_t port;	    /* -1 = any */
	/* behind %: index, or any name of the socket's device; "" = any */
	char device[SK_ALTNAME_STRLEN];
};

struct node {
	enum node_kind kind;
	enum compare compare;
	uint16_t left, right;	 /* AND, OR; NOT uses left */
	const struct sk_column *column;
	uint32_t states;	 /* STATE */
	enum side side;		 /* ADDR, PORT, NAME */
	enum sk_proto proto;	 /* NAME */
	struct host host;	 /* ADDR, PREFIX */
	uint16_t port_first, port_last; /* PORT */
	uint32_t protos;	 /* PORT, NUMBER of a port: of sockets of these only; 0 = all */
	bool exact;		 /* NUMBER: the integers hold, else the reals */
	uint64_t integer;	 /* NUMBER: first; MARK, CGROUP; DEV: index, 0 = text */
	uint64_t integer_last;	 /* NUMBER: last of the range */
	uint32_t mask;		 /* MARK */
	double number, number_last; /* NUMBER: the first that is equal, and the last */
	char *text;		 /* TEXT, REGEX, DEV, NAME; owned */
	regex_t *regex;		 /* REGEX; owned */
	bool both_families;	 /* TEXT: "tcp" means tcp6 as well, as -t does */
};

/** A host name that was looked up, and what came of it. */
struct known_name {
	char *name; /* owned */
	struct sk_addr *addr; /* owned; IPv4 as v4-mapped */
	size_t n;
};

struct sk_filter {
	atomic_uint refs;
	struct node *nodes;
	uint16_t n, capacity;
	uint16_t root;
	uint32_t needs;
	locale_t locale; /* of its comparisons: filter_locale_new() */
	struct known_name *names; /* owned */
	size_t n_names;
};

/**
 * Reads HOST. Returns 0, or -EINVAL with why in message, or 1 when the address is a
 * host name, which is then in name (256 bytes), to be looked up.
 */
int filter_parse_host(const char *text, size_t len, struct host *host, char *name,
		      char *message, size_t size);

/** Reads PORT or PORT-PORT, numbers or services, with or without a colon. */
int filter_parse_ports(const char *text, size_t len, uint16_t *first, uint16_t *last);

/**
 * Finds the addresses of a host name: in an earlier filter, in /etc/hosts, or through the
 * system's resolver. They are kept in filter. Returns 0, -EINVAL with why in message, or
 * -ENOMEM.
 */
int filter_resolve(struct sk_filter *filter, const char *name,
		   enum sk_lookup lookup, const struct sk_filter *earlier,
		   const struct known_name **out, char *message, size_t size);

/** The word before the colon in "unix:PATH" and the like, as long as the colon is there. */
const char *filter_kind_word(enum sk_proto proto);

/** The family that a HOST begins with, and the length of its word. False = none. */
bool filter_find_kind(const char *text, size_t len, enum sk_proto *proto, size_t *skip);

/** True when an end of a socket without IP addresses fits the pattern of a node. */
bool filter_match_name(const struct sk_filter *filter, const struct node *node,
		       const struct sk_sample *sample, const struct sk_socket *socket);

/** True when the local end looks like one that the kernel chose. */
bool filter_match_autobound(const struct sk_sample *sample,
			    const struct sk_socket *socket);

/** The keyword or column nearest to a misspelt word, or NULL. */
const char *filter_suggest(const struct sk_table *table, const char *word, size_t len);

/** The state nearest to a misspelt one, or NULL. */
const char *filter_suggest_state(const char *word, size_t len);

/** Words that stand for no column, in filters of connections alone; NULL at the end. */
extern const char *const filter_socket_words[];

#endif
