/* SPDX-License-Identifier: MIT */
/*
 * Rows on the screen that were looked at again, while the next sample is late. They are
 * drawn in place of the sample's; order, selection and all else stay with the sample.
 */
#ifndef SKTOP_UI_REFRESHED_H
#define SKTOP_UI_REFRESHED_H

#include <sktop/listener.h>
#include <sktop/sampler.h>

struct app;
struct pane;
struct sk_context;

struct refreshed {
	struct sk_sample *look; /* the newest; NULL = none yet. Its time has passed when
				 * the sample on the screen has another seq */
	struct sk_sample view;	/* that sample, but with the look's sockets: what
				 * getters see of these rows. No reference */
	struct sk_listener listener; /* the row last asked for, made anew */
	uint32_t row[SK_WATCH_MAX];  /* drawn in this frame: of the sample's sockets */
	uint32_t n;
};

/** Takes the newest look from the sampler, if there is one. */
void refreshed_take(struct app *app);
void refreshed_free(struct app *app);

/** A row is drawn: if it is one of sockets, it shall be watched. */
void refreshed_note(struct app *app, const struct pane *pane, const void *row);

/** The frame is drawn: the sampler is told what it shows. */
void refreshed_watch(struct app *app);

/**
 * The row to draw: the last look at it, and the context for it; or as it is given. Holds
 * until the next call.
 */
const void *refreshed_row(struct app *app, const struct pane *pane, const void *row,
			  struct sk_context *context);

/** True while samples are late, and rows are drawn ahead of them. */
bool refreshed_goes_ahead(const struct app *app);

/** The last look at the sample on the screen, or NULL. */
const struct sk_sample *refreshed_look(const struct app *app);

#endif
