/* SPDX-License-Identifier: MIT */
/*
 * The column tables are the one list of everything that can be shown.
 *
 * Screen, text, JSON, CSV, sort keys, filter predicates and --help=columns are
 * all made from them. Adding a column is one row in one file of src/columns.
 */
#ifndef SKTOP_COLUMN_H
#define SKTOP_COLUMN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/group.h>
#include <sktop/names.h>
#include <sktop/panes.h>
#include <sktop/sample.h>

/** The unit of a value; it decides how the value is written and parsed. */
enum sk_unit {
	SK_UNIT_TEXT,	    /* words, addresses, states */
	SK_UNIT_NUMBER,	    /* plain number, written whole */
	SK_UNIT_COUNT,	    /* a number of things; k, M, G when large */
	SK_UNIT_BYTES,	    /* bytes */
	SK_UNIT_BYTES_RATE, /* bytes per second */
	SK_UNIT_RATE,	    /* things per second */
	SK_UNIT_SECONDS,    /* a duration */
	SK_UNIT_PORT,	    /* a port: number or service */
	SK_UNIT_HEX,	    /* cookie, mark */
	SK_UNIT_PERCENT,
	SK_UNIT_CLOCK,	    /* a moment: seconds since 1970; written as local time */
};

enum sk_value_kind {
	SK_VALUE_NONE, /* not there; text is why, in a few words, or NULL */
	SK_VALUE_UINT,
	SK_VALUE_REAL,
	SK_VALUE_TEXT, /* sorted as text */
	SK_VALUE_ENUM, /* shown as text, sorted by number */
	SK_VALUE_ADDR,
};

/**
 * One cell. Pointers hold as long as the sample and the context do. Every reader calls
 * sk_value_free(), because a text that the getter has made may be of any length.
 */
struct sk_value {
	enum sk_value_kind kind;
	uint64_t uint;		    /* UINT, ENUM */
	double real;		    /* REAL; ENUM with has_time: seconds */
	const char *also;	    /* TEXT, ENUM: filters take this word for it too */
	const char *names;	    /* TEXT: more such words, one a line; NULL = none */
	const char *text;	    /* TEXT, ENUM; NONE: the reason; ADDR: written instead */
	const struct sk_addr *addr; /* ADDR */
	uint32_t ifindex;	    /* ADDR: bound device, 0 = none */
	uint16_t netns;		    /* ADDR: the namespace of that device */
	uint16_t port;		    /* ADDR with has_port */
	uint8_t proto;		    /* ports: enum sk_proto, for the service name */
	uint8_t prefix_len;	    /* ADDR: 0, or write "/n" (IPv4: n - 96) */
	bool v6;		    /* ADDR: write a v4-mapped one as IPv6 */
	bool has_port;		    /* ADDR, TEXT: joined with port or uint if asked for */
	bool has_time;		    /* ENUM: a duration is written behind the text */
	bool raw;		    /* ADDR: never by host name */
	bool nested;		    /* ENUM: marked as a part of the row above */
	bool at_least;		    /* a lower bound, written ">5", and a duration "5s+" */
	bool bracketed;		    /* TEXT: written in brackets for people */
	bool presumed;		    /* nobody has seen that it is so; bracketed, too */
	uint32_t others;	    /* TEXT: "+N" is written behind it for people */
	char *memory;		    /* of a text that found no room in buffer; owned */
	char buffer[256];	    /* room for texts that are made here; last, and
				     * not cleared: a cell is read a million times */
};

/** How many rows are looked at between two looks at sk_context.cancelled. */
#define SK_STRETCH 8192U

/** The context is what getters may read besides the row. */
struct sk_context {
	const struct sk_sample *sample;
	struct sk_names *names;	 /* may be NULL: everything numeric */
	unsigned numeric;	 /* enum sk_names_kind that stay numbers */
	bool ask_hosts;		 /* the row is shown: unknown hosts are asked for */
	/** Texts that are made for a cell may end behind so many bytes; 0 = never. */
	uint32_t enough;
	enum sk_group_key group; /* what groups[] are by */
	/**
	 * Looked at now and then while many rows are filtered, sorted, grouped or counted:
	 * true makes that stop with -EINTR. The view is then in no order, and groups,
	 * listeners and counts mean nothing. NULL = never.
	 */
	const atomic_bool *cancelled;
};

/** True when row i of a loop over many is the one to look at, and nobody wants the result. */
static inline bool sk_context_cancelled(const struct sk_context *context, uint32_t i)
{
	return i % SK_STRETCH == 0 && context->cancelled && atomic_load(context->cancelled);
}

enum sk_column_flag {
	SK_COL_DEFAULT = 1 << 0, /* on screen without being asked for */
	SK_COL_LEFT = 1 << 1,	 /* aligned left; numbers are right */
	SK_COL_WIDE = 1 << 2,	 /* takes the width it needs (addresses, text) */
	SK_COL_DESC = 1 << 3,	 /* first sort is downwards */
	SK_COL_ADDRESS = 1 << 4, /* addresses: compared by prefix */
	SK_COL_HOST = 1 << 5,	 /* may show a host name: its width is fixed then */
	SK_COL_OWNERS = 1 << 6,	 /* a filter looks at every owner, not just the first */
	SK_COL_PART = 1 << 7,	 /* differs among the parts of a row (sk_table.part) */
	SK_COL_SERIES = 1 << 9,	 /* says nothing in a single sample */
	SK_COL_INTERFACE = 1 << 8, /* names of interfaces: filters take alternative ones */
};

struct sk_column {
	const char *id;	   /* --columns, --sort, JSON key, filter name: stable */
	const char *title; /* heading, short */
	const char *help;  /* one sentence: what it is, its unit, its source */
	enum sk_unit unit;
	uint8_t width;	   /* least width in cells */
	uint8_t priority;  /* 0 stays longest on a narrow screen */
	uint16_t flags;	   /* enum sk_column_flag */
	uint32_t needs;	   /* enum sk_need beyond SK_NEED_SOCKETS */
	void (*get)(const struct sk_context *context, const void *row,
		    struct sk_value *value);
	int arg;	   /* for getters that serve several columns */
	void (*get_arg)(const struct sk_context *context, const void *row, int arg,
			struct sk_value *value); /* used when get is NULL */
};

struct sk_table {
	const char *name; /* pane name: "connections" */
	const struct sk_column *columns;
	size_t n_columns;
	size_t row_size;
	const char *sort;	/* id of the first sort column */
	const char *sort_once;	/* that of one sample, which has no rates; NULL = sort */
	bool socket_rows;	/* rows begin with a struct sk_socket */
	/** Identity of a row of the sample over time; the tie-break of every sort. */
	uint64_t (*row_id)(const struct sk_sample *sample, const void *row);
	/**
	 * For rows that follow each other and are parts of one thing (the next hops of
	 * a route), the number of the part, from 0 on. JSON joins them. NULL = there
	 * are no such rows.
	 */
	uint32_t (*part)(const void *row);
	const char *parts; /* what JSON calls them */
	/* About the pane that shows the rows: */
	bool of_sockets; /* the rows come from sockets: the filter is of sockets */
	bool with_gone;	 /* sockets that died since the last sample count too */
	uint32_t needs;	 /* enum sk_need, whatever the columns */
	size_t rows, n_rows; /* SK_ROWS_IN(): where the rows lie, if a sample has them */
	/** Rows that are shown only when all are asked for (-a, a); NULL = there are none. */
	bool (*is_extra)(const void *row);
	uint32_t extra_needs; /* enum sk_need besides, to have them */
	/** Why a sample has no rows, in one line of static text, or NULL. */
	const char *(*refused)(const struct sk_sample *sample);
	const char *once;     /* columns of one sample; NULL = those of the screen */
	const char *extended; /* more of them with -e */
};

/** For sk_table: the rows lie in this array of struct sk_sample. */
#define SK_ROWS_IN(array) \
	.rows = offsetof(struct sk_sample, array), .n_rows = offsetof(struct sk_sample, n_##array)

/** One row of the states table: a TCP state. */
struct sk_state_row {
	enum sk_state state;
	uint32_t count, count_v4, count_v6;
	double delta;	/* change of count per second; NaN = no interval yet */
	double in, out; /* sockets per second that entered, left; NaN likewise */
	bool more_in, more_out; /* these are lower bounds */
	double share;	/* percent of all TCP sockets */
};

const struct sk_table *sk_table(enum sk_table_id id);

/** A table's column by id (any case; '_' is '-'), or NULL. */
const struct sk_column *sk_column_find(const struct sk_table *table, const char *id,
				       size_t len);

/** Reads one cell; sk_value_free() at last. */
static inline void sk_column_get(const struct sk_column *column,
				 const struct sk_context *context, const void *row,
				 struct sk_value *value)
{
	memset(value, 0, offsetof(struct sk_value, buffer));
	if (column->get)
		column->get(context, row, value);
	else
		column->get_arg(context, row, column->arg, value);
}

/** Frees what a value owns; most own nothing. */
static inline void sk_value_free(struct sk_value *value)
{
	if (value->memory)
		free(value->memory);
	value->memory = NULL;
}

/** Longest list of columns that can be shown at once. */
#define SK_COLUMNS_MAX 192

/** An ordered choice of columns of one table. */
struct sk_column_list {
	size_t n;
	const struct sk_column *column[SK_COLUMNS_MAX];
};

/** The default choice; all = every column of the table. */
void sk_column_list_default(const struct sk_table *table, bool all,
			    struct sk_column_list *list);

/**
 * Applies "A,B" (exactly these) or "+C,-D" (to the list as it is). "all" stands
 * for every column. Returns 0, or -EINVAL and error names the culprit.
 */
int sk_column_list_parse(const struct sk_table *table, const char *spec,
			 struct sk_column_list *list, char *error);

/** Returns the union of the columns' needs. */
uint32_t sk_column_list_needs(const struct sk_column_list *list);

/**
 * Rows of the states table from a sample's summary, or one of a part of its sockets:
 * one for each TCP state. interval is sample->interval; 0 = no changes yet.
 */
size_t sk_state_rows(const struct sk_summary *summary, double interval,
		     struct sk_state_row rows[SK_STATE_COUNT]);

/** These flags change how cells are written for people. */
enum sk_format_flag {
	SK_FORMAT_JOIN_PORTS = 1 << 0, /* local and remote carry ":port" */
	SK_FORMAT_BITS = 1 << 1,       /* byte rates as bits */
	SK_FORMAT_EXACT = 1 << 2,      /* no k, M, G: whole numbers */
	SK_FORMAT_HOSTS = 1 << 3,      /* addresses by host name, where it is known */
};

/** Longest cell of an address, with its device and service, and of the screen, NUL included. */
#define SK_CELL_STRLEN 2048

/**
 * Writes a cell for people as clean text (sk_text_show() shows it), "-" when missing.
 * Returns its length as snprintf() does.
 */
int sk_value_format(const struct sk_context *context, const struct sk_column *column,
		    const void *row, unsigned flags, char *out, size_t size);

/** The same for a value that was read already. */
int sk_value_print(const struct sk_context *context, const struct sk_column *column,
		   const struct sk_value *value, unsigned flags, char *out, size_t size);

/** Writes "1,234,567". Returns out. */
const char *sk_thousands(uint64_t n, char out[32]);

/** Writes a number in a unit: "1.23M", "4.5ms", "2m10s". At most 7 cells. */
int sk_unit_format(enum sk_unit unit, double value, unsigned flags, char *out,
		   size_t size);

/**
 * Reads a number with an optional unit: "10M", "1.5Mi", "100ms", "2h", "0x1f",
 * "80%". k, M, G are 1000s, Ki, Mi, Gi 1024s. Returns 0 or -EINVAL.
 */
int sk_unit_parse(enum sk_unit unit, const char *text, size_t len, double *value);

/**
 * Returns how far a value may lie from a typed number and still be written like it:
 * half of what the number's last digit stands for. It is 0 for whole numbers, which are
 * exact, and for short ones with a suffix: "10k" is 10000, but "10.0k" and "123k" may
 * be rounded.
 */
double sk_unit_slack(enum sk_unit unit, const char *text, size_t len);

#endif
