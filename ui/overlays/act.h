/* SPDX-License-Identifier: MIT */
/*
 * This is the window behind K: the user chooses an act, sees its plan, agrees, watches,
 * and reads the results.
 */
#ifndef SKTOP_UI_OVERLAYS_ACT_H
#define SKTOP_UI_OVERLAYS_ACT_H

#include <sktop/act.h>
#include <sktop/view.h>
#include "widgets/draw.h"

struct app;

enum kill_stage {
	KILL_STAGE_MENU,  /* what is to be done? */
	KILL_STAGE_SIGNAL, /* which signal? */
	KILL_STAGE_PLAN,  /* shown; y or n? */
	KILL_STAGE_OWN,	  /* our own session is among it: yes typed? */
	KILL_STAGE_RUN,
	KILL_STAGE_RESULT,
};

/** The sets of sockets that an act can be about. */
enum kill_set { KILL_ROW, KILL_TAGGED, KILL_FILTERED, KILL_SETS };

struct kill_entry {
	enum sk_act act;
	enum kill_set set;
	uint32_t process; /* SIGNAL: this one of the owner table; 0 = all of the set */
	char text[200];
};

#define KILL_ENTRIES 24

struct kill_view {
	enum kill_stage stage;
	struct sk_sample *sample; /* what was on the screen when it began */
	struct sk_view sets[KILL_SETS];
	struct kill_entry entries[KILL_ENTRIES];
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
uint32_t act_lines(const struct kill_view *view);

#endif
