/* SPDX-License-Identifier: MIT */
/*
 * Panes and their rows: what each shows, and how its rows are made from a sample,
 * the same for the screen and for batch output (sktop/panes.h has the list of them).
 */
#ifndef SKTOP_ROWS_H
#define SKTOP_ROWS_H

#include <sktop/view.h>

struct sk_options;

/** Builds rows and owns their memory, which it reuses from tick to tick. */
struct sk_row_builder;

int sk_row_builder_new(struct sk_row_builder **out); /* 0 or -ENOMEM */
void sk_row_builder_free(struct sk_row_builder *builder);

/** Describes a pane. */
struct sk_pane_info {
	const char *name; /* --pane, JSON */
	char key;	  /* its digit; '\0' = reached by Tab only */
	enum sk_table_id table; /* of its rows, and more about them */
	/**
	 * Makes the rows from the chosen sockets (sk_row_builder_chosen()). They hold until
	 * the next call. Returns 0, -ENOMEM or -EINTR.
	 */
	int (*build)(struct sk_row_builder *builder, const struct sk_context *context,
		     struct sk_rows *rows);
};

/** Through what a row of one pane leads to connections. */
enum sk_drill_kind { SK_DRILL_NONE, SK_DRILL_GROUP, SK_DRILL_STATE, SK_DRILL_LISTENER };

/** A row that was entered: it stands for its sockets. */
struct sk_drill {
	enum sk_drill_kind kind;
	struct sk_group group;	/* SK_DRILL_GROUP */
	enum sk_state state;	/* SK_DRILL_STATE */
	struct sk_detached listener; /* SK_DRILL_LISTENER */
};

/**
 * Adds those of the sample's sockets that a row stands for to a set of indexes. from: only
 * of these (index NULL = all n). Returns 0 or -ENOMEM.
 */
int sk_drill_select(const struct sk_drill *drill, const struct sk_sample *sample,
		    const struct sk_view *from, struct sk_view *set);

/** Chooses sockets, or rows of a pane that does not show sockets. */
struct sk_choice {
	const struct sk_filter *filter; /* of the pane's sockets or rows; NULL = all */
	struct sk_drill drill;		/* of sockets: those of a row that was entered */
	bool only_listening;		/* of sockets, likewise */
	bool hide_listening;
	bool hide_idle;			   /* sockets without a rate */
	const struct sk_options *counters; /* whose sections are wanted; NULL = all */
	bool hide_zeros;		   /* of counters */
	uint64_t last_event; /* events: only those behind this one; 0 = all */
	bool gone;  /* connections: those that just died too */
	bool usual; /* without the pane's extra rows */
};

/** Whether it narrows the sockets by anything but the filter. */
bool sk_choice_narrows(const struct sk_choice *choice);

/**
 * Builds the rows of a pane and the view of the wanted ones, in the order of the rows.
 * Both hold until the next call with the same builder or the end of the sample. Returns
 * 0, -ENOMEM or -EINTR (context->cancelled: then there are no rows).
 */
int sk_rows_build(struct sk_row_builder *builder, enum sk_pane_id pane,
		  const struct sk_context *context, const struct sk_choice *choice,
		  struct sk_rows *rows, struct sk_view *view);

/**
 * The sockets that the last rows were made from, where rows are not the sockets
 * themselves: indexes into sample->sockets; index NULL = all n that there are.
 */
const struct sk_view *sk_row_builder_chosen(const struct sk_row_builder *builder);

/** Counts of those sockets; after the rows of the states pane were made. */
const struct sk_summary *sk_row_builder_summary(const struct sk_row_builder *builder);

/** Returns the needs of a pane besides those of its columns; all = its extra rows too. */
uint32_t sk_pane_needs(enum sk_pane_id pane, bool all);

/** The parts that lost something which this pane shows: mask of SK_PART_BIT(). */
uint32_t sk_pane_losses(enum sk_pane_id pane, const struct sk_sample *sample);

/** Why a pane cannot be shown, in one line of static text, or NULL. */
const char *sk_pane_refused(enum sk_pane_id pane, const struct sk_sample *sample);

const struct sk_pane_info *sk_pane_info(enum sk_pane_id pane);

/** True when its rows are of the own namespace alone, though the sample has several. */
bool sk_pane_is_partial(enum sk_pane_id pane, const struct sk_sample *sample);

/** The pane of a name. Returns 0 or -ENOENT. */
int sk_pane_find(const char *name, enum sk_pane_id *pane);

/** The table that a pane shows; the dashboard's is connections. */
static inline const struct sk_table *sk_pane_table(enum sk_pane_id pane)
{
	return sk_table(sk_pane_info(pane)->table);
}

/** The table that filters of a pane are written for. */
static inline const struct sk_table *sk_pane_filter_table(enum sk_pane_id pane)
{
	const struct sk_table *table = sk_pane_table(pane);

	return table->of_sockets ? sk_table(SK_TABLE_CONNECTIONS) : table;
}

/** All names, joined by ", ", for messages: at most size bytes. Returns out. */
char *sk_pane_names(char *out, size_t size);

#endif
