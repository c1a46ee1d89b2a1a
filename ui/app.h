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
#include "widgets/header.h"
#include "widgets/keybar.h"
#include "filter.h"
#include "keys.h"
#include "overlays/overlay.h"
#include "pane.h"
#include "widgets/prompt.h"
#include "overlays/protocol_chooser.h"
#include "rows.h"
#include "screen.h"
#include "tags.h"

/** Row of a pane that was entered: only its sockets are shown. */
struct drill {
	struct sk_drill sockets;
	enum sk_pane_id from; /* where Esc returns to */
	char title[160];
};

/** The choice of what is shown, and how; keys change it. */
struct show {
	unsigned format;  /* enum sk_format_flag */
	unsigned numeric; /* enum sk_names_kind shown as numbers */
	enum sk_group_key group;
	uint32_t protos; /* SK_PROTO_BIT(); 0 = as the options say */
	bool all;	 /* the extra rows of panes that have them */
	bool hide_idle, hide_listening, zeros, mark_sort;
};

/** A line at the bottom until the next key. */
struct message {
	char text[160];
	bool is_error;
};

struct app {
	struct screen *screen;
	const struct sk_options *options;
	char *error_text; /* SK_ERROR_LEN bytes of the caller */
	struct theme theme;

	struct sk_sampler *sampler;
	struct sk_request request;
	struct sk_sample *sample; /* on the screen, rows and all; NULL before the first */
	bool feed;  /* destroyed sockets are collected */
	int ended; /* -errno: there is nothing to sample any more */
	struct rows_ahead ahead;
	struct sk_names *names;

	struct pane panes[SK_PANE_COUNT];
	enum sk_pane_id current;
	struct show show;
	struct filters filters;
	char search[80];
	struct drill drill;
	struct tags tags;
	bool frozen, following;

	struct header header;
	struct overlay overlay;
	struct detail_view detail;
	struct kill_view act;
	struct prompt prompt;
	struct message message;

	struct keys_waiting waiting;
	bool dirty; /* the frame has to be drawn */
	bool quit;
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

/**
 * Tells the sampler, which need not be there yet, what the screen needs now.
 * now = take a sample at once.
 */
void app_request(struct app *app, bool now);

/** A line at the bottom. */
__attribute__((format(printf, 3, 4))) void app_say(struct app *app, bool error,
						   const char *format, ...);

/** Puts a text on the terminal's clipboard (OSC 52). NULL: there was no memory for it. */
void app_copy(struct app *app, const char *text);

/** A cell of any length, to be freed; NULL: no memory. */
char *app_whole_cell(const struct sk_context *context, const struct sk_column *column,
		     const void *row, unsigned format);

/** Draws the whole frame. */
void app_draw(struct app *app);

#endif
