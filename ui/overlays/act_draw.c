/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/text.h>
#include "app.h"

/** The line at the foot of each stage. */
static const char *const hints[] = {
	[KILL_STAGE_MENU] = "Enter shows what would be done; Esc leaves",
	[KILL_STAGE_SIGNAL] = "Enter shows what would be done; type a number or a name",
	[KILL_STAGE_RESULT] = "Enter or Esc goes back",
};

static void draw_entry(struct app *app, struct pen *pen, int at)
{
	const struct kill_view *view = &app->act;
	bool signals = view->stage == KILL_STAGE_SIGNAL;
	bool here = at == (signals ? view->signal : view->at);
	enum role role = here ? ROLE_SELECTED : ROLE_TEXT;
	int x = pen->x;

	draw_rest(pen, role);
	pen->x = x;
	if (signals)
		draw_text(pen, role, " %2d  %-10s", sk_signals[at].number,
			  sk_signals[at].name);
	else
		draw_text(pen, role, " %s", view->entries[at].text);
}

/* An address is never cut silently: Left and Right show the rest. */
static void draw_target(struct app *app, struct pen *pen, uint32_t at)
{
	static const enum role roles[SK_OUTCOME_COUNT] = {
		[SK_OUTCOME_WAITING] = ROLE_TEXT,  [SK_OUTCOME_DONE] = ROLE_GOOD,
		[SK_OUTCOME_KEPT] = ROLE_WARN,	   [SK_OUTCOME_GONE] = ROLE_DIM,
		[SK_OUTCOME_FAILED] = ROLE_ERROR,  [SK_OUTCOME_REFUSED] = ROLE_DIM,
		[SK_OUTCOME_SPARED] = ROLE_WARN,
		[SK_OUTCOME_LEFT] = ROLE_WARN,
	};
	const struct kill_view *view = &app->act;
	const struct sk_target *target = &view->plan->targets[view->order[at]];
	enum role role = target->own && target->outcome == SK_OUTCOME_WAITING ?
				 ROLE_WARN : roles[target->outcome];
	char line[SK_TARGET_STRLEN];
	size_t skip, used;

	sk_target_line(view->plan, target, line, sizeof(line));
	skip = sk_text_fit(line, (size_t)view->side, &used);
	draw_text(pen, ROLE_TEXT, (uint32_t)view->at == at ? ">" : " ");
	draw_cell(pen, role, line + skip, pen->end - pen->x, true);
}

static void draw_list(struct app *app, const struct box *box)
{
	struct kill_view *view = &app->act;
	bool targets =
		view->stage != KILL_STAGE_MENU && view->stage != KILL_STAGE_SIGNAL;
	int at = view->stage == KILL_STAGE_SIGNAL ? view->signal : view->at;
	int n = (int)act_lines(view);

	if (at >= view->top + box->h)
		view->top = at - box->h + 1;
	if (at < view->top)
		view->top = at;
	for (int y = 0; y < box->h && view->top + y < n; y++) {
		struct pen pen = draw_pen(&app->theme, box, y);

		if (targets)
			draw_target(app, &pen, (uint32_t)(view->top + y));
		else
			draw_entry(app, &pen, view->top + y);
	}
}

/*
 * Draws how old the shown sockets are, if the screen stood still: the kernel is asked
 * again.
 */
static int draw_age(struct app *app, const struct box *box, int line)
{
	char text[160];

	if (!app->frozen)
		return 0;
	snprintf(text, sizeof(text), "The screen is frozen: each is looked for again when "
				     "its turn comes, what died is left alone");
	return draw_wrapped(&app->theme, box, line, ROLE_WARN, text);
}

static int draw_sentences(struct app *app, const struct box *box)
{
	static const enum role roles[] = {
		[SK_LINE_HEAD] = ROLE_TITLE,
		[SK_LINE_NOTE] = ROLE_TEXT,
		[SK_LINE_REFUSED] = ROLE_DIM,
		[SK_LINE_OWN] = ROLE_ERROR,
	};
	struct sk_plan_line lines[SK_PLAN_LINES];
	size_t n = sk_plan_lines(app->act.plan, lines);
	int line = 0;

	for (size_t i = 0; i < n; i++)
		line += draw_wrapped(&app->theme, box, line, roles[lines[i].kind], lines[i].text);
	line += draw_age(app, box, line);
	return line + 1;
}

static int draw_head(struct app *app, const struct box *box)
{
	const struct kill_view *view = &app->act;
	struct pen pen = draw_pen(&app->theme, box, 0);
	char sum[200], done[32], all[32];

	switch (view->stage) {
	case KILL_STAGE_PLAN:
	case KILL_STAGE_OWN:
		return draw_sentences(app, box);
	case KILL_STAGE_RUN:
		draw_text(&pen, ROLE_TITLE, " %s of %s",
			  sk_thousands(view->plan->next, done),
			  sk_thousands(view->plan->n, all));
		draw_text(&pen, ROLE_DIM, "   %s",
			  sk_plan_sum(view->plan, sum, sizeof(sum)));
		return 2;
	case KILL_STAGE_RESULT:
		return draw_wrapped(&app->theme, box, 0, ROLE_TITLE,
				    sk_plan_sum(view->plan, sum, sizeof(sum))) + 1;
	default:
		return 0;
	}
}

static void draw_question(struct app *app, const struct box *box)
{
	const struct kill_view *view = &app->act;
	struct pen pen = draw_pen(&app->theme, box, 0);

	if (view->stage == KILL_STAGE_RUN) {
		draw_text(&pen, ROLE_LABEL, " Esc stops");
	} else if (view->stage == KILL_STAGE_OWN && view->plan->own_unknown) {
		draw_text(&pen, ROLE_ERROR, " Maybe your own session too? Type yes and Enter; "
					    "Enter alone does nothing: ");
		draw_text(&pen, ROLE_VALUE, "%s", view->typed);
	} else if (view->stage == KILL_STAGE_OWN) {
		draw_text(&pen, ROLE_ERROR, " Your own session too? Type yes and Enter; Enter "
					    "alone spares it: ");
		draw_text(&pen, ROLE_VALUE, "%s", view->typed);
	} else if (view->stage == KILL_STAGE_PLAN && view->plan->refused[SK_REFUSAL_NONE]) {
		draw_text(&pen, ROLE_LABEL, " %s %u? ",
			  view->plan->act == SK_ACT_CLOSE ? "Close" : "Signal",
			  view->plan->refused[SK_REFUSAL_NONE]);
		draw_text(&pen, ROLE_VALUE, "[y/N]");
		draw_text(&pen, ROLE_DIM, "  every key but y does nothing");
	} else if (view->stage == KILL_STAGE_PLAN) {
		draw_text(&pen, ROLE_LABEL, " Nothing can be done; any key goes back");
	} else if (view->stage == KILL_STAGE_MENU &&
		   !(view->sample->needs & SK_NEED_OWNERS)) {
		draw_text(&pen, ROLE_DIM, " To signal processes, show their column first (F2)");
	} else {
		draw_text(&pen, ROLE_DIM, " %s", hints[view->stage]);
	}
}

void act_draw(struct app *app, const struct box *box)
{
	static const char *const titles[] = {
		[KILL_STAGE_MENU] = "Act",	[KILL_STAGE_SIGNAL] = "Which signal?",
		[KILL_STAGE_PLAN] = "Plan",	[KILL_STAGE_OWN] = "Plan",
		[KILL_STAGE_RUN] = "At work",	[KILL_STAGE_RESULT] = "Results",
	};
	struct box inside, part;
	int head;

	draw_frame(&app->theme, box, titles[app->act.stage], &inside);
	head = draw_head(app, &inside);
	part = (struct box){ inside.y + head, inside.x, inside.h - head - 2, inside.w };
	if (app->act.stage != KILL_STAGE_RUN)
		draw_list(app, &part);
	part = (struct box){ inside.y + inside.h - 1, inside.x, 1, inside.w };
	draw_question(app, &part);
}
