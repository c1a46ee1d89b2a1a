/* SPDX-License-Identifier: MIT */
/*
 * The header is always on the screen: the summary, what is missing in it, and the tabs.
 */
#ifndef SKTOP_UI_WIDGETS_HEADER_H
#define SKTOP_UI_WIDGETS_HEADER_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct box;

struct header {
	char losses[256]; /* what the last samples that lost something lost */
	bool losing;	  /* this one lost it, too */
	char failed[160]; /* why the sample on the screen is not the newest; "" = it is */
	uint32_t failures; /* samples that could not be had or shown */
};

/** Returns how many of the screen's lines the summary takes. */
int header_height(const struct app *app, int lines);

/** Draws the summary inside a box. */
void header_draw(struct app *app, const struct box *box);

/** Notes what the new sample lost. */
void header_note_losses(struct app *app);

/**
 * Notes what failed, and goes on: the last good sample stays, the next one is tried. While
 * there is none, why alone is said.
 */
void header_note_failure(struct app *app, const char *what, const char *why);

/** Returns how many of the screen's lines the tabs take, with what narrows the view. */
int tabs_height(const struct app *app, int lines);

/** Draws both lines inside a box, or the tabs alone. */
void tabs_draw(struct app *app, const struct box *box);
void tabs_draw_bar(struct app *app, const struct box *box);

/** The pane whose tab is at a column of the screen, or -1. */
int tabs_hit(const struct app *app, int x);

#endif
