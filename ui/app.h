/* SPDX-License-Identifier: MIT */
/*
 * This header has the state of the screen, and the functions that its parts call of
 * each other.
 */
#ifndef SKTOP_UI_APP_H
#define SKTOP_UI_APP_H

#include <sktop/sampler.h>
#include <sktop/setup.h>
#include <sktop/ui.h>
#include <sktop/view.h>
#include "overlays/socket.h"
#include "overlays/act.h"
#include "widgets/draw.h"
#include "widgets/keybar.h"
#include "keys.h"
#include "overlays/overlay.h"
#include "pane.h"
#include "widgets/prompt.h"
#include "overlays/protocol_chooser.h"
#include "rows.h"
#include "screen.h"
#include "tags.h"

#define FILTER_MAX 4097 /* as long as a filter may be */

/** Row of a pane that was entered: only its sockets are shown. */
struct drill {
	struct sk_drill sockets;
	enum sk_pane_id from; /* where Esc returns to */
	char title[160];
};

struct app;

struct app {
	struct screen *screen;
	const struct sk_options *options;
	struct sk_sampler *sampler;
	struct sk_request request;
	struct sk_sample *sample; /* on the screen, rows and all; NULL before the first */
	const struct key_row *held; /* a key that waits for rows; NULL = none does */
	bool unread;	     /* keys are left, wherever they are */
	struct rows_ahead ahead;
	struct sk_names *names;
	struct theme theme;

	struct pane panes[SK_PANE_COUNT];
	enum sk_pane_id current;
	enum sk_group_key group;
	uint32_t protos; /* chosen on the screen, SK_PROTO_BIT(); 0 = as the options say */

	struct sk_filter *filter; /* of sockets */
	char filter_text[FILTER_MAX];
	struct sk_filter *own_filter[SK_PANE_COUNT]; /* of rows that are no sockets */
	char own_filter_text[SK_PANE_COUNT][FILTER_MAX];
	struct sk_filter_job *job; /* a filter that waits for DNS; NULL = none */
	enum sk_pane_id job_pane;
	char job_text[FILTER_MAX];
	char search[80];
	struct drill drill;
	struct tags tags;

	struct overlay overlay;
	struct detail_view detail;
	struct kill_view act;
	struct prompt prompt;
	char message[160]; /* one line at the bottom until the next key */
	bool message_is_error;
	char losses[256]; /* what the last samples that lost something lost */
	bool losing;	  /* this one lost it, too */
	char failed[160]; /* why the sample on the screen is not the newest; "" = it is */
	uint32_t failures; /* samples that could not be had or shown */

	unsigned format; /* enum sk_format_flag */
	unsigned numeric; /* enum sk_names_kind shown as numbers */
	bool show_all; /* the extra rows of panes that have them */
	bool frozen, hide_idle, hide_listening, show_zeros, mark_sort;
	bool following;
	bool feed;  /* destroyed sockets are collected */
	bool dirty; /* the frame has to be drawn */
	bool quit;
	int ended; /* -errno: there is nothing to sample any more */
	char *error_text; /* SK_ERROR_LEN bytes of the caller */
};

struct pane *app_pane(struct app *app);

/** Returns what getters need to read the current sample. */
struct sk_context app_context(const struct app *app);

/** Takes the names that have come. */
void app_take_names(struct app *app);

/** Names of a kind on or off: D, V, O. */
void app_toggle_names(struct app *app, enum sk_names_kind kind);

/** Shows a pane. */
void app_show(struct app *app, enum sk_pane_id pane);

/** Tells the sampler what the screen needs now. now = take a sample at once. */
void app_request(struct app *app, bool now);

/** A line at the bottom. */
__attribute__((format(printf, 3, 4))) void app_say(struct app *app, bool error,
						   const char *format, ...);

/** Puts a text on the terminal's clipboard (OSC 52). NULL: there was no memory for it. */
void app_copy(struct app *app, const char *text);

/** A cell of any length, to be freed; NULL: no memory. */
char *app_whole_cell(const struct sk_context *context, const struct sk_column *column,
		     const void *row, unsigned format);

/** The filter text and the table it is for, in this pane. */
char *app_filter_text(struct app *app);
const struct sk_table *app_filter_table(const struct app *app);

/** The filter that text belongs to; NULL = none. */
const struct sk_filter *app_filter(const struct app *app);

/** Returns the place where the filter of a pane is kept. */
struct sk_filter **app_filter_slot(struct app *app, enum sk_pane_id pane);

/**
 * Notes what failed, and goes on: the last good sample stays, the next one is tried. While
 * there is none, why alone is said.
 */
void app_fail(struct app *app, const char *what, const char *why);

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

/** Draws the whole frame. */
void app_draw(struct app *app);

/* The parts of the frame; each draws inside its box. */
int header_height(const struct app *app, int lines);
void header_draw(struct app *app, const struct box *box);
void header_note_losses(struct app *app); /* of a new sample */
int tabs_height(const struct app *app, int lines);
void tabs_draw(struct app *app, const struct box *box);
void tabs_draw_bar(struct app *app, const struct box *box);
int tabs_hit(const struct app *app, int x);

#endif
