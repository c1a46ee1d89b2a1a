/* SPDX-License-Identifier: MIT */
/*
 * This header keeps the filters of the panes. All panes whose rows come from sockets share
 * one filter; interfaces, counters and the like are filtered by their own columns.
 */
#ifndef SKTOP_UI_FILTER_H
#define SKTOP_UI_FILTER_H

#include <sktop/filter.h>
#include <sktop/panes.h>

#define FILTER_MAX 4097 /* as long as a filter may be */

struct app;

struct filters {
	struct sk_filter *of_sockets;
	char text[FILTER_MAX]; /* its text */
	struct sk_filter *own[SK_PANE_COUNT]; /* of rows that are no sockets */
	char own_text[SK_PANE_COUNT][FILTER_MAX];
	struct sk_filter_job *job; /* a filter that waits for DNS; NULL = none */
	enum sk_pane_id job_pane;
	char job_text[FILTER_MAX];
};

/** Frees all; the job is left behind. */
void filters_free(struct filters *filters);

/** The filter text and the table it is for, in this pane. */
char *app_filter_text(struct app *app);
const struct sk_table *app_filter_table(const struct app *app);

/** The filter that text belongs to; NULL = none. */
const struct sk_filter *app_filter(const struct app *app);

/** Returns the place where the filter of a pane is kept. */
struct sk_filter **app_filter_slot(struct app *app, enum sk_pane_id pane);

/**
 * Events are of sockets too: takes the filter of the command line for their pane, where their
 * columns know what it asks for. Returns 0 or -ENOMEM.
 */
int app_filter_events(struct app *app);

/** True if sockets are filtered, but not the events that the current pane shows. */
bool app_filter_is_elsewhere(const struct app *app);

/**
 * Takes a new filter text. Returns 0, or -errno with *where filled for -EINVAL; or
 * -EINPROGRESS: DNS is asked for its host names first, and it holds once that is done.
 */
int app_set_filter(struct app *app, const char *text, struct sk_filter_error *where);

/** Puts the filter in force that DNS has been asked for, if it is ready. */
void app_take_job(struct app *app);

#endif
