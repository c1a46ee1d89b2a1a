/* SPDX-License-Identifier: MIT */
/*
 * The window behind K: choose a deed, see its plan, agree, watch, read the results.
 */
#ifndef SKTOP_UI_OVERLAYS_ACT_H
#define SKTOP_UI_OVERLAYS_ACT_H

#include <sktop/act.h>
#include <sktop/view.h>
#include "widgets/draw.h"

struct app;

enum act_stage {
	ACT_STAGE_MENU,	  /* what is to be done? */
	ACT_STAGE_SIGNAL, /* which signal? */
	ACT_STAGE_PLAN,	  /* shown; y or n? */
	ACT_STAGE_OWN,	  /* our own session is among it: yes typed? */
	ACT_STAGE_RUN,
	ACT_STAGE_RESULT,
};

/** Sockets that a deed can be about. */
enum act_set { ACT_ROW, ACT_TAGGED, ACT_FILTERED, ACT_SETS };

struct act_entry {
	enum sk_deed deed;
	enum act_set set;
	uint32_t process; /* SIGNAL: this one of the owner table; 0 = all of the set */
	char text[200];
};

#define ACT_ENTRIES 24

struct act_view {
	enum act_stage stage;
	struct sk_sample *sample; /* what was on the screen when it began */
	struct sk_view sets[ACT_SETS];
	struct act_entry entries[ACT_ENTRIES];
	int n_entries;
	int at, top, side; /* selected line, first line shown, cells scrolled aside */
	int signal;	   /* place in sk_signals */
	char typed[8];
	struct sk_plan *plan;
	struct sk_actor *actor; /* at work; NULL = not */
	uint32_t *order;   /* of the targets on the screen */
};

/** Opens the window for the selected row, or for the socket that is looked into. */
void act_open(struct app *app);

/** Ends it; what was not tried yet is not tried any more. */
void act_end(struct app *app);

void act_draw(struct app *app, const struct box *box);

/** True while a plan is being carried out: act_step() wants to be called. */
bool act_is_busy(const struct app *app);
void act_step(struct app *app);

/* For act_draw.c. */

/** Lines of the list of the stage: entries, signals or targets. */
uint32_t act_lines(const struct act_view *view);

#endif
