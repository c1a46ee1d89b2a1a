/* SPDX-License-Identifier: MIT */
/*
 * Rows that are to come: asked for by a new sample or by a key, built by the worker, and
 * shown when they are whole. The rows from before stay on the screen until then.
 */
#ifndef SKTOP_UI_ROWS_H
#define SKTOP_UI_ROWS_H

#include <sktop/row_worker.h>

struct app;

struct rows_ahead {
	struct sk_row_worker *worker;
	struct sk_row_job job;
	bool under_way; /* the job belongs to the worker */
	bool stale;	/* its result is not wanted any more */
	struct sk_sample *pending; /* newer than the one on the screen; NULL = none */
	bool wanted;	   /* a key has asked for other rows, and they are not there */
	int64_t wanted_ns; /* since when; CLOCK_MONOTONIC */
	const char *doing; /* what is said until then */
	bool pane_left;	   /* what another pane had is still to be given back */
	/* a search that is to begin when there is nothing to build */
	bool search_wanted;
	bool search_next; /* behind the selected row, not with it */
	bool search_tells; /* say so when there is nothing */
};

/** Wants the rows made anew, after any change of view; doing = what is said meanwhile. */
void app_rebuild(struct app *app, const char *doing);

/** The choice of a pane's rows. */
struct sk_choice rows_choice(const struct app *app, enum sk_pane_id pane);

/** Takes over a sample that is to be shown. */
void rows_take_sample(struct app *app, struct sk_sample *sample);

/** Shows what the worker has done, if it has. */
void rows_take(struct app *app);

/** Begins what is wanted next. Few rows are there when it returns. */
void rows_begin(struct app *app);

/**
 * True when what keys want takes so long that the frame that shows the keys comes first:
 * a worker that begins may take the CPU before it is drawn.
 */
bool rows_take_long(const struct app *app);

/** Ends what is under way, and waits for that: names may change then. */
void rows_halt(struct app *app);

/**
 * Milliseconds for which a frame waits for rows that are nearly there, so that what a key
 * changed and its rows are seen at once; 0 = it does not.
 */
int rows_due_ms(const struct app *app);

/**
 * True when what keys want would be put off for ever by the next key: they wait until the
 * rows are there.
 */
bool rows_hold_keys(const struct app *app);

/** True when something is wanted that rows_begin() can begin now. */
bool rows_can_begin(const struct app *app);

void rows_free(struct app *app);

/** Wants the text in app->search looked for, from the selection on. */
void search_begin(struct app *app, bool next, bool tell);

bool search_is_running(const struct app *app);

/** Ends one that is running. */
void search_end(struct app *app);

#endif
